import { MEMBERS } from '../../apigateway/members.ts'
import type { PolicySet } from '../../policy/document/document.ts'
import { SECTIONS } from '../../policy/document/rule-ids.ts'
import type { Allow, Bounds, Mock, TemplateUse } from '../../policy/document/sections.ts'
import { teamOf } from '../compile/compile.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompleteAllow } from '../compile/complete.ts'
import { expand, type Lists } from '../compile/lists.ts'
import { conditionsOf } from '../compile/tag-owners.ts'
import type { EnforcementPoint, Mode } from '../decision.ts'
import { modeOfCondition, modeOfOperations, modeOfTeamRule } from '../modes.ts'
import { type AllowedBackend, explainBackend } from './explain-backend.ts'
import { type AnyOr, both, either, least, list, TEMPLATE_USE, words } from './explain-limits.ts'

type Allowed = 'allowed' | 'never'

/** What a team may do: its own sections, `org.defaults` where it has none, all within the bounds. */
export interface TeamAllowance {
  team: string
  description?: string
  /** Whose tokens speak for the team. */
  identity: { claim: string; anyOf: readonly string[] }
  /** APIs by their ids; further ones can be the team's by `tags`. */
  restApiIds: readonly string[]
  /** Tags that an API must all have, each with one of these values; absent where none is the team's by tags. */
  tags?: Readonly<Record<string, readonly string[]>>
  types: readonly string[]
  backends: AllowedBackend[]
  credentials: { none: Allowed; roles: AnyOr<string>; callerPassThrough: Allowed }
  connection: { types: AnyOr<string>; vpcLinks: AnyOr<string>; integrationTargets: AnyOr<string> }
  tls: { insecureSkipVerification: Allowed; hosts?: readonly string[] }
  timeout: { minMillis: number; maxMillis: number }
  cache: {
    namespaces: AnyOr<string>
    keyParameters: AnyOr<string>
    forbiddenKeys: readonly string[]
    /** All of these, and one of each of those. */
    requireKeys: { allOf: readonly string[]; anyOf: readonly (readonly string[])[] }
    identityKey: 'required' | 'optional'
    maxKeyParameters?: number
  }
  mapping: {
    requestParameters:
      | 'forbidden'
      | {
          destinations: AnyOr<string>
          sources: AnyOr<string>
          staticValues: 'never' | AnyOr<string>
          /** Names that are closed to all others. */
          open: readonly string[]
        }
    requestTemplates: { use: TemplateUse; contentTypes: AnyOr<string>; maxBytes?: number; overrides: readonly string[] }
  }
  /** Absent where MOCK is one type among others, or none. */
  mock?: { httpMethods: AnyOr<string>; templates?: TemplateUse; overLiveBackend: Allowed }
  passthrough: readonly string[]
  contentHandling: readonly string[]
  responseTransferMode: readonly string[]
  /** What may be done beside integrations. */
  operations: readonly string[]
  /** Who may call the methods that the team sets up. */
  methods: { authorizationTypes: readonly string[]; open: readonly OpenMethod[] }
  /** What the organisation denies to everybody. */
  denied: { rule: string; message: string }[]
  conditions: { rule: string; message: string; mode: Mode }[]
  /** The team's rules that don't deny at this point for now. */
  softened: { rule: string; mode: Mode; until?: string }[]
  /** In force for single methods. */
  exceptions: { id: string; rules: readonly string[]; method: string; until: string }[]
}

/** Methods that anybody may call. */
interface OpenMethod {
  httpMethods: AnyOr<string>
  restApiIds: AnyOr<string>
  resourceIds: AnyOr<string>
  apiKey: 'required' | 'optional'
}

/** @returns `undefined` for a team that the policy doesn't have. */
export function explainTeam(
  policy: CompiledPolicy,
  name: string,
  { point, now }: { point: EnforcementPoint; now: number },
): TeamAllowance | undefined {
  const compiled = teamOf(policy, name)
  const { document } = policy.published
  const team = Object.hasOwn(document.teams, name) ? document.teams[name] : undefined
  if (!compiled || !team) return undefined
  const { org, lists } = document
  const { bounds } = org
  const { written } = compiled
  const types = typesOf(written, bounds)
  return {
    team: name,
    ...(team.description !== undefined && { description: team.description }),
    identity: { claim: team.identity.claim, anyOf: team.identity.anyOf },
    restApiIds: team.apis.restApiIds ?? [],
    ...(team.apis.tags && { tags: Object.fromEntries(conditionsOf(team.apis.tags)) }),
    types,
    backends: written.uri.map((backend) => explainBackend(backend, bounds.uri, lists)),
    credentials: credentialsOf(written, bounds, lists),
    connection: connectionOf(written, bounds, lists),
    tls: tlsOf(written, bounds, lists),
    timeout: {
      minMillis: Math.max(written.timeout.minMillis ?? 50, bounds.timeout?.minMillis ?? 50),
      maxMillis: Math.min(written.timeout.maxMillis ?? LONGEST, bounds.timeout?.maxMillis ?? LONGEST),
    },
    cache: cacheOf(name, written, bounds, lists),
    mapping: mappingOf(written, bounds, lists),
    ...(written.mock && types.includes('MOCK') && { mock: mockOf(written.mock, bounds.mock) }),
    passthrough: words(written.passthrough, bounds.passthrough),
    contentHandling: words(written.contentHandling, bounds.contentHandling),
    responseTransferMode: words(written.responseTransferMode, bounds.responseTransferMode),
    operations: words(written.operations, bounds.operations),
    methods: methodsOf(written, bounds),
    denied: (org.deny ?? [])
      .filter(({ restApiIds }) => restApiIds?.some((id) => couldOwn(policy, name, id)) ?? true)
      .map(({ id, message }) => ({ rule: id, message })),
    conditions: (org.conditions ?? []).map(({ id, message }) => {
      return { rule: id, message, mode: modeOfCondition(id, org.rollout, point, now) }
    }),
    softened: softenedOf(name, document, point, now),
    exceptions: exceptionsOf(policy, name, now),
  }
}

/** Its own by id, or by tags that nothing is known of here. */
function couldOwn({ identities }: CompiledPolicy, team: string, restApiId: string): boolean {
  const owner = identities.owners.get(restApiId)
  return owner === undefined ? identities.tagged?.selectors.has(team) === true : owner === team
}

/** Milliseconds: what API Gateway takes where responses are streamed. */
const LONGEST = 900_000

type Written = CompleteAllow

/** A `mock` section decides about MOCK, whatever the team's types; the bounds on types hold all the same. */
function typesOf({ types, mock }: Written, bounds: Bounds): string[] {
  const own = mock && !types.includes('MOCK') ? [...types, 'MOCK' as const] : types
  return words(own, bounds.types)
}

function credentialsOf({ credentials }: Written, { credentials: bound }: Bounds, lists: Lists) {
  const own = credentials === 'none' ? { roles: [], none: 'allowed' as const } : credentials
  return {
    none: own.none ?? 'allowed',
    roles: either(list(own.roles, lists), rolesWithin(bound, lists)),
    callerPassThrough: both(own.callerPassThrough ?? 'never', bound?.callerPassThrough),
  }
}

/** The bounds' own patterns, or what their accounts and role path come to. */
function rolesWithin(bound: Bounds['credentials'], lists: Lists): string[] | undefined {
  if (bound?.roles) return list(bound.roles, lists)
  const { accounts, rolePath = '/**' } = bound ?? {}
  const path = rolePath.endsWith('/**') ? `${rolePath.slice(0, -2)}**/*` : `${rolePath}*`
  return accounts && expand(accounts, lists).map((account) => `arn:*:iam::${account}:role${path}`)
}

function connectionOf({ connection }: Written, { connection: bound }: Bounds, lists: Lists) {
  const { types, vpcLinks, integrationTargets } = connection
  return {
    types: types ? words(types, bound?.types) : (bound?.types ?? MEMBERS.connectionType.values),
    vpcLinks: either(list(vpcLinks, lists), list(bound?.vpcLinks, lists)),
    integrationTargets: either(list(integrationTargets, lists), list(bound?.integrationTargets, lists)),
  }
}

function tlsOf({ tls }: Written, { tls: bound }: Bounds, lists: Lists): TeamAllowance['tls'] {
  const insecureSkipVerification = both(tls.insecureSkipVerification, bound?.insecureSkipVerification)
  const hosts = list(tls.hosts, lists) ?? list(bound?.hosts, lists)
  return { insecureSkipVerification, ...(insecureSkipVerification === 'allowed' && hosts && { hosts }) }
}

function cacheOf(
  team: string,
  { cache }: Written,
  { cache: bound = {} }: Bounds,
  lists: Lists,
): TeamAllowance['cache'] {
  const own = cache === 'none' ? { namespaces: ['{resourceId}'], keyParameters: [] } : cache
  const namespaces = either(list(own.namespaces, lists), list(bound.namespaces, lists))
  const max = least(own.maxKeyParameters, bound.maxKeyParameters)
  const groups = [own.requireKeys?.anyOf, bound.requireKeys?.anyOf].flatMap((group) =>
    list(group, lists) ? [list(group, lists) ?? []] : [],
  )
  return {
    namespaces: namespaces === 'any' ? namespaces : namespaces.map((text) => text.replaceAll('{team}', team)),
    keyParameters: either(list(own.keyParameters, lists), list(bound.keyParameters, lists)),
    forbiddenKeys: [...(list(own.forbiddenKeys, lists) ?? []), ...(list(bound.forbiddenKeys, lists) ?? [])],
    requireKeys: {
      allOf: [...(list(own.requireKeys?.allOf, lists) ?? []), ...(list(bound.requireKeys?.allOf, lists) ?? [])],
      anyOf: groups,
    },
    identityKey: own.identityKey === 'required' || bound.identityKey === 'required' ? 'required' : 'optional',
    ...(max !== undefined && { maxKeyParameters: max }),
  }
}

function mappingOf({ mapping }: Written, { mapping: bound }: Bounds, lists: Lists): TeamAllowance['mapping'] {
  const own = mapping.requestParameters
  const outer = bound?.requestParameters
  const templates = [mapping.requestTemplates, bound?.requestTemplates].map((written) =>
    typeof written === 'string' ? { use: written } : written,
  )
  const [inside, outside] = templates
  const maxBytes = least(inside?.maxBytes, outside?.maxBytes)
  const overrides = inside?.overrides
  return {
    requestParameters:
      own === 'forbidden' || outer === 'forbidden'
        ? 'forbidden'
        : {
            destinations: either(list(own?.destinations, lists), list(outer?.destinations, lists)),
            sources: either(list(own?.sources, lists), list(outer?.sources, lists)),
            staticValues: staticValuesOf(own) ?? staticValuesOf(outer) ?? 'any',
            open: (own?.open ?? []).map(({ destination }) => destination),
          },
    requestTemplates: {
      use:
        TEMPLATE_USE[Math.min(...templates.map((each) => TEMPLATE_USE.indexOf(each?.use ?? 'anything')))] ??
        'forbidden',
      contentTypes: either(inside?.contentTypes, outside?.contentTypes),
      ...(maxBytes !== undefined && { maxBytes }),
      overrides: overrides === undefined || overrides === 'never' ? [] : overrides,
    },
  }
}

type Parameters = Exclude<NonNullable<Allow['mapping']>['requestParameters'], 'forbidden'>

/** Where sources are listed, static values are none of them unless said. */
function staticValuesOf(written: Parameters): 'never' | AnyOr<string> | undefined {
  const values = written?.staticValues ?? (written?.sources ? 'never' : undefined)
  return values === 'allowed' ? 'any' : values
}

function mockOf({ httpMethods, templates, overLiveBackend = 'never' }: Mock, bound: Mock | undefined) {
  const uses = [templates, bound?.templates].filter((use) => use !== undefined)
  const use = TEMPLATE_USE.find((each) => uses.includes(each))
  return {
    httpMethods: httpMethods ? verbs(words(httpMethods, bound?.httpMethods)) : verbs(bound?.httpMethods ?? ['*']),
    ...(use && { templates: use }),
    overLiveBackend: both(overLiveBackend, bound?.overLiveBackend),
  }
}

function verbs(written: readonly string[]): AnyOr<string> {
  return written.includes('*') ? 'any' : written
}

/** Open rules are within the bounds, or the policy would not have been published. */
function methodsOf({ methods: { authorizationTypes = [], open = [] } }: Written, { methods: bound }: Bounds) {
  return {
    authorizationTypes: words(authorizationTypes, bound?.authorizationTypes),
    open: open.map(({ httpMethods, restApiIds, resourceIds, apiKey }) => ({
      httpMethods: verbs(httpMethods),
      restApiIds: restApiIds ?? ('any' as const),
      resourceIds: resourceIds ?? ('any' as const),
      apiKey: apiKey ?? ('optional' as const),
    })),
  }
}

function softenedOf(team: string, { org, teams }: PolicySet, point: EnforcementPoint, now: number) {
  const own = teams[team]?.rollout
  return SECTIONS.flatMap((section) => {
    const rule = `${team}.${section}`
    const modeOf = section === 'operations' || section === 'methods' ? modeOfOperations : modeOfTeamRule
    const mode = modeOf(rule, own, org.rollout, point, now)
    if (mode === 'enforce') return []
    const named = [own, org.rollout].flatMap((rollout) => rollout?.rules ?? []).find(({ id }) => id === rule)
    const until = named ? named.until : own?.default === undefined ? org.rollout?.until : own.until
    return [{ rule, mode, ...(until !== undefined && { until }) }]
  })
}

function exceptionsOf({ exceptions }: CompiledPolicy, team: string, now: number): TeamAllowance['exceptions'] {
  return [...exceptions].flatMap(([key, found]) => {
    const [of, restApiId, resourceId, httpMethod] = key.split(' ')
    if (of !== team) return []
    return found
      .filter(({ from, until }) => from <= now && now < until)
      .map(({ id, rules, until }) => {
        const method = `${httpMethod} ${restApiId}/${resourceId}`
        return { id, rules, method, until: new Date(until).toISOString() }
      })
  })
}
