import type { Load } from './engine.ts'
import { type HandPolicy, handPolicy, readRole, readUri } from './hand-written.ts'
import type { Ask } from './workload.ts'

/** Written by hand for exactly this policy, yes or no, done at the first "no": the floor of any engine. */
export const load: Load<Ask> = async ({ document }) => {
  const policy = handPolicy(document)
  return { prepare: (ask) => ask, decide: (ask) => isAllowed(policy, ask) }
}

function isAllowed(
  { teams, denied, members }: HandPolicy,
  { team: name, restApiId, resourceId, integration }: Ask,
): boolean {
  const team = teams.get(name)
  if (!team?.restApiIds.includes(restApiId)) return false
  for (const member in integration) if (!members.has(member)) return false
  if (!team.types.includes(integration.type) || (integration.connectionType ?? 'INTERNET') !== 'INTERNET') return false
  const uri = readUri(integration.uri ?? '')
  if (uri?.scheme !== 'https' || uri.port !== 443 || !uri.host.endsWith('.acme.internal')) return false
  for (const prefix of denied) if (uri.host.startsWith(prefix)) return false
  const method = integration.httpMethod ?? ''
  let isBackend = false
  for (const { suffix, paths, methods } of team.backends) {
    const { host, path } = uri
    isBackend =
      host.endsWith(suffix) &&
      host.indexOf('.') === host.length - suffix.length &&
      path.startsWith(paths) &&
      methods.includes(method)
    if (isBackend) break
  }
  if (!isBackend) return false
  if (integration.credentials) {
    const role = readRole(integration.credentials)
    if (role?.account !== '111111111111' || role.path !== '/apigw/') return false
    if (!team.roles.some((start) => role.name.startsWith(start))) return false
  }
  if ((integration.timeoutInMillis ?? 29_000) > team.maxMillis || integration.tlsConfig?.insecureSkipVerification)
    return false
  const namespace = integration.cacheNamespace ?? resourceId
  return namespace === resourceId || namespace.startsWith(team.namespace)
}
