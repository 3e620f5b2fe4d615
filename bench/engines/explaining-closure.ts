import { distance } from 'fastest-levenshtein'
import { type PublishedPolicy, positionOf } from '../../lib/policy/document/published.ts'
import { type Load, NOW } from './engine.ts'
import { type HandPolicy, type HandTeam, handPolicy, readRole, readUri } from './hand-written.ts'
import type { Ask } from './workload.ts'

interface Violation {
  rule: string
  mode: 'enforce'
  field: string
  part?: string
  value: unknown
  allowed: unknown
  nearest?: string
  message: string
  fix?: string
  policyAt: unknown
}

/**
 * Written by hand for exactly this policy; every rule runs, and every violation says what the engine's would: the value,
 * what is allowed, what is nearest, the fix, the place in the policy.
 */
export const load: Load<Ask> = async (published) => {
  const policy = handPolicy(published.document)
  const judge = (ask: Ask) => {
    const violations = explain(policy, published, ask)
    return {
      decision: violations.length === 0 ? 'allow' : 'deny',
      team: ask.team,
      policyRevision: published.revision,
      policyDigest: published.digest,
      evaluatorVersion: '1',
      evaluatedAt: new Date(NOW).toISOString(),
      violations,
      warnings: [],
      dryRun: [],
      exceptionsUsed: [],
    }
  }
  return {
    prepare: (ask) => ask,
    decide: (ask) => judge(ask).decision === 'allow',
    replay: (line) => JSON.stringify(judge(JSON.parse(line))),
  }
}

function explain({ teams, denied, members }: HandPolicy, published: PublishedPolicy, ask: Ask): Violation[] {
  const { team: name, restApiId, resourceId, integration } = ask
  const violations: Violation[] = []
  const add = (pointer: string, violation: Omit<Violation, 'mode' | 'policyAt'>) =>
    void violations.push({ ...violation, mode: 'enforce', policyAt: positionOf(published, pointer) })
  const bounds = (rule: string, field: string, part: string, value: unknown, allowed: unknown, message: string) =>
    add(`/org/bounds/${rule.replaceAll('.', '/')}`, {
      rule: `org.bounds.${rule}`,
      field,
      part,
      value,
      allowed,
      message,
    })

  const team = teams.get(name)
  if (!team?.restApiIds.includes(restApiId)) {
    add('', { rule: 'intrinsic.owner', field: '', value: restApiId, allowed: [], message: 'The team has no such API.' })
    return violations
  }
  for (const member in integration) {
    if (members.has(member)) continue
    add('', { rule: 'intrinsic.member', field: `/${member}`, value: member, allowed: [], message: 'No such member.' })
  }
  const own = `/teams/${name}/allow`
  if (!team.types.includes(integration.type)) {
    const message = `Type ${integration.type} is not among the team's types.`
    add(`${own}/types`, {
      rule: `${name}.types`,
      field: '/type',
      value: integration.type,
      allowed: team.types,
      message,
    })
  }
  const connection = integration.connectionType ?? 'INTERNET'
  if (connection !== 'INTERNET') bounds('connection.types', '/connectionType', '', connection, ['INTERNET'], 'No.')
  const uri = readUri(integration.uri ?? '')
  if (!uri) {
    const message = 'The uri is not plain.'
    add('', { rule: 'intrinsic.uri', field: '/uri', value: integration.uri, allowed: [], message })
  } else {
    const { scheme, host, port } = uri
    if (scheme !== 'https')
      bounds('uri.schemes', '/uri', 'scheme', scheme, ['https'], `Scheme ${scheme} is not allowed.`)
    if (port !== 443) bounds('uri.ports', '/uri', 'port', port, [443], `Port ${port} is not allowed.`)
    if (!host.endsWith('.acme.internal')) {
      bounds('uri.hosts', '/uri', 'host', host, ['**.acme.internal'], `Host ${host} is outside the organisation's.`)
    }
    for (const [index, prefix] of denied.entries()) {
      if (!host.startsWith(prefix)) continue
      const rule = `org.no-legacy-${index}`
      const message = 'This backend is being switched off.'
      add(`/org/deny/${index}`, { rule, field: '/uri', part: 'host', value: host, allowed: { not: [prefix] }, message })
    }
    backend(team, name, uri, integration.httpMethod ?? '', (violation) => add(`${own}/uri`, violation))
  }
  if (integration.credentials) {
    const role = readRole(integration.credentials)
    const value = integration.credentials
    if (role?.account !== '111111111111') bounds('credentials.accounts', '/credentials', 'account', value, [], 'No.')
    if (role?.path !== '/apigw/') bounds('credentials.rolePath', '/credentials', 'role path', value, '/apigw/', 'No.')
    if (role && !team.roles.some((start) => role.name.startsWith(start))) {
      const nearest = nearestOf(
        value,
        team.roleTexts.map((text) => text.slice(0, -1) + role.name.slice(-6)),
      )
      const message = `Role ${role.path}${role.name} of account ${role.account} is not among the team's roles.`
      const violation = {
        rule: `${name}.credentials`,
        field: '/credentials',
        part: 'role',
        value,
        allowed: team.roleTexts,
      }
      add(`${own}/credentials`, { ...violation, message, ...fixOf(nearest) })
    }
  }
  const timeout = integration.timeoutInMillis ?? 29_000
  if (timeout > team.maxMillis) {
    const message = "Timeout is above the team's limit."
    const fix = `Set timeoutInMillis to ${team.maxMillis} or less.`
    const allowed = { maxMillis: team.maxMillis }
    add(`${own}/timeout`, { rule: `${name}.timeout`, field: '/timeoutInMillis', value: timeout, allowed, message, fix })
  }
  if (integration.tlsConfig?.insecureSkipVerification) {
    bounds('tls.insecureSkipVerification', '/tlsConfig', '', true, false, 'The certificate must be verified.')
  }
  const namespace = integration.cacheNamespace ?? resourceId
  if (namespace !== resourceId && !namespace.startsWith(team.namespace)) {
    const allowed = [resourceId, `${team.namespace}*`]
    const message = `Cache namespace ${namespace} is not among the team's namespaces.`
    const nearest = nearestOf(namespace, [resourceId, team.namespace + namespace.slice(team.namespace.length)])
    const violation = { rule: `${name}.cache`, field: '/cacheNamespace', value: namespace, allowed, message }
    add(`${own}/cache`, { ...violation, ...fixOf(nearest) })
  }
  return violations
}

function backend(
  { backends }: HandTeam,
  name: string,
  { host, path }: { host: string; path: string },
  method: string,
  add: (violation: Omit<Violation, 'mode' | 'policyAt'>) => void,
): void {
  const rule = `${name}.uri`
  const known = backends.find(
    ({ suffix }) => host.endsWith(suffix) && host.indexOf('.') === host.length - suffix.length,
  )
  if (!known) {
    const label = host.slice(0, host.indexOf('.'))
    const nearest = nearestOf(
      host,
      backends.map(({ suffix }) => label + suffix),
    )
    const message = `Host ${host} is not a ${name} backend.`
    const allowed = backends.map(({ text }) => text)
    add({ rule, field: '/uri', part: 'host', value: host, allowed, message, ...fixOf(nearest) })
    return
  }
  if (!path.startsWith(known.paths)) {
    const allowed = [`${known.paths}**`]
    const message = `Path ${path} is not among the paths allowed on this host.`
    const fix = `Use a path that ${allowed[0]} covers.`
    add({ rule, field: '/uri', part: 'path', value: path, allowed, message, fix })
  }
  if (!known.methods.includes(method)) {
    const message = `On ${host} the integration may call ${known.methods.join(' or ')}, not ${method}.`
    const fix = `Set httpMethod to ${known.methods.join(' or ')}.`
    add({ rule, field: '/httpMethod', value: method, allowed: known.methods, message, fix })
  }
}

function nearestOf(value: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.floor(value.length / 3) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - value.length) >= least) continue
    const differs = distance(value, candidate)
    if (differs < least) {
      best = candidate
      least = differs
    }
  }
  return best
}

function fixOf(nearest: string | undefined) {
  return nearest === undefined
    ? { fix: 'Use one of those that are allowed.' }
    : { nearest, fix: `Did you mean ${nearest}?` }
}
