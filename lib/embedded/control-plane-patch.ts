import { badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import { parsePatch } from '../apigateway/patch.ts'
import type { Call } from './control-plane-call.ts'

/** The members of something that an update may touch. */
export interface Patchable {
  strings?: readonly string[]
  booleans?: readonly string[]
  /** Maps, whose entries are set by `/map/key`. */
  maps?: Readonly<Record<string, 'string' | 'boolean'>>
}

/** What an update leaves behind; `current` is not changed. */
export function patched<T extends object>(current: T, { operation, body }: Call, patchable: Patchable): Parsed<T> {
  const operations = parsePatch(operation, body)
  if (!operations.ok) return operations
  const next = { ...current } as Record<string, unknown>
  for (const { op, path, value = '' } of operations.value) {
    const [, member = '', key, ...more] = path.split('/')
    const { strings = [], booleans = [], maps = {} } = patchable
    if (key === undefined && op === 'replace' && strings.includes(member)) next[member] = value
    else if (key === undefined && op === 'replace' && booleans.includes(member)) next[member] = value === 'true'
    else if (key !== undefined && more.length === 0 && Object.hasOwn(maps, member)) {
      const map = new Map(Object.entries(Object(next[member])))
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
      if (op !== 'remove') map.set(name, maps[member] === 'boolean' ? value === 'true' : value)
      else if (!map.delete(name)) return refuse(notFound('Invalid parameter name specified'))
      next[member] = Object.fromEntries(map)
    } else return refuse(badRequest(`Invalid patch path ${path}`))
  }
  return { ok: true, value: next as T }
}
