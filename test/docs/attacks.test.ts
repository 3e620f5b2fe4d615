import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { judgeAsked } from '../../lib/decision/judge-asked.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { codeIn, readPage } from './page.ts'

const sections = readPage('docs/attacks.md')

type Parts = (typeof sections)[number]['parts']

function blockIn(parts: Parts, title: string): string | undefined {
  for (const part of parts) if (part.kind === 'block' && part.title === title) return part.text
  return undefined
}

/** The block of the section itself, else the first of the page. */
function block(parts: Parts, title: string): string {
  const all = sections.flatMap((section) => section.parts)
  const text = blockIn(parts, title) ?? blockIn(all, title)
  if (text === undefined) throw new Error(`docs/attacks.md has no block "${title}"`)
  return text
}

async function policyOf(parts: Parts): Promise<CompiledPolicy> {
  const loaded = loadPolicySet(block(parts, 'policy'), { file: 'docs/attacks.md', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const exception = blockIn(parts, 'exception')
  return compilePolicy(loaded.published, exception === undefined ? [] : [parse(exception)])
}

const tables = await Promise.all(
  sections.map(async ({ heading, parts }) => ({
    heading,
    policy: await policyOf(parts),
    body: parse(block(parts, 'body')) as Record<string, unknown>,
    rows: parts.flatMap((part) => (part.kind === 'table' && part.header[1] === 'Members' ? part.rows : [])),
  })),
)

describe.each(tables.filter(({ rows }) => rows.length > 0))('$heading', ({ rows, policy, body }) => {
  it.each(rows)('line $line: $cells.0', ({ cells: [, members = '', answer = ''] }) => {
    const { method = 'POST', ...written } = { ...body, ...parse(codeIn(members).join('')) }
    const { decision, violations } = judgeAsked(
      policy,
      { team: 'shop', restApiId: 'shop00api1', resourceId: '9x8y7z', method, body: written },
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
  expect(tables.flatMap(({ rows }) => rows).length).toBeGreaterThan(170)
})
