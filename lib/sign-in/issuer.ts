import {
  allowInsecureRequests,
  ClientError,
  type Configuration,
  discovery,
  None,
  ResponseBodyError,
} from 'openid-client'
import { isKeyUrl } from '../identity/issuers.ts'
import { SignInError } from './sign-in-error.ts'

/** Of one call to the issuer. */
const TIMEOUT_SECONDS = 8

/** The endpoints that are sent something secret, or that a person is sent to. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
  'revocation_endpoint',
] as const

/**
 * Reads an issuer's discovery document. Its `issuer` must be the one asked for; the client holds all that follows (`iss`
 * of RFC 9207, an ID token's `iss`) to it.
 *
 * One exception: an issuer served on loopback may call itself by a name under `.localhost` (RFC 6761 §6.3), as the
 * embedded one does, whose name is no address. Such a name is nobody else's, so nobody is impersonated.
 *
 * @param issuer https, or http on loopback.
 * @throws {SignInError}
 */
export async function discoverIssuer({
  issuer,
  clientId,
}: {
  issuer: string
  clientId: string
}): Promise<Configuration> {
  const isLoopback = issuer.startsWith('http:')
  const options = { timeout: TIMEOUT_SECONDS, ...(isLoopback && { execute: [allowInsecureRequests] }) }
  const address = isLoopback ? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` : issuer
  const configuration = await asking(issuer, () => discovery(new URL(address), clientId, undefined, None(), options))
  const metadata = configuration.serverMetadata()
  if (isLoopback && metadata.issuer !== issuer && !isLocalName(metadata.issuer))
    throw new SignInError(`Cannot trust ${issuer}: it calls itself ${metadata.issuer}.`)
  for (const name of ENDPOINTS) {
    const endpoint = metadata[name]
    if (endpoint !== undefined && !isKeyUrl(endpoint, isLoopback))
      throw new SignInError(`Cannot trust ${issuer}: its ${name} is not https.`)
  }
  return configuration
}

function isLocalName(issuer: string): boolean {
  return URL.parse(issuer)?.hostname.endsWith('.localhost') ?? false
}

/** The error code of an issuer's answer (RFC 6749 §5.2), such as `invalid_grant`. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof SignInError && error.cause instanceof ResponseBodyError ? error.cause.error : undefined
}

/**
 * Runs a call to the issuer.
 *
 * @throws {SignInError} saying in a line what went wrong; it repeats no token.
 */
export async function asking<Answer>(issuer: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call()
  } catch (cause) {
    throw new SignInError(`${issuer} ${complaintOf(cause)}`, { cause })
  }
}

function complaintOf(error: unknown): string {
  // Also for an authorization response that is an error; its class isn't exported.
  if (error instanceof Error && 'error' in error && typeof error.error === 'string') {
    const description = 'error_description' in error ? error.error_description : undefined
    return `refuses: ${error.error}${typeof description === 'string' ? `, ${description}` : ''}.`
  }
  if (error instanceof ClientError) {
    if (error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT') return 'does not answer in time.'
    const { cause } = error
    const status = typeof cause === 'object' && cause && 'status' in cause ? cause.status : 200
    if (status !== 200) return `answers with status ${status}: ${error.message}.`
    return `answers with what cannot be used: ${error.message}.`
  }
  const { cause } = error as { cause?: unknown }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return `cannot be reached (${code ?? (error instanceof Error ? error.message : 'unknown')}).`
}
