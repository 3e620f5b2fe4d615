import { compactVerify } from 'jose'
import type { TokenRefusal } from './caller.ts'
import type { UnverifiedToken } from './compact-token.ts'
import type { Algorithm } from './issuers.ts'
import type { VerificationKey } from './key-set.ts'
import type { KeySource } from './keys.ts'
import { refusal } from './refusal.ts'

/**
 * Verifies the signature of a token that {@link readCompactToken} has taken apart. The algorithm must be both in
 * `algorithms` and one the key named by `kid` is for; the token never chooses between them.
 */
export async function verifySignature(
  token: string,
  { header }: UnverifiedToken,
  algorithms: readonly Algorithm[],
  keys: KeySource,
): Promise<{ ok: true; key: VerificationKey } | { ok: false; refusal: TokenRefusal }> {
  const algorithm = algorithms.find((taken) => taken === header.alg)
  if (!algorithm) return { ok: false, refusal: refusal('wrong-algorithm') }
  const found = await keys.find(header.kid)
  if (!found.ok) return { ok: false, refusal: refusal(found.code) }
  if (!found.key.algorithms.includes(algorithm)) return { ok: false, refusal: refusal('wrong-algorithm') }
  try {
    await compactVerify(token, found.key.publicKey, { algorithms: [algorithm] })
    return { ok: true, key: found.key }
  } catch {
    // Whatever the library objects to at this point, the signature is not proven.
    return { ok: false, refusal: refusal('bad-signature') }
  }
}
