import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, commitment, withoutUndefined } from '../../lib/trail/canonical.ts'

describe('canonicalJson()', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [
      { '\u20ac': 1, '\r': 2, '1': 3, '\u{1F600}': 4, '\ufb33': 5, ö: 6 },
      '{"\\r":2,"1":3,"ö":6,"€":1,"\u{1F600}":4,"\ufb33":5}',
    ],
    [{ toJSON: 'x', __proto__: null }, '{"toJSON":"x"}'],
    [[1e-21, 0.000001, -0, 9007199254740991 / 2], '[1e-21,0.000001,0,4503599627370495.5]'],
    ['\u0000\u001f"\\/\u2028', '"\\u0000\\u001f\\"\\\\/\u2028"'],
  ])('spells %j in the one way of RFC 8785', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected)
  })

  it.each<[string, unknown]>([
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udfff': 1 }],
    ['a lone surrogate deep down', [{ a: ['x\ud800x'] }]],
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['an integer beyond 2^53', 2 ** 53],
    ['undefined', undefined],
    ['undefined in an object', { a: undefined }],
    ['a bigint', 1n],
    ['a function', () => 1],
  ])('has no spelling for %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  it('is what a JSON reader reads back, in whatever order members come', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(round(value))
        expect(JSON.parse(text)).toEqual(round(value))
        expect(canonicalJson(reversed(round(value)))).toBe(text)
      }),
    )
  })
})

const { VECTORS_DIR } = process.env
if (VECTORS_DIR === undefined) {
  console.log('VECTORS_DIR is not set: the JCS vectors of cyberphone/json-canonicalization are not run')
} else {
  const read = (side: 'input' | 'output', file: string) => readFileSync(join(VECTORS_DIR, 'jcs', side, file), 'utf8')
  describe('JCS vectors', () => {
    it.each(readdirSync(join(VECTORS_DIR, 'jcs/input')))('%s', (file) => {
      const value: unknown = JSON.parse(read('input', file))
      // Holds 1e30: beyond 2^53 a record's numbers would not survive every reader.
      if (file === 'values.json') expect(() => canonicalJson(value)).toThrow('2^53')
      else expect(canonicalJson(value)).toBe(read('output', file).trim())
    })
  })
}

/** Without numbers JSON text does not keep, and without texts JCS has no spelling for. */
function round(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'number') return Math.fround(member % 1e6) + 0
      return typeof member === 'string' ? member.toWellFormed() : member
    }).toWellFormed(),
  )
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

describe('commitment()', () => {
  const salt = Buffer.alloc(32, 1).toString('base64')

  it('is SHA-256 of the salt and the canonical record', () => {
    const bytes = Buffer.concat([Buffer.alloc(32, 1), Buffer.from('{"a":1,"b":2}')])
    expect(commitment(salt, { b: 2, a: 1 })).toBe(createHash('sha256').update(bytes).digest('base64'))
  })

  it('changes with the salt, so that nobody without it can test guesses', () => {
    expect(commitment(Buffer.alloc(32, 2).toString('base64'), {})).not.toBe(commitment(salt, {}))
  })
})

it('leaves out undefined members, at any depth', () => {
  expect(withoutUndefined({ a: undefined, b: [{ c: undefined, d: null }] })).toEqual({ b: [{ d: null }] })
})
