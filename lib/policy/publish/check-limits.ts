import type { PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import type { Path } from '../document/problem.ts'
import type { Allow, Bounds, CacheLimits } from '../document/sections.ts'
import { mayMeet } from '../patterns/may-meet.ts'
import type { Patterns } from './entries.ts'

/** Limits of one team that, with the bounds, no request can keep. */
export function checkLimits(document: PolicySet, patterns: Patterns): Finding[] {
  const { bounds, defaults } = document.org
  return [
    ...checkBlock(bounds, bounds, ['org', 'bounds'], patterns, undefined),
    ...(defaults ? checkBlock(bounds, defaults, ['org', 'defaults'], patterns, undefined) : []),
    ...Object.entries(document.teams).flatMap(([team, { allow }]) =>
      checkBlock(bounds, allow, ['teams', team, 'allow'], patterns, team),
    ),
  ]
}

function checkBlock(bounds: Bounds, block: Bounds | Allow, path: Path, patterns: Patterns, team?: string): Finding[] {
  const found: Finding[] = []
  const min = Math.max(block.timeout?.minMillis ?? 50, bounds.timeout?.minMillis ?? 50)
  const max = Math.min(block.timeout?.maxMillis ?? Infinity, bounds.timeout?.maxMillis ?? Infinity)
  if (block.timeout && min > max) {
    found.push({
      path: [...path, 'timeout'],
      at: 'key',
      message: `No timeout is both ${min} or more and ${max} or less.`,
    })
  }
  const { cache } = block
  if (cache !== undefined && cache !== 'none') {
    found.push(...checkKeys(cache, bounds.cache ?? {}, [...path, 'cache'], patterns, team))
  }
  return found
}

/** A key that a cached method must carry has to be one that it may. */
function checkKeys(cache: CacheLimits, bounds: CacheLimits, path: Path, patterns: Patterns, team?: string): Finding[] {
  const { allOf = [], anyOf = [] } = cache.requireKeys ?? {}
  const may = [cache.keyParameters, bounds.keyParameters].filter((keys) => keys !== undefined)
  const possible = (key: string) => {
    const [pattern] = patterns.expandAll('keyParameters', [key], team)
    const meetsOne = (keys: readonly string[]) =>
      pattern !== undefined && patterns.expandAll('keyParameters', keys, team).some((other) => mayMeet(pattern, other))
    return may.every(meetsOne)
  }
  const found = [...allOf.entries()].flatMap(([index, key]): Finding[] =>
    possible(key)
      ? []
      : [
          {
            path: [...path, 'requireKeys', 'allOf', index],
            at: 'value',
            message: `"${key}" is required, but no method may carry it.`,
          },
        ],
  )
  if (anyOf.length > 0 && !anyOf.some(possible)) {
    const message = 'One of these is required, but no method may carry any of them.'
    found.push({ path: [...path, 'requireKeys', 'anyOf'], at: 'key', message })
  }
  const most = Math.min(cache.maxKeyParameters ?? Infinity, bounds.maxKeyParameters ?? Infinity)
  if (allOf.length + (anyOf.length > 0 ? 1 : 0) > most) {
    found.push({
      path: [...path, 'requireKeys'],
      at: 'key',
      message: `More keys are required than the ${most} that are allowed.`,
    })
  }
  return found
}
