import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { instantText } from '../../lib/decision/instant-text.ts'

it('writes instants as Date does', () => {
  const millis = fc.oneof(
    fc.integer({ min: 0, max: 253_402_300_799_999 }),
    fc.integer({ min: -2, max: 2 }).map((off) => Date.UTC(2027, 0, 15) + off),
  )
  return fc.assert(
    fc.property(millis, (each) => {
      expect(instantText(each)).toBe(new Date(each).toISOString())
    }),
  )
})
