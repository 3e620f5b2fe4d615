import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../lib/apigateway/json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const { VECTORS_DIR } = process.env

interface Row {
  name: string
  expect: 'accept' | 'reject' | 'either'
  base64: string
}

/** Documents that RFC 8259 allows and we refuse, each for a rule of ours. */
const STRICTER: Readonly<Record<string, string>> = {
  'y_object_duplicated_key.json': 'Member "a" occurs more than once',
  'y_object_duplicated_key_and_value.json': 'Member "a" occurs more than once',
  'y_object_escaped_null_in_key.json': 'A string in the request body holds the character NUL',
  'y_string_null_escape.json': 'A string in the request body holds the character NUL',
}

describe('parseJson()', () => {
  if (VECTORS_DIR === undefined) {
    it.skip('JSONTestSuite: VECTORS_DIR is not set')
  } else {
    const rows: Row[] = readFileSync(join(VECTORS_DIR, 'json-parsing.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))

    it.each(rows)('JSONTestSuite: $expect $name', ({ name, expect: expected, base64 }) => {
      const document = Buffer.from(base64, 'base64')
      const parsed = parseJson(document)
      if (expected === 'reject') expect(parsed.ok).toBe(false)
      if (expected === 'accept' && STRICTER[name] !== undefined) {
        expect(parsed).toMatchObject({ ok: false, error: { message: STRICTER[name] } })
      } else if (expected === 'accept') {
        expect(parsed).toEqual({ ok: true, value: JSON.parse(document.toString('utf8')) })
      }
    })
  }

  it('reads back what JSON.stringify wrote', () => {
    const json = fc
      .jsonValue({ maxDepth: 8, noUnicodeString: false })
      .filter((value) => !/\\u(0000|d)/.test(JSON.stringify(value)))
    fc.assert(
      fc.property(json, (value) => {
        expect(parseJson(bytes(JSON.stringify(value)))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
      }),
    )
  })

  it('refuses the same whether it has to look closely, as at an escape, or not', () => {
    const name = fc.constantFrom('a', 'b', '__proto__')
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          '1',
          '-1',
          '-0',
          '1.0',
          '1e3',
          '1E3',
          'true',
          'false',
          'null',
          '"x"',
          '":"',
          '"1e3"',
          '"}"',
          '[]',
        ),
        fc.array(tie('text'), { maxLength: 3 }).map((entries) => `[${entries.join(' , ')}]`),
        fc.array(fc.tuple(name, tie('text')), { maxLength: 3 }).map((members) => {
          return `{${members.map(([key, value]) => `"${key}" : ${value}`).join(',')}}`
        }),
      ),
    }))
    fc.assert(
      fc.property(text, fc.boolean(), fc.integer({ min: 1, max: 5 }), (json, wholeNumbersOnly, maxDepth) => {
        const limits = { wholeNumbersOnly, maxDepth }
        const plain = parseJson(bytes(`["a",${json}]`), limits)
        const escaped = parseJson(bytes(`["\\u0061",${json}]`), limits)
        expect(plain).toEqual(escaped)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (document) => {
        const parsed = parseJson(document)
        expect(parsed.ok || parsed.error.status === 400).toBe(true)
      }),
    )
  })

  it('finds a repeated name at any depth, in any spelling', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.nat(20), (name, depth) => {
        fc.pre(!name.includes('\0'))
        const escaped = [...name].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
        const once = `{${JSON.stringify(name)}:1,"other ${name.length}":[{${JSON.stringify(name)}:2}]}`
        const twice = `{${JSON.stringify(name)}:1,"${escaped}":2}`
        const wrap = (inner: string) => '['.repeat(depth) + inner + ']'.repeat(depth)
        expect(parseJson(bytes(wrap(once))).ok).toBe(true)
        expect(parseJson(bytes(wrap(twice)))).toMatchObject({ error: { type: 'SerializationException' } })
      }),
    )
  })

  it.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['gzip', [0x1f, 0x8b, 0x08, 0x00]],
  ])('refuses %s as UTF-8', (_, document) => {
    expect(parseJson(Uint8Array.from(document))).toMatchObject({
      error: { type: 'SerializationException', message: 'The request body is not valid UTF-8' },
    })
  })

  it('gives objects no prototype', () => {
    const parsed = parseJson(bytes('{"a":[{"__proto__":{"b":1}}]}'))
    const inner = parsed.ok && Object(parsed.value).a[0]
    expect(Object.getPrototypeOf(inner)).toBeNull()
    expect(Object.keys(inner)).toEqual(['__proto__'])
    expect(Object.values(inner).map(Object.getPrototypeOf)).toEqual([null])
  })

  it.each([
    ['[]', 1, true],
    ['[[]]', 1, false],
    ['[[],[]]', 2, true],
    ['{"a":{}}', 1, false],
    ['"[[["', 1, true],
  ])('counts the depth of %s against %i', (text, maxDepth, ok) => {
    expect(parseJson(bytes(text), { maxDepth }).ok).toBe(ok)
  })

  it('refuses a bomb of brackets as large as a body may be', () => {
    const half = 500_000
    expect(parseJson(bytes('['.repeat(half) + ']'.repeat(half)))).toMatchObject({ error: { status: 400 } })
    expect(parseJson(bytes('{"a":'.repeat(150_000)))).toMatchObject({ error: { status: 400 } })
  })

  it('refuses a body that is too large before it reads it', () => {
    const bomb = new Uint8Array(1_048_577)
    expect(parseJson(bomb)).toMatchObject({ error: { type: 'RequestEntityTooLargeException', status: 413 } })
  })

  it('never quotes the body where it is no JSON', () => {
    const parsed = parseJson(bytes('{"password":"hunter2"'))
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })
})
