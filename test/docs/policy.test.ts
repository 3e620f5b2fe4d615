import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { HTTP_METHODS } from '../../lib/apigateway/integration.ts'
import type { WriteOperation } from '../../lib/control-plane/write-operations.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { decideOperation } from '../../lib/decision/decide-operation.ts'
import type { EnforcementPoint } from '../../lib/decision/decision.ts'
import { judgeAsked } from '../../lib/decision/judge-asked.ts'
import { runSuite } from '../../lib/decision/run-suite.ts'
import { loadException, loadPolicySet, loadTestSuite } from '../../lib/policy/publish/load.ts'
import { sallyport } from '../cli/session.ts'
import { send, testGate, tokens } from '../support/gate.ts'
import { codeIn, type Part, readPage } from './page.ts'

const sections = readPage('docs/policy.md')
const blocks = sections.flatMap(({ parts }) => parts.filter((part) => part.kind === 'block'))
const textOf = (title: string) => blocks.find((block) => block.title === title)?.text ?? ''

const first: unknown = parse(textOf('policy'))
const body: Record<string, unknown> = parse(textOf('body'))
const place = { partition: 'aws', region: 'eu-west-1' }

/** What a section's examples are tried on: the first policy, with the pieces and the exception that stand before. */
interface Example {
  heading: string
  piece: Record<string, unknown>
  exception?: string
}

/** The rows of the page, each with the policy it is about. */
interface Row extends Example {
  line: number
  request: string
  decision: string
}

const rows: Row[] = []
const operations: { piece: Record<string, unknown>; line: number; cells: string[] }[] = []
const owners: typeof operations = []
const refused: (Example & { pointers: string[]; line: number })[] = []
for (const { heading, parts } of sections) {
  let example: Example = { heading, piece: {} }
  for (const part of parts) {
    example = exampleOf(example, part)
    if (part.kind === 'block' && part.title === 'problems') {
      refused.push({ ...example, pointers: part.text.trim().split('\n'), line: part.line })
    }
    if (part.kind === 'table' && part.header[0] === 'Tags of an API') {
      owners.push(...part.rows.map((row) => ({ ...row, piece: example.piece })))
    }
    if (part.kind === 'table' && part.header[0] === 'Operation') {
      operations.push(...part.rows.map((row) => ({ ...row, piece: example.piece })))
    }
    if (part.kind !== 'table' || part.header[0] !== 'Request') continue
    for (const { line, cells } of part.rows) {
      const [request = '', decision = ''] = cells
      rows.push({ ...example, line, request, decision })
    }
  }
}

function exampleOf(example: Example, part: Part): Example {
  if (part.kind !== 'block' || part.language !== 'yaml') return example
  if (part.title === 'exception') return { ...example, exception: part.text }
  return part.title === '' ? { ...example, piece: parse(part.text) } : example
}

/** Members of mappings are put in; anything else replaces what stands there. */
function merged(into: unknown, piece: unknown): unknown {
  if (!isMapping(into) || !isMapping(piece)) return piece
  const both = { ...into }
  for (const [name, value] of Object.entries(piece)) both[name] = merged(into[name], value)
  return both
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function load(piece: Record<string, unknown>) {
  return loadPolicySet(stringify(merged(first, piece)), { file: 'docs/policy.md', revision: 1 })
}

async function policyOf({ piece, exception }: Example): Promise<CompiledPolicy> {
  const loaded = load(piece)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  if (exception === undefined) return compilePolicy(loaded.published)
  const read = loadException(exception, { file: 'docs/policy.md', policy: loaded.published.document })
  if (!read.ok) throw new Error(JSON.stringify(read.problems, null, 2))
  return compilePolicy(loaded.published, [read.exception])
}

/** A row's request: the members in braces; before them a verb, a team, an enforcement point or a date. */
function requestOf(cell: string) {
  const codes = codeIn(cell)
  const members: Record<string, unknown> = parse(codes.at(-1) ?? '')
  const [word = ''] = codes.slice(0, -1)
  const method = HTTP_METHODS.find((verb) => verb === word) ?? 'POST'
  const isSearch = word === 'search'
  const point: EnforcementPoint = word === 'ci' ? 'ci' : 'request'
  return {
    asked: {
      claims: { groups: [isSearch ? 'search' : 'payments-dev'] },
      restApiId: isSearch ? 's9s8s7s6s5' : 'a1b2c3d4e5',
      resourceId: '9x8y7z',
      method,
      body: { ...body, ...members },
    },
    point,
    now: Date.parse(word.startsWith('20') ? word : '2026-12-01'),
  }
}

describe('requests', () => {
  it.each(rows)('line $line, $heading: $request', async ({ request, decision, ...example }) => {
    const { asked, point, now } = requestOf(request)
    const decided = judgeAsked(await policyOf(example), asked, place, { point, now })
    const rules = (of: { rule: string }[]) =>
      [...new Set(of.map(({ rule }) => rule))].filter((rule) => rule !== 'intrinsic.form')
    const [kind = ''] = decision.split(' `')
    const named = codeIn(decision)
    expect({
      violations: rules(decided.violations),
      warnings: rules(decided.warnings),
      ...(kind === 'tried out' && { dryRun: rules(decided.dryRun) }),
    }).toEqual({
      violations: decision.startsWith('`') ? named : [],
      warnings: kind === 'warned' ? named : [],
      ...(kind === 'tried out' && { dryRun: named }),
    })
  })

  it('are many', () => {
    expect(rows.length).toBeGreaterThan(70)
  })
})

describe('tags', () => {
  it.each(owners)('line $line: $cells.0', async ({ piece, cells: [tags = '', whose = ''] }) => {
    const asked = { restApiId: 't4gged0api', resourceId: '9x8y7z', method: 'POST' as const, body }
    const policy = await policyOf({ heading: '', piece })
    const judged = { ...asked, tags: parse(codeIn(tags)[0] ?? '') }
    const { team } = judgeAsked(policy, judged, place, { point: 'scan', now: 0 })
    expect(team).toBe(codeIn(whose)[0] ?? '')
  })
})

describe('other operations', () => {
  it.each(operations)(
    'line $line: $cells.0 $cells.1',
    async ({ piece, cells: [operation = '', sent = '', decision = ''] }) => {
      const { violations } = decideOperation(
        await policyOf({ heading: '', piece }),
        {
          restApiId: 'a1b2c3d4e5',
          operation: codeIn(operation)[0] as WriteOperation,
          resourceId: '9x8y7z',
          httpMethod: HTTP_METHODS.find((verb) => verb === codeIn(sent)[0]) ?? 'POST',
          body: parse(codeIn(sent).at(-1) ?? ''),
        },
        { team: 'payments', point: 'request', now: Date.parse('2026-12-01') },
      )
      expect(violations.map(({ rule }) => rule)).toEqual(codeIn(decision))
    },
  )
})

describe('policies that are not published', () => {
  it.each(refused)('line $line, $heading', ({ piece, pointers }) => {
    const loaded = load(piece)
    expect(loaded.ok ? [] : loaded.problems.map(({ pointer }) => pointer)).toEqual(pointers)
  })
})

it('every piece can be published, but for those that show what can not', () => {
  const pieces = rows.filter(({ piece }) => !refused.some((each) => each.piece === piece))
  for (const { piece } of pieces) expect(load(piece)).toMatchObject({ ok: true, warnings: [] })
})

it('the suite on the page passes', async () => {
  const loaded = loadTestSuite(textOf('tests'), { file: 'docs/policy.md' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const results = runSuite(await policyOf({ heading: '', piece: {} }), loaded.suite, place)
  expect(results.flatMap(({ differences }) => differences)).toEqual([])
})

it.each(blocks.filter(({ language }) => language === 'console'))(
  'the command in line $line prints this',
  async ({ text }) => {
    const [command = '', ...output] = text.split('\n')
    const [, args = ''] = /^\$ npm run -s sallyport -- (.+)$/.exec(command) ?? []
    expect((await sallyport(args.split(' '))).out).toBe(output.join('\n'))
  },
)

it('the dry run on the page is allowed', async () => {
  const { status, json } = await send(await testGate(), 'POST', '/v1/decisions', {
    token: tokens.payments,
    body: textOf('dry-run'),
  })
  expect({ status, decision: json.decision }).toEqual({ status: 200, decision: 'allow' })
})
