import { parseVerifierKey, SIGNATURE_TYPES, type VerifierKey } from './key.ts'

/**
 * The witnesses a deployment knows: their verifier keys, separated by white space.
 *
 * @param text `none` or empty for none.
 * @throws where one is no verifier key of a witness; the message names it.
 */
export function parseWitnessKeys(text: string): VerifierKey[] {
  if (text.trim() === 'none') return []
  const words = text.split(/\s+/).filter((word) => word !== '')
  return words.map((word) => {
    const key = parseVerifierKey(word)
    if (key?.type !== SIGNATURE_TYPES.cosignature)
      throw new Error(`Cannot use ${word}: it is no witness's verifier key`)
    return key
  })
}
