import { describe, expect, it } from 'vitest'
import type { PolicySet, Team } from '../../lib/policy/document/document.ts'
import { checkApis } from '../../lib/policy/publish/check-apis.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

/** The problems of a policy whose teams have these APIs, each with its place. */
function problems(...apis: string[]): [string, string][] {
  const teams = apis.map((each, index) => {
    const name = `t${index}`
    return `  ${name}:\n    identity: { claim: groups, anyOf: [${name}] }\n    apis: ${each}\n    allow: { types: [MOCK] }\n`
  })
  const text = `apiVersion: sallyport/v1\nkind: PolicySet\nmetadata: { name: x }\norg: { bounds: {} }\nteams:\n${teams.join('')}`
  const loaded = loadPolicySet(text, { file: 'policy.yaml', revision: 1 })
  return loaded.ok ? [] : loaded.problems.map(({ pointer, message }) => [pointer, message])
}
const at = (...apis: string[]) => problems(...apis).map(([pointer]) => pointer)

describe("a team's APIs", () => {
  it.each([
    ['ids', '{ restApiIds: [a1] }'],
    ['tags', '{ tags: { team: payments } }'],
    ['tags with one of several values', '{ tags: { team: [payments, pay], stage: prod } }'],
    ['both', '{ restApiIds: [a1], tags: { team: payments } }'],
    ['a key with every character there is', '{ tags: { "a Z0_.:/=+@-": "a Z0_.:/=+@-" } }'],
  ])('are named by %s', (_, apis) => {
    expect(problems(apis)).toEqual([])
  })

  it.each([
    ['nothing', '{}', '/teams/t0/apis', 'Team t0 names no API.'],
    ['no tags', '{ tags: {} }', '/teams/t0/apis/tags', '"tags" is empty: it would name every API.'],
    ['no values', '{ tags: { team: [] } }', '/teams/t0/apis/tags/team', '"team" is empty.'],
    ['an empty value', '{ tags: { team: "" } }', '/teams/t0/apis/tags/team', expect.stringContaining('value of a tag')],
    [
      'a value that reads as a number',
      '{ tags: { team: 7 } }',
      '/teams/t0/apis/tags/team',
      expect.stringContaining('text is needed'),
    ],
    [
      'a tag of AWS',
      '{ tags: { "aws:cloudformation:stack-name": x } }',
      '/teams/t0/apis/tags/aws:cloudformation:stack-name',
      expect.stringContaining('key of a tag'),
    ],
    ['look-alikes', '{ tags: { tеam: x } }', '/teams/t0/apis/tags/tеam', expect.stringContaining('key of a tag')],
    ['a pattern', '{ tags: { team: "pay*" } }', '/teams/t0/apis/tags/team', expect.stringContaining('value of a tag')],
    ['a value twice', '{ tags: { team: [a, b, a] } }', '/teams/t0/apis/tags/team/2', 'The value "a" stands twice.'],
    ['an id twice', '{ restApiIds: [a1, a1] }', '/teams/t0/apis/restApiIds/1', 'The API a1 stands twice.'],
    [
      'more tags than ten',
      `{ tags: { ${Array.from({ length: 11 }, (_, key) => `k${key}: x`).join(', ')} } }`,
      '/teams/t0/apis/tags',
      '"tags" has more than 10 keys.',
    ],
  ])('are not named by %s', (_, apis, pointer, message) => {
    expect(problems(apis)).toEqual([[pointer, message]])
  })
})

describe('tags of two teams', () => {
  it.each([
    ['one key with other values', '{ tags: { team: a } }', '{ tags: { team: b } }'],
    [
      'one of two keys with other values',
      '{ tags: { team: a, stage: prod } }',
      '{ tags: { team: [a, b], stage: [test, dev] } }',
    ],
    ['keys that only one has, beside one', '{ tags: { team: a, stage: prod } }', '{ tags: { team: b, unit: x } }'],
    ['a key in other capitals, beside one', '{ tags: { team: a, Stage: x } }', '{ tags: { team: b, stage: x } }'],
  ])('are apart by %s', (_, one, other) => {
    expect(at(one, other)).toEqual([])
    expect(at(other, one)).toEqual([])
  })

  it.each([
    ['the same value', '{ tags: { team: a } }', '{ tags: { team: a } }'],
    ['a value in common', '{ tags: { team: [a, b] } }', '{ tags: { team: [b, c] } }'],
    ['no key in common', '{ tags: { team: a } }', '{ tags: { stage: prod } }'],
    [
      'values in common of all keys they share',
      '{ tags: { team: a, stage: [x, y] } }',
      '{ tags: { team: [a, b], stage: y, unit: z } }',
    ],
    ['keys that differ by their capitals', '{ tags: { team: a } }', '{ tags: { Team: b } }'],
  ])('could be those of one API by %s', (_, one, other) => {
    expect(at(one, other)).toEqual(['/teams/t1/apis/tags'])
    expect(at(other, one)).toEqual(['/teams/t1/apis/tags'])
  })

  it('are compared with those of every team before, however they are named', () => {
    const apart = ['a', 'b', 'c'].map((team) => `{ tags: { team: ${team}, stage: x } }`)
    expect(at(...apart, '{ tags: { team: d } }', '{ tags: { team: [e, b] } }')).toEqual(['/teams/t4/apis/tags'])
    expect(problems(...apart, '{ tags: { stage: y } }', '{ tags: { stage: x } }')).toEqual([
      ['/teams/t4/apis/tags', "An API tagged so can be team t0's as well."],
    ])
  })

  it('do not meet ids: an id that stands in the policy decides alone', () => {
    expect(at('{ restApiIds: [a1] }', '{ tags: { team: a } }')).toEqual([])
  })

  it('of thousands of teams are checked at once', () => {
    const team = (name: string): [string, Team] => [
      name,
      {
        identity: { claim: 'groups', anyOf: [name] },
        apis: { tags: { team: name, stage: ['test', 'prod'] } },
        allow: {},
      },
    ]
    const names = Array.from({ length: 10_000 }, (_, index) => `t${index}`)
    const teams = Object.fromEntries([...names.map(team), ['again', team('t7')[1]]])
    const started = performance.now()
    expect(checkApis({ teams } as PolicySet).map(({ path }) => path)).toEqual([['teams', 'again', 'apis', 'tags']])
    // Some 50 ms; comparing each with each would be fifty million comparisons.
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
