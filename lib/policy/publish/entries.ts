import type { PolicySet } from '../document/document.ts'
import { resolveList } from '../document/lists.ts'
import type { Path } from '../document/problem.ts'
import { parsePattern } from '../patterns/parse.ts'
import type { ParsedPattern, Pattern, PatternKind } from '../patterns/pattern.ts'
import { foldHeader } from '../values/request-parameter.ts'

/** How each member that holds patterns reads them; the members' names mean one kind wherever they stand. */
const PATTERN_KINDS: Readonly<Record<string, PatternKind>> = {
  hosts: 'host',
  paths: 'path',
  roles: 'role',
  integrationTargets: 'target',
  functions: 'name',
  qualifiers: 'name',
  vpcLinks: 'name',
  subdomains: 'name',
  actions: 'name',
  queues: 'name',
  topics: 'name',
  tables: 'name',
  stateMachines: 'name',
  buckets: 'name',
  streams: 'name',
  eventBuses: 'name',
  names: 'name',
  namespaces: 'namespace',
  accounts: 'name',
  regions: 'name',
  partitions: 'name',
  keyParameters: 'parameter',
  forbiddenKeys: 'parameter',
  identityKeys: 'parameter',
  allOf: 'parameter',
  anyOf: 'parameter',
  destinations: 'parameter',
  sources: 'parameter',
  overrides: 'parameter',
}

/** Members that name headers which API Gateway sets: the backend reads them whatever their case. */
const NAMES_HEADERS: ReadonlySet<string> = new Set(['destinations', 'overrides'])

/** Whether a member of a section holds patterns (and may name lists). */
export function holdsPatterns(member: string): boolean {
  return Object.hasOwn(PATTERN_KINDS, member)
}

/** A pattern in a section: where it stands, and whether through a list. */
export interface Entry {
  path: Path
  member: string
  text: string
}

/** All pattern entries below a section, in the document's order. */
export function entriesBelow(section: unknown, path: Path): Entry[] {
  if (Array.isArray(section)) return section.flatMap((child, index) => entriesBelow(child, [...path, index]))
  if (typeof section !== 'object' || section === null) return []
  return Object.entries(section).flatMap(([member, child]) => {
    const below = [...path, member]
    if (!holdsPatterns(member) || !Array.isArray(child)) return entriesBelow(child, below)
    return child.flatMap((text, index) => (typeof text === 'string' ? [{ path: [...below, index], member, text }] : []))
  })
}

/**
 * Parses the entries of a document once each: lists resolved, `{team}` filled in. Entries that don't parse are left out;
 * they are reported where the document is read.
 */
export class Patterns {
  readonly #lists: PolicySet['lists']
  readonly #parsed = new Map<string, ParsedPattern>()
  readonly #expanded = new WeakMap<readonly string[], readonly Pattern[]>()

  constructor(lists: PolicySet['lists']) {
    this.#lists = lists
  }

  parse(member: string, text: string): ParsedPattern {
    const key = `${member} ${text}`
    const known = this.#parsed.get(key)
    if (known) return known
    const kind = PATTERN_KINDS[member]
    const written = NAMES_HEADERS.has(member) ? foldHeader(text) : text
    const parsed = kind
      ? parsePattern(kind, written)
      : { ok: false as const, message: `"${member}" holds no patterns.` }
    this.#parsed.set(key, parsed)
    return parsed
  }

  /** What an entry stands for. `shared` where it comes from a list that teams share. */
  expand(member: string, text: string, team?: string): { pattern: Pattern; shared: boolean }[] {
    const list = text.startsWith('@') ? resolveList(text.slice(1), this.#lists) : { entries: [text], shared: false }
    return (list?.entries ?? []).flatMap((entry) => {
      const filled = team === undefined || member !== 'namespaces' ? entry : entry.replaceAll('{team}', team)
      const parsed = this.parse(member, filled)
      return parsed.ok ? [{ pattern: parsed.pattern, shared: list?.shared === true }] : []
    })
  }

  expandAll(member: string, texts: readonly string[], team?: string): readonly Pattern[] {
    const known = this.#expanded.get(texts)
    if (known) return known
    const expanded = texts.flatMap((text) => this.expand(member, text, team).map(({ pattern }) => pattern))
    // Lists of the bounds are asked for by every team; one list of a document has one meaning but for `{team}`.
    if (!texts.some((text) => text.includes('{team}'))) this.#expanded.set(texts, expanded)
    return expanded
  }
}
