import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readKeySet } from '../../lib/identity/key-set.ts'
import { ec, ed, jwkOf, rsa, stranger } from './minting.ts'

const pairJwk = ({ publicKey }: { publicKey: KeyObject }, members: object) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid: 'k',
  ...members,
})
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const smallExponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const x25519 = generateKeyPairSync('x25519')

describe('readKeySet()', () => {
  const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
  it.each<[string, object, string[]]>([
    ['an RSA key without alg, for every RSA signature', jwkOf(rsa, { alg: undefined }), rsaAlgorithms],
    ['an RSA key with alg, for that one', jwkOf(rsa, { alg: 'PS384' }), ['PS384']],
    ['an RSA key without use', jwkOf(rsa, { use: undefined }), ['RS256']],
    ['a key whose operations include verifying', jwkOf(rsa, { key_ops: ['verify'] }), ['RS256']],
    ['a P-256 key', jwkOf(ec), ['ES256']],
    ['a P-384 key', pairJwk(p384, {}), ['ES384']],
    ['a P-521 key', pairJwk(p521, {}), ['ES512']],
    ['an Ed25519 key, under both names', jwkOf(ed, { alg: undefined }), ['EdDSA', 'Ed25519']],
    ['members it does not know', jwkOf(ec, { 'x-acme': 1, x5c: ['MIIB'] }), ['ES256']],
  ])('takes %s', (_title, jwk, algorithms) => {
    const set = readKeySet({ keys: [jwk] })
    expect([...(set?.keys.values() ?? [])].map((key) => key.algorithms)).toEqual([algorithms])
    expect(set?.refused).toEqual([])
  })

  it.each<[string, unknown]>([
    ['a key without kid', jwkOf(ec, { kid: undefined })],
    ['a kid that is no string', jwkOf(ec, { kid: 1 })],
    ['a kid of 129 characters', jwkOf(ec, { kid: 'k'.repeat(129) })],
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'k', alg: 'HS256', use: 'sig' }],
    ['an EC key with its private part', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }],
    ['an RSA key with its private part', { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'k' }],
    ['an RSA key with one of its primes', jwkOf(rsa, { p: 'AQAB' })],
    ['a key for encryption', jwkOf(rsa, { use: 'enc' })],
    ['a key for signing alone', jwkOf(rsa, { key_ops: ['sign'] })],
    ['an RSA key of 1024 bits', pairJwk(weak, {})],
    ['an RSA key with exponent 3', pairJwk(smallExponent, {})],
    ['an algorithm of another key type', jwkOf(rsa, { alg: 'ES256' })],
    ['an algorithm for encryption', jwkOf(rsa, { alg: 'RSA-OAEP-256' })],
    ['an algorithm for a secret', jwkOf(rsa, { alg: 'HS256' })],
    ['a curve not taken', pairJwk(secp256k1, {})],
    ['a key for key agreement', pairJwk(x25519, {})],
    ['a point that is not on its curve', jwkOf(ec, { x: stranger.publicKey.export({ format: 'jwk' }).x })],
    ['a key without its point', { kty: 'EC', crv: 'P-256', kid: 'k' }],
    ['an unknown key type', { kty: 'AKP', kid: 'k', alg: 'ML-DSA-44' }],
    ['a type named like an inherited member', { kty: 'constructor', kid: 'k' }],
    ['something else', 'key'],
    ['null', null],
  ])('leaves out %s, and keeps the others', (_title, jwk) => {
    const set = readKeySet({ keys: [jwk, jwkOf(rsa, { kid: 'good' })] })
    expect([...(set?.keys.keys() ?? [])]).toEqual(['good'])
    expect(set?.refused).toHaveLength(1)
    expect(set?.refused[0]).toMatch(/^Key 0 /)
  })

  it('uses none of the keys that share a kid, even three', () => {
    const set = readKeySet({ keys: [jwkOf(ec), jwkOf(stranger), jwkOf(rsa), jwkOf(ec)] })
    expect([...(set?.keys.keys() ?? [])]).toEqual([rsa.kid])
  })

  it('never repeats what a key left out holds', () => {
    const leaked = { ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }
    expect(readKeySet({ keys: [leaked] })?.refused.join()).not.toContain(leaked.d)
  })

  it.each([[null], ['{}'], [[]], [{}], [{ keys: {} }], [{ keys: 'x' }], [jwkOf(ec)]])(
    'is undefined for %j',
    (document) => {
      expect(readKeySet(document)).toBeUndefined()
    },
  )
})
