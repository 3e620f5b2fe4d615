import type { Integration, MethodPath } from '../apigateway/integration.ts'
import type { PatchOperation } from '../apigateway/patch.ts'
import type { OperationCall } from './operation-call.ts'

/** One change to one integration, in the form it is forwarded. */
export type Change =
  | { operation: 'PutIntegration'; target: MethodPath; integration: Integration }
  | { operation: 'UpdateIntegration'; target: MethodPath; patchOperations: PatchOperation[] }
  | { operation: 'DeleteIntegration'; target: MethodPath }

/**
 * What became of a call upstream.
 * - `done`: API Gateway applied it (2xx). Its answer is `integration` (absent for a deletion) or, of an operation beside
 *   integrations, `document` (absent where the answer has no body).
 * - `refused`: API Gateway answered 4xx, so nothing was applied. `headers` holds `retry-after` where it was sent.
 * - `unknown`: 5xx, a reset, a time-out: it may or may not have been applied.
 */
export type UpstreamAnswer =
  | {
      kind: 'done'
      status: number
      integration?: UpstreamIntegration
      document?: unknown
      upstream: UpstreamInfo
    }
  | { kind: 'refused'; status: number; errorType: string; message: string; retryAfter?: string; upstream: UpstreamInfo }
  | { kind: 'unknown'; status?: number; reason: string; upstream: UpstreamInfo }

/** What API Gateway says of an integration: the members and, once there are any, its responses. */
export interface UpstreamIntegration extends Integration {
  integrationResponses?: Record<string, unknown>
}

export interface UpstreamInfo {
  requestId?: string
  /** The `Date` header, as sent. */
  date?: string
  latencyMs: number
}

export interface ChangeOptions {
  /** Names the attempt in the `User-Agent`, so that CloudTrail events can be matched: `<record id>.<attempt>`. */
  tag: string
  /**
   * Runs after the request is signed and before it leaves. Where it rejects, nothing was sent and `change` rejects
   * with the same error.
   */
  fence(): Promise<void>
  /** Aborts the call; its outcome is then unknown. */
  signal: AbortSignal
  /** The role that the integration has in the end, for a control plane that takes rights for each call. */
  passRole?: string
}

/**
 * API Gateway's control plane, as far as the gate uses it. Every method tries once, and rejects with `RoleNotAssumed` where
 * it speaks for a target whose role can't be taken.
 */
export interface ControlPlane {
  /** Never throws for an answer, only where nothing could be sent (a bug, missing credentials). */
  getIntegration(target: MethodPath, signal: AbortSignal): Promise<UpstreamAnswer>
  change(change: Change, options: ChangeOptions): Promise<UpstreamAnswer>
  /** An operation beside integrations that reads. */
  read(call: OperationCall, signal: AbortSignal): Promise<UpstreamAnswer>
  /** An operation beside integrations that changes something; {@link ChangeOptions.fence} as for {@link change}. */
  perform(call: OperationCall, options: ChangeOptions): Promise<UpstreamAnswer>
  /**
   * The control plane of an account and Region; absent where there is but this one.
   *
   * @throws for one that isn't known (any more).
   */
  at?(place: { account: string; region: string }): Pick<ControlPlane, 'getIntegration'>
}
