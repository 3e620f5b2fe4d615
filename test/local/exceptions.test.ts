import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'
import { publishExceptions, publishPolicy } from '../../scripts/policy.ts'
import { readPage } from '../docs/page.ts'
import { ALLOWED, call, INTEGRATION, tokensOf } from './caller.ts'
import { temporaryFolder } from './gate-process.ts'

const example = await readFile('examples/exception.yaml', 'utf8')
const policy = await readFile('examples/policy.yaml', 'utf8')
const guide = readPage('docs/policy.md').flatMap(({ parts }) =>
  parts.flatMap((part) => (part.kind === 'block' && part.title === 'exception' ? [part.text] : [])),
)

/** The examples have dates: here they hold from yesterday on, for 30 days. */
const DAY_MS = 86_400_000
const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10)
const inForce = (text: string) =>
  text.replace(/notBefore: .*/, `notBefore: ${day(-1)}`).replace(/notAfter: .*/, `notAfter: ${day(29)}`)
const withId = (text: string, id: string) => text.replace('EX-2026-0117', id)

/** A running gate on the example's policy, with files beside it. */
async function gateBeside(files: Record<string, string>) {
  const home = await temporaryFolder()
  const folder = join(home, 'policies')
  await mkdir(join(folder, 'exceptions'), { recursive: true })
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('policy.yaml', policy)
  for (const [name, text] of Object.entries(files)) await write(name, text)
  const said: string[] = []
  const system = await startSystem({
    env: { PORT: '0', SALLYPORT_HOME: home, SALLYPORT_POLICY: join(folder, 'policy.yaml') },
    aws: false,
    say: (line) => said.push(line),
  })
  onTestFinished(() => system.close())
  const { payments } = await tokensOf(home)
  const put = async (timeoutInMillis: number) =>
    (await call(system.url + INTEGRATION, payments, { method: 'PUT', body: { ...ALLOWED, timeoutInMillis } })).status
  const listed = async () => {
    const { json } = await call(`${system.url}/v1/whoami`, payments)
    const [team] = json.teams as { exceptions?: { id: string }[] }[]
    return (team?.exceptions ?? []).map(({ id }) => id)
  }
  const saying = (pattern: RegExp) => vi.waitFor(() => expect(said.join('\n')).toMatch(pattern), 5_000)
  const becomes = (timeout: number, status: number) =>
    vi.waitFor(async () => expect(await put(timeout)).toBe(status), { timeout: 5_000, interval: 100 })
  return { folder, write, said, system, put, listed, saying, becomes, remove: (name: string) => rm(join(folder, name)) }
}

describe('exceptions of a running gate', () => {
  it.each([
    ['the example, beside the policy', { 'exception.yaml': inForce(example) }],
    ['the example, in the folder', { 'exceptions/EX-2026-0117.yaml': inForce(example) }],
    ['that of the guide, in the folder', { 'exceptions/slow.yml': inForce(guide[0] ?? '') }],
    [
      'one of several documents',
      {
        'exceptions/all.yaml': `${inForce(withId(example, 'EX-1')).replace('9x8y7z', 'other1')}---\n${inForce(example)}`,
      },
    ],
  ])('are in force: %s', async (_, files) => {
    const gate = await gateBeside(files)
    expect(await gate.put(20_000)).toBe(201)
    expect(await gate.put(20_001)).toBe(403)
    expect(await gate.listed()).toContain('EX-2026-0117')
    expect(gate.system.parts.exceptions).toMatch(/EX-2026-0117 until 20/)
    expect(gate.said).toEqual([])
  })

  it('are none where there are none', async () => {
    const gate = await gateBeside({ 'notes.yaml': 'kind: Notes\n' })
    expect(await gate.put(20_000)).toBe(403)
    expect(gate.system.parts.exceptions).toBe('none')
  })

  it('are named where they are wrong, and the gate serves', async () => {
    const gate = await gateBeside({
      'exceptions/self.yaml': inForce(example).replace('[li@acme.example]', '["Ana@ACME.example "]'),
      'exceptions/text.yaml': 'not: [closed\n',
      'exceptions/other.yaml': 'kind: Notes\n',
      'exceptions/twice-a.yaml': inForce(withId(example, 'EX-2')).replace('maxMillis: 20000', 'maxMillis: 12000'),
      'exceptions/twice-b.yaml': inForce(withId(example, 'EX-2')),
    })
    expect(await gate.put(20_000)).toBe(403)
    expect(await gate.put(12_000)).toBe(201)
    const told = gate.said.join('\n')
    const at = (file: string, place: string) => `${join(gate.folder, 'exceptions', file)}:${place}: `
    expect(told).toContain(`${at('self.yaml', '12:16')}Who asks for an exception can't approve it.`)
    expect(told).toContain(at('text.yaml', '2:1'))
    expect(told).toContain(at('other.yaml', '1:7'))
    expect(told).toContain(`${at('twice-b.yaml', '2:1')}The id EX-2 is taken`)
    expect(gate.system.parts.exceptions).toMatch(/^EX-2 until .*; refused: .*other\.yaml, .*self\.yaml/)
  })

  it('are followed: new ones, edited ones, broken ones, removed ones', async () => {
    const gate = await gateBeside({})
    expect(await gate.put(20_000)).toBe(403)
    await gate.write('exceptions/slow.yaml', inForce(example))
    await gate.becomes(20_000, 201)
    await gate.saying(/exceptions: EX-2026-0117 until .*slow\.yaml/)
    await gate.write('exceptions/slow.yaml', inForce(example).replace('maxMillis: 20000', 'maxMillis: 15000'))
    await gate.becomes(20_000, 403)
    expect(await gate.put(15_000)).toBe(201)
    await gate.write('exceptions/slow.yaml', inForce(example).replace('maxMillis: 20000', 'maxMillis: lots'))
    await gate.becomes(15_000, 403)
    await gate.saying(/slow\.yaml is refused .*\n.*slow\.yaml:8:\d+: /)
    await gate.write('exceptions/slow.yaml', inForce(example))
    await gate.becomes(20_000, 201)
    await gate.remove('exceptions/slow.yaml')
    await gate.becomes(20_000, 403)
    expect(await gate.listed()).toEqual([])
  })

  it('are checked against each version of the policy', async () => {
    const gate = await gateBeside({ 'exceptions/slow.yaml': inForce(example) })
    expect(await gate.put(20_000)).toBe(201)
    await gate.write('policy.yaml', policy.replace('  rollout:\n', '  locked: [payments.timeout]\n  rollout:\n'))
    await gate.becomes(20_000, 403)
    await gate.saying(/slow\.yaml:6:\d+: The rule "payments\.timeout" is locked/)
    await gate.write('policy.yaml', policy)
    await gate.becomes(20_000, 201)
  })
})

describe('exceptions of a bundle', () => {
  it('are those beside the policy; a wrong one is not packaged', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'policy.yaml')
    await writeFile(file, policy)
    const published = await publishPolicy(file)
    expect(await publishExceptions(file, published)).toEqual({ exceptions: [] })
    await writeFile(join(folder, 'exception.yaml'), example)
    const { exceptions } = await publishExceptions(file, published)
    expect(exceptions.map(({ document }) => document.metadata.id)).toEqual(['EX-2026-0117'])
    await writeFile(join(folder, 'exception.yaml'), example.replace('team: payments', 'team: paymnets'))
    await expect(publishExceptions(file, published)).rejects.toThrow(
      /exception\.yaml:7:18: There is no team "paymnets"/,
    )
  })
})
