import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { judgeAsked } from '../../lib/decision/judge-asked.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { codeIn, readPage } from './page.ts'

const sections = readPage('docs/attacks.md')

function block(title: string): string {
  for (const { parts } of sections)
    for (const part of parts) if (part.kind === 'block' && part.title === title) return part.text
  throw new Error(`docs/attacks.md has no block "${title}"`)
}

const loaded = loadPolicySet(block('policy'), { file: 'docs/attacks.md', revision: 1 })
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
const policy = await compilePolicy(loaded.published)
const body: Record<string, unknown> = parse(block('body'))

const tables = sections.flatMap(({ heading, parts }) =>
  parts.flatMap((part) =>
    part.kind === 'table' && part.header[1] === 'Members' ? [{ heading, rows: part.rows }] : [],
  ),
)

describe.each(tables)('$heading', ({ rows }) => {
  it.each(rows)('line $line: $cells.0', ({ cells: [, members = '', answer = ''] }) => {
    const { decision, violations } = judgeAsked(
      policy,
      {
        team: 'shop',
        restApiId: 'shop00api1',
        resourceId: '9x8y7z',
        method: 'POST',
        body: { ...body, ...parse(codeIn(members).join('')) },
      },
      { partition: 'aws', region: 'us-east-1' },
      { point: 'request', now: Date.parse('2026-12-01') },
    )
    const rules = new Set(violations.map(({ rule }) => rule))
    rules.delete('intrinsic.form')
    expect([...rules]).toEqual(answer === 'allowed' ? [] : codeIn(answer))
    expect(decision).toBe(answer === 'allowed' ? 'allow' : 'deny')
  })
})

it('has rows', () => {
  expect(tables.flatMap(({ rows }) => rows).length).toBeGreaterThan(70)
})
