import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ROLES } from '../identity/caller.ts'
import type { ClaimRule } from '../identity/issuers.ts'
import { SIGN_IN_PAGE_POLICY } from '../sign-in/sign-in-page.ts'
import type { EmbeddedIssuer } from './issuer.ts'
import { claimsOf, type DemoCaller } from './issuer-callers.ts'
import { DEVICE_SECONDS, type Grant, type Grants, openGrants } from './issuer-grants.ts'
import { chooserPage, homePage, messagePage, userCodeField } from './issuer-page.ts'

/** The one client of the embedded issuer: public, redirected to loopback alone (RFC 8252 §7.3). */
export const DEMO_CLIENT_ID = 'sallyport'

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const MAX_BODY = 64 * 1024

export interface SignInOptions {
  /** Unix milliseconds. */
  now(): number
  /** The teams of the policy in force, and what makes one a member. */
  teams(): Readonly<Record<string, { identity: ClaimRule }>>
  /** Of an access token; an hour unless given. */
  lifetimeSeconds?: number
  /** Between two polls of a device; RFC 8628's 5 unless given. */
  intervalSeconds?: number
}

/**
 * Sign-in at the embedded issuer, as a real identity provider has it: authorization code with PKCE (RFC 6749, RFC 7636),
 * device authorization (RFC 8628), refresh tokens and revocation (RFC 7009). In place of a password there is a page to
 * choose whom to be. Mounted in front of the issuer's own routes, whose discovery document it completes.
 *
 * The issuer's name is no address: tokens say `https://issuer.sallyport.localhost` whichever port this is served on, so
 * that the gate trusts one name and its tokens outlive a change of port. A client is given the address
 * (`--issuer http://127.0.0.1:8787/issuer`), reads the name from the discovery document, and holds everything after to it.
 *
 * Whoever reaches the port becomes whoever they like: to be mounted only where nothing real stands behind the gate. That
 * web pages are not among them is seen to: another site's requests and names that merely resolve to this machine are
 * refused.
 */
export function signInRoutes(issuer: EmbeddedIssuer, options: SignInOptions): Hono {
  const { now, teams, lifetimeSeconds = 3600, intervalSeconds = 5 } = options
  const grants = openGrants(now, intervalSeconds)
  const routes = new Hono()
  const callableTeams = () =>
    Object.entries(teams()).flatMap(([name, { identity }]) =>
      claimsOf({ team: { name, identity }, roles: [] }) ? [name] : [],
    )

  routes.use(onlyFromThisMachine)
  routes.use(
    bodyLimit({ maxSize: MAX_BODY, onError: (c) => oauthError(c, 'invalid_request', 'The body is too large.') }),
  )

  routes.get('/.well-known/openid-configuration', (c) => {
    const at = (path: string) => new URL(`../${path}`, c.req.url).href
    return c.json({
      ...issuer.metadata(c.req.url),
      authorization_endpoint: at('authorize'),
      token_endpoint: at('token'),
      device_authorization_endpoint: at('device_authorization'),
      revocation_endpoint: at('revoke'),
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', DEVICE_GRANT],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      scopes_supported: ['offline_access'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  routes.get('/', (c) => {
    const { origin, pathname } = new URL(c.req.url)
    return c.html(homePage(`${origin}${pathname}`))
  })

  routes.get('/authorize', (c) => {
    const asked = readAuthorization(c.req.query())
    if (!asked.ok) return c.html(messagePage(NOT_STARTED, asked.message), 400)
    return c.html(chooserPage(callableTeams(), { action: '', hidden: asked.parameters }))
  })

  routes.post('/authorize', async (c) => {
    const { form, caller, isNobody } = await readAnswer(c)
    const asked = readAuthorization(form)
    if (!asked.ok) return c.html(messagePage(NOT_STARTED, asked.message), 400)
    if (isNobody)
      return c.html(chooserPage(callableTeams(), { action: '', hidden: asked.parameters, wrong: NOBODY }), 400)
    const { redirect_uri: redirectUri = '', state, code_challenge: challenge = '', scope = '' } = asked.parameters
    const back = new URL(redirectUri)
    if (caller) {
      const code = grants.issueCode({ clientId: DEMO_CLIENT_ID, redirectUri, challenge, scope, caller })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    if (state !== undefined) back.searchParams.set('state', state)
    back.searchParams.set('iss', issuer.issuer.issuer)
    return c.redirect(back.href, 303)
  })

  routes.post('/device_authorization', async (c) => {
    const { client_id: clientId, scope = '' } = await readForm(c)
    if (clientId !== DEMO_CLIENT_ID) return oauthError(c, 'invalid_client', UNKNOWN_CLIENT)
    const { deviceCode, userCode } = grants.startDevice({ clientId, scope })
    const verification = new URL('device', c.req.url)
    return tokenAnswer(c, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: verification.href,
      verification_uri_complete: `${verification.href}?user_code=${userCode}`,
      expires_in: DEVICE_SECONDS,
      interval: intervalSeconds,
    })
  })

  const devicePage = (userCode: string, wrong?: string) =>
    chooserPage(callableTeams(), {
      action: 'device',
      hidden: {},
      fields: userCodeField(userCode),
      ...(wrong !== undefined && { wrong }),
    })

  routes.get('/device', (c) => c.html(devicePage(c.req.query('user_code') ?? '')))

  routes.post('/device', async (c) => {
    const { form, caller, isNobody } = await readAnswer(c)
    const { user_code: userCode = '' } = form
    if (isNobody) return c.html(devicePage(userCode, NOBODY), 400)
    if (!grants.answerDevice(userCode, caller ?? 'denied')) return c.html(devicePage(userCode, NO_SUCH_CODE), 400)
    return c.html(
      messagePage(
        caller ? 'You are signed in' : 'You are not signed in',
        'Go back to your terminal. This page can be closed.',
      ),
    )
  })

  routes.post('/token', async (c) => {
    const form = await readForm(c)
    if (form.client_id !== DEMO_CLIENT_ID) return oauthError(c, 'invalid_client', UNKNOWN_CLIENT)
    const redeemed = redeem(grants, form)
    if ('error' in redeemed) return oauthError(c, redeemed.error, redeemed.description)
    const { caller, scope } = redeemed
    const claims = claimsOf(caller)
    if (!claims) return oauthError(c, 'invalid_grant', 'Nobody can choose the claim this team is known by.')
    const token = await issuer.sign({ client_id: DEMO_CLIENT_ID, ...claims }, { expiresInSeconds: lifetimeSeconds })
    return tokenAnswer(c, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      scope,
      ...(scope.split(' ').includes('offline_access') && { refresh_token: grants.issueRefreshToken(redeemed) }),
    })
  })

  // RFC 7009 §2.2: an unknown token is as good as a revoked one.
  routes.post('/revoke', async (c) => {
    grants.revoke((await readForm(c)).token ?? '')
    return c.body(null, 200)
  })

  /** The caller that was chosen on the page; none where it was cancelled, names what there isn't, or chose nobody. */
  async function readAnswer(
    c: Context,
  ): Promise<{ form: Record<string, string>; caller?: DemoCaller; isNobody: boolean }> {
    const body = new URLSearchParams(await c.req.text())
    const form = Object.fromEntries(body)
    const roles = ROLES.filter((role) => body.getAll('role').includes(role))
    const name = form.team ?? ''
    const known = Object.hasOwn(teams(), name) ? teams()[name] : undefined
    const isNobody = form.answer === 'allow' && name === '' && roles.length === 0
    if (form.answer !== 'allow' || isNobody || (name !== '' && !known)) return { form, isNobody }
    return { form, isNobody, caller: { roles, ...(known && { team: { name, identity: known.identity } }) } }
  }

  return routes
}

const UNKNOWN_CLIENT = `The embedded issuer knows the client ${DEMO_CLIENT_ID} alone.`
const NOT_STARTED = 'Nobody can sign in here'
const NOBODY = 'Choose a team, a role, or both.'
const NO_SUCH_CODE =
  'No terminal waits for this code. Compare it with the one that your terminal shows, or run sallyport login --device again.'

/**
 * A foreign page must not sign in with the browser of whoever runs this: it could send forms here, and by a name of its
 * own that resolves to 127.0.0.1 read the answers. Browsers name the page that sends (`Origin`) and the host they mean.
 */
async function onlyFromThisMachine(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const { hostname, origin } = new URL(c.req.url)
  const sender = c.req.header('origin')
  const isForeign = !LOOPBACK.has(hostname) || (sender !== undefined && sender !== origin)
  const page = isForeign
    ? c.html(messagePage(NOT_STARTED, 'The demo sign-in serves this machine alone.'), 403)
    : undefined
  if (page) c.res = await page
  else await next()
  c.header('cache-control', 'no-store')
  // Not no-referrer: a browser would name the page that sends a form `null` then, as it does a foreign one.
  c.header('referrer-policy', 'same-origin')
  c.header('x-content-type-options', 'nosniff')
  // Browsers hold the redirect that answers the form to `form-action` as well, and it can't name [::1].
  c.header('content-security-policy', `${SIGN_IN_PAGE_POLICY}; form-action 'self' http:`)
  return page && c.res
}

const AUTHORIZATION_PARAMETERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
]

/** A request that is wrong is answered with a page: where the redirect can't be trusted, nothing may follow it. */
function readAuthorization(
  query: Readonly<Record<string, string>>,
): { ok: true; parameters: Record<string, string> } | { ok: false; message: string } {
  const parameters = Object.fromEntries(
    AUTHORIZATION_PARAMETERS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])),
  )
  const redirect = URL.parse(parameters.redirect_uri ?? '')
  const no = (message: string) => ({ ok: false as const, message })
  if (parameters.client_id !== DEMO_CLIENT_ID) return no(UNKNOWN_CLIENT)
  if (redirect?.protocol !== 'http:' || !LOOPBACK.has(redirect.hostname) || redirect.hash !== '')
    return no('The redirect_uri must be http on 127.0.0.1, [::1] or localhost.')
  if (parameters.response_type !== 'code') return no('The response_type must be code.')
  if (parameters.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(parameters.code_challenge ?? ''))
    return no('A PKCE code_challenge by S256 is required.')
  return { ok: true, parameters }
}

async function readForm(c: Context): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await c.req.text()))
}

function redeem(grants: Grants, form: Record<string, string>): Grant | { error: string; description: string } {
  const clientId = DEMO_CLIENT_ID
  switch (form.grant_type) {
    case 'authorization_code': {
      const { code = '', redirect_uri: redirectUri = '', code_verifier: verifier = '' } = form
      const grant = grants.redeemCode(code, { clientId, redirectUri, verifier })
      return grant ?? { error: 'invalid_grant', description: 'The code is unknown, used, too old, or not yours.' }
    }
    case 'refresh_token': {
      const grant = grants.redeemRefreshToken(form.refresh_token ?? '', clientId)
      return grant ?? { error: 'invalid_grant', description: 'The refresh token is unknown, used or too old.' }
    }
    case DEVICE_GRANT: {
      const poll = grants.pollDevice(form.device_code ?? '', clientId)
      return poll.kind === 'granted' ? poll.grant : { error: poll.kind, description: 'See RFC 8628, section 3.5.' }
    }
    default:
      return { error: 'unsupported_grant_type', description: 'There is no such grant here.' }
  }
}

function tokenAnswer(c: Context, body: object): Response {
  return c.json(body, 200, { 'cache-control': 'no-store' })
}

/** RFC 6749 §5.2. */
function oauthError(c: Context, error: string, description: string): Response {
  return c.json({ error, error_description: description }, 400, { 'cache-control': 'no-store' })
}
