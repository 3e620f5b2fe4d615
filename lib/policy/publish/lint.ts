import type { PolicySet, Rollout } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { instantOf } from '../document/instant.ts'
import { byPlace, type Path, type Problem, pointerTo } from '../document/problem.ts'
import { type PublishedPolicy, positionOf } from '../document/published.ts'
import type { Allow, Backend } from '../document/sections.ts'
import { coversAny } from '../patterns/covers.ts'
import type { Pattern } from '../patterns/pattern.ts'
import { reachesPast } from './check-bounds.ts'
import { checkConditions } from './check-conditions.ts'
import { sectionsOf } from './check-patterns.ts'
import { entriesBelow, Patterns } from './entries.ts'
import { vainSections } from './vain-sections.ts'

/**
 * What a policy says in vain: entries that others cover, that can match nothing or are always denied, lists that nothing
 * uses, softenings that have ended. Nothing here keeps it from being published.
 *
 * @param published As {@link loadPolicySet} gives it; a problem stands at the nearest place that was kept.
 * @param now Unix milliseconds.
 */
export function lintPolicySet(published: PublishedPolicy, now: number): Problem[] {
  return [...lintFindings(published.document, now), ...checkConditions(published.document).warnings]
    .map(({ path, message, suggestion }): Problem => {
      const { line, column } = positionOf(published, pointerTo(path))
      const problem = { file: published.file, line, column, pointer: pointerTo(path), message }
      return suggestion === undefined ? problem : { ...problem, suggestion }
    })
    .sort(byPlace)
}

/** As {@link lintPolicySet}; without `now`, softenings aren't looked at. */
export function lintFindings(document: PolicySet, now?: number): Finding[] {
  const patterns = new Patterns(document.lists)
  const found = [...unusedLists(document), ...sectionsOf(document).flatMap((at) => coveredEntries(at, patterns))]
  const denied = deniedHosts(document, patterns)
  for (const [team, { allow, rollout }] of Object.entries(document.teams)) {
    const path = ['teams', team, 'allow']
    found.push(...idleSections(document, allow, path), ...coveredBackends(allow, [...path, 'uri'], patterns, team))
    found.push(...vainSections(document, allow, path))
    found.push(...alwaysDenied(allow, denied, [...path, 'uri'], patterns, team))
    if (rollout && now !== undefined) found.push(...endedSoftenings(rollout, ['teams', team, 'rollout'], now))
  }
  const { rollout } = document.org
  if (rollout && now !== undefined) found.push(...endedSoftenings(rollout, ['org', 'rollout'], now))
  return found
}

const vain = (path: Path, message: string): Finding => ({ path, at: 'value', message })

function unusedLists(document: PolicySet): Finding[] {
  const lists = Object.keys(document.lists ?? {})
  if (lists.length === 0) return []
  const used = new Set(
    sectionsOf(document).flatMap(({ section, path }) => entriesBelow(section, path).map(({ text }) => text)),
  )
  // Accounts of Lambda backends stand alone, not in a list of patterns.
  for (const { allow } of Object.values(document.teams)) {
    for (const backend of allow.uri ?? []) if ('lambda' in backend) used.add(backend.lambda.account)
  }
  return lists
    .filter((name) => !used.has(`@${name}`))
    .map((name): Finding => ({ path: ['lists', name], at: 'key', message: `Nothing uses the list "${name}".` }))
}

/** Entries of one list of patterns that another entry of it covers; of two alike, the later one. */
function coveredEntries({ section, path }: { section: unknown; path: Path }, patterns: Patterns): Finding[] {
  const lists = Map.groupBy(entriesBelow(section, path), (entry) => pointerTo(entry.path.slice(0, -1)))
  return [...lists.values()].flatMap((entries) => {
    if (entries.length < 2) return []
    const parsed = entries.map(({ member, text }) => patterns.expandAll(member, [text]))
    return entries.flatMap(({ path: at, text }, index) => {
      const inner = parsed[index] ?? []
      const by = parsed.findIndex((outer, other) => {
        if (other === index || !coversAll(outer, inner)) return false
        return other < index || !coversAll(inner, outer)
      })
      return by < 0 ? [] : [vain(at, `"${text}" is covered by "${entries[by]?.text}" already.`)]
    })
  })
}

function coversAll(outer: readonly Pattern[], inner: readonly Pattern[]): boolean {
  return inner.length > 0 && inner.every((one) => coversAny(outer, one))
}

/**
 * HTTP and Lambda rules under which nothing passes that another rule of the team doesn't let pass. Rules about other AWS
 * services, where leaving a member out closes it, aren't compared.
 */
function coveredBackends(allow: Allow, path: Path, patterns: Patterns, team: string): Finding[] {
  const rules = (allow.uri ?? []).map(explicit)
  return rules.flatMap((inner, index) => {
    const by = rules.findIndex((outer, other) => {
      if (other === index || !isWithin(inner, outer, patterns, team)) return false
      return other < index || !isWithin(outer, inner, patterns, team)
    })
    return by < 0 ? [] : [vain([...path, index], `Rule ${by + 1} of this list allows all that this one does.`)]
  })
}

/** A backend rule with what it means by leaving members out. */
function explicit(rule: Backend): Record<string, unknown> {
  if ('aws' in rule) return {}
  if ('lambda' in rule) {
    const { account, ...lambda } = rule.lambda
    const unqualified = lambda.qualifiers === undefined ? 'allowed' : 'never'
    return { ...rule, lambda: { unqualified, ...lambda, accounts: [account] } }
  }
  const placeholders = rule.placeholders ?? 'never'
  return { query: 'literal', placeholders, stageVariables: placeholders, ...rule }
}

function isWithin(inner: object, outer: object, patterns: Patterns, team: string): boolean {
  return Object.keys(outer).length > 0 && limitsToo(inner, outer) && !reachesPast(outer, inner, patterns, team)
}

/** Whether `inner` names all that `outer` names: what it leaves out, it doesn't limit. */
function limitsToo(inner: object, outer: object): boolean {
  const members = new Map(Object.entries(inner))
  return Object.entries(outer).every(([member, value]) => {
    const own = members.get(member)
    if (own === undefined) return false
    return typeof value !== 'object' || Array.isArray(value) || limitsToo(own, value)
  })
}

/** Sections about types that the team can't have, and links that its connection types leave unused. */
function idleSections({ org }: PolicySet, allow: Allow, path: Path): Finding[] {
  const types = allow.types ?? org.defaults?.types ?? org.bounds.types
  const lacks = (...wanted: string[]) => types !== undefined && !types.some((type) => wanted.includes(type))
  const found = (allow.uri ?? []).flatMap((rule, index): Finding[] => {
    const at = [...path, 'uri', index]
    if ('hosts' in rule)
      return lacks('HTTP', 'HTTP_PROXY') ? [vain(at, 'The types of this team allow no HTTP backend.')] : []
    if ('lambda' in rule)
      return lacks('AWS', 'AWS_PROXY') ? [vain(at, 'The types of this team allow no Lambda backend.')] : []
    return lacks('AWS') ? [vain(at, 'The types of this team allow no other AWS service.')] : []
  })
  const operations = allow.operations ?? org.defaults?.operations ?? []
  if (allow.methods && !operations.includes('PutMethod') && !operations.includes('UpdateMethod')) {
    const message = 'The operations of this team allow no PutMethod and no UpdateMethod.'
    found.push({ ...vain([...path, 'methods'], message), at: 'key' })
  }
  // A mock section decides about MOCK whatever the team's types; only the bounds stand above it.
  if (allow.mock && org.bounds.types?.includes('MOCK') === false)
    found.push({ ...vain([...path, 'mock'], 'The types of the bounds allow no MOCK.'), at: 'key' })
  const { types: connections = org.bounds.connection?.types, vpcLinks, integrationTargets } = allow.connection ?? {}
  if ((vpcLinks || integrationTargets) && connections && !connections.includes('VPC_LINK')) {
    const message = 'The connection types of this team allow no VPC link.'
    found.push({ ...vain([...path, 'connection', vpcLinks ? 'vpcLinks' : 'integrationTargets'], message), at: 'key' })
  }
  return found
}

/** Hosts of deny rules that ask for nothing but the host. */
function deniedHosts({ org }: PolicySet, patterns: Patterns): { id: string; hosts: readonly Pattern[] }[] {
  return (org.deny ?? []).flatMap(({ id, message: _message, fix: _fix, uri, ...others }) => {
    if (!uri?.hosts || Object.keys(uri).length > 1 || Object.keys(others).length > 0) return []
    return [{ id, hosts: patterns.expandAll('hosts', uri.hosts) }]
  })
}

function alwaysDenied(
  { uri = [] }: Allow,
  denied: readonly { id: string; hosts: readonly Pattern[] }[],
  path: Path,
  patterns: Patterns,
  team: string,
): Finding[] {
  return uri.flatMap((rule, index) => {
    if (!('hosts' in rule)) return []
    return rule.hosts.flatMap((text, position) => {
      const hosts = patterns.expandAll('hosts', [text], team)
      const by = denied.find((deny) => coversAll(deny.hosts, hosts))
      return by ? [vain([...path, index, 'hosts', position], `"${text}" is always denied, by ${by.id}.`)] : []
    })
  })
}

function endedSoftenings({ until, rules = [] }: Rollout, path: Path, now: number): Finding[] {
  const ended = (text: string | undefined, at: Path): Finding[] =>
    text !== undefined && (instantOf(text) ?? Infinity) <= now
      ? [vain([...at, 'until'], `This softening ended on ${text}: its rules enforce.`)]
      : []
  return [...ended(until, path), ...rules.flatMap((rule, index) => ended(rule.until, [...path, 'rules', index]))]
}
