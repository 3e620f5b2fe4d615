import type { PolicySet } from '../../lib/policy/document/document.ts'
import type { Load } from './engine.ts'
import { partsOf } from './parts.ts'

type Call = Parameters<typeof import('@cedar-policy/cedar-wasm/nodejs').statefulIsAuthorized>[0]

/**
 * A preparsed set of policies for each team, which is Cedar's best case: ids of the policies that decided are all it can
 * say. Sets are made for the teams of the stream alone, since 10,000 take a minute.
 */
export const load: Load<Call> = async ({ document }, asks) => {
  const { preparsePolicySet, statefulIsAuthorized } = await import('@cedar-policy/cedar-wasm/nodejs')
  for (const team of new Set(asks.map((ask) => ask.team))) {
    const answer = preparsePolicySet(team, { staticPolicies: policiesOf(document, team) })
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
  }
  return {
    prepare(ask) {
      const { team, ...context } = partsOf(ask)
      return {
        principal: { type: 'Team', id: team },
        action: { type: 'Action', id: 'PutIntegration' },
        resource: { type: 'Api', id: ask.restApiId },
        context,
        preparsedPolicySetId: team,
        entities: [],
      }
    },
    decide(call) {
      const { type, response } = statefulIsAuthorized(call)
      if (type === 'failure' || !response || response.diagnostics.errors.length > 0) throw new Error('Cedar failed')
      return response.decision === 'allow'
    },
  }
}

/** A permit for each backend, a forbid for each other rule, so that the ids tell what was wrong. */
function policiesOf({ org, teams }: PolicySet, name: string): Record<string, string> {
  const allow = teams[name]?.allow
  const policies: Record<string, string> = {}
  const scope = 'principal, action, resource'
  for (const [index, backend] of (allow?.uri ?? []).entries()) {
    if (!('hosts' in backend)) continue
    const [host = ''] = backend.hosts
    const [path = ''] = backend.paths ?? []
    const methods = JSON.stringify(backend.methods)
    policies[`uri${index}`] = `permit(${scope}) when {
      context.host like "${host}" && context.labels == ${host.split('.').length} &&
      context.path like "${path.slice(0, -1)}" && ${methods}.contains(context.method) };`
  }
  const roles = allow?.credentials === 'none' ? [] : (allow?.credentials?.roles ?? [])
  const role = roles.map((arn) => `context.role like "${arn.split(':')[5]}"`).join(' || ')
  policies.types = `forbid(${scope}) unless { ${JSON.stringify(allow?.types)}.contains(context.type) };`
  policies.bounds = `forbid(${scope}) unless { context.scheme == "https" && context.port == 443 && context.host like "*.acme.internal" };`
  policies.connection = `forbid(${scope}) unless { context.connection == "INTERNET" };`
  policies.credentials = `forbid(${scope}) unless { context.account == "111111111111" && (${role}) };`
  policies.timeout = `forbid(${scope}) when { context.timeout > ${allow?.timeout?.maxMillis} };`
  policies.cache = `forbid(${scope}) unless { context.namespace == context.resourceId || context.namespace like "${name}-*" };`
  for (const { id, uri } of org.deny ?? []) {
    policies[id] = `forbid(${scope}) when { context.host like "${String(uri?.hosts?.[0]).replace('**', '*')}" };`
  }
  return policies
}
