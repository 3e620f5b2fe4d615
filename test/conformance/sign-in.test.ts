import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../../lib/embedded/system.ts'
import { parseIssuers } from '../../lib/identity/issuers.ts'
import { remoteKeys } from '../../lib/identity/keys.ts'
import { createVerifier } from '../../lib/identity/verify.ts'
import { refreshSession, revokeSession } from '../../lib/sign-in/refresh.ts'
import { signIn } from '../../lib/sign-in/sign-in.ts'
import { choose } from '../sign-in/demo-issuer.ts'
import { Person } from './person.ts'

const PROVIDER = join(import.meta.dirname, 'openid-provider')
const SALLYPORT = join(import.meta.dirname, '../../functions/sallyport.ts')

async function installProvider(): Promise<boolean> {
  try {
    await access(join(PROVIDER, 'node_modules/oidc-provider/package.json')).catch(() =>
      promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0'], {
        cwd: PROVIDER,
        timeout: 90_000,
      }),
    )
    return true
  } catch {
    return false
  }
}

const hasProvider = await installProvider()
if (!hasProvider) console.log('oidc-provider cannot be installed: sign-in is not checked with it')

describe.runIf(hasProvider)('oidc-provider', () => {
  const RESOURCE = 'https://gate.acme.example'
  let server: ChildProcess
  let issuer = ''
  beforeAll(async () => {
    server = spawn(process.execPath, ['server.mjs'], { cwd: PROVIDER, stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer]
    issuer = String(line).trim()
  })
  afterAll(() => {
    server.kill()
  })

  const settings = () => ({
    issuer,
    clientId: 'sallyport',
    resource: RESOURCE,
    scope: 'openid offline_access gate',
    prompt: 'consent',
  })
  const nowSeconds = () => Math.floor(Date.now() / 1000)

  /** As a gate has it that trusts this provider: keys by discovery, over HTTP. */
  async function callerOf(token: string) {
    const parsed = parseIssuers([{ issuer, audience: RESOURCE, algorithms: ['ES256'], insecureLoopback: true }])
    const [trusted] = parsed.ok ? parsed.value : []
    if (!trusted) throw new Error('the issuer is not configured right')
    const keys = remoteKeys(trusted, { now: Date.now, fetch })
    const verified = await createVerifier({ issuers: [{ issuer: trusted, keys }], now: Date.now })(token)
    return verified.ok ? verified.caller : verified.refusal
  }

  it.each([
    { how: 'a browser', device: false },
    { how: 'another device', device: true },
  ])('signs in with $how, refreshes, and signs out', async ({ device }) => {
    const session = await signIn(settings(), {
      device,
      now: Date.now,
      timeoutMs: 20_000,
      show: ({ url }) => void new Person().visit(url),
    })
    const caller = { issuer, subject: 'ana', clientId: 'sallyport', claims: { groups: ['payments-dev'] } }
    expect(await callerOf(session.accessToken)).toMatchObject(caller)
    expect(session.expiresAt - session.obtainedAt).toBeLessThanOrEqual(600)

    const { refreshToken = '' } = session
    const next = await refreshSession({ ...session, refreshToken }, nowSeconds())
    expect(await callerOf(next.accessToken)).toMatchObject(caller)
    expect(next.accessToken).not.toBe(session.accessToken)
    expect(next.refreshToken).not.toBe(refreshToken)

    expect(await revokeSession(next)).toBe(true)
    const last = { ...next, refreshToken: next.refreshToken ?? '' }
    await expect(refreshSession(last, nowSeconds())).rejects.toThrow(/^Your sign-in has ended/)
  })

  it('says what it refuses', async () => {
    const asked = signIn({ ...settings(), clientId: 'other' }, { device: true, now: Date.now, timeoutMs: 1, show() {} })
    await expect(asked).rejects.toThrow(/refuses: invalid_client/)
  })
})

const hasCli = spawnSync('aws', ['--version']).status === 0
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0
if (!hasCli) console.log('The AWS CLI is not installed: the profile is not tried with it')
if (!hasBoto3) console.log('boto3 is not installed: the profile is not tried with it')

describe.runIf(hasCli || hasBoto3)('a profile that setup-profile wrote', () => {
  let folder = ''
  let system: System
  let env: NodeJS.ProcessEnv = {}
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-profile-'))
    system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: join(folder, 'gate') }, aws: false, say: () => {} })
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
    env = {
      ...Object.fromEntries(inherited),
      // A space, so that the path has to be quoted.
      SALLYPORT_CONFIG_HOME: join(folder, "Ana's settings"),
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    await writeFile(join(folder, 'config'), '[default]\nregion = us-east-1\n')
    await login()
    await run(process.execPath, [SALLYPORT, 'setup-profile', '--endpoint', system.url, '--region', 'eu-west-1'])
    // Nothing but the profile is left to say where the token is.
    delete env.SALLYPORT_CONFIG_HOME
  })
  afterAll(async () => {
    await system.close()
    await rm(folder, { recursive: true, force: true })
  })

  function run(program: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const child: ChildProcess = execFile(program, args, { env }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      )
    })
  }

  async function login(): Promise<void> {
    const child = spawn(process.execPath, [SALLYPORT, 'login', '--issuer', `${system.url}/issuer`, '--no-browser'], {
      env,
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      const before = said
      said += chunk
      const [url] = /http:\S+\/authorize\S+(?=\n)/.exec(said) ?? []
      if (url && !before.includes(url)) void choose(url)
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(said)
  }

  const method = ['--rest-api-id', 'a1b2c3d4e5', '--resource-id', '9x8y7z', '--http-method', 'POST']
  const put = (host: string) => [
    ...['--profile', 'gate', 'apigateway', 'put-integration', ...method, '--type', 'HTTP_PROXY'],
    ...['--integration-http-method', 'POST', '--uri', `https://${host}/v1/orders`, '--timeout-in-millis', '9000'],
    ...['--connection-type', 'VPC_LINK', '--connection-id', 'vl-pay01'],
  ]

  it.runIf(hasCli)('is all that the AWS CLI needs', async () => {
    const allowed = await run('aws', put('core.payments.acme.internal'))
    expect(allowed.stderr).toBe('')
    expect(JSON.parse(allowed.stdout)).toMatchObject({ uri: 'https://core.payments.acme.internal/v1/orders' })
    const denied = await run('aws', put('core.paymnets.acme.internal'))
    expect(denied.stderr).toMatch(/\(AccessDeniedException\) when calling the PutIntegration operation: Denied by/)
    expect(denied.code).not.toBe(0)
    const read = await run('aws', ['--profile', 'gate', 'apigateway', 'get-integration', ...method])
    expect(JSON.parse(read.stdout)).toMatchObject({ type: 'HTTP_PROXY', connectionId: 'vl-pay01' })
  })

  it.runIf(hasBoto3)('is all that boto3 needs', async () => {
    const program = `
import boto3, botocore, json
client = boto3.Session(profile_name='gate').client('apigateway')
method = dict(restApiId='a1b2c3d4e5', resourceId='9x8y7z', httpMethod='POST')
put = lambda host: client.put_integration(**method, type='HTTP_PROXY', integrationHttpMethod='POST', timeoutInMillis=9000,
    uri='https://' + host + '/v1/orders', connectionType='VPC_LINK', connectionId='vl-pay02')
status = put('core.payments.acme.internal')['ResponseMetadata']['HTTPStatusCode']
try: put('core.paymnets.acme.internal')
except botocore.exceptions.ClientError as error: code = error.response['Error']['Code']
print(json.dumps([client.meta.endpoint_url, status, code, client.get_integration(**method)['connectionId']]))`
    const { stdout, stderr } = await run('python3', ['-c', program])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([system.url, 201, 'AccessDeniedException', 'vl-pay02'])
  })

  it.runIf(hasCli)('shows why there are no credentials once one has signed out', async () => {
    const config = await readFile(join(folder, 'config'), 'utf8')
    expect(config.startsWith('[default]\nregion = us-east-1\n')).toBe(true)
    await run(process.execPath, [SALLYPORT, 'logout', '--config-home', join(folder, "Ana's settings")])
    const { code, stderr } = await run('aws', ['--profile', 'gate', 'apigateway', 'get-integration', ...method])
    expect(code).not.toBe(0)
    expect(stderr).toContain('You are not signed in: run "sallyport login".')
  })
})

describe.runIf(hasCli)('docs/sign-in.md', () => {
  it('can be followed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'))
    const system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: join(folder, 'gate') }, aws: false, say() {} })
    try {
      const root = join(import.meta.dirname, '../..')
      const [, commands = ''] = /```sh\n(.*?)```/s.exec(await readFile(join(root, 'docs/sign-in.md'), 'utf8')) ?? []
      // The browser and the person at it.
      const form = "new URLSearchParams([...url.searchParams, ['answer', 'allow'], ['team', 'payments']])"
      const script = `const url = new URL(process.argv[1]); fetch(url.origin + url.pathname, { method: 'POST', body: ${form} })`
      const opener = `#!/bin/sh\nexec "${process.execPath}" -e "${script}" "$1"\n`
      await writeFile(join(folder, 'xdg-open'), opener, { mode: 0o755 })
      const env = {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))),
        PATH: `${folder}:${process.env.PATH}`,
        SALLYPORT_CONFIG_HOME: join(folder, 'sallyport'),
        AWS_CONFIG_FILE: join(folder, 'aws'),
        AWS_EC2_METADATA_DISABLED: 'true',
      }
      const here = commands.replaceAll('http://127.0.0.1:8787', system.url)
      const { stdout } = await promisify(execFile)('bash', ['-ec', here], { cwd: root, env })
      expect(stdout).toContain('team     payments (a1b2c3d4e5)')
      expect(stdout.match(/"uri": "https:\/\/core\.payments\.acme\.internal\/v1\/orders"/g)).toHaveLength(2)
    } finally {
      await system.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
