import { randomBytes } from 'node:crypto'
import { formatSignerKey, parseSignerKey, parseVerifierKey, type Signer, type VerifierKey } from '../../lib/log/key.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'

// What all processes of a run have in common: they share these as a deployment's processes share their secrets.

export const TABLE = 'sallyport'
/** Few, so that a keeper's run is short and every point of it can be tried. */
export const SHARDS = 2
export const ORIGIN = 'audit.example/crash'
export const keys = trailKeys(new Uint8Array(32).fill(7), randomBytes)
export const SIGNER = signer()
export const VERIFIER_KEY = verifierKey()

function signer(): Signer {
  const key = parseSignerKey(formatSignerKey(ORIGIN, 1, Buffer.alloc(32, 9)))
  if (!key) throw new Error('not a signer key')
  return key
}

function verifierKey(): VerifierKey {
  const key = parseVerifierKey(SIGNER.verifierKey)
  if (!key) throw new Error('not a verifier key')
  return key
}
