import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../../lib/embedded/system.ts'
import { walkthrough } from '../../lib/embedded/walkthrough.ts'
import { ALLOWED, type Entry } from './caller.ts'
import { PATH } from './gate-process.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0
const SEPARATOR = '---- next ----'

describe.skipIf(!hasCurl)(`the printed walkthrough${hasCurl ? '' : ' (not run: no curl on this machine)'}`, () => {
  let home = ''
  let system: System
  /** What each command printed, by the first words of its title. */
  let printed: string[] = []

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sallyport-walkthrough-'))
    system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: home }, aws: false, say: () => {} })
    const commands = walkthrough(system.url, system.targets).map(({ command }) => command)
    // The one for the AWS CLI is run where other clients are.
    const script = commands.filter((command) => !command.includes('aws apigateway')).join(`\necho '${SEPARATOR}'\n`)
    const env = { PATH, HOME: home, SALLYPORT_HOME: home }
    const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', script], { env })
    printed = stdout.split(`${SEPARATOR}\n`)
  })
  afterAll(async () => {
    await system?.close()
    await rm(home, { recursive: true, force: true })
  })

  it('has five commands that need nothing but npm and curl, and two for the AWS CLI', () => {
    expect(printed).toHaveLength(5)
    expect(walkthrough(system.url, system.targets)).toHaveLength(7)
    expect(walkthrough(system.url, [])).toHaveLength(5)
  })

  it('gets a token without printing it', () => expect(printed[0]).toBe(''))

  it('sends a request that passes', () => {
    expect(JSON.parse(printed[1] ?? '')).toEqual({
      ...ALLOWED,
      passthroughBehavior: 'WHEN_NO_MATCH',
      cacheNamespace: '9x8y7z',
      cacheKeyParameters: [],
    })
  })

  it('sends one that is refused, for one reason, with what was probably meant', () => {
    const { decision, violations } = JSON.parse(printed[2] ?? '')
    expect(decision).toBe('deny')
    expect(violations).toMatchObject([
      { rule: 'payments.uri', value: 'core.paymnets.acme.internal', nearest: 'core.payments.acme.internal' },
    ])
  })

  it('sends one to another account', () => {
    expect(JSON.parse(printed[4] ?? '')).toMatchObject(ALLOWED)
  })

  it('shows the trail with both', () => {
    const { entries } = JSON.parse(printed[3] ?? '') as { entries: Entry[] }
    expect(entries.map(({ action, status }) => [action, status])).toEqual([
      ['ListTrail', 'read'],
      ['PutIntegration', 'denied'],
      ['PutIntegration', 'succeeded'],
    ])
  })
})
