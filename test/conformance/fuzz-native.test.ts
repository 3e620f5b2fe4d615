import { execFile } from 'node:child_process'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type HttpServer, listen } from '../../lib/embedded/http-server.ts'
import { mint } from '../identity/minting.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const run = promisify(execFile)
const VERSION = '4.32.5'
const folder = resolve(`node_modules/.cache/schemathesis-${VERSION}`)

/** Schemathesis, in an environment of its own that is made once. `undefined` where there is no Python or no registry. */
async function schemathesis(): Promise<string | undefined> {
  const command = join(folder, 'bin', 'schemathesis')
  const isThere = () =>
    access(command).then(
      () => true,
      () => false,
    )
  if (await isThere()) return command
  try {
    await run('python3', ['-m', 'venv', folder])
    await run(join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `schemathesis==${VERSION}`,
    ])
    return command
  } catch {
    await rm(folder, { recursive: true, force: true })
    return undefined
  }
}

const command = await schemathesis()
/** What the test's title adds where it can't run. */
const missing = command ? '' : ' (schemathesis can not be installed, not run)'

/** What a check of every answer says; that a cursor or a checkpoint is refused though it has the right form is no fault. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
]

let gate: TestGate
let server: HttpServer
let work: string
beforeAll(async () => {
  gate = await testGate()
  await send(gate, 'PUT', PATH, { token: tokens.payments, body: good })
  server = await listen(gate.app, 0)
  work = await mkdtemp(join(tmpdir(), 'sallyport-fuzz-'))
})
afterAll(async () => {
  await server.close()
  await rm(work, { recursive: true })
})

it.skipIf(!command)(`the native API keeps what its OpenAPI document says, whatever it is asked${missing}`, async () => {
  // One that may do everything, so that requests get far.
  const token = mint({ claims: { groups: ['payments-dev', 'sallyport-admins', 'sallyport-auditors'] } })
  const { stdout, failed } = await run(
    command ?? '',
    [
      'run',
      `${server.url}/openapi.json`,
      '--header',
      `Authorization: Bearer ${token}`,
      '--checks',
      CHECKS.join(),
      // It answers as long as somebody listens.
      '--exclude-path',
      '/v1/trail/follow',
      '--max-examples',
      '15',
      '--seed',
      '1',
      '--no-color',
      '--warnings',
      'off',
    ],
    { cwd: work, maxBuffer: 64 * 1024 * 1024 },
  ).then(
    ({ stdout }) => ({ stdout, failed: false }),
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error), failed: true }),
  )
  expect(failed ? stdout : 'no failures').toBe('no failures')
  expect(stdout).toMatch(/Tested: 1[0-9]/)
  expect(gate.log).toEqual([])
  expect(gate.lines.filter(({ status }) => status >= 500)).toEqual([])
  expect(gate.controlPlane.changes).toHaveLength(1)
})
