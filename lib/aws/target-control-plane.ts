import { APIGatewayClient, type APIGatewayClientConfig } from '@aws-sdk/client-api-gateway'
import type { MethodPath } from '../apigateway/integration.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { callOf } from '../control-plane/operation-call.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Target } from '../control-plane/targets.ts'
import { apiGatewayControlPlane } from './api-gateway.ts'
import { type OpenSession, type SessionCredentials, scopedSessions } from './scoped-sessions.ts'
import type { Scope } from './session-policy.ts'

/**
 * API Gateway of another account or Region. Every call runs under a session of the target's role that can make this one
 * call and nothing else: one verb on one path, and for an integration that names a role, passing that one role.
 *
 * @param config For tests: where API Gateway is.
 */
export function targetControlPlane(
  target: Target,
  open: OpenSession,
  config: Pick<APIGatewayClientConfig, 'endpoint'> = {},
): ControlPlane {
  const credentialsFor = scopedSessions(target, open)
  // One pool of connections for all sessions.
  const { requestHandler } = new APIGatewayClient({ region: target.region }).config
  const bySession = new WeakMap<SessionCredentials, ControlPlane>()

  async function controlPlane(scope: Scope, signal: AbortSignal): Promise<ControlPlane> {
    const credentials = await before(signal, credentialsFor(scope))
    const known = bySession.get(credentials)
    if (known) return known
    const made = apiGatewayControlPlane({ ...config, region: target.region, credentials, requestHandler })
    bySession.set(credentials, made)
    return made
  }

  /** Whoever waits for a session waits no longer than for the call that it is for. */
  async function before<Opened>(signal: AbortSignal, session: Promise<Opened>): Promise<Opened> {
    const late = Promise.withResolvers<never>()
    const giveUp = () => late.reject(new RoleNotAssumed(target.roleArn, signal.reason))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await Promise.race([session, late.promise])
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  return {
    async getIntegration(method, signal) {
      return (await controlPlane(integrationScope('GetIntegration', method), signal)).getIntegration(method, signal)
    },
    async read(call, signal) {
      return (await controlPlane(call, signal)).read(call, signal)
    },
    async change(change, options) {
      const { passRole, signal } = options
      const target = integrationScope(change.operation, change.target)
      const scope = { ...target, ...(passRole !== undefined && { passRole }) }
      return (await controlPlane(scope, signal)).change(change, options)
    },
    async perform(call, options) {
      const { operation, verb, path, body } = call
      const tagsNewApi = operation === 'CreateRestApi' && body?.tags !== undefined
      return (await controlPlane({ verb, path, ...(tagsNewApi && { tagsNewApi }) }, options.signal)).perform(
        call,
        options,
      )
    },
  }
}

function integrationScope(operation: OperationName, { restApiId, resourceId, httpMethod }: MethodPath): Scope {
  const params = { restapi_id: restApiId, resource_id: resourceId, http_method: httpMethod }
  const { verb, path } = callOf({ operation, params })
  return { verb, path }
}
