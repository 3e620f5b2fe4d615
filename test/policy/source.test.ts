import { describe, expect, it } from 'vitest'
import { readSource } from '../../lib/policy/document/source.ts'
import { unmark } from './marked-text.ts'

const read = (text: string | Uint8Array) => readSource(text, { file: 'x.yaml' })

describe('readSource()', () => {
  it.each([
    ['a key that stands twice', 'a: 1\n¦a: 1', '/a'],
    ['a key that stands twice in JSON', '{"a": {"b": 1, ¦"b": 2}}', '/a/b'],
    ['a key that stands twice in two spellings', 'a: 1\n¦"a": 1', '/a'],
    ['an anchor', 'a: &x ¦1', '/a'],
    ['an alias', 'a: 1\nb: ¦*x', '/b'],
    ['a tag', 'a: !!str ¦1', '/a'],
    ["a tag of the author's own", 'a: !x ¦{}', '/a'],
    ['a second document', 'a: 1\n¦---\nb: 1', ''],
    ['a directive', '¦%YAML 1.1\n---\na: 1', ''],
    ['a key that is no text', '? ¦[a]\n: 1', ''],
    ['a key that sets a prototype', '{¦"__proto__": {}}', '/__proto__'],
    ['a control character', 'a: ¦"\\0"', '/a'],
    ['an override of the reading direction', 'a: ¦"x\u202ey"', '/a'],
    ['an invisible character in a key', '¦"a\u200b": 1', '/a\u200b'],
    ['half a surrogate pair', 'a: ¦"\\uD800"', '/a'],
    ['an unclosed quote', 'a: "x¦', ''],
  ])('refuses %s', (_, marked, pointer) => {
    const { text, line, column } = unmark(marked)
    const result = read(text)
    expect(result.ok ? [] : result.problems).toContainEqual(
      expect.objectContaining({ file: 'x.yaml', line, column, pointer }),
    )
  })

  it('refuses bytes that are not UTF-8, and says where the first of them is', () => {
    const bytes = Buffer.concat([Buffer.from('a: ä\nb: é'), Buffer.from([0xff]), Buffer.from('\nc: 1')])
    expect(read(bytes)).toMatchObject({ ok: false, problems: [{ line: 2, column: 5 }] })
    expect(read(Buffer.from('a: ä')).ok).toBe(true)
    expect(read(Buffer.from([0x61, 0x3a, 0x20, 0xc3])).ok).toBe(false)
  })

  it('refuses a text beyond the limit, in bytes, and takes one of exactly the limit', () => {
    expect(readSource('a: ä', { file: 'x', maxBytes: 4 }).ok).toBe(false)
    expect(readSource('a: ä', { file: 'x', maxBytes: 5 }).ok).toBe(true)
  })

  it.each([
    ['flow', '['.repeat(50_000)],
    ['block', '- '.repeat(10_000)],
  ])('refuses nesting without end (%s) with one problem', (_, text) => {
    const result = read(text)
    expect(result.ok ? [] : result.problems).toHaveLength(1)
  })

  it('reads many keys of one mapping in linear time', () => {
    const millis = (keys: number) => {
      const text = Array.from({ length: keys }, (_, index) => `k${index}: 1`).join('\n')
      const started = performance.now()
      expect(read(text).ok).toBe(true)
      return performance.now() - started
    }
    millis(3_000)
    // Ten times the keys: about 10 in linear time, 100 in quadratic. A ratio holds on a busy machine too.
    expect(millis(30_000)).toBeLessThan(50 * millis(3_000))
  })

  it('reads dates as text, merge keys as keys, and neither on nor off as a boolean', () => {
    const result = read('until: 2027-01-15\n<<: { a: 1 }\non: off\n')
    expect(result.ok && result.source.value).toEqual({ until: '2027-01-15', '<<': { a: 1 }, on: 'off' })
  })

  it('knows the place of each node, and of the nearest above what is absent', () => {
    const result = read('a:\n  b: [x, "y/~"]\n')
    if (!result.ok) throw new Error('It is well-formed.')
    const { source } = result
    expect(source.place(['a', 'b'], 'key')).toEqual([2, 3])
    expect(source.place(['a', 'b'], 'value')).toEqual([2, 6])
    expect(source.place(['a', 'b', 1], 'value')).toEqual([2, 10])
    expect(source.place(['a', 'c'], 'key')).toEqual([1, 1])
    expect(source.written(['a', 'b', 1])).toBe('y/~')
    expect(source.positions(() => true)).toEqual({ '/a': [1, 1], '/a/b': [2, 3], '/a/b/0': [2, 7], '/a/b/1': [2, 10] })
  })
})
