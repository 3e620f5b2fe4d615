import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVerifier } from '../../lib/identity/verify.ts'
import { refreshSession, revokeSession } from '../../lib/sign-in/refresh.ts'
import { type SignInOptions, signIn } from '../../lib/sign-in/sign-in.ts'
import { SignInError } from '../../lib/sign-in/sign-in-error.ts'
import { choose, type DemoIssuer, startDemoIssuer } from './demo-issuer.ts'

let demo: DemoIssuer
beforeAll(async () => {
  demo = await startDemoIssuer(await mkdtemp(join(tmpdir(), 'sallyport-sign-in-')))
})
afterAll(() => demo.close())

const settings = (members: object = {}) => ({ issuer: demo.url, clientId: 'sallyport', ...members })

function options(show: SignInOptions['show'], members: Partial<SignInOptions> = {}): SignInOptions {
  return { device: false, now: Date.now, show, timeoutMs: 5_000, ...members }
}

/** Signs in as a person would who does `act` with the address they are shown. */
const byBrowser = (act: (url: string) => unknown = choose, members: object = {}, more: Partial<SignInOptions> = {}) =>
  signIn(
    settings(members),
    options(({ url }) => void act(url), more),
  )

const nowSeconds = () => Math.floor(Date.now() / 1000)

async function callerOf(token: string) {
  const verified = await createVerifier({ issuers: [demo.issuer], now: Date.now })(token)
  return verified.ok ? verified.caller : verified.refusal.code
}

describe('signing in with a browser', () => {
  it('ends in a token that a gate takes which trusts the issuer by its name, not its address', async () => {
    const session = await byBrowser()
    expect(await callerOf(session.accessToken)).toMatchObject({
      issuer: 'https://issuer.sallyport.localhost',
      subject: 'payments-demo',
      clientId: 'sallyport',
      claims: { groups: ['payments-dev'] },
    })
    expect(session.expiresAt - session.obtainedAt).toBeGreaterThan(3590)
    expect(session.refreshToken).toEqual(expect.any(String))
    expect(session.settings).toEqual(settings())
  })

  it.each([
    { who: 'a team that is known by its subject', answers: { team: 'billing' }, caller: { subject: 'svc-billing-ci' } },
    { who: 'a role alone', answers: { team: '', role: 'auditor' }, caller: { roles: new Set(['auditor']) } },
    { who: 'a team and a role', answers: { team: 'payments', role: 'admin' }, caller: { roles: new Set(['admin']) } },
  ])('makes $who', async ({ answers, caller }) => {
    const { accessToken } = await byBrowser((url) => choose(url, answers))
    expect(await callerOf(accessToken)).toMatchObject(caller)
  })

  it('asks with PKCE, a state of its own, and a redirect to 127.0.0.1', async () => {
    const asked: URLSearchParams[] = []
    const act = (url: string) => {
      asked.push(new URL(url).searchParams)
      return choose(url)
    }
    await byBrowser(act, { audience: 'https://gate', resource: 'https://gate/r', prompt: 'consent', scope: 'a b' })
    await byBrowser(act)
    const [first, second] = asked
    expect(first?.get('code_challenge_method')).toBe('S256')
    expect(first?.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect(Object.fromEntries(first ?? [])).toMatchObject({
      audience: 'https://gate',
      resource: 'https://gate/r',
      prompt: 'consent',
      scope: 'a b',
    })
    expect(second?.get('scope')).toBe('offline_access')
    for (const name of ['state', 'code_challenge']) expect(first?.get(name)).not.toBe(second?.get(name))
  })

  it('does not mind what else comes in while it waits', async () => {
    const answers: number[] = []
    const session = await byBrowser(async (url) => {
      const asked = new URL(url).searchParams
      const callback = asked.get('redirect_uri') ?? ''
      for (const stray of [`${callback}?code=x`, `${callback}?code=x&state=y`, new URL('/favicon.ico', callback)])
        answers.push((await fetch(stray)).status)
      const post = { method: 'POST', body: new URLSearchParams({ code: 'x' }) }
      answers.push((await fetch(`${callback}?state=${asked.get('state')}`, post)).status)
      await choose(url)
    })
    expect(answers).toEqual([404, 404, 404, 404])
    expect(await callerOf(session.accessToken)).toMatchObject({ subject: 'payments-demo' })
  })

  it('tells the browser nothing that the request said', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    await byBrowser((url) => {
      const asked = new URL(url).searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.search = new URLSearchParams({ error: '<b>no</b>', state: asked.get('state') ?? '', iss: ISSUER }).toString()
      resolve(fetch(back))
    }).catch(() => {})
    const response = await promise
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await response.text()).not.toContain('<b>')
  })

  it.each<{ it: string; act: (url: string) => unknown; members?: object; message: RegExp }>([
    { it: 'who cancels', act: (url) => choose(url, { answer: 'deny' }), message: /refuses: access_denied/ },
    { it: 'who has no time', act: () => {}, message: /^Nobody signed in within/ },
    {
      it: 'a code that is not the issuer’s',
      act: (url) => redirected(url, { code: 'forged', iss: ISSUER }),
      message: /refuses: invalid_grant/,
    },
    {
      it: 'an answer of another issuer (RFC 9207)',
      act: (url) => redirected(url, { code: 'x', iss: 'https://evil.example' }),
      message: /unexpected "iss"|invalid response/,
    },
    {
      it: 'an answer that names no issuer',
      act: (url) => redirected(url, { code: 'x' }),
      message: /invalid response/,
    },
    {
      it: 'an error that would pass for lines of ours',
      act: (url) => redirected(url, { error: 'x', error_description: 'a\n\u001b[2Jb\u2028c', iss: ISSUER }),
      message: /refuses: x, a \[2Jb c\.$/,
    },
  ])('refuses $it, in a line', async ({ act, members, message }) => {
    const failed = await byBrowser(act, members, { timeoutMs: 300 }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(SignInError)
    expect((failed as Error).message).toMatch(message)
    expect((failed as Error).message).not.toMatch(/\p{Cc}/u)
  })

  it.each<{ it: string; members: () => object; message: RegExp }>([
    { it: 'nobody listens', members: () => ({ issuer: 'http://127.0.0.1:9' }), message: /cannot be reached/ },
    {
      it: 'there is no such issuer',
      members: () => ({ issuer: `${demo.url}/not` }),
      message: /answers with status 404/,
    },
    { it: 'a client it does not know', members: () => ({ clientId: 'other' }), message: /Nobody signed in/ },
  ])('says so where $it', async ({ members, message }) => {
    await expect(byBrowser(choose, members(), { timeoutMs: 300 })).rejects.toThrow(message)
  })
})

const ISSUER = 'https://issuer.sallyport.localhost'

/** The browser comes back with what somebody else has written into the address. */
async function redirected(url: string, parameters: Record<string, string>): Promise<void> {
  const asked = new URL(url).searchParams
  const back = new URL(asked.get('redirect_uri') ?? '')
  back.search = new URLSearchParams({ state: asked.get('state') ?? '', ...parameters }).toString()
  await fetch(back)
}

describe('the discovery document', () => {
  const document = async (members: object) => {
    const { json } = { json: await (await fetch(`${demo.url}/.well-known/openid-configuration`)).json() }
    demo.failWith(() => Response.json({ ...(json as object), ...members }))
    try {
      return await byBrowser(() => {}, {}, { timeoutMs: 50 }).catch((error: Error) => error.message)
    } finally {
      demo.failWith(undefined)
    }
  }

  it.each<{ it: string; members: object; message: RegExp }>([
    { it: 'a name under .localhost', members: {}, message: /^Nobody signed in/ },
    {
      it: 'a name of somebody else’s',
      members: { issuer: 'https://idp.acme.example' },
      message: /it calls itself https:/,
    },
    { it: 'a name that ends alike', members: { issuer: 'https://evillocalhost' }, message: /it calls itself/ },
    {
      it: 'a token endpoint in the open',
      members: { token_endpoint: 'http://idp.acme.example/t' },
      message: /token_endpoint is not https/,
    },
    {
      it: 'a page that is a script',
      members: { authorization_endpoint: 'javascript:alert(1)' },
      message: /authorization_endpoint is not https/,
    },
    { it: 'no page', members: { authorization_endpoint: undefined }, message: /has no page to sign in at/ },
    { it: 'no issuer', members: { issuer: undefined }, message: /cannot be used/ },
  ])('with $it', async ({ members, message }) => {
    expect(await document(members)).toMatch(message)
  })

  it('is not followed elsewhere', async () => {
    demo.failWith(() => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }))
    await expect(byBrowser()).rejects.toThrow(/answers with status 302/)
    demo.failWith(undefined)
  })
})

describe('signing in on another device', () => {
  const byDevice = (act: (url: string, userCode: string) => unknown) =>
    signIn(
      settings(),
      options(({ url, userCode = '' }) => void act(url, userCode), { device: true }),
    )

  it('ends in the same', async () => {
    const session = await byDevice((url, userCode) => {
      expect(userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
      expect(url).toContain(userCode)
      return choose(url, { team: 'payments', user_code: userCode.toLowerCase().replace('-', ' ') })
    })
    expect(await callerOf(session.accessToken)).toMatchObject({ subject: 'payments-demo' })
  })

  it('says who cancelled', async () => {
    await expect(byDevice((url, userCode) => choose(url, { user_code: userCode, answer: 'deny' }))).rejects.toThrow(
      /refuses: access_denied/,
    )
  })
})

describe('a session', () => {
  it('goes on with a refresh token that counts once', async () => {
    const first = await byBrowser()
    const { refreshToken = '' } = first
    const second = await refreshSession({ ...first, refreshToken }, nowSeconds())
    expect(second.accessToken).not.toBe(first.accessToken)
    expect(second.refreshToken).not.toBe(refreshToken)
    expect(await callerOf(second.accessToken)).toMatchObject({ subject: 'payments-demo' })
    await expect(refreshSession({ ...first, refreshToken }, nowSeconds())).rejects.toThrow(/run "sallyport login"/)
  })

  it('has no refresh token where none was asked for', async () => {
    expect(await byBrowser(choose, { scope: 'openid' })).not.toHaveProperty('refreshToken')
  })

  it('ends where the issuer is told so', async () => {
    const session = await byBrowser()
    const { refreshToken = '' } = session
    expect(await revokeSession(session)).toBe(true)
    await expect(refreshSession({ ...session, refreshToken }, nowSeconds())).rejects.toThrow(SignInError)
  })

  it.each([
    { it: 'no JWT', token: 'opaque-canary', message: /no JWT.*--audience/ },
    { it: 'a JWT without an end', token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.', message: /never expires/ },
  ])('needs more than $it, and does not repeat it', async ({ token, message }) => {
    const failed = await byBrowser(async (url) => {
      const { origin } = new URL(url)
      const discovery = await (await fetch(`${demo.url}/.well-known/openid-configuration`)).text()
      demo.failWith(() => Response.json({ access_token: token, token_type: 'Bearer' }))
      expect(discovery).toContain(origin)
      await redirected(url, { code: 'x', iss: ISSUER })
    }).catch((error: Error) => error.message)
    demo.failWith(undefined)
    expect(failed).toMatch(message)
    expect(failed).not.toContain(token)
  })
})
