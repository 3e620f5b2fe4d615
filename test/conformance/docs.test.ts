import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, PATH, run } from './clients/client.ts'
import { type GuardedUpstream, guardUpstream } from './guarded-upstream.ts'

/** One fenced block of a page. */
interface Block {
  language: string
  /** The file it is to be saved as, where the fence names one. */
  file?: string
  text: string
}

const page = await readFile('docs/clients.md', 'utf8')
const sections = new Map(
  page.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), blocksOf(section)] as const),
)

function blocksOf(section: string): Block[] {
  return [...section.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language = '', file, text = '']) => ({
    language,
    ...(file && { file }),
    text,
  }))
}

/** The program each section needs; a version of the AWS CLI from which on it reads an endpoint from its environment. */
const NEEDS: Record<string, boolean> = {
  'AWS CLI': installed('aws', ['--version']).some(
    ({ version }, first) => first === 0 && !/^aws-cli\/2\.\d\./.test(version),
  ),
  boto3: installed('python3', ['-c', 'import boto3']).length > 0,
  'JavaScript SDK': true,
}
const SEPARATOR = '---- next ----'

let gate: GuardedUpstream
let folder = ''
beforeAll(async () => {
  gate = await guardUpstream()
  folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  const [profile] = sections.get('By a profile') ?? []
  await mkdir(join(folder, '.aws'))
  await writeFile(join(folder, '.aws', 'config'), here(profile?.text ?? ''))
})
afterAll(async () => {
  await gate?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The page's address and checkout are those of a reader; these are the test's. */
function here(text: string): string {
  return text.replaceAll('http://127.0.0.1:8787', gate.url).replaceAll('/path/to/sallyport', resolve('.'))
}

describe.each(Object.entries(NEEDS))('docs/clients.md, %s', (section, isHere) => {
  const title = isHere ? '' : ' (not on this machine, not run)'
  const blocks = sections.get(section) ?? []

  it.skipIf(!isHere).each(['By environment variables', 'By a profile'])(
    `prints what the page says: %s${title}`,
    async (way) => {
      const prelude = sections.get(way)?.find(({ language }) => language === 'sh')?.text ?? ''
      for (const { file, text } of blocks) if (file) await writeFile(join(folder, file), here(text))
      const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)
      const script = here([prelude, ...commands].join(`\necho '${SEPARATOR}'\n`))
      const env = { PATH, HOME: folder, SALLYPORT_HOME: gate.home }
      const { stdout } = await run('sh', ['-c', `exec 2>&1\n${script}`], { env, cwd: folder })
      const printed = stdout.split(`${SEPARATOR}\n`).slice(1)
      const promised = blocks.filter(({ language }) => language === 'json' || language === 'text')
      expect(printed).toHaveLength(commands.length)
      expect(promised).toHaveLength(commands.length)
      for (const [at, { text }] of promised.entries()) expect(printed[at]?.trim()).toMatch(pattern(text.trim()))
    },
  )
})

/** `…` stands for what is new each time. */
function pattern(text: string): RegExp {
  return new RegExp(
    `^${text
      .split('…')
      .map((part) => RegExp.escape(part))
      .join('[0-9A-Z]+')}$`,
  )
}
