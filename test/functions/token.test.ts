import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIssuer } from '../../lib/embedded/issuer.ts'
import { createVerifier } from '../../lib/identity/verify.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-token-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

interface Ended {
  code: number
  stdout: string
  stderr: string
}

function token(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['functions/token.ts', ...args],
      { env: { SALLYPORT_HOME: home, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

async function callerOf(jwt: string) {
  const verified = await createVerifier({ issuers: [await openIssuer(home)], now: Date.now })(jwt)
  if (!verified.ok) throw new Error(verified.refusal.code)
  const { claims, roles, expiresAt } = verified.caller
  return { groups: claims.groups, sub: claims.sub, roles: [...roles], livesSeconds: expiresAt - Number(claims.iat) }
}

describe('npm run token', () => {
  it.each<[string[], object]>([
    [['payments'], { groups: ['payments-dev'], roles: [], livesSeconds: 3600 }],
    [['legacy-billing', '--expires-in', '15m'], { sub: 'svc-billing-ci', roles: [], livesSeconds: 900 }],
    [['--admin', '--expires-in', '7200'], { groups: ['sallyport-admins'], roles: ['admin'], livesSeconds: 7200 }],
    [
      ['search', '--role', 'auditor', '--role', 'author'],
      { groups: ['search', 'sallyport-auditors', 'sallyport-authors'] },
    ],
  ])('%j prints just the token', async (args, caller) => {
    const { code, stdout, stderr } = await token(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(await callerOf(stdout.trim())).toMatchObject(caller)
  })

  it('--credentials prints what an AWS profile takes from its credential_process', async () => {
    const { stdout } = await token(['payments', '--credentials'])
    const credentials = JSON.parse(stdout) as Record<string, string>
    expect(Object.keys(credentials)).toEqual([
      'Version',
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
    ])
    expect(credentials.Version).toBe(1)
    expect(await callerOf(credentials.SessionToken ?? '')).toMatchObject({ groups: ['payments-dev'] })
    const leftMs = Date.parse(credentials.Expiration ?? '') - Date.now()
    expect(leftMs).toBeGreaterThan(3_590_000)
    expect(leftMs).toBeLessThanOrEqual(3_600_000)
  })

  it.each<[string[], RegExp]>([
    [['paymnts'], /^There is no team paymnts in examples\/policy\.yaml\. Did you mean payments\?\n$/],
    [['nobody'], /^There is no team nobody in .* There are: payments, search, catalogue, legacy-billing\.\n$/],
    [['constructor'], /^There is no team constructor/],
    [['payments', 'search'], /^One team at a time/],
    [['--role', 'amin'], /^There is no role amin\. Did you mean admin\?\n$/],
    [['payments', '--expires-in', '13h'], /^--expires-in 13h is not a time/],
    [['payments', '--expires-in', '0'], /^--expires-in 0 is not a time/],
    [['payments', '--expires-in', '1d'], /^--expires-in 1d is not a time/],
    [['--nonsense'], /^Unknown option '--nonsense'/],
    [[], /^Whose token is it to be\?\n\nUsage:/],
  ])('%j is refused in a sentence, with exit code 2 and nothing on stdout', async (args, message) => {
    const { code, stdout, stderr } = await token(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  it('says that there is no policy', async () => {
    const { code, stderr } = await token(['payments'], { SALLYPORT_POLICY: join(home, 'none.yaml') })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^The policy .*none\.yaml can't be read; SALLYPORT_POLICY names another\.\n$/)
  })

  it('says what is wrong with its folder, without a stack', async () => {
    const { code, stderr } = await token(['payments'], { SALLYPORT_HOME: 'package.json' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^.*package\.json.*\n$/)
  })

  it('--help explains itself', async () => {
    const { code, stdout } = await token(['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: npm run -s token/)
  })
})
