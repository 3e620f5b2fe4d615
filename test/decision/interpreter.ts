import type { DecisionRequest, EnforcementPoint, Mode } from '../../lib/decision/decision.ts'
import type { Modes, PolicySet } from '../../lib/policy/document/document.ts'
import type { Allow, Backend, Bounds } from '../../lib/policy/document/sections.ts'

/**
 * The same policies, judged slowly and plainly: patterns are turned into regular expressions on the spot, nothing is
 * kept, nothing is explained. Shares no code with the evaluator. Knows the sections that `generators.ts` writes.
 */
export interface Verdict {
  /** Rules by mode; `intrinsic` where the uri can't be read or has two readings, whatever else is violated. */
  rules: Record<Mode, Set<string>>
  intrinsic: boolean
  allowed: boolean
}

type Http = { scheme: string; host: string; port: number; path: string; late: string; query: string }
type Lambda = { account: string; region: string; name: string; qualifier: string | undefined }

const HTTP_URI =
  /^(https?):\/\/((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?::([1-9]\d{0,4}))?(\/[^?#\\]*)?(?:\?([^#\\]*))?$/i
const LATE = /\$\{stageVariables\.\w+\}|\{[\w.-]+\}/

export function interpret(policy: PolicySet, request: DecisionRequest, point: EnforcementPoint, now: number): Verdict {
  const { integration: it, resourceId, httpMethod } = request
  const team = 'own'
  const own = policy.teams[team]
  if (own === undefined) throw new Error('The generated policies have a team called own.')
  const { bounds, defaults = {}, deny = [] } = policy.org
  const always = new Set<string>()
  const soft = new Set<string>()
  let intrinsic = false

  const lists = (entries: readonly string[]) =>
    entries.flatMap((entry) => (entry === '@hosts' ? (policy.lists?.hosts?.entries ?? []) : [entry]))
  const hostIn = (entries: readonly string[], host: string) =>
    lists(entries).some((each) => hostRegExp(each).test(host))

  // What takes effect
  const connectionType = it.connectionType ?? 'INTERNET'
  const millis = it.timeoutInMillis ?? 29_000
  const namespace = it.cacheNamespace ?? resourceId
  const keys = [...new Set(it.cacheKeyParameters ?? [])]
  const behavior = it.passthroughBehavior ?? 'WHEN_NO_MATCH'
  const insecure = it.tlsConfig?.insecureSkipVerification === true
  const section = <S extends keyof Allow>(name: S): Allow[S] => own.allow[name] ?? defaults[name]

  // Intrinsic rules
  const uri = it.uri ?? ''
  const http = it.type === 'AWS_PROXY' ? undefined : readHttp(uri)
  const lambda = it.type === 'AWS_PROXY' ? readLambda(uri) : undefined
  if (http === undefined && lambda === undefined) intrinsic = true
  const twoReadings = http !== undefined && /\/\/|;|%|(^|\/)\.\.?(\/|$|\{)/.test(http.path)
  if (connectionType === 'INTERNET' && (it.connectionId ?? '') !== '') always.add('intrinsic.connectionId.idle')
  if (connectionType === 'VPC_LINK' && (it.connectionId ?? '') === '') always.add('intrinsic.connectionId.form')

  // Sections, of the bounds (each leaf a rule) and of the team (each section a rule)
  const boundsOr = (rules: Set<string>, prefix: string, name: string) => (leaf: string) =>
    rules.add(prefix === 'org.bounds' ? `org.bounds.${name}.${leaf}` : `${prefix}.${name}`)
  const shared = (limits: Bounds | Allow, rules: Set<string>, prefix: string) => {
    if (limits.types && !limits.types.includes(it.type)) rules.add(`${prefix}.types`)
    const fail = (name: string) => boundsOr(rules, prefix, name)
    const { connection: c, timeout: t, tls, passthrough: p } = limits
    if (c?.types && !c.types.includes(connectionType)) fail('connection')('types')
    else if (
      c?.vpcLinks &&
      connectionType === 'VPC_LINK' &&
      it.connectionId &&
      !c.vpcLinks.some((each) => name(each).test(it.connectionId ?? ''))
    )
      fail('connection')('vpcLinks')
    if (t?.maxMillis !== undefined && millis > t.maxMillis) fail('timeout')('maxMillis')
    else if (t?.minMillis !== undefined && millis < t.minMillis) fail('timeout')('minMillis')
    if (tls && insecure) {
      if (tls.insecureSkipVerification === 'never') fail('tls')('insecureSkipVerification')
      else if (tls.hosts && !(http && hostIn(tls.hosts, http.host))) fail('tls')('hosts')
    }
    const { cache } = limits
    if (cache && cache !== 'none') {
      const { namespaces, keyParameters, maxKeyParameters } = cache
      const filled = namespaces?.map((each) => each.replace('{team}', team).replace('{resourceId}', resourceId))
      if (filled && !filled.some((each) => name(each).test(namespace))) fail('cache')('namespaces')
      if (keyParameters && !keys.every((key) => keyParameters.some((each) => parameter(each).test(key))))
        fail('cache')('keyParameters')
      if (maxKeyParameters !== undefined && keys.length > maxKeyParameters) fail('cache')('maxKeyParameters')
    }
    if (p && !p.includes(behavior as 'NEVER')) rules.add(`${prefix}.passthrough`)
  }
  const role = /^arn:aws:iam::(\d{12}):role(\/(?:.*\/)?)([^/]+)$/.exec(it.credentials ?? '')
  const isCaller = it.credentials === 'arn:aws:iam::*:user/*'

  shared(bounds, always, 'org.bounds')
  const b = bounds.uri ?? {}
  const add = (leaf: string) => always.add(`org.bounds.uri.${leaf}`)
  if (http) {
    if (b.schemes && !b.schemes.includes(http.scheme as 'http')) add('schemes')
    if (b.hosts && !hostIn(b.hosts, http.host)) add('hosts')
    if (b.ports && !b.ports.includes(http.port)) add('ports')
    if (b.placeholders?.path === 'never' && http.late !== '') add('placeholders.path')
    if (b.paths && !b.paths.some((each) => covers(each, http))) add('paths')
    if (b.query && rank(http.query) > ranks.indexOf(b.query)) add('query')
  }
  if (lambda && b.lambda) {
    if (b.lambda.accounts && !b.lambda.accounts.includes(lambda.account)) add('lambda.accounts')
    if (b.lambda.regions && !b.lambda.regions.includes(lambda.region)) add('lambda.regions')
    if (b.lambda.functions && !b.lambda.functions.some((each) => name(each).test(lambda.name))) add('lambda.functions')
  }
  const bc = bounds.credentials
  if (role && bc?.accounts && !bc.accounts.includes(role[1] ?? '')) always.add('org.bounds.credentials.accounts')
  if (role && bc?.rolePath) {
    const path = role[2] ?? ''
    const isBelow = bc.rolePath.endsWith('**') && path.startsWith(bc.rolePath.slice(0, -2))
    if (!isBelow && path !== bc.rolePath) always.add('org.bounds.credentials.rolePath')
  }
  if (isCaller && bc?.callerPassThrough === 'never') always.add('org.bounds.credentials.callerPassThrough')

  // Denies
  for (const rule of deny) {
    const { types, uri: where, httpMethods, credentials, connection } = rule
    if (types && !types.includes(it.type)) continue
    if (httpMethods && !verbIn(httpMethods, httpMethod)) continue
    if (where && !(http && hostIn(where.hosts ?? [], http.host))) continue
    if (where?.ports && !(http && where.ports.includes(http.port))) continue
    if (where?.paths && !(http && where.paths.some((each) => mayMatch(each, http)))) continue
    if (credentials && !(role && credentials.roles?.some((each) => roleRegExp(each).test(it.credentials ?? ''))))
      continue
    if (connection && !connection.vpcLinks?.includes(it.connectionId ?? '')) continue
    always.add(rule.id)
  }

  // The team
  const effective: Allow = {
    types: section('types') ?? [],
    connection: section('connection') ?? { types: ['INTERNET'] },
    tls: section('tls') ?? { insecureSkipVerification: 'never' },
    timeout: section('timeout') ?? { minMillis: 29_000, maxMillis: 29_000 },
    cache: section('cache') ?? 'none',
    passthrough: section('passthrough') ?? ['WHEN_NO_MATCH'],
  }
  if (effective.cache === 'none') effective.cache = { namespaces: ['{resourceId}'], keyParameters: ['nothing'] }
  shared(effective, soft, team)
  const entries = section('uri') ?? []
  const passes = (entry: Backend): boolean => {
    if ('hosts' in entry && http) {
      const placeholders = entry.placeholders ?? (entry.paths ? 'never' : 'allowed')
      const variables = entry.stageVariables ?? placeholders
      return (
        hostIn(entry.hosts, http.host) &&
        (entry.schemes ?? (b.schemes ? ['http', 'https'] : ['https'])).includes(http.scheme as 'http') &&
        (entry.ports?.includes(http.port) ?? (b.ports !== undefined || http.port === 443)) &&
        (!/(^|[^$])\{/.test(http.late) || placeholders === 'allowed') &&
        (!http.late.includes('${') || variables === 'allowed') &&
        (!entry.paths || entry.paths.some((each) => covers(each, http))) &&
        rank(http.query) <= ranks.indexOf(entry.query ?? 'literal') &&
        verbIn(entry.methods, it.httpMethod) &&
        verbIn(entry.httpMethods, httpMethod)
      )
    }
    if ('lambda' in entry && lambda) {
      const { account, functions, qualifiers, unqualified, regions } = entry.lambda
      return (
        account === lambda.account &&
        functions.some((each) => name(each).test(lambda.name)) &&
        (regions?.includes(lambda.region) ?? true) &&
        (lambda.qualifier === undefined
          ? (unqualified ?? (qualifiers ? 'never' : 'allowed')) === 'allowed'
          : !qualifiers || qualifiers.some((each) => name(each).test(lambda.qualifier ?? '')))
      )
    }
    return false
  }
  if (!intrinsic && !entries.some(passes)) soft.add(`${team}.uri`)
  const opened = b.lambda?.regions || entries.some((entry) => 'lambda' in entry && entry.lambda.regions)
  if (lambda && lambda.region !== request.region && !opened) always.add('intrinsic.uri.region')
  const credentials = section('credentials') ?? 'none'
  const {
    roles,
    none = 'allowed',
    callerPassThrough = 'never',
  } = credentials === 'none' ? { roles: [], none: 'allowed' as const } : credentials
  if (role && roles && !roles.some((each) => roleRegExp(each).test(it.credentials ?? '')))
    soft.add(`${team}.credentials`)
  if (isCaller && callerPassThrough === 'never') soft.add(`${team}.credentials`)
  if (!role && !isCaller && none === 'never') soft.add(`${team}.credentials`)

  // What the other team claims, where the own list does not decide
  const mode = modeOf(own.rollout?.default, own.rollout?.until, point, now)
  const isSoft = (name: string) => mode !== 'enforce' && soft.has(`${team}.${name}`)
  const other = policy.teams.other?.allow ?? {}
  const theirs = other.uri ?? []
  const isShared = (entry: string) => entry === '@hosts'
  if (
    http &&
    isSoft('uri') &&
    theirs.some(
      (each) =>
        'hosts' in each &&
        hostIn(
          each.hosts.filter((h) => !isShared(h)),
          http.host,
        ),
    )
  ) {
    always.add('intrinsic.claims.hosts')
  }
  if (
    lambda &&
    isSoft('uri') &&
    theirs.some(
      (each) =>
        'lambda' in each &&
        each.lambda.account === lambda.account &&
        each.lambda.functions.some((f) => name(f).test(lambda.name)),
    )
  ) {
    always.add('intrinsic.claims.functions')
  }
  const claimed = other.credentials === 'none' ? [] : (other.credentials?.roles ?? [])
  if (
    role &&
    (roles === undefined || isSoft('credentials')) &&
    claimed.some((each) => roleRegExp(each).test(it.credentials ?? ''))
  ) {
    always.add('intrinsic.claims.roles')
  }
  const isLinkOpen = effective.connection?.vpcLinks === undefined && section('connection') !== undefined
  if (connectionType === 'VPC_LINK' && it.connectionId && (isLinkOpen || isSoft('connection'))) {
    const id = it.connectionId
    if (other.connection?.vpcLinks?.some((each) => name(each).test(id))) always.add('intrinsic.claims.vpcLinks')
  }
  if (namespace !== resourceId && (effective.cache?.namespaces === undefined || isSoft('cache'))) {
    const theirCache = other.cache === 'none' ? undefined : other.cache?.namespaces
    const defaultCache = defaults.cache === 'none' ? undefined : defaults.cache?.namespaces
    const templates = [...(bounds.cache?.namespaces ?? []), ...(defaultCache ?? [])].filter((each) =>
      each.includes('{team}'),
    )
    const all = [...(theirCache ?? []), ...templates].map((each) => each.replace('{team}', 'other'))
    if (all.some((each) => !each.includes('{') && name(each).test(namespace))) always.add('intrinsic.claims.namespaces')
  }

  const rules: Record<Mode, Set<string>> = { enforce: new Set(), warn: new Set(), 'dry-run': new Set() }
  for (const rule of always) rules.enforce.add(rule)
  for (const rule of soft) rules[mode].add(rule)
  // A path of two readings is refused only where a rule speaks of paths; which of them it is matters to no one here.
  const isDotted = http !== undefined && /(^|\/)(\.|%2e)+(\/|$|\{)/i.test(http.path)
  return { rules, intrinsic: intrinsic || twoReadings, allowed: !intrinsic && !isDotted && rules.enforce.size === 0 }
}

const ranks = ['none', 'literal', 'late-bound']

function rank(query: string): number {
  return query === '' ? 0 : LATE.test(query) ? 2 : 1
}

function readHttp(uri: string): Http | undefined {
  const [whole, scheme = '', host = '', port, path = '/', query] = HTTP_URI.exec(uri) ?? []
  if (whole === undefined || /^(?:\d+|0x.*)$/i.test(host.split('.').at(-1) ?? '')) return undefined
  const defaultPort = scheme === 'https' ? 443 : 80
  const late = (path.match(new RegExp(LATE, 'g')) ?? []).join(' ')
  return {
    scheme,
    host: host.toLowerCase(),
    port: port ? Number(port) : defaultPort,
    path,
    late,
    query: query === undefined ? '' : `?${query}`,
  }
}

function readLambda(uri: string): Lambda | undefined {
  const arn = /functions\/arn:aws:lambda:([^:]+):(\d+):function:([^:/]+)(?::([^:/]+))?\/invocations$/.exec(uri)
  return arn ? { region: arn[1] ?? '', account: arn[2] ?? '', name: arn[3] ?? '', qualifier: arn[4] } : undefined
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
}

function name(pattern: string): RegExp {
  return new RegExp(`^${escaped(pattern).replaceAll('*', '.+')}$`)
}

/** A trailing star covers everything below, and headers compare case-insensitively. */
function parameter(pattern: string): RegExp {
  return new RegExp(`^${escaped(pattern).replaceAll('*', '.+')}$`, pattern.includes('header.') ? 'i' : '')
}

function hostRegExp(pattern: string): RegExp {
  const labels = pattern
    .split('.')
    .map((label) => (label === '**' ? '[^.]+(?:\\.[^.]+)*' : escaped(label).replaceAll('*', '[^.]+')))
  return new RegExp(`^${labels.join('\\.')}$`)
}

function pathRegExp(pattern: string): RegExp {
  const segments = pattern.slice(1).split('/')
  const parts = segments.map((part) => (part === '**' ? '[^/]*(?:/[^/]*)*' : escaped(part).replaceAll('*', '[^/]+')))
  return new RegExp(`^/${parts.join('/')}$`)
}

function roleRegExp(pattern: string): RegExp {
  const any = '[^/]+(?:/[^/]+)*'
  const parts = pattern.split('/').map((part) => (part === '**' ? any : escaped(part).replaceAll('*', '[^/:]+')))
  return new RegExp(`^${parts.join('/')}$`)
}

/** Nothing is known of a path from its first late-bound segment on. */
function known(path: string): string {
  const late = LATE.exec(path)
  return late === null ? path : path.slice(0, path.lastIndexOf('/', late.index) + 1)
}

const COULD_BE = [
  '',
  'v',
  'z',
  'v/w',
  'v/z',
  'v/z/q',
  'v/',
  'v1',
  'v1/a',
  'v1/a/z',
  'v1/a/z/q',
  'v1/z/z/q',
  'z/q',
  'q/z/q',
  'q/z',
]

function covers(pattern: string, { path, late }: Http): boolean {
  if (late === '') return pathRegExp(pattern).test(path)
  return pattern.endsWith('/**') && COULD_BE.every((rest) => pathRegExp(pattern).test(known(path) + rest))
}

function mayMatch(pattern: string, { path, late }: Http): boolean {
  if (late === '') return pathRegExp(pattern).test(path)
  return late.includes('${') || COULD_BE.some((rest) => pathRegExp(pattern).test(known(path) + rest))
}

function verbIn(verbs: readonly string[] | undefined, verb: string | undefined): boolean {
  return verbs === undefined || verbs.includes('*') || verbs.includes(verb ?? '')
}

function modeOf(modes: Modes | undefined, until: string | undefined, point: EnforcementPoint, now: number): Mode {
  if (modes === undefined || until === undefined || now >= Date.parse(until)) return 'enforce'
  return typeof modes === 'string' ? modes : (modes[point] ?? 'enforce')
}
