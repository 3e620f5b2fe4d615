import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StartError } from '../../lib/embedded/start-error.ts'
import { startSystem } from '../../lib/embedded/system.ts'
import { type End, runGate, startGate, stopGate, temporaryFolder } from './gate-process.ts'

/** One line, one sentence or two, and no trace of where in the code it came up. */
function expectSentence({ code, stdout, stderr }: End, pattern: RegExp): void {
  expect(stderr).toMatch(pattern)
  expect(stderr).toMatch(/^[^\n]+\.\n$/)
  expect(stderr).not.toMatch(/node:internal|\.ts:\d|^\s+at /m)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
}

/** In this process, which is where most of it can be told without waiting for another to start. */
async function expectStartError(env: Record<string, string>, pattern: RegExp, { aws = false } = {}): Promise<void> {
  const error = await startSystem({ env: { PORT: '0', ...env }, aws, say: () => {} }).then(
    (system) => system.close(),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(StartError)
  expect((error as StartError).message).toMatch(pattern)
  expect((error as StartError).message).toMatch(/^[^\n]+\.$/)
}

const home = async () => ({ SALLYPORT_HOME: await temporaryFolder() })

describe('what keeps the gate from starting is said in one sentence:', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a PORT out of range', { PORT: '65536' }, /^PORT must be a number from 0 to 65535/],
    ['a PORT that is half a number', { PORT: '80.5' }, /^PORT must be a number from 0 to 65535/],
    [
      'a home that is a file',
      { SALLYPORT_HOME: 'package.json' },
      /^The folder package\.json can't be written \(EEXIST\)/,
    ],
    [
      'a home below a file',
      { SALLYPORT_HOME: 'package.json/x' },
      /^The folder package\.json\/x can't be .*\(ENOTDIR\)/,
    ],
    ['targets that are not JSON', { SALLYPORT_TARGETS: 'prod-eu' }, /^SALLYPORT_TARGETS is not JSON\.$/],
    [
      'a target without a role',
      { SALLYPORT_TARGETS: '{"a":{"account":"222222222222","region":"eu-west-1"}}' },
      /^SALLYPORT_TARGETS is not valid: .*roleArn/,
    ],
    [
      'an STS endpoint without a scheme',
      { AWS_ENDPOINT_URL_API_GATEWAY: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_STS: '127.0.0.1:1' },
      /^The endpoint for STS is not an http or https URL: "127\.0\.0\.1:1"\.$/,
    ],
    [
      'a DynamoDB endpoint without a scheme',
      { AWS_ENDPOINT_URL_DYNAMODB: 'localhost:8000' },
      /^The endpoint for DynamoDB is not an http or https URL: "localhost:8000"\.$/m,
    ],
    [
      'an API Gateway endpoint that is no URL',
      { AWS_ENDPOINT_URL_API_GATEWAY: 'http://' },
      /^The endpoint for API Gateway is not an http or https URL: "http:\/\/"\.$/m,
    ],
    [
      'a DynamoDB that does not answer',
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
      /^DynamoDB can't be used \(connect ECONNREFUSED 127\.0\.0\.1:1\)\.$/m,
    ],
  ])('%s', async (_, env, message) => {
    await expectStartError({ ...(await home()), ...env }, message)
  })

  it('a PORT that is no number', async () => {
    const env = { ...(await home()), PORT: 'abc' }
    expectSentence(await runGate(env).end, /^PORT must be a number from 0 to 65535, and is "abc"\.$/m)
  })

  it('a folder that another gate has open', async () => {
    const env = await home()
    const first = await startGate(env)
    expectSentence(
      await runGate(env).end,
      new RegExp(`^${env.SALLYPORT_HOME} is in use by process ${first.child.pid}\\. Stop it, or set SALLYPORT_HOME`),
    )
    expect(await stopGate(first)).toMatchObject({ code: 0 })
  })

  it('a port that is taken; what was opened before is free again', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = await home()
    const message = new RegExp(`^Port ${port} is taken: stop what uses it, or set PORT to another\\.$`)
    await expectStartError({ ...env, PORT: String(port) }, message)
    await (await startSystem({ env: { ...env, PORT: '0' }, aws: false, say: () => {} })).close()
  })

  it.each<[string, string, RegExp]>([
    ['issuer.json', 'nonsense', /issuer\.json: it is not the issuer's key\. Delete it to have a new one made\.$/m],
    ['trail.key', 'c2hvcnQ=', /trail\.key: expected \d+ bytes in base64\.$/m],
    ['control-plane.json', '{"restApis":', /^Cannot read the REST APIs in .*: move the file away to start anew/],
    ['table', '', /^The table in .* can't be opened \(EEXIST\)\.$/m],
  ])('a damaged %s', async (name, text, message) => {
    const env = await home()
    await writeFile(join(env.SALLYPORT_HOME, name), text)
    await expectStartError(env, message)
    expect(await readFile(join(env.SALLYPORT_HOME, name), 'utf8')).toBe(text)
  })

  it('--aws without an account', async () => {
    await expectStartError(await home(), /^With --aws, set SALLYPORT_ACCOUNT_ID/, { aws: true })
  })

  it('--aws without credentials', async () => {
    const env = { ...(await home()), SALLYPORT_ACCOUNT_ID: '111111111111', AWS_EC2_METADATA_DISABLED: 'true' }
    expectSentence(await runGate(env, { args: ['--aws'] }).end, /^DynamoDB can't be used \(Could not load credentials/)
  })
})

describe('a policy that is broken at the start', () => {
  it('is named with file, line and column', async () => {
    const env = await home()
    const file = join(env.SALLYPORT_HOME, 'policy.yaml')
    const text = await readFile('examples/policy.yaml', 'utf8')
    await writeFile(file, text.replace('schemes: [https]', 'schemes: [gopher]'))
    const line = text.split('\n').findIndex((candidate) => candidate.includes('schemes: [https]')) + 1
    const { code, stdout, stderr } = await runGate({ ...env, SALLYPORT_POLICY: file }).end
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^The policy ${file} can't be used:\n${file}:${line}:\\d+: [^\n]+\n$`))
  })

  it('or said not to be there', async () => {
    const env = { ...(await home()), SALLYPORT_POLICY: 'none.yaml' }
    const { code, stderr } = await runGate(env).end
    expect(code).toBe(1)
    expect(stderr).toBe("The policy none.yaml can't be used:\nnone.yaml:1:1: There is no such file.\n")
  })
})

describe('a Node that is too old', () => {
  const sentence = (version: string) =>
    new RegExp(`^Sallyport needs Node 22\\.12 or later, and this is ${version.replaceAll('.', '\\.')}: `)

  it.each(['20.19.0', '22.11.0', '18.0.0'])('is told so: %s, played by this one', async (version) => {
    const versions = `{ ...process.versions, node: '${version}' }`
    const disguise = `Object.defineProperty(process, 'versions', { value: ${versions} });
      Object.defineProperty(process, 'version', { value: 'v${version}' })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`]
    expectSentence(await runGate(await home(), { nodeArgs }).end, sentence(`v${version}`))
  })

  const old = oldNode()
  it.skipIf(!old)(`is told so: ${old?.version ?? 'none older than 22.12 found on this machine'}`, async () => {
    expectSentence(await runGate(await home(), { node: old?.path ?? '' }).end, sentence(old?.version ?? ''))
  })
})

/** A real one, where the PATH has one behind the project's own. */
function oldNode(): { path: string; version: string } | undefined {
  for (const folder of new Set((process.env.PATH ?? '').split(delimiter))) {
    const path = join(folder, 'node')
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    const [, major = NaN, minor = NaN] = /^v(\d+)\.(\d+)\./.exec(stdout ?? '')?.map(Number) ?? []
    if (major < 22 || (major === 22 && minor < 12)) return { path, version: stdout.trim() }
  }
  return undefined
}
