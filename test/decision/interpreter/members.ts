import type {
  Allow,
  Bounds,
  CacheLimits,
  Connection,
  Credentials,
  CredentialsBounds,
  Mapping,
  Mock,
  Timeout,
  Tls,
} from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any } from './answer.ts'
import type { Facts } from './facts.ts'
import { isRole, roleParts } from './role.ts'
import { arnMatches, hostMatches, nameMatches, parameterMatches } from './texts.ts'
import { verbAllowed } from './uri.ts'

/**
 * One finding: an aspect of a section that does not pass, and the member of the bounds that would speak of it. `speaks`
 * decides whether a softened rule lets it through (policy.md 2, rule 8).
 */
export interface Finding {
  aspect: Aspect
  answer: Answer
}
export type Aspect =
  | 'kind'
  | 'role'
  | 'none'
  | 'pass-through'
  | 'type'
  | 'link'
  | 'target'
  | 'connection-type'
  | 'tls'
  | 'max'
  | 'min'
  | 'namespace'
  | 'keys'
  | 'other-keys'
  | 'parameters'
  | 'templates'
  | 'mock'
  | 'passthrough'
  | 'contentHandling'
  | 'responseTransferMode'

const finding = (aspect: Aspect, answer: Answer): Finding => ({ aspect, answer })

/** A MOCK is the business of the `mock` section, whatever the team's types. */
export function typesAllowed(types: Allow['types'], mock: Mock | undefined, { effective }: Facts): Finding[] {
  const { type } = effective.integration
  if (type === 'MOCK') {
    if (mock !== undefined) return []
    return [finding('type', types?.includes('MOCK') ? undefined : false)]
  }
  return [finding('type', types?.includes(type) === true)]
}

/** `roles` unnamed: none. `none` unnamed: allowed. `callerPassThrough` unnamed: never. No section: no credentials. */
export function credentialsAllowed(section: Allow['credentials'], facts: Facts): Finding[] {
  const { credentials } = facts.effective
  const rule: Credentials = section === undefined || section === 'none' ? {} : section
  if (credentials === '') return [finding('none', rule.none !== 'never')]
  if (credentials.endsWith(':user/*')) return [finding('pass-through', rule.callerPassThrough === 'allowed')]
  return [
    finding(
      'role',
      facts.expand(rule.roles ?? []).some((pattern) => arnMatches(pattern, credentials)),
    ),
  ]
}

export function credentialsInBounds(bounds: CredentialsBounds | undefined, facts: Facts): Answer {
  const { credentials } = facts.effective
  if (bounds === undefined || credentials === '') return true
  const { accounts, rolePath, roles, callerPassThrough } = bounds
  if (credentials.endsWith(':user/*')) {
    if (callerPassThrough !== undefined) return callerPassThrough === 'allowed'
    return accounts || rolePath || roles ? undefined : true
  }
  if (!isRole(credentials)) return true
  const { account, path } = roleParts(credentials)
  return all(
    accounts === undefined || facts.expand(accounts).includes(account),
    roles === undefined || facts.expand(roles).some((pattern) => arnMatches(pattern, credentials)),
    rolePath === undefined || inRolePath(rolePath, path),
  )
}

/** `/apigw/` is exactly that path; `/apigw/**` also what lies below. */
function inRolePath(rolePath: string, path: string): boolean {
  return rolePath.endsWith('/**') ? path.startsWith(rolePath.slice(0, -2)) : path === rolePath
}

/** Links unnamed: none. Types unnamed: INTERNET, and VPC_LINK if links are listed. Targets unnamed: none. */
export function connectionAllowed(section: Connection | undefined, facts: Facts): Finding[] {
  const { connectionType, integration } = facts.effective
  const rule = section ?? {}
  const types: readonly string[] = rule.types ?? (rule.vpcLinks ? ['INTERNET', 'VPC_LINK'] : ['INTERNET'])
  return [finding('connection-type', types.includes(connectionType)), ...linkFindings(rule, integration, facts)]
}

function linkFindings(
  rule: Connection,
  { connectionType, connectionId, integrationTarget }: Facts['effective']['integration'],
  { expand }: Facts,
): Finding[] {
  if (connectionType !== 'VPC_LINK') return []
  const findings: Finding[] = []
  if (connectionId !== undefined) {
    findings.push(
      finding(
        'link',
        expand(rule.vpcLinks ?? []).some((pattern) => nameMatches(pattern, connectionId)),
      ),
    )
  }
  if (integrationTarget !== undefined) {
    findings.push(
      finding(
        'target',
        expand(rule.integrationTargets ?? []).some((pattern) => arnMatches(pattern, integrationTarget)),
      ),
    )
  }
  return findings
}

export function connectionInBounds(bounds: Connection | undefined, facts: Facts): Answer {
  if (bounds === undefined) return true
  const { connectionType, integration } = facts.effective
  const named = linkFindings(bounds, integration, facts).filter(({ aspect }) =>
    aspect === 'link' ? bounds.vpcLinks !== undefined : bounds.integrationTargets !== undefined,
  )
  return all(
    bounds.types === undefined || bounds.types.some((type) => type === connectionType),
    ...named.map(({ answer }) => answer),
  )
}

/** Verified unless the section allows otherwise; `hosts` narrows that to these backends. */
export function tlsAllowed(section: Tls | undefined, { backend, effective, expand }: Facts): Answer {
  if (!effective.insecure) return true
  if (section?.insecureSkipVerification !== 'allowed') return false
  if (section.hosts === undefined) return true
  return backend.kind === 'http' && expand(section.hosts).some((pattern) => hostMatches(pattern, backend.host))
}

/** No section: 29,000 ms alone. `maxMillis` unnamed: 29,000 at most. `minMillis` unnamed: API Gateway's own least. */
export function timeoutAllowed(section: Timeout | undefined, facts: Facts): Finding[] {
  const { timeout } = facts.effective
  if (facts.effective.integration.type === 'MOCK') return [finding('max', timeoutOfMock(section, facts))]
  if (section === undefined) return [finding('max', timeout === 29_000)]
  const { minMillis, maxMillis } = section
  if (minMillis === undefined && maxMillis === undefined) return [finding('max', timeout === 29_000 ? true : undefined)]
  return [finding('max', timeout <= (maxMillis ?? 29_000)), finding('min', timeout >= (minMillis ?? 50))]
}

/** A MOCK waits for nothing, so that its timeout never takes effect; whether it is judged is not settled. */
function timeoutOfMock(section: Timeout | undefined, { effective }: Facts): Answer {
  const { minMillis = 29_000, maxMillis = 29_000 } = section ?? {}
  return effective.timeout >= minMillis && effective.timeout <= maxMillis ? true : undefined
}

export function timeoutInBounds(bounds: Timeout | undefined, { effective, backend }: Facts): Answer {
  if (backend.kind === 'none' && bounds !== undefined) return undefined
  return effective.timeout <= (bounds?.maxMillis ?? Infinity) && effective.timeout >= (bounds?.minMillis ?? 0)
}

/** Namespaces unnamed: the resource's own. Keys unnamed: what identity and required keys ask for. */
export function cacheAllowed(section: Allow['cache'], facts: Facts): Finding[] {
  const { effective, team } = facts
  if (section === undefined || section === 'none') {
    return [
      finding('namespace', effective.namespace === facts.request.resourceId),
      finding('keys', effective.keys.length === 0),
    ]
  }
  const namespaces = section.namespaces ?? ['{resourceId}']
  return [
    finding('namespace', namespaceIn(namespaces, team, facts)),
    ...effective.keys.map((key) => finding('keys', keyAllowed(key, section, facts))),
    finding('other-keys', keysInLimits(section, facts)),
  ]
}

export function cacheInBounds(bounds: CacheLimits | undefined, facts: Facts): Answer {
  if (bounds === undefined) return true
  const { namespaces, keyParameters } = bounds
  return all(
    namespaces === undefined || namespaceIn(namespaces, facts.team, facts),
    keyParameters === undefined || all(...facts.effective.keys.map((key) => keyAllowed(key, bounds, facts))),
    keysInLimits(bounds, facts),
  )
}

export function namespacePattern(pattern: string, team: string, { request }: Facts): string {
  return pattern
    .replaceAll('{team}', team)
    .replaceAll('{restApiId}', request.restApiId)
    .replaceAll('{resourceId}', request.resourceId)
}

function namespaceIn(patterns: readonly string[], team: string, facts: Facts): boolean {
  return facts
    .expand(patterns)
    .some((pattern) => nameMatches(namespacePattern(pattern, team, facts), facts.effective.namespace))
}

/** An integration-side key is judged by the method source that it maps from. */
export function keySubject(key: string, { effective }: Facts): string | undefined {
  if (!key.startsWith('integration.request.')) return key
  const source = effective.integration.requestParameters?.[key]
  return source === undefined || source.startsWith("'") ? undefined : source
}

const PRINCIPALS: readonly string[] = [
  'method.request.header.Authorization',
  'context.authorizer.principalId',
  'context.authorizer.claims.sub',
  'context.identity.caller',
  'context.identity.user',
  'context.identity.userArn',
  'context.identity.cognitoIdentityId',
]

function tellsCallersApart(subject: string, listed: readonly string[]): Answer {
  if (listed.some((pattern) => parameterMatches(pattern, subject))) return true
  if (PRINCIPALS.includes(subject)) return true
  // Other members of context.identity, and the header in its multi-value spelling, are not settled.
  return subject.startsWith('context.identity.') || subject === 'method.request.multivalueheader.Authorization'
    ? undefined
    : false
}

function keyAllowed(key: string, section: CacheLimits, facts: Facts): Answer {
  const subject = keySubject(key, facts)
  if (subject === undefined) return undefined
  const { keyParameters, requireKeys, identityKey, identityKeys = [] } = section
  const asked = [...(requireKeys?.allOf ?? []), ...(requireKeys?.anyOf ?? []), ...identityKeys]
  const isAsked = facts.expand(asked).some((each) => parameterMatches(each, subject))
  if (keyParameters !== undefined) {
    if (facts.expand(keyParameters).some((each) => parameterMatches(each, subject))) return true
    // Whether a key that is asked for has to stand in the list of those that are allowed is not settled.
    return isAsked || (identityKey !== undefined && tellsCallersApart(subject, []) !== false) ? undefined : false
  }
  if (isAsked) return true
  if (identityKey === 'required') return tellsCallersApart(subject, [])
  return identityKey === 'optional' && tellsCallersApart(subject, []) !== false ? undefined : false
}

/** Required names are compared as they are spelt; forbidden ones in every spelling. */
function keysInLimits(section: CacheLimits, facts: Facts): Answer {
  const { forbiddenKeys = [], requireKeys, identityKey, identityKeys = [], maxKeyParameters = Infinity } = section
  const { keys, namespace } = facts.effective
  const subjects = keys.map((key) => keySubject(key, facts))
  const carries = (pattern: string): Answer =>
    any(subjects.map((subject) => (subject === undefined ? undefined : parameterMatches(pattern, subject))))
  const required = all(
    ...facts.expand(requireKeys?.allOf ?? []).map(carries),
    requireKeys?.anyOf === undefined ? true : any(facts.expand(requireKeys.anyOf).map(carries)),
    identityKey === 'required'
      ? any(
          subjects.map((subject) =>
            subject === undefined ? undefined : tellsCallersApart(subject, facts.expand(identityKeys)),
          ),
        )
      : true,
  )
  const { httpMethod, resourceId } = facts.request
  const isCached = httpMethod === 'GET' || namespace !== resourceId || keys.length > 0
  return all(
    isCached || required === true ? required : httpMethod === 'ANY' ? undefined : true,
    keys.length <= maxKeyParameters,
    !keys.some((key) => facts.expand(forbiddenKeys).some((pattern) => keyMeets(pattern, key, facts))),
  )
}

/** A key in any spelling: by its source, in its multi-value form, whatever its case, `_` for `-` in headers. */
export function keyMeets(pattern: string, key: string, facts: Facts): boolean {
  return [key, keySubject(key, facts) ?? key].some((name) => parameterMeets(pattern, name))
}

export function parameterMeets(pattern: string, name: string): boolean {
  return parameterMatches(plain(pattern), plain(name))
}

function plain(name: string): string {
  const lower = name.toLowerCase().replace('.multivalue', '.')
  return /(?:^|\.)header\./.test(lower) ? lower.replaceAll('_', '-') : lower
}

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
        if (opening === undefined) return false
        if (opening.sources === undefined && opening.staticValues === undefined) return undefined
        return sourceAllowed(source, opening.sources ?? [], opening.staticValues ?? 'never')
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

/** Whether a closed name is set that no section of the team opens: refused whatever the policy says. */
export function closedNamesOpen(mapping: Mapping | undefined, { effective }: Facts): boolean {
  const rule = mapping?.requestParameters
  const open = typeof rule === 'object' ? (rule.open ?? []) : []
  return effective.parameters.every(
    ([destination]) =>
      !isClosedName(destination) || open.some((each) => each.destination.toLowerCase() === destination.toLowerCase()),
  )
}

type TemplateRule = Mapping['requestTemplates']

/** Unnamed or forbidden: none. `static`: no `$`, no `#`. `allowed`: what the grammar takes, overrides only as listed. */
export function templatesAllowed(rule: TemplateRule, { effective }: Facts): Answer {
  const { use, contentTypes, maxBytes, overrides } =
    typeof rule === 'object' ? rule : ({ use: rule ?? 'forbidden' } as Extract<TemplateRule, object>)
  return all(
    ...effective.templates.map(([contentType, template]) =>
      all(
        templateUsable(use, template, overrides === undefined || overrides === 'never' ? [] : overrides),
        contentTypes === undefined || contentTypes.includes(contentType),
        maxBytes === undefined || Buffer.byteLength(template) <= maxBytes,
      ),
    ),
  )
}

function templateUsable(use: string, template: string, overrides: readonly string[]): Answer {
  if (use === 'forbidden') return template === '' ? undefined : false
  if (!/[$#]/.test(template)) return true
  if (use === 'static') return false
  const read = readTemplate(template)
  if (use === 'anything') return true
  if (read === 'refused') return false
  return read === undefined ? undefined : read.every((name) => overrides.includes(name))
}

/**
 * The names that a template overrides; `refused` for what policy.md 2b says does not parse; `undefined` beyond the few
 * forms that are read here.
 */
export function readTemplate(template: string): readonly string[] | 'refused' | undefined {
  if (!/[$#]/.test(template)) return []
  if (/#evaluate|#parse|#include|#macro|\\u|\.class\b|getClass/.test(template)) return 'refused'
  if (/\[\$\w+\]|\.put\(/.test(template) && template.includes('requestOverride')) return 'refused'
  const override = /#set\(\$context\.requestOverride\.([a-z]+\.[A-Za-z0-9_-]+) = "[^"$#]*"\)/g
  const names = [...template.matchAll(override)].map(([, name = '']) => name)
  const rest = template
    .replaceAll(override, '')
    .replaceAll(/\$input\.body|\$input\.json\('\$(?:\.\w+)*'\)|\$context\.requestId/g, '')
  return /[$#]/.test(rest) ? undefined : names
}

/** Whether a template sets a closed name that no section of the team lists among its overrides. */
export function overridesOpen(rule: TemplateRule, { effective }: Facts): Answer {
  const listed = typeof rule === 'object' && Array.isArray(rule.overrides) ? rule.overrides : []
  const use = typeof rule === 'object' ? rule.use : rule
  return all(
    ...effective.templates.map(([, template]) => {
      const read = readTemplate(template)
      if (read === undefined || use === 'anything')
        return /[$#]/.test(template) && use === 'anything' ? undefined : true
      return read === 'refused' ? false : read.every((name) => listed.includes(name))
    }),
  )
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

function templatesInBounds(bounds: TemplateRule, facts: Facts): Answer {
  if (bounds === undefined) return true
  const rule = typeof bounds === 'object' ? bounds : { use: bounds }
  const overriding = facts.effective.templates.some(([, template]) => template.includes('requestOverride'))
  // Bounds that leave overrides unnamed limit only what they name; what a closed grammar says of them is not settled.
  if (overriding && rule.overrides === undefined && (rule.use === 'allowed' || rule.use === 'anything')) {
    return templatesAllowed({ ...rule, overrides: overriddenNames(facts) }, facts) === false ? false : undefined
  }
  return templatesAllowed(rule, facts)
}

function overriddenNames({ effective }: Facts): string[] {
  return effective.templates.flatMap(([, template]) => {
    const read = readTemplate(template)
    return read === undefined || read === 'refused' ? [] : [...read]
  })
}

/** What a MOCK may do. It never replaces a live backend unless the section says so. */
export function mockAllowed(section: Mock | undefined, mapping: Mapping | undefined, facts: Facts): Answer {
  const { request, effective } = facts
  if (effective.integration.type !== 'MOCK') return true
  const { httpMethods, templates, overLiveBackend } = section ?? {}
  const replaces = request.before === undefined ? undefined : request.before !== null && request.before.type !== 'MOCK'
  const forbidden = effective.templates.length > 0 && templates === undefined
  return all(
    verbAllowed(httpMethods, request.httpMethod),
    forbidden ? (mapping?.requestTemplates === undefined ? false : undefined) : templatesAllowed(templates, facts),
    overLiveBackend === 'allowed' ? true : replaces === undefined ? undefined : !replaces,
  )
}

export function mockInBounds(bounds: Mock | undefined, facts: Facts): Answer {
  const { request, effective } = facts
  if (bounds === undefined || effective.integration.type !== 'MOCK') return true
  const { httpMethods, templates, overLiveBackend } = bounds
  const replaces = request.before === undefined ? undefined : request.before !== null && request.before.type !== 'MOCK'
  return all(
    verbAllowed(httpMethods, request.httpMethod),
    templates === undefined || templatesAllowed(templates, facts),
    overLiveBackend === 'never' ? (replaces === undefined ? undefined : !replaces) : true,
  )
}

/** The three members that are one word each: absent sections allow API Gateway's default alone. */
export function wordAllowed(listed: readonly string[] | undefined, usual: string, word: string): boolean {
  return (listed ?? [usual]).includes(word)
}

export type { Bounds }
