import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseTemplate } from '../../lib/policy/values/template/parse.ts'
import { literalText, type Template } from '../../lib/policy/values/template/template.ts'
import { given, mutations, templates } from '../support/generated-templates.ts'
import { canRender, isNamed } from '../support/template-renderings.ts'

const FOLDER = 'test/conformance/velocity'
/** More, and others, are tried by hand: VELOCITY_ROUNDS=50000 VELOCITY_SEED=1. */
const ROUNDS = Number(process.env.VELOCITY_ROUNDS ?? 5_000)
const SEED = Number(process.env.VELOCITY_SEED ?? 20_240_607)

interface Rendering {
  output?: string
  error?: string
  reads: string[]
  overrides: { side: string; name: string; value: string }[]
  writes: string[]
}

const classpath = await dependencies()
if (classpath === undefined) console.log('Java or Maven not found: the grammar was not compared with Apache Velocity')

/** The class path of Velocity, from Maven; `undefined` where Java or Maven is absent or Maven can not load it. */
async function dependencies(): Promise<string | undefined> {
  if (spawnSync('java', ['-version']).status !== 0 || spawnSync('mvn', ['-version']).status !== 0) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-velocity-'))
  const file = join(folder, 'classpath')
  const args = ['-q', '-B', '-f', join(FOLDER, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${file}`]
  const found = spawnSync('mvn', args).status === 0 ? await readFile(file, 'utf8') : undefined
  await rm(folder, { recursive: true })
  return found
}

/** Renders all in one run of Java. */
function render(requests: readonly object[]): Rendering[] {
  const input = requests.map((request) => JSON.stringify(request)).join('\n')
  const { stdout, stderr, status } = spawnSync('java', ['-cp', classpath ?? '', join(FOLDER, 'Render.java')], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  if (status !== 0) throw new Error(`Java failed: ${stderr.slice(0, 1_000)}`)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe.skipIf(classpath === undefined)('Apache Velocity 1.7', () => {
  let counts: Record<string, number> = {}
  beforeAll(() => {
    counts = {}
  })
  afterAll(() => console.log('Velocity:', JSON.stringify(counts)))

  function compare(kind: string, texts: readonly string[]): string[] {
    const inputs = fc.sample(given, { numRuns: texts.length, seed: SEED })
    const accepted: { template: Template; request: object }[] = []
    for (const [at, text] of texts.entries()) {
      const parsed = parseTemplate(text, 'request')
      if (parsed.ok)
        accepted.push({ template: parsed.template, request: { template: text, side: 'request', ...inputs[at] } })
    }
    const renderings = render(accepted.map(({ request }) => request))
    const wrong: string[] = []
    let rendered = 0
    for (const [at, rendering] of renderings.entries()) {
      const { template, request } = accepted[at] ?? {}
      if (template === undefined) throw new Error('More renderings than templates')
      if (rendering.error === undefined) rendered += 1
      const faults = differences(template, rendering)
      if (faults.length > 0)
        wrong.push(JSON.stringify({ faults, request, rendering, body: template.body, sources: template.sources }))
    }
    counts[`${kind}: tried`] = texts.length
    counts[`${kind}: accepted`] = accepted.length
    counts[`${kind}: rendered`] = rendered
    counts[`${kind}: literal`] = accepted.filter(({ template }) => template.isLiteral).length
    return wrong
  }

  it('renders, reads and overrides only what the tree says', () => {
    const wrong = compare('generated', fc.sample(templates, { numRuns: ROUNDS, seed: SEED }))
    expect(wrong.slice(0, 3)).toEqual([])
  })

  it('writes nothing to $context that the grammar accepts unseen', () => {
    const wrong = compare('hostile', fc.sample(mutations, { numRuns: ROUNDS * 4, seed: SEED }))
    expect(wrong.slice(0, 3)).toEqual([])
  })
})

/** What the rendering did that the template does not say. A rendering that broke off has done what it did before. */
function differences(template: Template, { output, reads, overrides, writes }: Rendering): string[] {
  const faults = writes.map((write) => `writes ${write}`)
  for (const read of reads) if (!isNamed(read, template.sources)) faults.push(`reads ${read}`)
  for (const { side, name, value } of overrides) {
    const named = template.overrides.filter((override) => override.side === side && override.name === name)
    if (named.length === 0) faults.push(`overrides ${name}`)
    else if (!named.some((override) => canRender(override.value, value))) faults.push(`overrides ${name} with ${value}`)
  }
  if (output === undefined) return faults
  if (template.isLiteral && output !== literalText(template.body)) faults.push('renders another literal text')
  if (!canRender(template.body, output)) faults.push('renders another text')
  return faults
}
