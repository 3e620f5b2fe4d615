import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Integration, IntegrationType } from '../../lib/apigateway/integration.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Decision, DecisionRequest, EnforcementPoint, Violation } from '../../lib/decision/decision.ts'
import { conditionsOf, expectWayOut } from './apply-remedy.ts'
import { NOW, policyNamed } from './vector-policies.ts'

/** One table: what its vectors have in common, and each vector's difference from it. */
interface Table {
  policy: string
  team: string
  restApiId: string
  method: DecisionRequest['httpMethod']
  body: Partial<Integration>
  vectors: Vector[]
}

interface Vector extends Partial<Omit<Table, 'vectors'>> {
  /** The row of the attacks that it belongs to; each has a refused vector and one that passes. */
  row?: number
  it: string
  /** Members that differ from the table's. */
  with?: Record<string, unknown>
  without?: string[]
  before?: Integration | null
  resourceId?: string
  region?: string
  point?: EnforcementPoint
  now?: string
  /** `allow`, or the exact rules that refuse, in order. */
  want: 'allow' | string[]
  /** What each violation points at, in the order of `want`. */
  tells?: Told[]
  warnings?: string[]
  dryRun?: string[]
}

/** `at` is the rule's JSON pointer in the policy; what a violation lacks is absent. */
interface Told extends Pick<Violation, 'field' | 'part' | 'value' | 'allowed' | 'nearest'> {
  at?: string
}

const folder = new URL('../vectors/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.startsWith('decision-') && name !== 'decision-policies.json')
const tables = files.map((name): [string, Table] => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))])

function requestOf(table: Table, vector: Vector): DecisionRequest {
  const body: Record<string, unknown> = { ...(vector.body ?? table.body), ...vector.with }
  for (const member of vector.without ?? []) delete body[member]
  const { type } = body
  return {
    restApiId: vector.restApiId ?? table.restApiId,
    resourceId: vector.resourceId ?? '9x8y7z',
    httpMethod: vector.method ?? table.method,
    integration: { ...body, type: type as IntegrationType },
    ...(vector.before !== undefined && { before: vector.before }),
    partition: 'aws',
    region: vector.region ?? 'us-east-1',
  }
}

function judge(table: Table, vector: Vector, request: DecisionRequest): Decision {
  return decide(policyNamed(vector.policy ?? table.policy), request, {
    team: vector.team ?? table.team,
    claims: {},
    point: vector.point ?? 'request',
    now: vector.now === undefined ? NOW : Date.parse(vector.now),
  })
}

describe.each(tables)('%s', (_, table) => {
  it.each(table.vectors.map((vector): [string, Vector] => [title(vector), vector]))('%s', (_title, vector) => {
    const request = requestOf(table, vector)
    const { decision, violations, warnings, dryRun } = judge(table, vector, request)
    expect(rules(violations)).toEqual(vector.want === 'allow' ? [] : vector.want)
    expect(decision).toBe(vector.want === 'allow' ? 'allow' : 'deny')
    if (vector.tells !== undefined) expect(violations.map(told)).toEqual(vector.tells)
    expect(rules(warnings)).toEqual(vector.warnings ?? [])
    expect(rules(dryRun)).toEqual(vector.dryRun ?? [])
  })

  it.each(table.vectors.map((vector): [string, Vector] => [title(vector), vector]))(
    '%s: has a way out',
    (_title, vector) => {
      const request = requestOf(table, vector)
      const all = (asking: DecisionRequest) => {
        const { violations, warnings, dryRun } = judge(table, vector, asking)
        return [...violations, ...warnings, ...dryRun]
      }
      const conditions = conditionsOf(policyNamed(vector.policy ?? table.policy).published.document)
      for (const violation of all(request)) expectWayOut(violation, request, all, conditions)
    },
  )
})

function title({ row, it: what }: Vector): string {
  return row === undefined ? what : `${row}: ${what}`
}

function told({ field, part, value, allowed, nearest, policyAt }: Violation): unknown {
  return { field, part, value, allowed, nearest, at: policyAt?.pointer }
}

function rules(violations: readonly { rule: string }[]): string[] {
  return violations.map(({ rule }) => rule)
}

/** Rows on what the gate does before a request is understood, or on other operations. */
const ROWS = [...Array.from({ length: 73 }, (_, index) => index + 1), 84, 85, 86, 87, 88]

describe('the table of attacks', () => {
  const vectors = tables.flatMap(([, table]) => table.vectors)

  it.each(ROWS)('row %i is refused, and its close neighbour passes', (row) => {
    const ofRow = vectors.filter((vector) => vector.row === row)
    expect(ofRow.some(({ want }) => want !== 'allow')).toBe(true)
    expect(ofRow.some(({ want }) => want === 'allow')).toBe(true)
  })
})
