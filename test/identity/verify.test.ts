import { describe, expect, it } from 'vitest'
import {
  base64url,
  ec,
  ed,
  goodClaims,
  mint,
  mintHmac,
  outcome,
  type Recipe,
  rsa,
  signed,
  stranger,
  verifierWith,
} from './minting.ts'

const verify = verifierWith()
const publicPem = String(rsa.publicKey.export({ format: 'pem', type: 'spki' }))
const [goodHeader = '', goodPayload = '', goodSignature = ''] = mint().split('.')

describe('a token as spelled', () => {
  it.each<[string, string, string]>([
    ['is accepted in its canonical spelling', mint(), 'accepted'],
    ['must not be empty', '', 'malformed'],
    ['must have three parts: two', `${goodHeader}.${goodPayload}`, 'malformed'],
    ['must have three parts: four', `${mint()}.`, 'malformed'],
    ['must have three parts: five, as an encrypted token has', `${mint()}.a.b`, 'malformed'],
    ['must not have an empty header', `.${goodPayload}.${goodSignature}`, 'malformed'],
    ['must not have an empty payload', `${goodHeader}..${goodSignature}`, 'malformed'],
    ['must not have an empty signature', `${goodHeader}.${goodPayload}.`, 'malformed'],
    ['must not start with a space', ` ${mint()}`, 'malformed'],
    ['must not end with a line break', `${mint()}\n`, 'malformed'],
    [
      'must not have a space in the header',
      `${goodHeader.slice(0, 4)} ${goodHeader.slice(4)}.${goodPayload}.${goodSignature}`,
      'malformed',
    ],
    [
      'must not have a line break in the payload',
      `${goodHeader}.${goodPayload.slice(0, 4)}\n${goodPayload.slice(4)}.${goodSignature}`,
      'malformed',
    ],
    ['must not be padded', `${mint()}==`, 'malformed'],
    [
      'must not use the alphabet of plain base64',
      signed(`${base64url('{"alg":"ES256","kid":"ec-1","typ":"at+jwt"}')}.${Buffer.from('~~~???').toString('base64')}`),
      'malformed',
    ],
    ['must not hold characters beyond ASCII', `${mint()}\u{1F600}`, 'malformed'],
    ['may be 8192 characters long, wrong as it is', 'a'.repeat(8192), 'malformed'],
    ['must not be longer', 'a'.repeat(8193), 'too-large'],
    ['must not be 6 MB long', `${mint()}${'A'.repeat(6_000_000)}`, 'too-large'],
  ])('%s', async (_title, token, code) => {
    expect(await outcome(token, verify)).toBe(code)
  })

  it('must not set the unused bits of its last character', async () => {
    // 64 bytes of signature leave four bits unused: 16 characters decode to the same bytes.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(goodSignature.slice(-1))
    for (let other = 0; other < 16; other++) {
      const character = alphabet.charAt((last & 0b110000) | other)
      const code = await outcome(`${goodHeader}.${goodPayload}.${goodSignature.slice(0, -1)}${character}`, verify)
      expect(code).toBe(alphabet.indexOf(character) === last ? 'accepted' : 'malformed')
    }
  })
})

describe('a header', () => {
  const attacker = stranger.publicKey.export({ format: 'jwk' })
  it.each<[string, Recipe, string]>([
    ['may carry the thumbprints that Entra ID sends', { header: { x5t: 'a', 'x5t#S256': 'b' } }, 'accepted'],
    ['must not offer a key, even beside a good signature', { header: { jwk: attacker } }, 'unsupported-header'],
    ['must not offer a key with its own signature', { key: stranger, header: { jwk: attacker } }, 'unsupported-header'],
    ['must not point to keys by jku', { header: { jku: 'https://evil.example/jwks' } }, 'unsupported-header'],
    ['must not point to certificates by x5u', { header: { x5u: 'https://evil.example/x' } }, 'unsupported-header'],
    ['must not carry certificates', { header: { x5c: ['MIIB'] } }, 'unsupported-header'],
    ['must not have unknown extensions', { header: { crit: ['exp'], exp: 1 } }, 'unsupported-header'],
    ['must not have an empty list of extensions', { header: { crit: [] } }, 'unsupported-header'],
    ['must not leave the payload unencoded', { header: { b64: false, crit: ['b64'] } }, 'unsupported-header'],
    ['must not announce compression', { header: { zip: 'DEF' } }, 'unsupported-header'],
    ['must not announce a nested token', { header: { cty: 'JWT' } }, 'unsupported-header'],
    ['must not hold what nobody knows', { header: { 'x-acme': '1' } }, 'unsupported-header'],
    ['must hold alg', { header: { alg: undefined } }, 'malformed'],
    ['must hold alg as a string', { header: { alg: ['ES256'] } }, 'malformed'],
    ['must hold kid', { header: { kid: undefined } }, 'malformed'],
    ['must hold kid as a string', { header: { kid: 1 } }, 'malformed'],
    ['must not hold an empty kid', { header: { kid: '' } }, 'malformed'],
    ['may hold a kid of 128 characters, unknown as it is', { header: { kid: 'k'.repeat(128) } }, 'unknown-key'],
    ['must not hold a longer kid', { header: { kid: 'k'.repeat(129) } }, 'malformed'],
    ['must not inject SQL by kid', { header: { kid: "x' UNION SELECT 'key" } }, 'malformed'],
    ['must not inject a line by kid', { header: { kid: 'ec-1\n' } }, 'malformed'],
    ['gets nowhere with a path as kid', { header: { kid: '../../../../dev/null' } }, 'unknown-key'],
    ['gets nowhere with an inherited name as kid', { header: { kid: '__proto__' } }, 'unknown-key'],
    ['gets nowhere with an unknown kid', { header: { kid: 'ec-2' } }, 'unknown-key'],
    ['must be JSON', { header: 'alg=ES256' }, 'malformed'],
    ['must be an object', { header: '["ES256","ec-1"]' }, 'malformed'],
    ['must not be null', { header: 'null' }, 'malformed'],
    ['must name each member once', { header: '{"alg":"ES256","kid":"ec-1","typ":"at+jwt","kid":"ec-1"}' }, 'malformed'],
    [
      'must not start with a byte order mark',
      { header: '\uFEFF{"alg":"ES256","kid":"ec-1","typ":"at+jwt"}' },
      'malformed',
    ],
  ])('%s', async (_title, recipe, code) => {
    expect(await outcome(mint(recipe), verify)).toBe(code)
  })
})

describe('an algorithm', () => {
  it.each([ec, rsa, ed])('may be $alg where the issuer is configured so', async (key) => {
    expect(await outcome(mint({ key }), verify)).toBe('accepted')
    const others = ['ES256', 'RS256', 'EdDSA'].filter((algorithm) => algorithm !== key.alg)
    expect(await outcome(mint({ key }), verifierWith({ algorithms: others }))).toBe('wrong-algorithm')
  })

  const rs512 = { ...rsa, alg: 'RS512' }
  it.each<[string, string, string]>([
    [
      'must not be none',
      signed(`${base64url('{"alg":"none","kid":"ec-1","typ":"at+jwt"}')}.${goodPayload}`),
      'wrong-algorithm',
    ],
    [
      'must not be none without signature',
      `${base64url('{"alg":"none","kid":"ec-1","typ":"at+jwt"}')}.${goodPayload}.`,
      'malformed',
    ],
    ['must not be nOnE', mint({ header: { alg: 'nOnE' } }), 'wrong-algorithm'],
    ['is case-sensitive', mint({ header: { alg: 'es256' } }), 'wrong-algorithm'],
    ['must not be an HMAC with the public key as secret', mintHmac(publicPem, { kid: rsa.kid }), 'wrong-algorithm'],
    ['must not be an HMAC with an empty secret', mintHmac('', { kid: rsa.kid }), 'wrong-algorithm'],
    ['must be what the key is for: RS512 with an RS256 key', mint({ key: rs512 }), 'wrong-algorithm'],
    ['must be of the type of the key: ES256 names an RSA key', mint({ header: { kid: rsa.kid } }), 'wrong-algorithm'],
    [
      'must be of the type of the key: RS256 names an EC key',
      mint({ key: rsa, header: { kid: ec.kid } }),
      'wrong-algorithm',
    ],
  ])('%s', async (_title, token, code) => {
    expect(await outcome(token, verify)).toBe(code)
  })

  it('must be what the key is for even where the issuer may use both', async () => {
    const both = verifierWith({ algorithms: ['RS256', 'RS512'] })
    expect(await outcome(mint({ key: rs512 }), both)).toBe('wrong-algorithm')
    expect(await outcome(mint({ key: rsa }), both)).toBe('accepted')
  })
})

describe('a signature', () => {
  it.each<[string, string]>([
    ['of all zeros', `${goodHeader}.${goodPayload}.${base64url(new Uint8Array(64))}`],
    ['of one byte', `${goodHeader}.${goodPayload}.AA`],
    ['of another token', `${goodHeader}.${goodPayload}.${mint({ claims: { sub: 'bo' } }).split('.')[2]}`],
    ['by a key of the same name', mint({ key: stranger })],
    [
      'over another payload',
      `${goodHeader}.${base64url(JSON.stringify({ ...goodClaims, sub: 'root' }))}.${goodSignature}`,
    ],
  ])('%s is refused', async (_title, token) => {
    expect(await outcome(token, verify)).toBe('bad-signature')
  })

  it('decides before the claims are told anything about', async () => {
    expect(await outcome(mint({ key: stranger, claims: { exp: 1, aud: 'x', sub: undefined } }), verify)).toBe(
      'bad-signature',
    )
  })
})
