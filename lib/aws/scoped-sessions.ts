import type { AssumeRoleCommand, STSClient, STSClientConfig } from '@aws-sdk/client-sts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Target } from '../control-plane/targets.ts'
import { type Scope, sessionPolicy } from './session-policy.ts'

export interface SessionCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** Opens a session of a role that can do what the policy says and no more. Rejects where STS doesn't, for whatever reason. */
export type OpenSession = (
  roleArn: string,
  policy: string,
) => Promise<{ credentials: SessionCredentials /** Unix milliseconds. */; expires: number }>

/** The shortest that STS gives. */
const DURATION_SECONDS = 900
/** A session this close to its end isn't used any more, milliseconds. */
const MARGIN_MS = 120_000
/** What one try at STS may take, milliseconds: it answers within a fifth of a second. There is a second try. */
const PATIENCE = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true }
const TRIES = 2
/** Sessions kept at once; the longest unused goes first. */
const KEPT = 256

/**
 * Credentials for one target by scope, kept until shortly before they expire. Requests for the same scope at the same
 * time wait for one session. Rejects with {@link RoleNotAssumed}.
 */
export function scopedSessions(
  target: Target,
  open: OpenSession,
  now: () => number = Date.now,
): (scope: Scope) => Promise<SessionCredentials> {
  const kept = new Map<string, { session: ReturnType<OpenSession>; freshUntil: number }>()

  function opened(policy: string) {
    const session = open(target.roleArn, policy).catch((cause: unknown) => {
      throw new RoleNotAssumed(target.roleArn, cause)
    })
    const entry = { session, freshUntil: Number.POSITIVE_INFINITY }
    entry.session.then(
      ({ expires }) => {
        entry.freshUntil = expires - MARGIN_MS
      },
      () => {
        if (kept.get(policy) === entry) kept.delete(policy)
      },
    )
    return entry
  }

  return async (scope) => {
    const policy = sessionPolicy(target, scope)
    const known = kept.get(policy)
    const entry = known && now() < known.freshUntil ? known : opened(policy)
    // Set anew, so that the first in the map is the one unused for longest.
    kept.delete(policy)
    kept.set(policy, entry)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
    return (await entry.session).credentials
  }
}

/**
 * Sessions from STS. The SDK's client is loaded with the first one.
 *
 * @param config For tests: where STS is.
 */
export function stsSessions(config: STSClientConfig = {}): OpenSession {
  let loaded: Promise<{ client: STSClient; Command: typeof AssumeRoleCommand }> | undefined
  return async (roleArn, policy) => {
    loaded ??= import('@aws-sdk/client-sts').then(({ AssumeRoleCommand: Command, STSClient: Client }) => ({
      client: new Client({ maxAttempts: TRIES, requestHandler: PATIENCE, ...config }),
      Command,
    }))
    const { client, Command } = await loaded
    const input = { RoleArn: roleArn, RoleSessionName: 'sallyport', Policy: policy, DurationSeconds: DURATION_SECONDS }
    const { Credentials: given } = await client.send(new Command(input))
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {}
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new Error(`Cannot assume ${roleArn}: STS gave no credentials`)
    }
    return {
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
      expires: Expiration.getTime(),
    }
  }
}
