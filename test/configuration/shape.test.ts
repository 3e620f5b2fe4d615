import { describe, expect, it } from 'vitest'
import {
  assumed,
  flag,
  integer,
  judged,
  listOf,
  members,
  named,
  oneOf,
  optional,
  readShape,
  type Shape,
  someMembers,
  text,
} from '../../lib/configuration/shape.ts'

const pair = members<{ a: string; b?: number; c: boolean }>({
  a: text({ least: 1, most: 3 }),
  b: optional(integer(0, 9)),
  c: assumed(true, flag),
})

describe('readShape()', () => {
  it.each<[string, Shape<unknown>, unknown, unknown]>([
    ['text of the shortest length', text({ least: 1, most: 3 }), 'x', 'x'],
    ['text of the longest length', text({ least: 1, most: 3 }), 'xyz', 'xyz'],
    ['text that matches', text({ pattern: /^\d+$/ }), '12', '12'],
    ['a word of a list', oneOf(['a', 'b']), 'b', 'b'],
    ['the least number', integer(0, 9), 0, 0],
    ['the largest number', integer(0, 9), 9, 9],
    ['false', flag, false, false],
    ['a list', listOf(flag, 1, 2), [true], [true]],
    ['an empty list', listOf(flag), [], []],
    ['names that are chosen freely', named(text({ most: 9 }), flag), { x: true }, { x: true }],
    ['members, and assumes what is absent', pair, { a: 'x' }, { a: 'x', c: true }],
    ['what is told in place of what is assumed', pair, { a: 'x', b: 1, c: false }, { a: 'x', b: 1, c: false }],
    ['some members of several', someMembers<{ a: string }>({ a: text({}) }), { a: 'x', z: 1 }, { a: 'x' }],
    ['parts that go together', judged(listOf(flag), () => []), [true], [true]],
  ])('reads %s', (_, shape, given, value) => {
    expect(readShape(shape, given)).toStrictEqual({ ok: true, value })
  })

  it.each<[string, Shape<unknown>, unknown, string]>([
    ['a number for text', text({}), 1, '✖ expected text'],
    ['text that is too short', text({ least: 1, most: 3 }), '', '✖ expected text of 1 to 3 characters'],
    ['text that is too long', text({ least: 1, most: 3 }), 'wxyz', '✖ expected text of 1 to 3 characters'],
    ['text of another form', text({ pattern: /^a$/ }), 'b', '✖ expected text that matches /^a$/'],
    ['a word that is not in the list', oneOf(['a', 'b']), 'toString', '✖ expected one of a, b'],
    ['a number below', integer(1, 9), 0, '✖ expected a whole number from 1 to 9'],
    ['a number above', integer(1, 9), 10, '✖ expected a whole number from 1 to 9'],
    ['a fraction', integer(1, 9), 1.5, '✖ expected a whole number from 1 to 9'],
    ['a number in quotes', integer(1, 9), '5', '✖ expected a whole number from 1 to 9'],
    ['a flag in quotes', flag, 'true', '✖ expected true or false'],
    ['an object for a list', listOf(flag), { length: 0 }, '✖ expected a list'],
    ['too few', listOf(flag, 1), [], '✖ expected at least 1'],
    ['too many', listOf(flag, 1, 2), [true, true, true], '✖ expected 1 to 2'],
    ['one of a list', listOf(flag), [true, 1], '✖ expected true or false\n  → at [1]'],
    ['a list for members', pair, [], '✖ expected an object'],
    ['null for members', pair, null, '✖ expected an object'],
    ['an absent member', pair, {}, '✖ expected text of 1 to 3 characters\n  → at a'],
    ['a member that is inherited', pair, Object.create({ a: 'x' }), '✖ expected text of 1 to 3 characters\n  → at a'],
    ['a wrong one of some members', someMembers<{ a: string }>({ a: text({}) }), { z: 1 }, '✖ expected text\n  → at a'],
    ['an unknown member', pair, { a: 'x', toString: 1 }, '✖ unknown member "toString"'],
    ['a prototype', pair, JSON.parse('{"a":"x","__proto__":{}}'), '✖ unknown member "__proto__"'],
    ['a name', named(oneOf(['x']), flag), { 'y z': true }, '✖ expected one of x\n  → at ["y z"]'],
    ['a value below a name', listOf(named(text({}), flag)), [{ y: 1 }], '✖ expected true or false\n  → at [0].y'],
    [
      'what its parts come to',
      listOf(judged(pair, () => [{ at: '.a', message: 'not that one' }])),
      [{ a: 'x' }],
      '✖ not that one\n  → at [0].a',
    ],
  ])('refuses %s', (_, shape, given, message) => {
    expect(readShape(shape, given)).toEqual({ ok: false, message })
  })

  it('names everything that is wrong, and judges nothing that is', () => {
    const shape = judged(pair, () => [{ at: '', message: 'judged' }])
    expect(readShape(shape, { a: 1, b: 'x', c: 2 })).toEqual({
      ok: false,
      message: [
        '✖ expected text of 1 to 3 characters\n  → at a',
        '✖ expected a whole number from 0 to 9\n  → at b',
        '✖ expected true or false\n  → at c',
      ].join('\n'),
    })
  })

  it('keeps a name that an assignment would lose', () => {
    const read = readShape(named(text({}), flag), JSON.parse('{"__proto__":true}'))
    expect(read.ok && Object.keys(read.value)).toEqual(['__proto__'])
  })
})
