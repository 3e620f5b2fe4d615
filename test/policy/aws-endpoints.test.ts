import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { decide } from '../../lib/decision/decide.ts'
import { AWS_ENDPOINTS } from '../../lib/policy/document/aws-endpoints.ts'
import { type Botocore, endpointModule, installedBotocore, readEndpointData } from '../../scripts/aws-endpoints.ts'
import { NOW, published } from '../decision/vector-policies.ts'

const data = readEndpointData()

/** A team that may reach every host, under a deny of `@aws-endpoints`. */
const document = {
  apiVersion: 'sallyport/v1',
  kind: 'PolicySet',
  metadata: { name: 'endpoints' },
  org: { bounds: {}, deny: [{ id: 'org.no-aws', uri: { hosts: ['@aws-endpoints'] }, message: 'No.' }] },
  teams: {
    web: {
      identity: { claim: 'groups', anyOf: ['web'] },
      apis: { restApiIds: ['web0'] },
      allow: { types: ['HTTP_PROXY'], uri: [{ hosts: ['**'] }] },
    },
  },
}

let policy: CompiledPolicy
beforeAll(async () => {
  policy = await compilePolicy(published(JSON.stringify(document), 'endpoints'))
})

function rulesFor(host: string): string[] {
  const integration = { type: 'HTTP_PROXY' as const, httpMethod: 'GET', uri: `https://${host}/` }
  const path = {
    restApiId: 'web0',
    resourceId: 'abc',
    httpMethod: 'GET' as const,
    partition: 'aws',
    region: 'eu-west-1',
  }
  const { violations } = decide(
    policy,
    { ...path, integration },
    { team: 'web', point: 'request', now: NOW, claims: {} },
  )
  return violations.map(({ rule }) => rule)
}

describe('@aws-endpoints', () => {
  it('is what the script makes of its data', () => {
    const file = new URL('../../lib/policy/document/aws-endpoints.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(endpointModule(data))
  })

  const { partitions } = data.botocore
  it.each(partitions)('holds the endpoints of $id', ({ dnsSuffix, dualStackDnsSuffix }) => {
    for (const suffix of [dnsSuffix, dualStackDnsSuffix])
      for (const host of [suffix, `sqs.${suffix}`, `lambda.xx-east-1.${suffix}`])
        expect([host, rulesFor(host)]).toEqual([host, ['org.no-aws']])
  })

  it.each(data.zones)('holds $zone, the apex and what is below', ({ zone }) => {
    for (const host of [zone, `a.${zone}`, `a.b.c.${zone}`])
      expect([host, rulesFor(host)]).toEqual([host, ['org.no-aws']])
  })

  it.each([
    'lambda.eusc-de-east-1.api.amazonwebservices.eu',
    'sqs.us-iso-east-1.api.aws.ic.gov',
    'sqs.us-isob-east-1.api.aws.scloud',
    'lambda.eu-isoe-west-1.api.cloud-aws.adc-e.uk',
    'sqs.us-isof-south-1.api.aws.hci.ic.gov',
    'abc123.lambda-url.eu-west-1.on.aws',
    'abc123.lambda-url.cn-north-1.on.amazonwebservices.com.cn',
    'nb.notebook.eu-west-1.sagemaker.aws',
    'acme.private.repost.aws',
    'd111111abcdef8.cloudfront.net',
    'main.d1abc.amplifyapp.com',
    'x.eu-west-1.awsapprunner.com',
    'nb.notebook.cn-north-1.sagemaker.com.cn',
    'app.abc.eu-west-1.cs.amazonlightsail.com',
  ])('denies %s', (host) => {
    expect(rulesFor(host)).toEqual(['org.no-aws'])
  })

  it.each([
    'amazonaws.com.evil.example',
    'xamazonaws.com',
    'onaws.example',
    'evil-aws',
    'ic.gov',
    'adc-e.uk',
    'scloud',
  ])('leaves %s alone', (host) => {
    expect(rulesFor(host)).toEqual([])
  })

  it('keeps each suffix once, apex and below', () => {
    expect(new Set(AWS_ENDPOINTS).size).toBe(AWS_ENDPOINTS.length)
    const apexes = AWS_ENDPOINTS.filter((pattern) => !pattern.startsWith('**.'))
    expect(AWS_ENDPOINTS.filter((pattern) => pattern.startsWith('**.'))).toEqual(apexes.map((apex) => `**.${apex}`))
  })
})

describe('the installed botocore', () => {
  const installed = installedBotocore()
  /** What its rule sets and its partitions call endpoints. */
  const suffixes = ({ partitions, endpoints }: Botocore) => [
    ...partitions.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix]),
    ...endpoints,
  ]
  const what = installed ? `botocore ${installed.version}` : 'skipped: python3 has no botocore to compare with'

  it.skipIf(installed === undefined)(`knows no suffix that the list lacks (${what})`, () => {
    const unknown = installed ? suffixes(installed).filter((suffix) => !AWS_ENDPOINTS.includes(suffix)) : []
    expect(unknown, 'Run `npm run aws-endpoints -- --botocore` and commit what it writes.').toEqual([])
  })
})
