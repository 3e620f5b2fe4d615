import type { Mapping, Opening } from '../../../lib/policy/document/sections.ts'
import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'
import { templatesInBounds } from './templates.ts'
import { parameterMatches } from './texts.ts'

/** policy.md 2a, intrinsic rules on mappings, and rule 1 on the halves of `requestParameters`. */

/** Names that no mapping may set unless the policy opens that very name (policy.md 2a). */
const CLOSED = ['host', 'forwarded', 'authorization', 'connection', 'transfer-encoding', 'content-length']

export function isClosedName(destination: string): boolean {
  const [, name = ''] = /^header\.(.*)$/.exec(destination.toLowerCase().replaceAll('_', '-')) ?? []
  return CLOSED.includes(name) || name.startsWith('x-amz-') || name.startsWith('x-forwarded-')
}

/** Header names on the way to a backend compare without case; nothing else does. */
function destinationMatches(pattern: string, destination: string): boolean {
  const isHeader = destination.startsWith('header.')
  return isHeader
    ? parameterMatches(pattern.toLowerCase(), destination.toLowerCase())
    : parameterMatches(pattern, destination)
}

/** Unnamed or forbidden: none. Sources unnamed: any source. Sources named and static values not: no static value. */
export function parametersAllowed(rule: Mapping['requestParameters'], facts: Facts): Answer {
  return all(
    ...facts.effective.parameters.map(([destination, source]) => {
      if (rule === undefined || rule === 'forbidden') return false
      const { destinations = [], sources, staticValues, open = [] } = rule
      const opening = open.find((each) => each.destination.toLowerCase() === destination.toLowerCase())
      if (isClosedName(destination)) {
        return opening === undefined ? false : openingAllows(opening, source)
      }
      if (opening !== undefined) return undefined
      return all(
        destinations.some((pattern) => destinationMatches(pattern, destination)),
        sourceAllowed(source, sources, staticValues ?? (sources === undefined ? 'allowed' : 'never')),
      )
    }),
  )
}

function sourceAllowed(
  source: string,
  sources: readonly string[] | undefined,
  statics: 'allowed' | 'never' | readonly string[],
): boolean {
  if (source.startsWith("'")) {
    return typeof statics === 'string' ? statics === 'allowed' : statics.includes(source.slice(1, -1))
  }
  return sources === undefined || sources.some((pattern) => parameterMatches(pattern, source))
}

/** Whether a closed name is set that no section of the team opens for that source: refused whatever the policy says. */
export function closedNamesOpen(mapping: Mapping | undefined, { effective }: Facts): Answer {
  const rule = mapping?.requestParameters
  const open = typeof rule === 'object' ? (rule.open ?? []) : []
  return all(
    ...effective.parameters.map(([destination, source]): Answer => {
      if (!isClosedName(destination)) return true
      const opening = open.find((each) => each.destination.toLowerCase() === destination.toLowerCase())
      return opening === undefined ? false : openingAllows(opening, source)
    }),
  )
}

/** An opening that names only sources opens no static value, and the other way round. */
function openingAllows({ sources, staticValues }: Opening, source: string): Answer {
  if (sources === undefined && staticValues === undefined) return undefined
  return sourceAllowed(source, sources ?? [], staticValues ?? 'never')
}

export function mappingInBounds(bounds: Mapping | undefined, facts: Facts): Answer {
  if (bounds === undefined) return true
  return all(parametersInBounds(bounds.requestParameters, facts), templatesInBounds(bounds.requestTemplates, facts))
}

function parametersInBounds(bounds: Mapping['requestParameters'], { effective }: Facts): Answer {
  if (bounds === undefined) return true
  if (bounds === 'forbidden') return effective.parameters.length === 0
  const { destinations, sources, staticValues } = bounds
  return all(
    ...effective.parameters.map(([destination, source]) => {
      const isStatic = source.startsWith("'")
      return all(
        destinations === undefined || destinations.some((each) => destinationMatches(each, destination))
          ? true
          : isClosedName(destination)
            ? undefined
            : false,
        sources === undefined || isStatic ? true : sources.some((each) => parameterMatches(each, source)),
        !isStatic
          ? true
          : staticValues !== undefined
            ? sourceAllowed(source, undefined, staticValues)
            : sources === undefined
              ? true
              : undefined,
      )
    }),
  )
}
