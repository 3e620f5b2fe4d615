import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../lib/cli/program.ts'
import type { Problem } from '../../lib/log/bundle-report.ts'
import { type TrailGate, trailGate } from '../cli/trail-gate.ts'
import { LOG_SIGNER, tokenAt, WITNESS, WITNESS_KEY } from '../support/trail-service.ts'
import { codeIn, readPage } from './page.ts'

const sections = readPage('docs/trail.md')
const blocks = sections.flatMap(({ parts }) => parts.filter((part) => part.kind === 'block'))

/** Each command of the page, with what it prints and how it ends. */
const commands = blocks.flatMap((block, index) => {
  if (block.language !== 'sh') return []
  const answer = blocks[index + 1]
  return [
    {
      ...block,
      exits: Number(block.title.replace('exits ', '')),
      prints: answer?.language === 'text' ? answer.text : undefined,
    },
  ]
})

let here: TrailGate
let program: Server
const { env } = process
const folderBefore = process.cwd()

beforeAll(async () => {
  here = await trailGate()
  process.chdir(here.folder)
  await writeFile('log.vkey', `${LOG_SIGNER.verifierKey}\n`)
  await writeFile('witness.key', `${WITNESS_KEY}\n`, { mode: 0o600 })
  await writeFile('witness.vkey', `${WITNESS.verifierKey}\n`)
  program = await listenForCommands('sallyport.sock')
})
afterAll(async () => {
  process.chdir(folderBefore)
  process.env = env
  program.close()
  await here.close()
})

/** Runs command lines here rather than in a process each, which takes a second to start. */
async function listenForCommands(socket: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const args = (await text(request)).split('\n').slice(0, -1)
    const printed: string[] = []
    const terminal = {
      ...here.terminal,
      out: async (more: string) => void printed.push(more),
      err: (line: string) => void printed.push(`${line}\n`),
    }
    const code = await run(args, terminal)
    response.end(`${code}\n${printed.join('')}`)
  })
  server.listen(socket)
  await once(server, 'listening')
  return server
}

const SALLYPORT = `
sallyport() {
  local answer=$(printf '%s\\n' "$@" | curl -s --unix-socket sallyport.sock --data-binary @- http://localhost/; echo .)
  answer=\${answer%.}
  printf %s "\${answer#*$'\\n'}"
  return "\${answer%%$'\\n'*}"
}
`

async function bash(script: string): Promise<{ code: number; output: string }> {
  const { now } = here.service.clock
  process.env = {
    ...env,
    SALLYPORT_ENDPOINT: here.url,
    SALLYPORT_TOKEN: tokenAt(now, { groups: ['sallyport-auditors'], sub: 'aud' }),
    SALLYPORT_CONFIG_HOME: here.folder,
    ADMIN_TOKEN: tokenAt(now, { groups: ['sallyport-admins'], sub: 'root' }),
  }
  return new Promise((done) => {
    execFile('bash', ['-c', `exec 2>&1\n${SALLYPORT}\n${script}`], { env: process.env }, (error, output) =>
      done({ code: error ? Number(error.code) : 0, output }),
    )
  })
}

describe('docs/trail.md', () => {
  it.each(commands)('line $line', async ({ text: script, exits, prints }) => {
    // Time passes between an auditor's commands, and the trail grows.
    await here.service.change()
    await here.service.denial()
    await here.service.seal()
    const { code, output } = await bash(script)
    expect(code, output).toBe(exits)
    if (prints !== undefined) expect(output).toMatch(patternOf(prints))
  })

  it('explains every word of verify', () => {
    const table = sections
      .find(({ heading }) => heading.startsWith('What `verify`'))
      ?.parts.find(({ kind }) => kind === 'table')
    const words = table?.kind === 'table' ? table.rows.flatMap(({ cells }) => codeIn(cells[0] ?? '')) : []
    const all: Record<Problem['code'], true> = {
      missing: true,
      altered: true,
      're-ordered': true,
      malformed: true,
      unexpected: true,
      signature: true,
      fork: true,
      rollback: true,
      quorum: true,
      duplicate: true,
      'no-outcome': true,
      'no-intent': true,
      time: true,
      policy: true,
    }
    expect(words).toEqual(Object.keys(all))
  })
})

/** `…` stands for anything; a line of it alone for any lines. */
function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/^…\n/gm, '(?:.*\\n)*?').replaceAll('…', '.*').replace(/\n$/, '')}\n?$`)
}
