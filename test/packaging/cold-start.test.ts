import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleFunction, eagerInputs } from '../../scripts/bundle.ts'

let folder: string
let eager: Map<string, number>
let all: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-eager-'))
  const metafile = await bundleFunction('functions/api.ts', folder)
  eager = eagerInputs(metafile)
  all = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
})
afterAll(() => rm(folder, { recursive: true }))

const from = (paths: Iterable<string>, prefix: string) => [...paths].filter((path) => path.includes(prefix))

describe('what every cold start of the gate reads', () => {
  // Each would cost every first answer what bench/README.md says; each has another way in, or none.
  it.each([
    'zod/v4/classic/',
    '@aws-lambda-powertools/tracer/',
    'aws-xray-sdk-core/',
    '@marcbachmann/cel-js/',
    '@aws-sdk/client-api-gateway/',
    '@aws-sdk/client-sts/',
    '@aws-sdk/nested-clients/',
    'hono/dist/helper/html/',
    'schemas/openapi.json',
    'lib/policy/values/template/run.ts',
    'lib/policy/values/template/json-body.ts',
    'lib/policy/values/service/services.ts',
    'lib/decision/rules/service',
    'lib/decision/explain/explain.ts',
    'lib/gate/trail-routes.ts',
    'lib/log/tile.ts',
  ])('is nothing of %s', (prefix) => {
    expect(from(eager.keys(), prefix)).toEqual([])
  })

  it.each(['hono/', 'jose/', '@aws-sdk/client-dynamodb/', 'lib/decision/'])('is, among others, %s', (prefix) => {
    expect(from(eager.keys(), prefix).length).toBeGreaterThan(0)
  })

  it('is no more than 600 kB', () => {
    const bytes = [...eager.values()].reduce((sum, each) => sum + each, 0)
    expect(bytes).toBeGreaterThan(300_000)
    expect(bytes).toBeLessThan(600_000)
  })
})

describe('what the gate is shipped with', () => {
  it.each([
    '@marcbachmann/cel-js/',
    '@aws-sdk/client-api-gateway/',
    '@aws-sdk/client-sts/',
    'aws-xray-sdk-core/',
    'schemas/openapi.json',
    'lib/policy/values/template/run.ts',
    'lib/decision/rules/service/service.ts',
    'lib/gate/trail-routes.ts',
    'lib/gate/log-routes.ts',
    'lib/gate/decision-routes.ts',
  ])('has %s for when it is asked for', (prefix) => {
    expect(from(all, prefix).length).toBeGreaterThan(0)
  })

  it.each(['zod/v4/classic/', '@aws-sdk/credential-provider-node/', '@aws-sdk/credential-provider-sso/', 'bowser/'])(
    'has nothing of %s',
    (prefix) => {
      expect(from(all, `node_modules/${prefix}`)).toEqual([])
    },
  )
})
