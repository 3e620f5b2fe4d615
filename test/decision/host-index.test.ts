import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidates, indexByHost } from '../../lib/decision/compile/host-index.ts'
import { compileHost, matchesAnyHost } from '../../lib/decision/compile/host-pattern.ts'

const rule = (id: number, ...hosts: string[]) => ({ id, hosts: hosts.map(compileHost) })
const index = (...rules: ReturnType<typeof rule>[]) => indexByHost(rules, ({ hosts }) => hosts)
const idsFor = (rules: ReturnType<typeof rule>[], host: string) => candidates(index(...rules), host).map(({ id }) => id)

describe('candidates()', () => {
  const rules = [
    rule(0, '*.a.example', 'b.a.example'),
    rule(1, 'legacy.**'),
    rule(2, '*.b.example'),
    rule(3, 'legacy.*.example'),
  ]

  it.each([
    ['x.a.example', [0]],
    ['x.b.example', [2]],
    ['legacy.c.example', [1, 3]],
    ['legacy.b.example', [0, 1, 2, 3]],
    ['x.c.example', []],
    ['example', []],
  ])('of %s are few', (host, ids) => {
    expect(idsFor(rules, host)).toEqual(ids)
  })

  it('are tried for every host where nothing literal stands at an end, or no host is named', () => {
    const open = [...rules, rule(4, '**.c.example'), rule(5, 'leg*.**')]
    expect(idsFor(open, 'x.d.example')).toEqual([4, 5])
    expect(idsFor(open, 'x.a.example')).toEqual([0, 1, 2, 3, 4, 5])
    expect(
      candidates(
        indexByHost([{ id: 6 }], () => undefined),
        'x.d.example',
      ),
    ).toEqual([{ id: 6 }])
  })

  const label = fc.constantFrom('a', 'b', 'legacy')
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
  const pattern = fc
    .array(fc.oneof(label, fc.constantFrom('*', '**', 'leg*', '*a')), { minLength: 1, maxLength: 4 })
    .map((labels) => labels.join('.'))

  it('hold everything that matches, in order', () => {
    const many = fc.array(fc.array(pattern, { maxLength: 3 }), { maxLength: 6 })
    return fc.assert(
      fc.property(many, host, (lists, name) => {
        const all = lists.map((hosts, id) => rule(id, ...hosts))
        const found = candidates(index(...all), name)
        expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).toSorted((a, b) => a - b))
        const matching = (of: readonly (typeof all)[number][]) => of.filter(({ hosts }) => matchesAnyHost(hosts, name))
        expect(matching(found)).toEqual(matching(all))
      }),
      { numRuns: 500 },
    )
  })
})
