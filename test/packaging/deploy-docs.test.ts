import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseIssuers } from '../../lib/identity/issuers.ts'

const guide = readFileSync('docs/deploy.md', 'utf8')
const [issuers, policy] = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text = '']) => JSON.parse(text) as unknown,
)

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: string | string[]
  Condition: Record<string, Record<string, string | string[]>>
}

describe('docs/deploy.md', () => {
  it('shows issuers that the gate takes', () => {
    expect(parseIssuers(issuers)).toMatchObject({ ok: true })
  })

  it('shows a service control policy that denies every change of a REST API, and names roles whole', () => {
    const { Statement: statements } = policy as { Statement: Statement[] }
    expect(statements.map(({ Effect }) => Effect)).toEqual(statements.map(() => 'Deny'))
    const [first] = statements
    expect(first?.Action).toEqual(['apigateway:PUT', 'apigateway:PATCH', 'apigateway:POST', 'apigateway:DELETE'])
    expect(first?.Resource).toEqual([
      'arn:aws:apigateway:*::/restapis',
      'arn:aws:apigateway:*::/restapis/*',
      'arn:aws:apigateway:*::/tags/*',
    ])
    for (const { Condition } of statements) {
      const principals = [Condition.ArnNotEquals?.['aws:PrincipalArn'] ?? []].flat()
      expect(principals.length).toBeGreaterThan(0)
      for (const principal of principals) expect(principal).toMatch(/^arn:aws:iam::\d{12}:role\/[\w/-]+$/)
    }
    // A service control policy has at most 5,120 characters.
    expect(JSON.stringify(policy).length).toBeLessThan(5_120)
  })

  it('names the parameters that there are', () => {
    const { params } = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' }) as {
      params: { default: object }
    }
    const [table = ''] = /\| `--param`[\s\S]*?\n\n/.exec(guide) ?? []
    const named = [...table.matchAll(/`(\w+)`(?:, `(\w+)`)? \|/g)].flatMap(([, one, other]) => [one, other])
    expect(named).toEqual(expect.arrayContaining(Object.keys(params.default)))
  })
})

describe('docs/operations-runbook.md', () => {
  const runbook = readFileSync('docs/operations-runbook.md', 'utf8')
  const alarms = [...readFileSync('infra/alarms.yml', 'utf8').matchAll(/AlarmName: .*\}-([a-z-]+)$/gm)]
  it.each(alarms.map(([, name]) => name))('has a section for the alarm %s', (name) => {
    expect(runbook).toContain(`\n## ${name}\n`)
  })
})
