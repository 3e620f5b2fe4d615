import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIssuer } from '../../lib/embedded/issuer.ts'
import { claimsOf } from '../../lib/embedded/issuer-callers.ts'
import { createVerifier } from '../../lib/identity/verify.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-issuer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const newHome = () => mkdtemp(join(folder, 'home-'))

describe('openIssuer()', () => {
  it('signs what a gate takes that trusts it', async () => {
    const issuer = await openIssuer(await newHome())
    const verify = createVerifier({ issuers: [issuer], now: Date.now })
    const verified = await verify(
      await issuer.sign({ sub: 'ana', groups: ['payments-dev'] }, { expiresInSeconds: 900 }),
    )
    expect(verified).toMatchObject({ ok: true, caller: { subject: 'ana', claims: { groups: ['payments-dev'] } } })
  })

  it('signs for as long as it is told, from its clock on', async () => {
    const now = 1_800_000_000_000
    const issuer = await openIssuer(await newHome(), () => now)
    const token = await issuer.sign({ sub: 'ana' }, { expiresInSeconds: 900 })
    const verified = await createVerifier({ issuers: [issuer], now: () => now })(token)
    expect(verified).toMatchObject({ ok: true, caller: { expiresAt: 1_800_000_900 } })
  })

  it('keeps its key where only its owner can read it, and finds it again', async () => {
    const home = join(await newHome(), 'below', 'this')
    const first = await openIssuer(home)
    expect((await stat(join(home, 'issuer.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    const again = createVerifier({ issuers: [await openIssuer(home)], now: Date.now })
    expect(await again(await first.sign({ sub: 'ana' }, { expiresInSeconds: 60 }))).toMatchObject({ ok: true })
  })

  it('is not believed by the gate of another folder', async () => {
    const [one, other] = await Promise.all([openIssuer(await newHome()), openIssuer(await newHome())])
    const token = await one.sign({ sub: 'ana' }, { expiresInSeconds: 60 })
    const verified = await createVerifier({ issuers: [other], now: Date.now })(token)
    expect(verified).toMatchObject({ ok: false, refusal: { code: 'unknown-key' } })
  })

  it('agrees on one key with processes that start at the same time, and leaves nothing lying around', async () => {
    const home = join(await newHome(), 'fresh')
    const script = `import { openIssuer } from './lib/embedded/issuer.ts'
      const { routes } = await openIssuer(${JSON.stringify(home)})
      process.stdout.write(await (await routes.request('/jwks')).text())`
    const elsewhere = async () =>
      (await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script])).stdout
    const here = async () => (await (await openIssuer(home)).routes.request('/jwks')).text()
    const published = await Promise.all([elsewhere(), elsewhere(), here(), here(), here()])
    expect(new Set(published).size).toBe(1)
    expect(published[0]).toContain('"kid"')
    expect(await readdir(home)).toEqual(['issuer.json'])
  })

  it.each(['', '{', '{"keys":[]}', '{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}'])(
    'says what to do where its file holds %j, and does not repeat it',
    async (text) => {
      const home = await newHome()
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'issuer.json'), text)
      await expect(openIssuer(home)).rejects.toThrow(/issuer\.json: it is not the issuer's key\. Delete it/)
      await expect(openIssuer(home)).rejects.not.toThrow(/c2VjcmV0/)
      expect(await readFile(join(home, 'issuer.json'), 'utf8')).toBe(text)
    },
  )

  it('publishes its keys without the private part, wherever it is mounted', async () => {
    const { routes, issuer } = await openIssuer(await newHome())
    const discovery = await routes.request('http://127.0.0.1:8787/.well-known/openid-configuration')
    expect(await discovery.json()).toMatchObject({ issuer: issuer.issuer, jwks_uri: 'http://127.0.0.1:8787/jwks' })
    const jwks = (await (await routes.request('/jwks')).json()) as { keys: object[] }
    expect(jwks.keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']])
  })
})

describe('claimsOf()', () => {
  const payments = { name: 'payments', identity: { claim: 'groups', anyOf: ['payments-dev', 'payments-ci'] } }
  it.each([
    ['a member of a group', { team: payments, roles: [] }, { sub: 'payments-demo', groups: ['payments-dev'] }],
    ['an admin without team', { roles: ['admin'] }, { sub: 'admin-demo', groups: ['sallyport-admins'] }],
    [
      'an admin with a team',
      { team: payments, roles: ['admin'] },
      { sub: 'payments-admin-demo', groups: ['payments-dev', 'sallyport-admins'] },
    ],
    [
      'a subject',
      { team: { name: 'legacy-billing', identity: { claim: 'sub', anyOf: ['svc-billing-ci'] } }, roles: [] },
      { sub: 'svc-billing-ci' },
    ],
    [
      'another claim',
      { team: { name: 'ci', identity: { claim: 'repository', anyOf: ['acme/ci'] } }, roles: [] },
      { sub: 'ci-demo', repository: ['acme/ci'] },
    ],
    [
      'nobody, where the issuer sets the claim itself',
      { team: { name: 'x', identity: { claim: 'iss', anyOf: ['https://idp.acme.example'] } }, roles: [] },
      undefined,
    ],
  ] as const)('makes %s', (_title, caller, claims) => {
    expect(claimsOf({ ...caller, roles: [...caller.roles] } as Parameters<typeof claimsOf>[0])).toEqual(claims)
  })
})
