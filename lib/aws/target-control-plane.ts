import { APIGatewayClient, type APIGatewayClientConfig } from '@aws-sdk/client-api-gateway'
import type { ControlPlane, UpstreamAnswer } from '../control-plane/control-plane.ts'
import { callOf } from '../control-plane/operation-call.ts'
import type { Target } from '../control-plane/targets.ts'
import type { MethodPath } from '../integration/integration.ts'
import type { OperationName } from '../integration/operation-table.ts'
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

  async function controlPlane(scope: Scope): Promise<ControlPlane> {
    const credentials = await credentialsFor(scope)
    const known = bySession.get(credentials)
    if (known) return known
    const made = apiGatewayControlPlane({ ...config, region: target.region, credentials, requestHandler })
    bySession.set(credentials, made)
    return made
  }

  /** A read for which no session can be had tells nothing; a write must not be taken for one that was sent. */
  async function reading(scope: Scope, read: (from: ControlPlane) => Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    let from: ControlPlane
    try {
      from = await controlPlane(scope)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      return { kind: 'unknown', reason: `the target's role can't be assumed: ${name}`, upstream: { latencyMs: 0 } }
    }
    return read(from)
  }

  return {
    getIntegration: (method, signal) =>
      reading(integrationScope('GetIntegration', method), (from) => from.getIntegration(method, signal)),
    read: (call, signal) => reading(call, (from) => from.read(call, signal)),
    async change(change, options) {
      const { passRole } = options
      const scope = integrationScope(change.operation, change.target)
      return (await controlPlane({ ...scope, ...(passRole !== undefined && { passRole }) })).change(change, options)
    },
    async perform(call, options) {
      return (await controlPlane(call)).perform(call, options)
    },
  }
}

function integrationScope(operation: OperationName, { restApiId, resourceId, httpMethod }: MethodPath): Scope {
  const params = { restapi_id: restApiId, resource_id: resourceId, http_method: httpMethod }
  const { verb, path } = callOf({ operation, params })
  return { verb, path }
}
