import { describe, expect, it } from 'vitest'
import { fixedKeys } from '../../lib/identity/keys.ts'
import { createVerifier } from '../../lib/identity/verify.ts'
import {
  AUDIENCE,
  ec,
  goodClaims,
  ISSUER,
  issuerWith,
  jwkOf,
  mint,
  NOW,
  outcome,
  type Recipe,
  rsa,
  verifierWith,
} from './minting.ts'

const verify = verifierWith()

describe('claims', () => {
  const year = 31_536_000
  it.each<[string, Recipe, string]>([
    ['may name several audiences, ours among them', { claims: { aud: ['x', AUDIENCE] } }, 'accepted'],
    ['must name our audience', { claims: { aud: 'https://other.example' } }, 'wrong-audience'],
    ['must name our audience in a list', { claims: { aud: ['x', 'y'] } }, 'wrong-audience'],
    ['must have an audience', { claims: { aud: undefined } }, 'wrong-audience'],
    ['must not have an empty list of audiences', { claims: { aud: [] } }, 'wrong-audience'],
    ['must not hide the audience in an object', { claims: { aud: { [AUDIENCE]: true } } }, 'wrong-audience'],
    ['must not list anything but strings as audience', { claims: { aud: [AUDIENCE, 1] } }, 'wrong-audience'],
    ['compare the audience whole', { claims: { aud: `${AUDIENCE}/` } }, 'wrong-audience'],
    ['must name an issuer', { claims: { iss: undefined } }, 'unknown-issuer'],
    ['must name a trusted issuer', { claims: { iss: 'https://evil.example' } }, 'unknown-issuer'],
    ['compare the issuer whole', { claims: { iss: `${ISSUER}/` } }, 'unknown-issuer'],
    ['must not list issuers', { claims: { iss: [ISSUER] } }, 'unknown-issuer'],
    ['may be typed JWT', { header: { typ: 'JWT' } }, 'accepted'],
    ['may be typed in any case', { header: { typ: 'AT+JWT' } }, 'accepted'],
    ['may be typed in full', { header: { typ: 'application/at+jwt' } }, 'accepted'],
    ['must be typed', { header: { typ: undefined } }, 'wrong-type'],
    ['must not be those of a logout token', { header: { typ: 'logout+jwt' } }, 'wrong-type'],
    ['must not be a proof of possession', { header: { typ: 'dpop+jwt' } }, 'wrong-type'],
    ['must not be those of an ID token: nonce', { header: { typ: 'JWT' }, claims: { nonce: 'n' } }, 'wrong-type'],
    ['must not be those of an ID token: at_hash', { header: { typ: 'JWT' }, claims: { at_hash: 'h' } }, 'wrong-type'],
    ['must not be those of an ID token: c_hash', { header: { typ: 'JWT' }, claims: { c_hash: 'h' } }, 'wrong-type'],
    ['must not be those of a token for its own client', { claims: { azp: AUDIENCE } }, 'wrong-type'],
    ['must not be those of a token for its own client id', { claims: { client_id: AUDIENCE } }, 'wrong-type'],
    ['must not be those of a security event', { claims: { events: {} } }, 'wrong-type'],
    ['must not be bound to a key nobody proves', { claims: { cnf: { jkt: 'x' } } }, 'wrong-type'],
    ['must hold exp', { claims: { exp: undefined } }, 'missing-claim'],
    ['must hold iat', { claims: { iat: undefined } }, 'missing-claim'],
    ['must hold sub', { claims: { sub: undefined } }, 'missing-claim'],
    ['must hold exp as a number', { claims: { exp: String(NOW + 60) } }, 'malformed'],
    ['must hold iat as a number', { claims: { iat: String(NOW) } }, 'malformed'],
    ['must hold nbf as a number', { claims: { nbf: null } }, 'malformed'],
    [
      'must hold a finite exp',
      { claims: JSON.stringify({ ...goodClaims, exp: 0 }).replace('"exp":0', '"exp":1e999') },
      'malformed',
    ],
    [
      'must hold a finite nbf',
      { claims: JSON.stringify({ ...goodClaims, nbf: 0 }).replace('"nbf":0', '"nbf":-1e999') },
      'malformed',
    ],
    ['must not live forever: exp of 1e18', { claims: { exp: 1e18 } }, 'lifetime-too-long'],
    ['may live an hour', { claims: { iat: NOW, exp: NOW + 3600 } }, 'accepted'],
    ['must not live a second longer', { claims: { iat: NOW, exp: NOW + 3601 } }, 'lifetime-too-long'],
    ['must not be years old', { claims: { iat: NOW - 3 * year } }, 'lifetime-too-long'],
    ['must not hold an empty sub', { claims: { sub: '' } }, 'malformed'],
    ['must hold sub as a string', { claims: { sub: 7 } }, 'malformed'],
    ['may hold a sub of 1024 characters', { claims: { sub: 's'.repeat(1024) } }, 'accepted'],
    ['must not hold a longer sub', { claims: { sub: 's'.repeat(1025) } }, 'malformed'],
    ['must not break a line in sub', { claims: { sub: 'ana\nroot' } }, 'malformed'],
    ['must not hold half a character in sub', { claims: { sub: 'ana\ud800' } }, 'malformed'],
    ['must be JSON', { claims: 'sub=ana' }, 'malformed'],
    ['must be an object', { claims: '[]' }, 'malformed'],
    ['must name each claim once', { claims: JSON.stringify(goodClaims).replace('{', '{"sub":"root",') }, 'malformed'],
    [
      'must be UTF-8',
      { claims: Buffer.from(JSON.stringify({ ...goodClaims, sub: 'an\u00e4' }), 'latin1') },
      'malformed',
    ],
  ])('%s', async (_title, recipe, code) => {
    expect(await outcome(mint(recipe), verify)).toBe(code)
  })

  it.each<[string, Record<string, number>, string]>([
    ['is expired at exp + tolerance', { exp: NOW - 5, iat: NOW - 60 }, 'expired'],
    ['is alive a second before', { exp: NOW - 4, iat: NOW - 60 }, 'accepted'],
    ['is valid from nbf - tolerance on', { nbf: NOW + 5 }, 'accepted'],
    ['is not valid a second before', { nbf: NOW + 6 }, 'not-yet-valid'],
    ['may be issued at now + tolerance', { iat: NOW + 5 }, 'accepted'],
    ['must not be issued a second later', { iat: NOW + 6 }, 'not-yet-valid'],
    ['must not be issued later even where nbf is past', { iat: NOW + 6, nbf: NOW }, 'not-yet-valid'],
  ])('with a tolerance of five seconds, a token %s', async (_title, times, code) => {
    expect(await outcome(mint({ claims: times }), verify)).toBe(code)
  })

  it.each<[string, Record<string, number>, string]>([
    ['is expired in the second of its exp', { exp: NOW, iat: NOW - 60 }, 'expired'],
    ['is alive a second before', { exp: NOW + 1, iat: NOW - 60 }, 'accepted'],
    ['is valid from nbf on', { nbf: NOW }, 'accepted'],
    ['is not valid a second before', { nbf: NOW + 1 }, 'not-yet-valid'],
  ])('without tolerance, a token %s', async (_title, times, code) => {
    expect(await outcome(mint({ claims: times }), verifierWith({ clockToleranceSeconds: 0 }))).toBe(code)
  })

  it('must include what the issuer is configured to require', async () => {
    const shared = verifierWith({ requiredClaims: [{ claim: 'repository_owner', anyOf: ['acme'] }] })
    expect(await outcome(mint({ claims: { repository_owner: 'acme' } }), shared)).toBe('accepted')
    expect(await outcome(mint({ claims: { repository_owner: 'evil' } }), shared)).toBe('missing-claim')
    expect(await outcome(mint(), shared)).toBe('missing-claim')
  })
})

describe('a verified caller', () => {
  it('is who the token says, under a name for the token that does not reveal it', async () => {
    const token = mint({ claims: { amr: ['mfa', 'hwk'] } })
    const verified = await verify(token)
    expect(verified).toMatchObject({
      ok: true,
      caller: { issuer: ISSUER, subject: 'ana', clientId: 'portal', amr: ['mfa', 'hwk'], expiresAt: NOW + 840 },
    })
    expect(verified.ok && verified.caller.tokenHash).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('has claims without inherited members', async () => {
    const text = JSON.stringify({ ...goodClaims, extra: 1 }).replace('"extra"', '"__proto__"')
    const verified = await verify(mint({ claims: text }))
    expect(verified.ok && Object.getPrototypeOf(verified.caller.claims)).toBe(null)
    expect(verified.ok && verified.caller.claims.toString).toBeUndefined()
  })

  it('is known to the policy only by the claims its issuer is trusted with, under the names configured', async () => {
    const mapped = verifierWith({ claims: { groups: 'cognito:groups' } })
    const verified = await mapped(mint({ claims: { 'cognito:groups': ['search'], groups: ['payments-dev'] } }))
    expect(verified.ok && { ...verified.caller.claims }).toEqual({ groups: ['search'] })
  })

  it('has the roles that the rules of its own issuer give it', async () => {
    const roles = { admin: { claim: 'groups', anyOf: ['ops'] }, auditor: { claim: 'sub', anyOf: ['ana'] } }
    const withRoles = verifierWith({ roles })
    const of = async (claims: Record<string, unknown>) => {
      const verified = await withRoles(mint({ claims }))
      return verified.ok && [...verified.caller.roles]
    }
    expect(await of({ groups: ['dev', 'ops'] })).toEqual(['auditor', 'admin'])
    expect(await of({ groups: 'ops', sub: 'bo' })).toEqual(['admin'])
    expect(await of({ groups: ['Ops', 'ops2'], sub: 'bo' })).toEqual([])
    expect(await of({ groups: { ops: true }, sub: 'bo' })).toEqual([])
    expect(await of({ groups: [['ops']], sub: 'bo' })).toEqual([])
  })
})

describe('several issuers', () => {
  const other = 'https://ci.acme.example'
  const ours = { issuer: issuerWith(), keys: { find: async () => ({ ok: false, code: 'unknown-key' }) as const } }

  it('must have identifiers of their own', () => {
    expect(() => createVerifier({ issuers: [ours, ours], now: () => 0 })).toThrow('two issuers share an identifier')
  })

  it("cannot speak with each other's keys, audience or roles", async () => {
    const both = createVerifier({
      issuers: [
        {
          issuer: issuerWith({ roles: { admin: { claim: 'groups', anyOf: ['payments-dev'] } } }),
          keys: fixedKeys({ keys: [jwkOf(ec)] }),
        },
        { issuer: issuerWith({ issuer: other, audience: 'ci-gate' }), keys: fixedKeys({ keys: [jwkOf(rsa)] }) },
      ],
      now: () => NOW * 1000,
    })
    expect(await outcome(mint(), both)).toBe('accepted')
    const ci = await both(mint({ key: rsa, claims: { iss: other, aud: 'ci-gate' } }))
    expect(ci.ok && ci.caller.roles.size).toBe(0)
    expect(await outcome(mint({ key: rsa }), both)).toBe('unknown-key')
    expect(await outcome(mint({ claims: { iss: other, aud: 'ci-gate' } }), both)).toBe('unknown-key')
    expect(await outcome(mint({ key: rsa, claims: { iss: other } }), both)).toBe('wrong-audience')
  })
})
