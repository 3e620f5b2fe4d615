import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'
import { ALLOWED, call, INTEGRATION, tokensOf } from './caller.ts'
import { temporaryFolder } from './gate-process.ts'

describe('the policy file of a running gate', () => {
  it('takes effect as it is edited; a broken edit says where it is wrong and changes nothing', async () => {
    const home = await temporaryFolder()
    const file = join(home, 'policy.yaml')
    const text = await readFile('examples/policy.yaml', 'utf8')
    await writeFile(file, text)
    const said: string[] = []
    const system = await startSystem({
      env: { PORT: '0', SALLYPORT_HOME: home, SALLYPORT_POLICY: file },
      aws: false,
      say: (line) => said.push(line),
    })
    onTestFinished(() => system.close())
    const { payments } = await tokensOf(home)
    const moved = { ...ALLOWED, uri: 'https://core.treasury.acme.internal/v1/orders' }
    const put = async () => (await call(system.url + INTEGRATION, payments, { method: 'PUT', body: moved })).status
    const saying = (pattern: RegExp) => vi.waitFor(() => expect(said.at(-1)).toMatch(pattern), 5_000)
    expect(await put()).toBe(403)

    const edited = text.replace('"*.payments.acme.internal"', '"*.payments.acme.internal", "*.treasury.acme.internal"')
    await writeFile(file, edited)
    await saying(/^policy: .*policy\.yaml reloaded, sha256:[0-9a-f]{64}$/)
    expect(await put()).toBe(201)

    const broken = edited.replace('maxMillis: 10000', 'maxMillis: ten')
    const line = broken.split('\n').findIndex((candidate) => candidate.includes('maxMillis: ten')) + 1
    await writeFile(file, broken)
    await saying(new RegExp(`is broken, the last good version stays in force\n${file}:${line}:\\d+: .+`))
    expect(await put()).toBe(201)

    // As editors do it: written aside, then moved into place.
    await writeFile(`${file}~`, text)
    await rename(`${file}~`, file)
    await saying(/reloaded/)
    expect(await put()).toBe(403)
  })
})
