import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { GetPublicKeyCommand, SignCommand } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { type Kms, kmsSigner } from '../../lib/aws/kms-signer.ts'
import { openCheckpoint, signCheckpoint } from '../../lib/log/checkpoint.ts'
import { EMPTY_ROOT } from '../../lib/log/merkle.ts'
import { keyOf, ORIGIN } from '../log/support/log-fixture.ts'

/** KMS with one key, as far as its documentation tells: real accounts were not asked. */
function fakeKms({
  publicKey,
  privateKey,
}: {
  publicKey: KeyObject
  privateKey: KeyObject
}): Kms & { asked: object[] } {
  const asked: object[] = []
  const send = async (command: unknown) => {
    if (command instanceof GetPublicKeyCommand) {
      return { PublicKey: publicKey.export({ format: 'der', type: 'spki' }) }
    }
    if (!(command instanceof SignCommand)) throw new Error('not a command that this needs')
    asked.push(command.input)
    return { Signature: sign(null, command.input.Message ?? Buffer.alloc(0), privateKey) }
  }
  return { asked, send: send as unknown as Kms['send'] }
}

describe('kmsSigner()', () => {
  it('signs checkpoints that its verifier key opens, over the message as it is', async () => {
    const kms = fakeKms(generateKeyPairSync('ed25519'))
    const signer = await kmsSigner('key-1', ORIGIN, kms)
    const signed = await signCheckpoint({ origin: ORIGIN, size: 0, root: EMPTY_ROOT }, [signer])
    expect(openCheckpoint(Buffer.from(signed), [keyOf(signer)])).toMatchObject({ ok: true, checkpoint: { size: 0 } })
    expect(kms.asked).toMatchObject([
      { KeyId: 'key-1', MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512', Message: expect.anything() },
    ])
  })

  it('refuses a key of another kind', async () => {
    const kms = fakeKms(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    await expect(kmsSigner('key-1', ORIGIN, kms)).rejects.toThrow('not an Ed25519 key')
  })
})
