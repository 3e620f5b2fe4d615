import type { PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import type { Path } from '../document/problem.ts'
import type { Allow, AwsTarget } from '../document/sections.ts'
import { parsePattern } from '../patterns/parse.ts'
import { RESOURCE_KINDS } from '../values/service/resource-kinds.ts'
import type { Patterns } from './entries.ts'
import { type Claim, OverlapIndex } from './overlap-index.ts'

/** What a team holds for itself, and where it says so. */
interface Holding extends Claim {
  path: Path
}

/** Nothing of a document's own: claims that `org.defaults` makes for whoever has none. */
const DEFAULTS = '(org.defaults)'

/** Kinds of what a team may claim, with the words for them. */
const KINDS = {
  hosts: 'host',
  roles: 'role',
  vpcLinks: 'VPC link',
  integrationTargets: 'integration target',
  functions: 'function',
  namespaces: 'cache namespace',
  services: 'place of an AWS service',
  resources: 'resource of an AWS service',
} as const
type Kind = keyof typeof KINDS

/** Words that rule ids begin with, and members that every object has. */
const RESERVED = new Set(['org', 'intrinsic', 'constructor'])

/** Two teams that claim the same, and names of teams that can't be told apart. */
export function checkClaims(document: PolicySet, patterns: Patterns): Finding[] {
  const holdings = new Map<Kind, Holding[]>()
  const hold = (kind: Kind, holding: Holding) => {
    const known = holdings.get(kind)
    if (known) known.push(holding)
    else holdings.set(kind, [holding])
  }
  const { defaults = {} } = document.org
  const sections = Object.values(document.teams).map(({ allow }) => allow)
  const lacking = (section: keyof Allow) => sections.some((allow) => allow[section] === undefined)
  const inherited: Allow = {
    ...(defaults.uri && lacking('uri') && { uri: defaults.uri }),
    ...(defaults.credentials && lacking('credentials') && { credentials: defaults.credentials }),
    ...(defaults.connection && lacking('connection') && { connection: defaults.connection }),
  }
  collect(inherited, DEFAULTS, ['org', 'defaults'], patterns, hold)
  for (const [team, { allow }] of Object.entries(document.teams)) {
    collect(allow, team, ['teams', team, 'allow'], patterns, hold)
    if (allow.cache === undefined && defaults.cache !== undefined) {
      collect({ cache: defaults.cache }, team, ['org', 'defaults'], patterns, hold)
    }
  }

  const found = checkNames(document)
  for (const [kind, claims] of holdings) {
    for (const [first, second] of new OverlapIndex(claims).overlaps()) found.push(overlap(kind, first, second))
  }
  return found
}

function overlap(kind: Kind, first: Holding, second: Holding): Finding {
  const owner = first.team === DEFAULTS ? 'org.defaults' : `team ${first.team}`
  return {
    path: second.path,
    at: 'value',
    message: `The ${KINDS[kind]} "${spelt(kind, second)}" of team ${second.team} overlaps "${spelt(kind, first)}" of ${owner}.`,
    suggestion: 'Narrow one of them, or put what both may use in a list with `shared: true`.',
  }
}

/** As the policy has it: functions are claimed with their account, resources with their kind as well. */
function spelt(kind: Kind, { pattern: { text } }: Holding): string {
  if (kind === 'functions') return text.slice(text.indexOf(':') + 1)
  return kind === 'resources' ? text.split(':').slice(2).join(':') : text
}

/** The places of a service, each with the service and a subdomain in front; a bucket of S3 is one place in both spellings. */
function placesOf({ service, subdomains, paths = [] }: AwsTarget): { text: string; at: Path }[] {
  const fronts = subdomains?.map((name) => (service === 's3' ? `/s3/${name}` : `/${service}/@${name}`)) ?? [
    `/${service}`,
  ]
  return paths.flatMap((text, index) => fronts.map((front) => ({ text: `${front}${text}`, at: ['paths', index] })))
}

/** A resource with its kind and account in front; one that is named alone may be of any account. */
function resourceText(kind: string, entry: string): string {
  const arn = entry.split(':')
  if (arn.length >= 6) return `${kind}:${arn[4] === '' ? '*' : arn[4]}:${arn.slice(5).join(':')}`
  const [, account, name] = /^([0-9*]{1,12})\/(.+)$/.exec(entry) ?? []
  return `${kind}:${account ?? '*'}:${name ?? entry}`
}

function collect(
  allow: Allow,
  team: string,
  path: Path,
  patterns: Patterns,
  hold: (kind: Kind, holding: Holding) => void,
): void {
  const claim = (kind: Kind, entries: readonly string[] | undefined, at: Path) => {
    for (const [index, entry] of (entries ?? []).entries()) {
      for (const { pattern, shared } of patterns.expand(kind, entry, team)) {
        // What still has a variable in it names an API's or a resource's own id, which no other team's API has.
        if (!shared && !pattern.text.includes('{')) hold(kind, { team, pattern, path: [...at, index] })
      }
    }
  }
  for (const [index, backend] of (allow.uri ?? []).entries()) {
    const at = [...path, 'uri', index]
    if ('hosts' in backend) claim('hosts', backend.hosts, [...at, 'hosts'])
    if ('aws' in backend) collectService(backend.aws, team, [...at, 'aws'], patterns, hold)
    if (!('lambda' in backend)) continue
    const { account, functions } = backend.lambda
    const accounts = patterns.expandAll('accounts', [account])
    for (const [position, entry] of functions.entries()) {
      for (const { pattern, shared } of patterns.expand('functions', entry, team)) {
        for (const { text } of shared ? [] : accounts) {
          const named = parsePattern('name', `${text}:${pattern.text}`)
          const from = [...at, 'lambda', 'functions', position]
          if (named.ok) hold('functions', { team, pattern: named.pattern, path: from })
        }
      }
    }
  }
  const { credentials, connection, cache } = allow
  if (credentials !== 'none') claim('roles', credentials?.roles, [...path, 'credentials', 'roles'])
  claim('vpcLinks', connection?.vpcLinks, [...path, 'connection', 'vpcLinks'])
  claim('integrationTargets', connection?.integrationTargets, [...path, 'connection', 'integrationTargets'])
  if (cache !== 'none') claim('namespaces', cache?.namespaces, [...path, 'cache', 'namespaces'])
}

function collectService(
  target: AwsTarget,
  team: string,
  path: Path,
  patterns: Patterns,
  hold: (kind: Kind, holding: Holding) => void,
): void {
  for (const { text, at } of placesOf(target)) {
    const parsed = parsePattern('path', text)
    if (parsed.ok) hold('services', { team, pattern: parsed.pattern, path: [...path, ...at] })
  }
  for (const kind of RESOURCE_KINDS) {
    for (const [index, entry] of (target[kind] ?? []).entries()) {
      for (const { pattern, shared } of patterns.expand(kind, entry, team)) {
        const parsed = parsePattern('name', resourceText(kind, pattern.text))
        if (parsed.ok && !shared) hold('resources', { team, pattern: parsed.pattern, path: [...path, kind, index] })
      }
    }
  }
}

/** `{team}-*` of team `pay` would take in everything of team `pay-roll`. */
function checkNames(document: PolicySet): Finding[] {
  return Object.keys(document.teams).flatMap((team): Finding[] => {
    const path = ['teams', team]
    if (RESERVED.has(team)) return [{ path, at: 'key', message: `"${team}" can't be a team's name: it is taken.` }]
    const parts = team.split('-')
    const above = parts
      .map((_, index) => parts.slice(0, index).join('-'))
      .find((name) => name !== '' && Object.hasOwn(document.teams, name))
    if (above === undefined) return []
    const message = `The name "${team}" begins with "${above}-", and "${above}-*" is what team ${above} claims.`
    return [{ path, at: 'key', message, suggestion: 'Give one of the two another name.' }]
  })
}
