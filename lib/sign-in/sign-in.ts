import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { asking, discoverIssuer } from './issuer.ts'
import { listenForRedirect } from './loopback-redirect.ts'
import { newSession, type TokenAnswer } from './new-session.ts'
import type { Session } from './session.ts'
import { oneLine, SignInError } from './sign-in-error.ts'

export interface SignInOptions {
  /** Sign in on another device (RFC 8628) in place of a browser on this one. */
  device: boolean
  /** Unix milliseconds. */
  now(): number
  /** Shows a person where to go. Whatever the issuer has put into it is one harmless line. */
  show(invitation: { url: string; userCode?: string }): void
  /** How long a person has, where a browser on this machine is used. */
  timeoutMs: number
}

/**
 * Signs a person in at an issuer.
 *
 * @throws {SignInError}
 */
export async function signIn(settings: Session['settings'], options: SignInOptions): Promise<Session> {
  const configuration = await discoverIssuer(settings)
  const parameters = parametersFor(settings, configuration)
  const answer = options.device
    ? await byDevice(settings, configuration, parameters, options)
    : await byBrowser(settings, configuration, parameters, options)
  return newSession(settings, answer, { now: Math.floor(options.now() / 1000) })
}

function parametersFor(
  { scope, audience, resource, prompt }: Session['settings'],
  configuration: Configuration,
): Record<string, string> {
  const offered = configuration.serverMetadata().scopes_supported ?? ['openid']
  const usual = ['openid', 'offline_access'].filter((each) => offered.includes(each)).join(' ')
  return {
    ...((scope ?? usual) !== '' && { scope: scope ?? usual }),
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
    ...(prompt !== undefined && { prompt }),
  }
}

/** Authorization code with PKCE and a loopback redirect (RFC 8252, RFC 7636). */
async function byBrowser(
  { issuer, resource }: Session['settings'],
  configuration: Configuration,
  parameters: Record<string, string>,
  { show, timeoutMs }: SignInOptions,
): Promise<TokenAnswer> {
  if (configuration.serverMetadata().authorization_endpoint === undefined)
    throw new SignInError(`${issuer} has no page to sign in at.`)
  const verifier = randomPKCECodeVerifier()
  const state = randomState()
  const redirect = await listenForRedirect(state, timeoutMs)
  try {
    const url = buildAuthorizationUrl(configuration, {
      ...parameters,
      redirect_uri: redirect.uri,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    })
    show({ url: url.href })
    const arrival = await redirect.arrival
    return await asking(issuer, () =>
      authorizationCodeGrant(
        configuration,
        arrival,
        { pkceCodeVerifier: verifier, expectedState: state },
        resource === undefined ? {} : { resource },
      ),
    )
  } finally {
    redirect.close()
  }
}

async function byDevice(
  { issuer, resource }: Session['settings'],
  configuration: Configuration,
  parameters: Record<string, string>,
  { show }: SignInOptions,
): Promise<TokenAnswer> {
  if (configuration.serverMetadata().device_authorization_endpoint === undefined)
    throw new SignInError(`${issuer} does not offer --device.`)
  const started = await asking(issuer, () => initiateDeviceAuthorization(configuration, parameters))
  show({
    url: oneLine(started.verification_uri_complete ?? started.verification_uri),
    userCode: oneLine(started.user_code),
  })
  return asking(issuer, () =>
    pollDeviceAuthorizationGrant(configuration, started, resource === undefined ? {} : { resource }),
  )
}
