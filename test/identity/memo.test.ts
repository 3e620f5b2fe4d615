import { describe, expect, it } from 'vitest'
import { KEYS_MAX_AGE_MS, remoteKeys } from '../../lib/identity/keys.ts'
import { createVerifier } from '../../lib/identity/verify.ts'
import { ec, goodClaims, issuerWith, jwkOf, mint, NOW, outcome, rsa, stranger } from './minting.ts'

/** A verifier over a fake issuer; `isRemembered` tells a caller that was remembered from one verified anew. */
function setUp(memoEntries?: number) {
  const wire = { keys: [jwkOf(ec)], nowSeconds: NOW }
  const issuer = issuerWith({ jwksUri: 'https://keys.acme.example/jwks' })
  const now = () => wire.nowSeconds * 1000
  const keys = remoteKeys(issuer, { now, fetch: async () => Response.json({ keys: wire.keys }) })
  const verify = createVerifier({ issuers: [{ issuer, keys }], now, ...(memoEntries !== undefined && { memoEntries }) })
  const caller = async (token: string) => {
    const verified = await verify(token)
    return verified.ok ? verified.caller : undefined
  }
  const isRemembered = async (token: string) => {
    const first = await caller(token)
    return first !== undefined && first === (await caller(token))
  }
  return { wire, verify, caller, isRemembered }
}

describe('the memo of verified tokens', () => {
  it('gives the same caller again', async () => {
    const { isRemembered } = setUp()
    expect(await isRemembered(mint())).toBe(true)
  })

  it('can be switched off', async () => {
    const { isRemembered } = setUp(0)
    expect(await isRemembered(mint())).toBe(false)
  })

  it('dies with exp, tolerance included, to the second', async () => {
    const { wire, verify } = setUp()
    const token = mint()
    expect(await outcome(token, verify)).toBe('accepted')
    wire.nowSeconds = goodClaims.exp + 4
    expect(await outcome(token, verify)).toBe('accepted')
    wire.nowSeconds = goodClaims.exp + 5
    expect(await outcome(token, verify)).toBe('expired')
  })

  it('dies with its key', async () => {
    const { wire, verify } = setUp()
    const token = mint()
    expect(await outcome(token, verify)).toBe('accepted')
    wire.keys = [jwkOf(rsa)]
    wire.nowSeconds += KEYS_MAX_AGE_MS / 1000
    expect(await outcome(token, verify)).toBe('unknown-key')
  })

  it('dies where another key takes the name', async () => {
    const { wire, verify } = setUp()
    const token = mint()
    expect(await outcome(token, verify)).toBe('accepted')
    wire.keys = [jwkOf(stranger)]
    wire.nowSeconds += KEYS_MAX_AGE_MS / 1000
    expect(await outcome(token, verify)).toBe('bad-signature')
  })

  it('never remembers a refusal', async () => {
    const { wire, verify } = setUp()
    const token = mint({ claims: { nbf: NOW + 30 } })
    expect(await outcome(token, verify)).toBe('not-yet-valid')
    wire.nowSeconds += 30
    expect(await outcome(token, verify)).toBe('accepted')
  })

  it('does not take another spelling for a remembered token', async () => {
    const { verify } = setUp()
    const token = mint()
    expect(await outcome(token, verify)).toBe('accepted')
    expect(await outcome(`${token}=`, verify)).toBe('malformed')
    expect(await outcome(token.replace('.', ' .'), verify)).toBe('malformed')
  })

  it('holds no more than it may: the oldest makes room', async () => {
    const { caller } = setUp(2)
    const [first, second, third] = [mint(), mint(), mint()]
    const before = [await caller(first), await caller(second), await caller(third)]
    expect(await caller(third)).toBe(before[2])
    expect(await caller(second)).toBe(before[1])
    expect(await caller(first)).not.toBe(before[0])
  })

  it('gives nobody a caller they can change', async () => {
    const { caller } = setUp()
    const known = await caller(mint())
    expect(Object.isFrozen(known) && Object.isFrozen(known?.claims)).toBe(true)
  })
})
