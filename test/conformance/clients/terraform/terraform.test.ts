import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRestApiCommand } from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALLOWED, call, tokensOf, trailOf } from '../../../local/caller.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../../../support/moto.ts'
import { apiGatewayClient } from '../../../support/moto-apis.ts'
import { type GuardedUpstream, guardUpstream, type Seen } from '../../guarded-upstream.ts'
import { run } from '../client.ts'
import { block, teamPolicy } from './page.ts'

const { TERRAFORM = '', TERRAFORM_PROVIDER_AWS = '' } = process.env
const MISSING = TERRAFORM && TERRAFORM_PROVIDER_AWS ? '' : ' (TERRAFORM and TERRAFORM_PROVIDER_AWS not set, not run)'
// A file of skipped tests is shown without their titles.
if (MISSING) console.info(`Terraform${MISSING}`)

/** The page's configuration as Terraform 0.11 writes it: references are templates, names of others are strings. */
function in011(text: string): string {
  return text
    .replaceAll(/= (aws_[\w.]+|data\.[\w.]+)$/gm, '= "$${$1}"')
    .replaceAll(/^( *provider *= )(aws\.gate)$/gm, '$1"$2"')
    .replaceAll(/^( *depends_on *= )\[(.*)\]$/gm, '$1["$2"]')
    .replace(/^ *profile *= .*\n/m, '')
}

/** What only version 1 of the provider asks for. */
const VERSION_1 = `provider "aws" {
  alias                  = "gate"
  skip_get_ec2_platforms = true
}
resource "aws_api_gateway_deployment" "live" {
  stage_name = ""
}
`

interface Applied {
  code: number
  text: string
  seen: Seen[]
}

interface Setup {
  gate: GuardedUpstream
  terraform(...args: string[]): Promise<Applied>
  close(): Promise<void>
}

/** The page's policy and configuration in front of a control plane. */
async function setUp(env: Record<string, string>, override: string): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-terraform-'))
  const gate = await guardUpstream({ ...env, SALLYPORT_POLICY: await teamPolicy(folder) })

  for (const file of ['gate.tf', 'refunds.tf']) {
    const text = in011(block(`hcl ${file}`)).replaceAll('http://127.0.0.1:8787', gate.url)
    await writeFile(join(folder, file), text)
  }
  await writeFile(join(folder, 'test_override.tf'), VERSION_1 + override)
  await mkdir(join(folder, 'plugins'))
  await symlink(TERRAFORM_PROVIDER_AWS, join(folder, 'plugins', 'terraform-provider-aws_v1.60.0_x4'))
  const surroundings = {
    HOME: folder,
    CHECKPOINT_DISABLE: '1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_SESSION_TOKEN: (await tokensOf(gate.home)).payments,
  }
  async function terraform(command: string, ...args: string[]): Promise<Applied> {
    const before = gate.seen.length
    const options = { env: surroundings, cwd: folder, timeoutMs: 110_000 }
    const { code, stdout, stderr } = await run(TERRAFORM, [command, '-input=false', '-no-color', ...args], options)
    return { code, text: stdout + stderr, seen: gate.seen.slice(before) }
  }
  const { code, text } = await terraform('init', '-plugin-dir=plugins')
  if (code !== 0) throw new Error(text)
  return {
    gate,
    terraform,
    async close() {
      await gate.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The calls that change something, sorted, without ids: Terraform makes those that don't wait for each other at once. */
function changes(seen: Seen[]): string[] {
  return seen
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, status }) => {
      const [, , , kind = '', , , , ...below] = path.split('/')
      return [method, [kind, ...below.filter((part) => !/^\d+$/.test(part))].join('/'), status].join(' ')
    })
    .sort()
}

const CREATED = [
  'POST deployments 201',
  'POST resources 201',
  'POST stages 201',
  'PUT resources 201',
  'PUT resources/integration 201',
  'PUT resources/integration/responses 201',
  'PUT resources/responses 201',
]

const DESTROYED = [
  'DELETE deployments 202',
  'DELETE resources 202',
  'DELETE resources 204',
  'DELETE resources/integration 204',
  'DELETE resources/integration/responses 204',
  'DELETE resources/responses 204',
  'DELETE stages 202',
]

/** What Terraform prints of a run is compared with the page, where `…` stands for what is new each time. */
function expectCreated({ code, text, seen }: Applied): void {
  expect(text).toMatch('Apply complete! Resources: 7 added, 0 changed, 0 destroyed.')
  expect(code).toBe(0)
  expect(changes(seen)).toEqual(CREATED)
}

function expectNothingToDo({ code, text, seen }: Applied): void {
  expect([code, changes(seen)]).toEqual([0, []])
  expect(text).toMatch('No changes. Infrastructure is up-to-date.')
}

function expectDestroyed({ code, text, seen }: Applied): void {
  expect(text).toMatch('Destroy complete! Resources: 7 destroyed.')
  expect(code).toBe(0)
  expect(changes(seen)).toEqual(DESTROYED)
}

const PLAN = ['plan', '-detailed-exitcode'] as const
const APPLY = ['apply', '-auto-approve'] as const

describe.skipIf(MISSING)(`Terraform in front of the embedded control plane${MISSING}`, () => {
  let team: Setup
  beforeAll(async () => {
    team = await setUp({}, '')
    const { payments } = await tokensOf(team.gate.home)
    for (const verb of ['GET', 'POST']) {
      // A deployment wants an integration of every method there is.
      const path = `/restapis/a1b2c3d4e5/resources/9x8y7z/methods/${verb}/integration`
      await call(team.gate.url + path, payments, { method: 'PUT', body: ALLOWED })
    }
  })
  afterAll(() => team?.close())

  it('creates everything from the resource to the stage', async () => {
    expectCreated(await team.terraform(...APPLY))
  })

  it('finds nothing to do after that, and only reads', async () => {
    expectNothingToDo(await team.terraform(...PLAN))
  })

  it('updates within what the policy allows', async () => {
    const { code, seen } = await team.terraform(...APPLY, '-var', 'host=ledger.payments.acme.internal')
    expect([code, changes(seen)]).toEqual([0, ['PATCH resources/integration 200']])
  })

  it('shows a denial as the page does, and is not asked twice for it', async () => {
    const { code, text, seen } = await team.terraform(...APPLY, '-var', 'host=core.paymnets.acme.internal')
    const promised = block('text').trim().split('…')
    expect(code).toBe(1)
    for (const part of promised) expect(text).toContain(part)
    expect(changes(seen)).toEqual(['PATCH resources/integration 403'])
    const [denied] = seen.filter(({ status }) => status === 403)
    expect(text).toContain(denied?.requestId)
    const trail = await trailOf(team.gate.url, (await tokensOf(team.gate.home)).admin)
    expect(trail.find(({ id }) => id === denied?.requestId)).toMatchObject({ status: 'denied' })
    expectNothingToDo(await team.terraform(...PLAN, '-var', 'host=ledger.payments.acme.internal'))
  })

  it('waits and tries again where API Gateway throttles', async () => {
    team.gate.failNext(...Array.from({ length: 3 }, () => ({ kind: 'throttle' }) as const))
    expectNothingToDo(await team.terraform(...PLAN, '-var', 'host=ledger.payments.acme.internal'))
    expect(team.gate.seen.filter(({ status }) => status === 429)).toHaveLength(3)
  })

  it('destroys', async () => {
    expectDestroyed(await team.terraform('destroy', '-auto-approve'))
  })
})

/** moto forgets the id of a VPC link. */
const INTERNET = `resource "aws_api_gateway_integration" "refund" {
  connection_type = "INTERNET"
  connection_id   = ""
}
`

describe.skipIf(MISSING || MISSING_MOTO)(`Terraform in front of moto${MISSING}${MISSING_MOTO}`, () => {
  let moto: Moto
  let team: Setup
  beforeAll(async () => {
    moto = await startMoto()
    const tags = { _custom_id_: 'a1b2c3d4e5' }
    await apiGatewayClient(moto.url).send(new CreateRestApiCommand({ name: 'payments', tags }))
    team = await setUp({ AWS_ENDPOINT_URL_API_GATEWAY: moto.url }, INTERNET)
  })
  afterAll(async () => {
    await team?.close()
    await moto?.close()
  })

  it('creates, finds nothing to do, destroys', async () => {
    expectCreated(await team.terraform(...APPLY))
    expectNothingToDo(await team.terraform(...PLAN))
    expectDestroyed(await team.terraform('destroy', '-auto-approve'))
  })
})
