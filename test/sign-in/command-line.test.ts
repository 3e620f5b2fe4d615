import { type ChildProcess, execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Command, CommanderError } from 'commander'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSignInCommands } from '../../lib/cli/sign-in-commands.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'
import { listen } from '../../lib/embedded/http-server.ts'
import { type System, startSystem } from '../../lib/embedded/system.ts'
import { configHome } from '../../lib/sign-in/settings.ts'
import { choose, type DemoIssuer, startDemoIssuer } from './demo-issuer.ts'

const SALLYPORT = join(import.meta.dirname, '../../functions/sallyport.ts')

let folder = ''
let system: System
let demo: DemoIssuer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'))
  system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: join(folder, 'gate') }, aws: false, say: () => {} })
  // Tokens of ten minutes: half of that is due for a refresh.
  demo = await startDemoIssuer(join(folder, 'issuer'), { lifetimeSeconds: 600 })
})
afterAll(async () => {
  await demo.close()
  await system.close()
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** A user of their own, with nothing configured. */
async function newUser(env: Record<string, string> = {}) {
  const userHome = await mkdtemp(join(folder, 'user-'))
  const home = join(userHome, '.config', 'sallyport')

  /** The addresses that were shown. */
  const shown: string[] = []

  /** Runs a command in this process; whoever is shown an address signs in there. */
  const run = async (...args: string[]): Promise<Ended> => {
    const ended = { code: -1, stdout: '', stderr: '' }
    const terminal: Terminal = {
      stdin: Readable.from([]),
      async out(text) {
        ended.stdout += text
      },
      err(text) {
        ended.stderr += `${text}\n`
        const [, url, userCode] = /open:\n(\S+)(?:\nThe code there must be: (\S+))?/.exec(text) ?? []
        if (url) shown.push(url)
        if (url && userCode) void choose(url, { team: 'payments', user_code: userCode })
      },
      isColoured: false,
      now: Date.now,
    }
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => terminal.err(text.trimEnd()) })
    const finish = (code: number) => {
      ended.code = code
    }
    addSignInCommands(program, terminal, finish, (named) => ({
      env,
      userHome,
      home: named ?? configHome(env, userHome),
      program: [process.execPath, SALLYPORT],
      openBrowser: (url) => void choose(url),
    }))
    await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => {
      if (!(error instanceof CommanderError)) throw error
      ended.code = 2
    })
    return ended
  }

  /** Runs a command as whoever installed it does. */
  const spawned = (...args: string[]) =>
    new Promise<Ended>((resolve) => {
      const child: ChildProcess = execFile(
        process.execPath,
        [SALLYPORT, ...args],
        { env: { HOME: userHome, PATH: '', ...env } },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      )
    })
  return { userHome, home, shown, run, spawned, login: (...args: string[]) => run('login', ...args) }
}

/** What the session file would say had it been written this many seconds ago. */
async function age(home: string, seconds: number): Promise<void> {
  const path = join(home, 'session.json')
  const session = JSON.parse(await readFile(path, 'utf8')) as { obtainedAt: number; expiresAt: number }
  const older = { ...session, obtainedAt: session.obtainedAt - seconds, expiresAt: session.expiresAt - seconds }
  await writeFile(path, JSON.stringify(older))
}

describe('from nothing to a call as oneself', () => {
  it('takes a login and a profile', async () => {
    const { userHome, home, run, spawned, login } = await newUser()
    const signedIn = await login('--issuer', `${system.url}/issuer`, '--endpoint', system.url)
    expect({ ...signedIn, stderr: '' }).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(signedIn.stderr).toMatch(/\nYou are signed in at http:\S+ until \S+, renewed by itself\.\n$/)
    expect((await stat(join(home, 'session.json'))).mode & 0o777).toBe(0o600)

    const who = await run('whoami')
    expect(who).toMatchObject({ code: 0, stderr: '' })
    expect(who.stdout).toContain('subject  payments-demo\n')
    expect(who.stdout).toContain('team     payments (a1b2c3d4e5)\n')
    expect(who.stdout).toContain('because groups has payments-dev: examples/policy.yaml:49:5\n')
    expect(JSON.parse((await run('whoami', '--json')).stdout)).toMatchObject({ teams: [{ team: 'payments' }] })

    const { code, stdout } = await spawned('credentials')
    const credentials = JSON.parse(stdout) as Record<string, string>
    expect(code).toBe(0)
    expect(credentials).toMatchObject({
      Version: 1,
      AccessKeyId: expect.any(String),
      SecretAccessKey: expect.any(String),
    })
    const leftMs = Date.parse(credentials.Expiration ?? '') - Date.now()
    expect(leftMs).toBeGreaterThan(3_500_000)
    const path = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'
    const headers = { 'x-amz-security-token': credentials.SessionToken ?? '' }
    expect((await fetch(system.url + path, { headers })).status).not.toBe(401)

    expect(await run('setup-profile', '--region', 'eu-west-1')).toMatchObject({ code: 0, stdout: '' })
    const config = await readFile(join(userHome, '.aws', 'config'), 'utf8')
    expect(config).toContain(`credential_process = ${process.execPath} `)
    expect(config).toContain('sallyport.ts credentials\n')
    expect((await run('setup-profile', '--region', 'eu-west-1')).stderr).toContain('is as it should be')

    expect(await run('logout')).toEqual({ code: 0, stdout: '', stderr: 'You are signed out.\n' })
    expect(await readdir(home)).toEqual([])
    expect(await run('credentials')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'You are not signed in: run "sallyport login".\n',
    })
  })

  it('works from another device', async () => {
    const { run, login } = await newUser()
    expect(await login('--issuer', demo.url, '--device')).toMatchObject({ code: 0, stdout: '' })
    expect(await run('credentials')).toMatchObject({ code: 0 })
  })

  it('opens no browser where none is wanted', async () => {
    const { run, shown } = await newUser()
    const signingIn = run('login', '--issuer', demo.url, '--no-browser')
    const soon = new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))
    expect(await Promise.race([signingIn, soon])).toBe('waiting')
    await choose(shown[0] ?? '')
    expect(await signingIn).toMatchObject({ code: 0 })
  })

  it('remembers what the last sign-in was told', async () => {
    const { login } = await newUser()
    await login('--issuer', demo.url)
    expect(await login()).toMatchObject({ code: 0 })
  })

  it('takes all of it from the environment or the file, kept where --config-home says', async () => {
    const elsewhere = await mkdtemp(join(folder, 'config-'))
    const { userHome, run, login } = await newUser({ SALLYPORT_CLIENT_ID: 'sallyport' })
    await writeFile(join(elsewhere, 'config.json'), JSON.stringify({ issuer: demo.url, endpoint: system.url }))
    expect(await login('--config-home', elsewhere)).toMatchObject({ code: 0 })
    expect((await readdir(elsewhere)).sort()).toEqual(['config.json', 'session.json'])
    await run('setup-profile', '--config-home', elsewhere)
    const config = await readFile(join(userHome, '.aws', 'config'), 'utf8')
    expect(config).toContain(`sallyport.ts credentials --config-home ${elsewhere}\n`)
  })
})

describe('sallyport credentials', () => {
  const tokenRequests = () => demo.requests.filter((each) => each === 'POST /issuer/token').length

  it('refreshes when half of a short life is over, once for processes that start together', async () => {
    const { home, run, spawned, login } = await newUser()
    await login('--issuer', demo.url)
    const first = await run('credentials')
    const before = tokenRequests()
    await age(home, 301)
    const all = await Promise.all(Array.from({ length: 4 }, () => spawned('credentials')))
    expect(tokenRequests() - before).toBe(1)
    expect(new Set(all.map(({ code, stderr }) => `${code} ${stderr}`))).toEqual(new Set(['0 ']))
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1)
    expect(all[0]?.stdout).not.toBe(first.stdout)
    expect(await readdir(home)).toEqual(['session.json'])
  })

  it("whoami tells by which tags APIs are the team's", async () => {
    const { run, login } = await newUser()
    await login('--issuer', demo.url)
    const because = [{ claim: 'groups', value: 'x', policyAt: { pointer: '/teams/x', line: 1, column: 1 } }]
    const answer = {
      issuer: demo.url,
      subject: 'me',
      roles: [],
      teams: [{ team: 'x', restApiIds: ['a1'], tags: { team: ['x'], stage: ['test', 'prod'] }, because }],
      expiresAt: '2026-11-22T13:12:08.000Z',
      policy: { revision: 1, digest: 'sha256:0', file: 'policy.yaml' },
    }
    const server = await listen(
      new Hono().all('*', () => Response.json(answer)),
      0,
    )
    const { stdout } = await run('whoami', '--endpoint', server.url)
    await server.close()
    expect(stdout).toContain('team     x (a1, tag team=x, tag stage=test or prod)\n')
  })

  it.each<{ it: string; answer: () => Response; stderr: RegExp }>([
    {
      it: 'refuses',
      answer: () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
      stderr: /^Your sign-in has ended/,
    },
    {
      it: 'is broken',
      answer: () => new Response('<html>\n</html>', { status: 500 }),
      stderr: /answers with status 500/,
    },
  ])('uses what it has while the issuer $it, then says so in one line', async ({ answer, stderr }) => {
    const { home, run, login } = await newUser()
    await login('--issuer', demo.url)
    await age(home, 400)
    const discovery = await (await fetch(`${demo.url}/.well-known/openid-configuration`)).json()
    let calls = 0
    demo.failWith(() => (calls++ % 2 === 0 ? Response.json(discovery) : answer()))
    try {
      expect(await run('credentials')).toMatchObject({ code: 0, stderr: '' })
      await age(home, 200)
      const ended = await run('credentials')
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toMatch(stderr)
      expect(ended.stderr).toMatch(/^[^\n]+\n$/)
    } finally {
      demo.failWith(undefined)
    }
  })
})

describe('what cannot be done', () => {
  it.each<[string[], number, RegExp]>([
    [['login'], 1, /^Where are you to sign in\? Give --issuer/],
    [['login', '--issuer', 'http://idp.acme.example'], 1, /^The command line: issuer must be an https URL/],
    [['login', '--isuer', 'x'], 2, /Did you mean --issuer\?/],
    [['whoami'], 1, /^You are not signed in/],
    [['setup-profile'], 1, /^Where is the gate\?/],
    [['setup-profile', '--endpoint', 'https://x', '--profile', 'a b'], 1, /^A profile is named by letters/],
    [['logout'], 0, /^You were not signed in\.$/m],
  ])('%j', async (args, code, stderr) => {
    const ended = await (await newUser()).run(...args)
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' })
    expect(ended.stderr).toMatch(stderr)
  })

  it.each<{ it: string; answer: () => Response; stderr: RegExp }>([
    {
      it: 'a gate that refuses',
      answer: () => Response.json({ detail: 'The token has expired.' }, { status: 401 }),
      stderr: /refuses \(401\)\. The token has expired\.$/m,
    },
    {
      it: 'something that is no gate',
      answer: () => Response.json({ hello: 'world' }),
      stderr: /is no Sallyport gate/,
    },
    {
      it: 'a redirect',
      answer: () => new Response(null, { status: 307, headers: { location: demo.url } }),
      stderr: /cannot be reached/,
    },
  ])('whoami at $it', async ({ answer, stderr }) => {
    const { run, login } = await newUser()
    await login('--issuer', demo.url)
    const app = new Hono().all('*', answer)
    const server = await listen(app, 0)
    const ended = await run('whoami', '--endpoint', server.url)
    await server.close()
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(stderr)
  })
})
