import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { PatchOperation } from '../../lib/apigateway/patch.ts'
import { counted, type StepCounter } from '../support/steps.ts'

const FILES = [
  'lib/apigateway/json.ts',
  'lib/apigateway/parse.ts',
  'lib/apigateway/member-faults.ts',
  'lib/apigateway/form.ts',
  'lib/apigateway/mapping.ts',
  'lib/apigateway/integration-arn.ts',
  'lib/apigateway/effective.ts',
  'lib/apigateway/patch.ts',
  'lib/trail/difference.ts',
  'lib/trail/redact.ts',
  'lib/control-plane/operation-call.ts',
  'lib/decision/rules/members.ts',
]

async function load() {
  vi.resetModules()
  const [parse, form, effective, patch, difference, call, members] = await Promise.all([
    import('../../lib/apigateway/parse.ts'),
    import('../../lib/apigateway/form.ts'),
    import('../../lib/apigateway/effective.ts'),
    import('../../lib/apigateway/patch.ts'),
    import('../../lib/trail/difference.ts'),
    import('../../lib/control-plane/operation-call.ts'),
    import('../../lib/decision/rules/members.ts'),
  ])
  return { ...parse, ...form, ...effective, ...patch, ...difference, ...call, ...members }
}

const numbered = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index))
const entries = (count: number, key: (index: number) => string, value: string) =>
  Object.fromEntries(numbered(count, key).map((name) => [name, value]))

/** An integration of `count` parts in each map and list. */
const wide = (count: number, value = "'static'"): Integration => ({
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: `https://a.example/${'x/'.repeat(count * 8)}`,
  requestParameters: entries(count, (index) => `integration.request.header.x-${index}`, value),
  requestTemplates: entries(count, (index) => `text/x-${index}`, 'x'.repeat(64)),
  cacheKeyParameters: numbered(count, (index) => `integration.request.header.x-${index}`),
})
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

describe('work is linear in what is sent', () => {
  let counter: StepCounter<Awaited<ReturnType<typeof load>>>
  beforeAll(async () => {
    counter = await counted(FILES, load)
  })
  afterAll(async () => {
    await counter.close()
    vi.resetModules()
  })

  type Loaded = Awaited<ReturnType<typeof load>>
  /** Each makes what it needs first; what it returns is counted. */
  const works: [string, (here: Loaded, count: number) => () => void][] = [
    [
      'parsePutIntegration()',
      (here, count) => {
        const body = bytes(wide(count))
        return () => here.parsePutIntegration(body)
      },
    ],
    [
      'parsePutIntegration() of escapes',
      (here, count) => {
        const body = bytes({ type: 'MOCK', requestTemplates: { 'text/plain': '\n"\\'.repeat(count * 64) } })
        return () => here.parsePutIntegration(body)
      },
    ],
    [
      'parsePutIntegration() of too much',
      (here, count) => {
        const body = bytes(wide(count * 64))
        return () => here.parsePutIntegration(body)
      },
    ],
    ['checkForm()', (here, count) => () => here.checkForm(wide(count))],
    ['checkForm() of mistakes', (here, count) => () => here.checkForm(wide(count, 'no source'))],
    ['effective()', (here, count) => () => here.effective(wide(count), 'r')],
    ['integrationAnswer()', (here, count) => () => here.integrationAnswer(wide(count), 'r')],
    [
      'applyPatch()',
      (here, count) => {
        const current = wide(count)
        const operations = numbered(count, String).flatMap((index): PatchOperation[] => [
          { op: 'replace', path: `/requestParameters/integration.request.header.x-${index}`, value: "'y'" },
          { op: 'add', path: `/requestTemplates/text~1y-${index}`, value: 'y' },
          { op: 'remove', path: '/cacheKeyParameters', value: `integration.request.header.x-${index}` },
        ])
        return () => here.applyPatch(current, operations)
      },
    ],
    [
      'parsePatch()',
      (here, count) => {
        const patchOperations = numbered(count, (index) => `/x${index}`).map((path) => ({ op: 'remove', path }))
        const body = bytes({ patchOperations })
        return () => here.parsePatch('UpdateIntegration', body)
      },
    ],
    [
      'difference()',
      (here, count) => {
        const [before, after] = [here.membersOf(wide(count)), here.membersOf(wide(count, "'other'"))]
        return () => here.difference(before, after, () => 'mac')
      },
    ],
    ['hiddenTexts()', (here, count) => () => here.hiddenTexts(here.membersOf(wide(count)))],
    [
      'disclosesAll()',
      (here, count) => {
        const members = here.membersOf(wide(count))
        const fields = numbered(count, (index) => `/requestParameters/integration.request.header.x-${index}`)
        return () => {
          const discloses = here.disclosesAll(members)
          for (const field of fields) discloses(field)
        }
      },
    ],
    [
      'judgeMembers()',
      (here, count) => {
        const place = { restApiId: 'a1b2', resourceId: 'r1', partition: 'aws', region: 'eu-west-1' }
        return () => here.judgeMembers({ ...place, httpMethod: 'GET', integration: wide(count) })
      },
    ],
    [
      'readWriteBody()',
      (here, count) => {
        const members = { vtl: 'templates', map: 'string-map', list: 'strings' } as const
        const map = entries(count, (index) => `k${index}`, 'v')
        const body = bytes({ vtl: map, map, list: Object.keys(map) })
        return () => here.readWriteBody('PutIntegrationResponse', { kind: 'members', members }, body)
      },
    ],
    [
      'readQuery()',
      (here, count) => {
        const query = numbered(count, (index) => `embed=${index}`).join('&')
        return () => here.readQuery(query, ['embed'])
      },
    ],
  ]

  it.each(works)('%s', async (_, prepare) => {
    const steps = async (count: number) => {
      const work = prepare(counter.loaded, count)
      return counter.steps(work)
    }
    await steps(8) // What is done once for all is done here.
    const [small, large] = [await steps(32), await steps(64)]
    expect(small.blocks).toBeGreaterThan(0)
    // A little more than twice, for comparisons while sorting.
    expect({ blocks: large.blocks / small.blocks, handed: large.handed / Math.max(small.handed, 1) }).toEqual({
      blocks: expect.toSatisfy((growth: number) => growth < 2.3),
      handed: expect.toSatisfy((growth: number) => growth < 2.3),
    })
  })

  it('would see work that is not', async () => {
    const quadratic = (count: number) => () => {
      const list = numbered(count, String)
      for (const each of list) list.includes(each)
    }
    const [small, large] = [await counter.steps(quadratic(32)), await counter.steps(quadratic(64))]
    expect(large.handed / small.handed).toBeGreaterThan(3)
  })
})
