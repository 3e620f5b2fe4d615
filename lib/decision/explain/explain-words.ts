import { MEMBERS } from '../../apigateway/members.ts'
import type { TeamAllowance } from './explain.ts'
import type { AllowedBackend } from './explain-backend.ts'
import type { AnyOr } from './explain-limits.ts'

/** A heading and what stands under it. */
export interface Paragraph {
  heading: string
  sentences: string[]
}

/** What a team may do, to be read aloud. */
export function inWords(allowance: TeamAllowance): Paragraph[] {
  const { identity, restApiIds, tags, types, backends, passthrough, contentHandling, responseTransferMode } = allowance
  return [
    {
      heading: 'Who',
      sentences: [
        ...(allowance.description === undefined ? [] : [allowance.description]),
        `Whoever's token has ${or(identity.anyOf)} in the claim ${identity.claim}.`,
        ...(restApiIds.length === 0
          ? []
          : [`On ${restApiIds.length === 1 ? 'the API' : 'the APIs'} ${and(restApiIds)}.`]),
        ...(tags === undefined
          ? []
          : [`On every API with ${tagged(tags)}, unless the policy lists its id for a team.`]),
      ],
    },
    { heading: 'Types', sentences: [types.length === 0 ? 'None.' : `${or(types)}.`] },
    { heading: 'Backends', sentences: backends.length === 0 ? ['None.'] : backends.map(backendSentence) },
    { heading: 'Credentials', sentences: credentials(allowance) },
    { heading: 'Connection', sentences: connection(allowance) },
    { heading: 'TLS', sentences: [tls(allowance)] },
    { heading: 'Timeout', sentences: [timeout(allowance)] },
    { heading: 'Cache', sentences: cache(allowance) },
    { heading: 'Mapping', sentences: mapping(allowance) },
    ...(types.includes('MOCK') ? [{ heading: 'MOCK', sentences: mock(allowance) }] : []),
    {
      heading: 'Other members',
      sentences: [
        `passthroughBehavior: ${or(passthrough)}.`,
        `contentHandling: ${or(contentHandling)}.`,
        `responseTransferMode: ${or(responseTransferMode)}.`,
      ],
    },
    ...section('Other operations', allowance.operations.length === 0 ? [] : [`${or(allowance.operations)}.`]),
    ...section('Methods', methods(allowance)),
    ...section(
      'Denied to everybody',
      allowance.denied.map(({ rule, message }) => `${rule}: ${message}`),
    ),
    ...section(
      'Conditions',
      allowance.conditions.map(({ rule, message, mode }) => `${rule}${modeOf(mode)}: ${message}`),
    ),
    ...section(
      'Not enforced for now',
      allowance.softened.map(({ rule, mode, until }) => `${rule}${modeOf(mode)}${until ? ` until ${until}` : ''}.`),
    ),
    ...section(
      'Exceptions in force',
      allowance.exceptions.map(({ id, rules, method, until }) => `${id}: ${and(rules)} on ${method}, until ${until}.`),
    ),
  ]
}

function tagged(tags: NonNullable<TeamAllowance['tags']>): string {
  const entries = Object.entries(tags)
  return `the ${entries.length === 1 ? 'tag' : 'tags'} ${and(entries.map(([key, values]) => `${key}=${or(values)}`))}`
}

function section(heading: string, sentences: string[]): Paragraph[] {
  return sentences.length === 0 ? [] : [{ heading, sentences }]
}

function modeOf(mode: string): string {
  return mode === 'enforce' ? '' : ` (${mode})`
}

function backendSentence(backend: AllowedBackend): string {
  switch (backend.kind) {
    case 'http': {
      const { schemes, hosts, ports, paths, query, placeholders, stageVariables } = backend
      const late = [placeholdersWords(placeholders), stageVariables === 'allowed' && 'stage variables'].filter(
        (each) => each !== false,
      )
      return [
        `${schemes.join(' or ')}://${or(hosts)}, port ${or(ports)}`,
        paths === 'any' ? 'any path' : `path ${or(paths)}`,
        late.length === 0 ? 'written literally' : `with ${and(late)} where every value they can take is covered`,
        queryWords(query),
        ...verbs(backend),
      ].join('; ')
    }
    case 'lambda': {
      const { accounts, functions, qualifiers, unqualified, regions, methods, httpMethods } = backend
      const bare = unqualified === 'allowed'
      return [
        `Lambda function ${or(functions)} of account ${or(accounts)}`,
        qualifiers === 'any'
          ? `any qualifier${bare ? ' or none' : ''}`
          : `qualifier ${or(qualifiers)}${bare ? ' or none' : ''}`,
        regions.length === 0 ? "in the API's Region" : `in ${or(regions)}`,
        ...verbs({ methods: isPost(methods) ? 'any' : methods, httpMethods }),
      ].join('; ')
    }
    case 'service': {
      const { service, subdomains, paths, actions, resources, query, placeholders, regions } = backend
      const late = placeholdersWords(placeholders)
      const targets = [
        ...(actions.length > 0 ? [`action ${or(actions)}`] : []),
        ...(paths.length > 0 ? [`path ${or(paths)}${late === false ? '' : ` with ${late}`}`] : []),
      ]
      return [
        `AWS service ${service}: ${targets.length === 0 ? 'nothing' : targets.join(' or ')}`,
        ...(subdomains.length > 0 ? [`subdomain ${or(subdomains)}`] : []),
        ...Object.entries(resources).map(([kind, names]) => `${kind} ${or(names)}`),
        queryWords(query),
        regions.length === 0 ? "in the API's Region" : `in ${or(regions)}`,
        ...verbs(backend),
      ].join('; ')
    }
  }
}

/** A function is called with POST unless said. */
function isPost(methods: AnyOr<string>): boolean {
  return methods !== 'any' && methods.length === 1 && methods[0] === 'POST'
}

function placeholdersWords(placeholders: 'allowed' | 'never' | { from: readonly string[] }): string | false {
  if (typeof placeholders === 'string') return placeholders === 'allowed' && '{placeholders}'
  return `{placeholders}, also from ${or(placeholders.from)}`
}

function queryWords(query: string | { names: readonly string[] }): string {
  if (typeof query === 'object') return `a literal query of ${or(query.names)}`
  return query === 'none' ? 'no query' : query === 'literal' ? 'a literal query' : 'any query'
}

function verbs({ methods, httpMethods }: { methods: AnyOr<string>; httpMethods: AnyOr<string> }): string[] {
  return [
    ...(methods === 'any' ? [] : [`called with ${or(methods)}`]),
    ...(httpMethods === 'any' ? [] : [`from methods ${or(httpMethods)}`]),
  ]
}

function credentials({ credentials: { none, roles, callerPassThrough } }: TeamAllowance): string[] {
  const role = roles === 'any' ? 'Any role.' : roles.length === 0 ? 'No role.' : `Role ${or(roles)}.`
  return [
    role,
    none === 'allowed' ? 'May be absent.' : 'Must be given.',
    ...(callerPassThrough === 'allowed' ? ["May pass on the API caller's own identity."] : []),
  ]
}

function connection({ connection: { types, vpcLinks, integrationTargets } }: TeamAllowance): string[] {
  const isPrivate = types === 'any' || types.includes('VPC_LINK')
  return [
    `${orAny(types, 'connection type')}.`,
    ...(isPrivate ? [`Through ${orAny(vpcLinks, 'VPC link')}, to ${orAny(integrationTargets, 'load balancer')}.`] : []),
  ]
}

function tls({ tls: { insecureSkipVerification, hosts } }: TeamAllowance): string {
  if (insecureSkipVerification === 'never') return "The backend's certificate is always verified."
  return `The backend's certificate may go unverified${hosts ? ` on ${or(hosts)}` : ''}.`
}

function timeout({ timeout: { minMillis, maxMillis } }: TeamAllowance): string {
  if (minMillis === maxMillis) return `${maxMillis} ms.`
  const absent = MEMBERS.timeoutInMillis.default.value
  const isBelowDefault =
    maxMillis < absent ? ` Without timeoutInMillis it would be ${absent} ms, which is too long.` : ''
  return `From ${minMillis} to ${maxMillis} ms.${isBelowDefault}`
}

function cache({ cache: limits }: TeamAllowance): string[] {
  const { namespaces, keyParameters, forbiddenKeys, requireKeys, identityKey, maxKeyParameters } = limits
  return [
    `Namespace ${orAny(namespaces, 'namespace')}.`,
    keyParameters !== 'any' && keyParameters.length === 0 ? 'No keys.' : `Keys: ${orAny(keyParameters, 'key')}.`,
    ...(maxKeyParameters === undefined ? [] : [`At most ${maxKeyParameters} keys.`]),
    ...(forbiddenKeys.length === 0 ? [] : [`Never ${or(forbiddenKeys)}.`]),
    ...(requireKeys.allOf.length === 0 ? [] : [`A cached method carries ${and(requireKeys.allOf)}.`]),
    ...requireKeys.anyOf.map((group) => `A cached method carries ${or(group)}.`),
    ...(identityKey === 'required' ? ['A cached method carries a key that tells its callers apart.'] : []),
  ]
}

function mapping({ mapping: { requestParameters, requestTemplates } }: TeamAllowance): string[] {
  const { use, contentTypes, maxBytes, overrides } = requestTemplates
  const templates =
    use === 'forbidden' ? 'No templates.' : use === 'static' ? 'Static templates: no $ and no #.' : 'Templates.'
  const details =
    use === 'forbidden'
      ? []
      : [
          ...(contentTypes === 'any' ? [] : [`Templates for ${or(contentTypes)}.`]),
          ...(maxBytes === undefined ? [] : [`Templates of at most ${maxBytes} bytes.`]),
          overrides.length === 0 ? 'Templates may override nothing.' : `Templates may override ${or(overrides)}.`,
        ]
  if (requestParameters === 'forbidden') return ['No request parameters.', templates, ...details]
  const { destinations, sources, staticValues, open } = requestParameters
  return [
    `Request parameters: onto ${orAny(destinations, 'destination')}, from ${orAny(sources, 'source')}.`,
    staticValues === 'never'
      ? 'No static values.'
      : staticValues === 'any'
        ? 'Any static value.'
        : `Static values ${or(staticValues)}.`,
    ...(open.length === 0 ? [] : [`Also onto ${or(open)}.`]),
    templates,
    ...details,
  ]
}

function mock({ mock: limits }: TeamAllowance): string[] {
  if (!limits) return ['Never in place of a live backend.']
  const { httpMethods, templates, overLiveBackend } = limits
  return [
    httpMethods === 'any' ? 'On any method.' : `On methods ${or(httpMethods)}.`,
    ...(templates === 'static' ? ['Templates are static: no $ and no #.'] : []),
    ...(templates === 'forbidden' ? ['Without templates.'] : []),
    overLiveBackend === 'allowed' ? 'Also in place of a live backend.' : 'Never in place of a live backend.',
  ]
}

/** Nothing to be told where the team sets up no methods. */
function methods({ operations, methods: { authorizationTypes, open } }: TeamAllowance): string[] {
  if (!operations.some((operation) => operation === 'PutMethod' || operation === 'UpdateMethod')) return []
  return [
    `Guarded by ${or(authorizationTypes)}.`,
    ...open.map(({ httpMethods, restApiIds, resourceIds, apiKey }) =>
      [
        `Open to anybody${apiKey === 'required' ? ' with an API key' : ''}: ${orAny(httpMethods, 'method')}`,
        ...(restApiIds === 'any' ? [] : [` of the API ${or(restApiIds)}`]),
        ...(resourceIds === 'any' ? [] : [` on the resource ${or(resourceIds)}`]),
        '.',
      ].join(''),
    ),
    ...(open.length === 0 ? ['None is open to anybody.'] : []),
  ]
}

function orAny(entries: AnyOr<string>, noun: string): string {
  return entries === 'any' ? `any ${noun}` : entries.length === 0 ? `no ${noun}` : or(entries)
}

const or = (entries: readonly (string | number)[]) => joined(entries, 'or')
const and = (entries: readonly (string | number)[]) => joined(entries, 'and')

function joined(entries: readonly (string | number)[], conjunction: string): string {
  const last = entries.at(-1)
  return entries.length < 2 ? `${last ?? 'nothing'}` : `${entries.slice(0, -1).join(', ')} ${conjunction} ${last}`
}
