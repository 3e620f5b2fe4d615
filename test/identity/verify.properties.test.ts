import fc from 'fast-check'
import { type JWTPayload, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { AUDIENCE, base64url, ec, ed, ISSUER, mint, NOW, outcome, rsa, verifierWith } from './minting.ts'

const verify = verifierWith()

describe('createVerifier()', () => {
  it('any change of a character makes a token refused', async () => {
    const tokens = [mint(), mint({ key: rsa }), mint({ key: ed })]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tokens),
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        async (token, at, character) => {
          const index = at % token.length
          fc.pre(token[index] !== character)
          expect(await outcome(token.slice(0, index) + character + token.slice(index + 1), verify)).not.toBe('accepted')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('any text gets an answer', async () => {
    const base64 = fc.uint8Array({ maxLength: 60 }).map(base64url)
    const dotted = fc
      .array(fc.oneof(base64, fc.json().map(base64url)), { maxLength: 5 })
      .map((parts) => parts.join('.'))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), dotted), async (text) => {
        expect(await outcome(text, verify)).not.toBe('accepted')
      }),
      { numRuns: 500 },
    )
  })

  it('any claims in a true signature get an answer, and what is accepted jose accepts at its strictest', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(ISSUER, AUDIENCE, [AUDIENCE], 'ana', 1e300),
      fc.integer({ min: NOW - 4000, max: NOW + 4000 }),
    )
    const names = ['iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'nonce', '__proto__']
    const changes = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 })
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(changes, async (claims) => {
        const token = mint({ claims })
        if ((await outcome(token, verify)) !== 'accepted') return
        accepted++
        const { payload } = await jwtVerify<JWTPayload>(token, ec.publicKey, {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: ['ES256'],
          typ: 'at+jwt',
          requiredClaims: ['exp', 'iat', 'sub'],
          maxTokenAge: 3600,
          clockTolerance: 5,
          currentDate: new Date(NOW * 1000),
        })
        expect(payload.sub).toBeTypeOf('string')
      }),
      { numRuns: 500 },
    )
    expect(accepted).toBeGreaterThan(0)
  })
})
