import { describe, expect, it } from 'vitest'
import { explore, type Invariant, PROTOCOL, type Variant } from './protocol-model.ts'

describe('the protocol', () => {
  it.each<[string, Partial<Variant>]>([
    ['as it is', {}],
    ['where both attempts want the same', { sameValue: true }],
    ['where an observed success is recorded after the grace only', { early: false }],
  ])('holds every invariant in every interleaving, %s', (_, variant) => {
    const { states, violations } = explore({ ...PROTOCOL, ...variant })
    expect(states).toBeGreaterThan(5_000)
    expect([...violations]).toEqual([])
  })

  it.each<[string, Partial<Variant>, Invariant[]]>([
    [
      'the fence',
      { fence: false },
      ['nothing that is recorded as not applied was applied', 'nothing is applied after its attempt was closed'],
    ],
    ['the claim', { claim: false }, ['an intent has an outcome in the end']],
    [
      'the grace',
      { grace: false },
      ['nothing that is recorded as not applied was applied', 'nothing is applied after its attempt was closed'],
    ],
    ['the intent before sending', { intentFirst: false }, ['an effect has a durable intent']],
    [
      'sending once',
      { sends: 2, lostReplies: false, early: false },
      ['nothing is applied after its attempt was closed'],
    ],
    [
      'signing before the fence',
      { signFirst: false },
      ['nothing that is recorded as not applied was applied', 'nothing is applied after its attempt was closed'],
    ],
    ['the sweep', { sweep: false }, ['an intent has an outcome in the end']],
  ])('breaks without %s', (_, variant, broken) => {
    const { violations } = explore({ ...PROTOCOL, ...variant })
    expect([...violations.keys()]).toEqual(expect.arrayContaining(broken))
  })
})
