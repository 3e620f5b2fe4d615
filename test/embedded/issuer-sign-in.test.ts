import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedIssuer, openIssuer } from '../../lib/embedded/issuer.ts'
import { signInRoutes } from '../../lib/embedded/issuer-sign-in.ts'
import { createVerifier } from '../../lib/identity/verify.ts'

let home = ''
let issuer: EmbeddedIssuer
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  issuer = await openIssuer(home)
})
afterAll(() => rm(home, { recursive: true, force: true }))

const BASE = 'http://127.0.0.1:8787/issuer'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REDIRECT = 'http://127.0.0.1:5000/callback'
const good = {
  response_type: 'code',
  client_id: 'sallyport',
  redirect_uri: REDIRECT,
  state: 'st&te',
  scope: 'offline_access',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}
const TEAMS = {
  payments: { identity: { claim: 'groups', anyOf: ['payments-dev'] } },
  '<b>': { identity: { claim: 'groups', anyOf: ['x'] } },
  unreachable: { identity: { claim: 'exp', anyOf: ['1'] } },
}

let clock = Date.now()
let app = new Hono()
beforeEach(() => {
  clock = Date.now()
  app = new Hono()
    .route('/issuer', signInRoutes(issuer, { now: () => clock, teams: () => TEAMS, intervalSeconds: 5 }))
    .route('/issuer', issuer.routes)
})

function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return app.request(`${BASE}/${path}`, { method: 'POST', body: new URLSearchParams(form), headers })
}

async function code(parameters: Record<string, string> = good): Promise<string> {
  const answer = await post('authorize', { ...parameters, answer: 'allow', team: 'payments' })
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

const trade = (form: Record<string, string>) =>
  post('token', {
    grant_type: 'authorization_code',
    client_id: 'sallyport',
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...form,
  })

async function told(answer: Response | Promise<Response>) {
  const response = await answer
  const { error } = (await response.json()) as { error?: string }
  return { status: response.status, error }
}

describe('the demo page', () => {
  it('says what it is and offers the teams whose claims can be chosen', async () => {
    const page = await (await app.request(`${BASE}/authorize?${new URLSearchParams(good)}`)).text()
    expect(page).toContain('DEMO')
    expect(page).toContain('value="payments"')
    expect(page).toContain('value="&lt;b&gt;"')
    expect(page).not.toContain('unreachable')
    expect(page).toContain('value="st&amp;te"')
  })

  it('comes with headers that keep it out of frames, caches and scripts', async () => {
    const { headers } = await app.request(`${BASE}/authorize?${new URLSearchParams(good)}`)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http:$/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('sends the browser back with a code, the state and the issuer’s name', async () => {
    const answer = await post('authorize', { ...good, answer: 'allow', team: 'payments' })
    const back = new URL(answer.headers.get('location') ?? '')
    expect(answer.status).toBe(303)
    expect(back.origin + back.pathname).toBe(REDIRECT)
    expect(Object.fromEntries(back.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: 'st&te',
      iss: 'https://issuer.sallyport.localhost',
    })
  })

  it.each([
    { answer: 'deny', team: 'payments' },
    { answer: 'allow', team: 'toString' },
  ])('gives no code for %j', async (form) => {
    const answer = await post('authorize', { ...good, ...form })
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
  })

  it('asks again where nobody was chosen, and takes the answer then', async () => {
    const nobody = await post('authorize', { ...good, answer: 'allow', team: '' })
    expect({ status: nobody.status, location: nobody.headers.get('location') }).toEqual({ status: 400, location: null })
    const page = await nobody.text()
    expect(page).toContain('role="alert"')
    expect(page).toContain(`value="${CHALLENGE}"`)
    expect((await post('authorize', { ...good, answer: 'allow', team: '', role: 'auditor' })).status).toBe(303)
  })

  it('says what the issuer is to whoever opens it', async () => {
    for (const path of ['', '?x']) {
      const home = await app.request(`${BASE}${path}`)
      expect(home.status).toBe(200)
      expect(await home.text()).toContain(`login --issuer ${BASE}</code>`)
    }
  })

  it.each<[string, Record<string, string | undefined>]>([
    ['another client', { client_id: 'other' }],
    ['a redirect off this machine', { redirect_uri: 'https://evil.example/' }],
    ['a redirect that begins alike', { redirect_uri: 'http://127.0.0.1.evil.example/' }],
    ['a redirect to a script', { redirect_uri: 'javascript:alert(1)' }],
    ['no redirect', { redirect_uri: undefined }],
    ['no PKCE', { code_challenge: undefined }],
    ['plain PKCE', { code_challenge_method: 'plain' }],
    ['a token at once', { response_type: 'token' }],
  ])('goes nowhere for %s', async (_it, members) => {
    const entries = Object.entries({ ...good, ...members }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const form = Object.fromEntries(entries)
    for (const answer of [
      await app.request(`${BASE}/authorize?${new URLSearchParams(form)}`),
      await post('authorize', { ...form, answer: 'allow', team: 'payments' }),
    ]) {
      expect(answer.status).toBe(400)
      expect(answer.headers.get('location')).toBeNull()
    }
  })

  it.each<[string, string, Record<string, string>]>([
    ['the form of another site', BASE, { origin: 'https://evil.example' }],
    ['the form of a page on another port', BASE, { origin: 'http://127.0.0.1:5000' }],
    ['a sandboxed form', BASE, { origin: 'null' }],
    ['a name that resolves to this machine', 'http://evil.example:8787/issuer', {}],
  ])('refuses %s', async (_it, base, headers) => {
    for (const path of ['authorize', 'device', 'token', 'device_authorization']) {
      const answer = await app.request(`${base}/${path}`, { method: 'POST', body: new URLSearchParams(good), headers })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    }
  })

  it('takes the form of its own page', async () => {
    const answer = await post(
      'authorize',
      { ...good, answer: 'allow', team: 'payments' },
      { origin: new URL(BASE).origin },
    )
    expect(answer.status).toBe(303)
  })
})

describe('the token endpoint', () => {
  it('trades a code for a token that the gate takes', async () => {
    const answer = await trade({ code: await code() })
    const json = (await answer.json()) as Record<string, string>
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, refresh_token: expect.any(String) })
    const verified = await createVerifier({ issuers: [issuer], now: Date.now })(json.access_token ?? '')
    expect(verified).toMatchObject({ ok: true, caller: { subject: 'payments-demo', clientId: 'sallyport' } })
  })

  it.each<[string, Record<string, string>]>([
    ['another verifier', { code_verifier: 'w'.repeat(43) }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:5001/callback' }],
  ])('refuses a code with %s, and then altogether', async (_it, members) => {
    const given = await code()
    expect(await told(trade({ code: given, ...members }))).toEqual({ status: 400, error: 'invalid_grant' })
    expect(await told(trade({ code: given }))).toEqual({ status: 400, error: 'invalid_grant' })
  })

  it('refuses a code the second time, and one that is a minute old', async () => {
    const given = await code()
    expect((await trade({ code: given })).status).toBe(200)
    expect(await told(trade({ code: given }))).toEqual({ status: 400, error: 'invalid_grant' })
    const old = await code()
    clock += 60_000
    expect(await told(trade({ code: old }))).toEqual({ status: 400, error: 'invalid_grant' })
  })

  it.each([
    [{ client_id: 'other' }, 'invalid_client'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant'],
  ])('refuses %j', async (form, error) => {
    expect(await told(trade({ code: await code(), ...form }))).toEqual({ status: 400, error })
  })

  it('gives each refresh token once, and none that was revoked', async () => {
    const first = (await (await trade({ code: await code() })).json()) as { refresh_token: string }
    const refresh = (token: string) => trade({ grant_type: 'refresh_token', refresh_token: token })
    const second = (await (await refresh(first.refresh_token)).json()) as { refresh_token: string }
    expect(await told(refresh(first.refresh_token))).toEqual({ status: 400, error: 'invalid_grant' })
    await post('revoke', { token: second.refresh_token })
    expect(await told(refresh(second.refresh_token))).toEqual({ status: 400, error: 'invalid_grant' })
  })
})

describe('a device', () => {
  const start = async () =>
    (await (await post('device_authorization', { client_id: 'sallyport' })).json()) as Record<string, string>
  const poll = (deviceCode = '', clientId = 'sallyport') =>
    post('token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: clientId,
      device_code: deviceCode,
    })

  it('waits, is told to slow down, and gets its token once', async () => {
    const { device_code: deviceCode, user_code: userCode = '' } = await start()
    expect(await told(poll(deviceCode))).toEqual({ status: 400, error: 'authorization_pending' })
    expect(await told(poll(deviceCode))).toEqual({ status: 400, error: 'slow_down' })
    clock += 5_000
    expect(await told(poll(deviceCode))).toEqual({ status: 400, error: 'authorization_pending' })
    expect((await post('device', { user_code: userCode, answer: 'allow', team: 'payments' })).status).toBe(200)
    expect((await post('device', { user_code: userCode, answer: 'allow', team: '<b>' })).status).toBe(400)
    expect(await told(poll(deviceCode))).toEqual({ status: 200, error: undefined })
    expect(await told(poll(deviceCode))).toEqual({ status: 400, error: 'expired_token' })
  })

  it('is refused by a guess, after ten minutes, and for another client', async () => {
    const { device_code: deviceCode, user_code: userCode = '' } = await start()
    expect((await post('device', { user_code: 'BBBB-BBBB', answer: 'allow', team: 'payments' })).status).toBe(400)
    expect((await post('device', { user_code: '', answer: 'allow', team: 'payments' })).status).toBe(400)
    const nobody = await post('device', { user_code: userCode, answer: 'allow', team: '' })
    expect({ status: nobody.status, again: (await nobody.text()).includes(`value="${userCode}"`) }).toEqual({
      status: 400,
      again: true,
    })
    expect(await told(poll(deviceCode, 'other'))).toEqual({ status: 400, error: 'invalid_client' })
    clock += 600_000
    expect((await post('device', { user_code: userCode, answer: 'allow', team: 'payments' })).status).toBe(400)
    expect(await told(poll(deviceCode))).toEqual({ status: 400, error: 'expired_token' })
  })
})

describe('what the issuer holds', () => {
  it('has a bound: a flood pushes out the oldest', async () => {
    const first = await code()
    for (let index = 0; index < 1000; index++) await code()
    expect(await told(trade({ code: first }))).toEqual({ status: 400, error: 'invalid_grant' })
    expect((await trade({ code: await code() })).status).toBe(200)
  })
})
