import { describe, expect, it } from 'vitest'
import { fixedKeys, KEYS_COOLDOWN_MS, KEYS_MAX_AGE_MS, KEYS_MAX_STALE_MS, remoteKeys } from '../../lib/identity/keys.ts'
import { ec, ISSUER, issuerWith, jwkOf, rsa } from './minting.ts'

const JWKS = 'https://keys.acme.example/jwks'
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`

/** An issuer on a wire of its own: what it publishes can change, and every request is counted. */
function fakeIssuer(members: object = { jwksUri: JWKS }) {
  const wire = {
    keys: [jwkOf(ec)] as unknown[],
    place: JWKS,
    discovery: { issuer: ISSUER, jwks_uri: JWKS } as unknown,
    down: false,
    requests: [] as string[],
    problems: [] as string[],
    now: 1_000_000_000_000,
  }
  const source = remoteKeys(issuerWith(members), {
    now: () => wire.now,
    report: (problem) => wire.problems.push(problem),
    fetch: async (input) => {
      wire.requests.push(String(input))
      await new Promise((resolve) => setImmediate(resolve))
      if (wire.down) throw new TypeError('fetch failed')
      if (String(input).endsWith('/openid-configuration')) return Response.json(wire.discovery)
      return String(input) === wire.place ? Response.json({ keys: wire.keys }) : new Response(null, { status: 404 })
    },
  })
  const find = async (kid: string) => {
    const found = await source.find(kid)
    return found.ok ? found.key.kid : found.code
  }
  return { wire, find, source }
}

describe('remoteKeys()', () => {
  it('asks once for callers that come together, and keeps the answer', async () => {
    const { wire, find } = fakeIssuer()
    expect(await Promise.all(Array.from({ length: 20 }, () => find(ec.kid)))).toEqual(Array(20).fill(ec.kid))
    wire.now += KEYS_MAX_AGE_MS - 1
    expect(await find(ec.kid)).toBe(ec.kid)
    expect(wire.requests).toEqual([JWKS])
  })

  it('asks again once the answer is ten minutes old: a removed key is dead then', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.keys = [jwkOf(rsa)]
    wire.now += KEYS_MAX_AGE_MS - 1
    expect(await find(ec.kid)).toBe(ec.kid)
    wire.now += 1
    expect(await find(ec.kid)).toBe('unknown-key')
    expect(wire.requests).toHaveLength(2)
  })

  it('finds a new key within half a minute of the last fetch', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.keys = [jwkOf(ec), jwkOf(rsa)]
    wire.now += KEYS_COOLDOWN_MS - 1
    expect(await find(rsa.kid)).toBe('unknown-key')
    wire.now += 1
    expect(await find(rsa.kid)).toBe(rsa.kid)
  })

  it('asks at most twice a minute however many unknown keys are named', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.requests.length = 0
    for (let second = 0; second < 120; second++) {
      wire.now += 1000
      expect(await Promise.all([find(`a-${second}`), find(`b-${second}`)])).toEqual(['unknown-key', 'unknown-key'])
    }
    expect(wire.requests).toHaveLength(4)
  })

  it('does not let callers with a known key wait for a fetch that an unknown one caused', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.now += KEYS_COOLDOWN_MS
    const order: string[] = []
    const unknown = find('nobody').then(() => order.push('unknown'))
    await find(ec.kid).then(() => order.push('known'))
    await unknown
    expect(order).toEqual(['known', 'unknown'])
  })

  it('keeps the last good keys for an hour while the issuer is down, then closes, and opens again', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    const fetchedAt = wire.now
    wire.down = true
    wire.now = fetchedAt + KEYS_MAX_STALE_MS - 1
    expect(await find(ec.kid)).toBe(ec.kid)
    expect(wire.problems).toEqual([`Cannot read the keys of ${ISSUER}: ${JWKS} cannot be fetched: fetch failed.`])
    wire.now += 1
    expect(await find(ec.kid)).toBe('keys-unavailable')
    wire.down = false
    wire.now += KEYS_COOLDOWN_MS
    expect(await find(ec.kid)).toBe(ec.kid)
  })

  it('asks a silent issuer at most twice a minute', async () => {
    const { wire, find } = fakeIssuer()
    wire.down = true
    for (let second = 0; second < 120; second++) {
      expect(await find(ec.kid)).toBe('keys-unavailable')
      wire.now += 1000
    }
    expect(wire.requests).toHaveLength(4)
  })

  it('tries again at once where the very first fetch fails', async () => {
    const { wire, find } = fakeIssuer()
    wire.down = true
    expect(await find(ec.kid)).toBe('keys-unavailable')
    wire.down = false
    expect(await find(ec.kid)).toBe(ec.kid)
  })

  it('takes an empty key set for what it says: no key is valid any more', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.keys = []
    wire.now += KEYS_MAX_AGE_MS
    expect(await find(ec.kid)).toBe('unknown-key')
  })

  it('keeps the last good keys where the issuer answers something that is no key set', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.keys = null as unknown as unknown[]
    wire.now += KEYS_MAX_AGE_MS
    expect(await find(ec.kid)).toBe(ec.kid)
    expect(wire.problems[0]).toMatch('not a JWK Set')
  })

  it('trusts old keys no longer where the clock was set back', async () => {
    const { wire, find } = fakeIssuer()
    await find(ec.kid)
    wire.keys = [jwkOf(rsa)]
    wire.now -= 86_400_000
    expect(await find(ec.kid)).toBe('unknown-key')
  })

  it('tells the operator of keys left out', async () => {
    const { wire, find } = fakeIssuer()
    wire.keys = [jwkOf(ec), { kty: 'oct', k: 'AA', kid: 'x' }]
    await find(ec.kid)
    expect(wire.problems).toEqual([`Key set of ${ISSUER}: Key 1 is a shared secret.`])
  })
})

describe('remoteKeys() by discovery', () => {
  it('finds the place of the keys, and asks for it anew with each scheduled fetch alone', async () => {
    const { wire, find } = fakeIssuer({})
    expect(await find(ec.kid)).toBe(ec.kid)
    wire.now += KEYS_COOLDOWN_MS
    await find('nobody')
    expect(wire.requests).toEqual([DISCOVERY, JWKS, JWKS])
    wire.now += KEYS_MAX_AGE_MS
    await find(ec.kid)
    expect(wire.requests.slice(3)).toEqual([DISCOVERY, JWKS])
  })

  it('finds keys that have moved: a failed fetch makes the next one ask for the place again', async () => {
    const { wire, find } = fakeIssuer({})
    await find(ec.kid)
    wire.keys = [jwkOf(rsa)]
    wire.place = `${JWKS}/moved`
    wire.discovery = { issuer: ISSUER, jwks_uri: wire.place }
    wire.now += KEYS_COOLDOWN_MS
    expect(await find(rsa.kid)).toBe('unknown-key')
    wire.now += KEYS_COOLDOWN_MS
    expect(await find(rsa.kid)).toBe(rsa.kid)
  })

  it('looks below the path of the issuer', async () => {
    const { wire, find } = fakeIssuer({ issuer: 'https://idp.acme.example/realms/acme/' })
    wire.discovery = { issuer: 'https://idp.acme.example/realms/acme/', jwks_uri: JWKS }
    expect(await find(ec.kid)).toBe(ec.kid)
    expect(wire.requests[0]).toBe('https://idp.acme.example/realms/acme/.well-known/openid-configuration')
  })

  it.each<[string, unknown]>([
    ['of another issuer', { issuer: 'https://evil.example', jwks_uri: JWKS }],
    ['of an issuer with a slash more', { issuer: `${ISSUER}/`, jwks_uri: JWKS }],
    ['without keys', { issuer: ISSUER }],
    ['with keys over plain http', { issuer: ISSUER, jwks_uri: 'http://keys.acme.example/jwks' }],
    ['with keys on the own machine', { issuer: ISSUER, jwks_uri: 'http://127.0.0.1/jwks' }],
    ['with keys in a file', { issuer: ISSUER, jwks_uri: 'file:///etc/jwks' }],
    ['that is null', null],
  ])('refuses a document %s', async (_title, discovery) => {
    const { wire, find } = fakeIssuer({})
    wire.discovery = discovery
    expect(await find(ec.kid)).toBe('keys-unavailable')
    expect(wire.requests).toEqual([DISCOVERY])
  })
})

describe('remoteKeys().ready()', () => {
  it('is so while a key set may still be used, and asks for one no more often than tokens do', async () => {
    const { wire, source } = fakeIssuer()
    expect(await Promise.all(Array.from({ length: 20 }, () => source.ready()))).toEqual(Array(20).fill(true))
    wire.down = true
    wire.now += KEYS_MAX_STALE_MS - 1
    expect(await source.ready()).toBe(true)
    wire.now += 1
    for (let time = 0; time < 20; time++) expect(await source.ready()).toBe(false)
    expect(wire.requests).toHaveLength(2)
  })

  it('is not where the issuer has never answered', async () => {
    const { wire, source } = fakeIssuer()
    wire.down = true
    for (let time = 0; time < 20; time++) expect(await source.ready()).toBe(false)
    expect(wire.requests).toHaveLength(2)
  })
})

describe('fixedKeys()', () => {
  it('finds what it was given', async () => {
    const source = fixedKeys({ keys: [jwkOf(ec)] })
    expect(await source.find(ec.kid)).toMatchObject({ ok: true, key: { kid: ec.kid } })
    expect(await source.find('other')).toEqual({ ok: false, code: 'unknown-key' })
  })

  it('does not start with a key it would not use', () => {
    expect(() => fixedKeys({ keys: [jwkOf(ec), jwkOf(ec)] })).toThrow('shares its kid')
    expect(() => fixedKeys('keys')).toThrow('not a JWK Set')
  })
})
