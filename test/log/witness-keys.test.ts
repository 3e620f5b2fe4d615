import { describe, expect, it } from 'vitest'
import { parseWitnessKeys } from '../../lib/log/witness-keys.ts'
import { SIGNER, signerOf } from './support/log-fixture.ts'

const [one, two] = [signerOf(8, 'witness.example/w1', 4), signerOf(9, 'witness.example/w2', 4)]

describe('parseWitnessKeys()', () => {
  it.each([
    { text: 'none', names: [] },
    { text: '', names: [] },
    { text: `${one.verifierKey}\n  ${two.verifierKey} `, names: [one.name, two.name] },
  ])('reads $names', ({ text, names }) => {
    expect(parseWitnessKeys(text).map(({ name }) => name)).toEqual(names)
  })

  it.each([SIGNER.verifierKey, 'witness', `${one.verifierKey},${two.verifierKey}`])('refuses %s', (text) => {
    expect(() => parseWitnessKeys(text)).toThrow("it is no witness's verifier key")
  })
})
