import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Integration } from '../../../lib/apigateway/integration.ts'
import type { Finding } from '../../../lib/decision/explain/finding.ts'
import { serviceWarnings } from '../../../lib/decision/rules/service/service.ts'
import { uri } from '../../../lib/decision/rules/uri/uri.ts'
import { readSubject } from '../../../lib/decision/subject.ts'
import type { AwsBackend } from '../../../lib/policy/document/sections.ts'
import { ALL_LOADED } from '../../support/all-loaded.ts'

interface Recipe {
  it: string
  entry: AwsBackend
  integration: Integration
  want: 'allow' | 'deny'
  /** Pointers of which each must be named. */
  fields?: string[]
  rules?: string[]
}

const recipes: Recipe[] = JSON.parse(readFileSync(new URL('../../vectors/aws-services.json', import.meta.url), 'utf8'))

const REQUEST = {
  restApiId: 'shop00api1',
  resourceId: '9x8y7z',
  httpMethod: 'POST',
  partition: 'aws',
  region: 'eu-west-1',
} as const
const SCOPE = { name: 'shop', pointers: { uri: '/teams/shop/allow/uri' } }

/** What a team whose only entry is this one hears of an integration. */
function heard(entry: AwsBackend, integration: Integration): Finding[] {
  const subject = readSubject({ ...REQUEST, integration }, 'shop', ALL_LOADED)
  if (subject.uriHazards.length > 0) {
    return subject.uriHazards.map(({ finding, part, value, message }) => ({
      rule: `intrinsic.uri.${finding}`,
      field: '/uri',
      part,
      value,
      message,
    }))
  }
  const findings: Finding[] = []
  const around = { scope: SCOPE as never, bounds: {}, mock: undefined }
  uri.covers(subject, uri.compile([entry], undefined as never), around, findings)
  return findings
}

describe('AWS services as API Gateway’s guides call them', () => {
  it.each(recipes)('$it', ({ entry, integration, want, fields = [], rules = [] }) => {
    const findings = heard(entry, integration)
    expect(findings.length === 0 ? 'allow' : 'deny', JSON.stringify(findings, undefined, 1)).toBe(want)
    expect(findings.map(({ field }) => field)).toEqual(expect.arrayContaining(fields))
    expect(findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(rules))
  })
})

describe('an entry that covers a request', () => {
  const allowed = recipes.filter(({ want }) => want === 'allow')

  // ListStreams works on no stream: a denial of streams says nothing of it.
  const bound = allowed.filter(({ it: name }) => !name.includes('ListStreams'))
  // What an entry's `placeholders: { from }` opens, a path of the bounds closes.
  const within = allowed.filter(({ entry }) => typeof entry.placeholders !== 'object')

  it.each(bound)('denies it, written as a denial: $it', ({ entry, integration }) => {
    const subject = readSubject({ ...REQUEST, integration }, 'shop', ALL_LOADED)
    expect(uri.deny.mayMeet(subject, uri.deny.compile({ aws: [entry.aws] }, undefined as never))).toBeDefined()
  })

  it.each(within)('allows it, written as a bound: $it', ({ entry, integration }) => {
    const subject = readSubject({ ...REQUEST, integration }, 'shop', ALL_LOADED)
    const findings: Finding[] = []
    const bounds = uri.compileBounds({ aws: [entry.aws] }, undefined as never)
    uri.coversBounds(subject, bounds, { scope: SCOPE as never, bounds: {}, mock: undefined }, findings)
    expect(findings).toEqual([])
  })
})

describe('a template of a JSON service', () => {
  const put = (template: string) =>
    readSubject(
      {
        ...REQUEST,
        integration: {
          type: 'AWS',
          httpMethod: 'POST',
          uri: 'arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem',
          credentials: 'arn:aws:iam::111111111111:role/apigw/shop',
          passthroughBehavior: 'NEVER',
          requestTemplates: { 'application/json': template },
        },
      },
      'shop',
      ALL_LOADED,
    )

  it.each([
    ["$input.path('$.id')", 1],
    ["$util.escapeJavaScript($input.path('$.id'))", 0],
  ])('is warned of where a value could end its string: %s', (value, want) => {
    const subject = put(`{"TableName": "shop-orders", "Item": {"id": {"S": "${value}"}}}`)
    const warnings = serviceWarnings(subject.backend as never, subject)
    expect(warnings.map(({ rule }) => rule)).toEqual(new Array(want).fill('intrinsic.requestTemplates.unescaped'))
  })

  it('that names more tables than any operation takes is refused, and the answer stays small', () => {
    const tables = Array.from({ length: 5000 }, (_, index) => `"shop-${index}": {}`).join(', ')
    const subject = put(`{"RequestItems": {${tables}}}`)
    const findings: Finding[] = []
    const entry = { aws: { service: 'dynamodb', actions: ['PutItem'], tables: ['shop-*'] } }
    const around = { scope: SCOPE as never, bounds: {}, mock: undefined }
    uri.covers(subject, uri.compile([entry], undefined as never), around, findings)
    expect(findings).toMatchObject([{ part: 'body', field: '/requestTemplates/application~1json' }])
  })
})

describe('the bounds', () => {
  const refused = recipes.filter(({ want, it: name }) => want === 'deny' && name.includes('neighbour'))

  it.each(refused)('refuse what their own entry does not cover: $it', ({ entry, integration }) => {
    const subject = readSubject({ ...REQUEST, integration }, 'shop', ALL_LOADED)
    if (subject.uriHazards.length > 0) return
    const findings: Finding[] = []
    const bounds = uri.compileBounds({ aws: [entry.aws] }, undefined as never)
    uri.coversBounds(subject, bounds, { scope: SCOPE as never, bounds: {}, mock: undefined }, findings)
    expect(findings.map(({ rule }) => rule)).toContain('org.bounds.uri.aws')
  })
})

/** Does what a finding's remedy says. */
function remedied(integration: Integration, { remedy = [] }: Finding): Integration {
  const members = structuredClone(integration) as unknown as Record<string, unknown>
  for (const step of remedy) {
    if (step.op === 'httpMethod') continue
    const [member = '', key] = step.path.slice(1).split('/', 2)
    const entry = key?.replaceAll('~1', '/').replaceAll('~0', '~')
    if (entry === undefined) {
      if (step.op === 'set') members[member] = step.value
      else delete members[member]
    } else {
      const map = (members[member] ?? {}) as Record<string, unknown>
      if (step.op === 'set') map[entry] = step.value
      else delete map[entry]
      members[member] = map
    }
  }
  return members as unknown as Integration
}

const keyOf = ({ rule, field, part, value }: Finding) => JSON.stringify([rule, field, part, value])

describe('what is refused of a service', () => {
  const refused = recipes.filter(({ want }) => want === 'deny')

  it.each(refused)('is told with field, value, what is allowed and a fix: $it', ({ entry, integration }) => {
    for (const finding of heard(entry, integration)) {
      if (finding.rule === 'intrinsic.uri.empty-segment') continue // of the uri's reader
      const { field, value, allowed, message, fix } = finding
      expect(field).toBeTypeOf('string')
      for (const each of [value, allowed, message, fix]) expect(each, JSON.stringify(finding)).toBeDefined()
    }
  })

  it.each(refused)('clears when its remedy is done: $it', ({ entry, integration }) => {
    for (const finding of heard(entry, integration)) {
      if (finding.remedy === undefined) continue
      const after = heard(entry, remedied(integration, finding))
      expect(after.map(keyOf), JSON.stringify(finding)).not.toContain(keyOf(finding))
    }
  })

  it('has a remedy wherever another request would pass', () => {
    const findings = refused.flatMap(({ entry, integration }) => heard(entry, integration))
    const without = findings.filter(({ remedy, rule }) => remedy === undefined && !rule.startsWith('intrinsic.uri.'))
    // Entries that let nothing pass: no action of a queue, no bucket. The fix says so.
    for (const { fix } of without) expect(fix).toMatch(/^No other request would pass/)
    expect(without.map(({ part, value }) => [part, value])).toEqual([
      ['action', 'SendMessage'],
      ['Bucket', 'other'],
    ])
  })
})
