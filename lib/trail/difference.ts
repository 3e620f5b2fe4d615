import type { Integration } from '../apigateway/integration.ts'
import { clip, disclose } from './redact.ts'

/** One member that changes: its value in clear, in part beside its MAC, or its MAC alone. */
export interface DiffEntry {
  /** JSON pointer into the integration. */
  path: string
  op: 'add' | 'remove' | 'replace'
  before?: Clear
  beforeMac?: string
  after?: Clear
  afterMac?: string
}

type Clear = string | number | boolean | null

/** An integration's members by JSON pointer: scalars, each entry of a map, and lists as one value. */
export type Members = ReadonlyMap<string, unknown>

/** @param integration `null` where there is none. */
export function membersOf(integration: Integration | null): Members {
  const members = new Map<string, unknown>()
  for (const [name, value] of Object.entries(integration ?? {})) {
    if (value === undefined) continue
    if (typeof value !== 'object' || value === null || Array.isArray(value)) members.set(`/${name}`, value)
    else for (const [key, member] of Object.entries(value)) members.set(`/${name}/${escapePointer(key)}`, member)
  }
  return members
}

/** What changes between two integrations, by ascending path. */
export function difference(before: Members, after: Members, mac: (value: unknown) => string): DiffEntry[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)]
    if (before.has(path) && after.has(path) && JSON.stringify(from) === JSON.stringify(to)) return []
    const op = !before.has(path) ? 'add' : after.has(path) ? 'replace' : 'remove'
    return [
      {
        path: clip(path, 512),
        op,
        ...(before.has(path) && shown('before', path, from, mac)),
        ...(after.has(path) && shown('after', path, to, mac)),
      } satisfies DiffEntry,
    ]
  })
}

function shown(side: 'before' | 'after', path: string, value: unknown, mac: (value: unknown) => string) {
  const disclosure = disclose(path, value)
  const shownWhole = disclosure.clear !== undefined && disclosure.whole
  return {
    ...(disclosure.clear !== undefined && { [side]: disclosure.clear }),
    ...(!shownWhole && { [`${side}Mac`]: mac(value) }),
  }
}

/** The texts of an integration that are kept as MACs, in the spellings a message could repeat them in. */
export function hiddenTexts(members: Members): string[] {
  const hidden = new Set<string>()
  for (const [path, value] of members) {
    const disclosure = disclose(path, value)
    if (disclosure.clear !== undefined && disclosure.whole) continue
    for (const text of Array.isArray(value) ? value : [value]) {
      hidden.add(String(text))
      hidden.add(JSON.stringify(String(text)).slice(1, -1))
    }
    if (path === '/uri') for (const part of String(value).split(/[@?&=#]/)) if (part.length >= 4) hidden.add(part)
  }
  hidden.delete('')
  return [...hidden]
}

/** Parts of a URI that are kept in clear where the rest of it is not. */
const CLEAR_PARTS = new Set(['scheme', 'host', 'port', 'path'])

/**
 * Whether the member a violation points at, or the part of it that it names, is kept in clear. A pointer at nothing
 * that is there hides nothing. The members are read once, however many violations are asked about.
 */
export function disclosesAll(members: Members): (field: string, part?: string) => boolean {
  const partial = new Set<string>()
  const hidden = new Set<string>()
  for (const [path, value] of members) {
    const disclosure = disclose(path, value)
    if (disclosure.clear !== undefined && disclosure.whole) continue
    if (disclosure.clear === undefined) hidden.add(path)
    else partial.add(path)
    // What is hidden in part is hidden from whoever points above it: two steps, since nothing lies deeper than an entry.
    for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
      hidden.add(path.slice(0, end))
    }
  }
  return (field, part = '') => !hidden.has(field) && (!partial.has(field) || CLEAR_PARTS.has(part))
}

/** RFC 6901 §3. */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
