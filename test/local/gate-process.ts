import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

/** The gate as `npm start` runs it, in a process of its own. */
export interface GateProcess {
  url: string
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves with the first line on either stream that matches. */
  line(pattern: RegExp): Promise<string>
  end: Promise<End>
}

export interface End {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** npm's order of things: the Node that the project brings along comes first. */
export const PATH = [resolve('node_modules/.bin'), process.env.PATH].join(delimiter)

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-local-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Nothing of this process's environment but its PATH gets through, so that no credentials do. */
export function runGate(
  env: Record<string, string>,
  { node = process.execPath, nodeArgs = [], args = [] }: { node?: string; nodeArgs?: string[]; args?: string[] } = {},
): Omit<GateProcess, 'url'> {
  const child = spawn(node, [...nodeArgs, 'scripts/node.mjs', 'functions/local.ts', ...args], {
    env: { PATH, HOME: '/nonexistent', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const text = { stdout: '', stderr: '' }
  const changed = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk
      for (const look of changed) look()
    })
  }
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }) as End)
  const line = (pattern: RegExp) =>
    new Promise<string>((found, missed) => {
      const look = () => {
        const line = `${text.stdout}\n${text.stderr}`.split('\n').find((candidate) => pattern.test(candidate))
        if (line !== undefined) {
          changed.delete(look)
          found(line)
        }
      }
      changed.add(look)
      look()
      end.then(() => missed(new Error(`The gate ended without a line like ${pattern}:\n${text.stdout}${text.stderr}`)))
    })
  return { child, stdout: () => text.stdout, stderr: () => text.stderr, line, end }
}

export async function startGate(
  env: Record<string, string>,
  options: Parameters<typeof runGate>[1] = {},
): Promise<GateProcess> {
  const gate = runGate(env, options)
  await gate.line(/^Ctrl-C stops it/)
  const [, url = ''] = /^Sallyport is ready on (\S+)/.exec(gate.stdout()) ?? []
  return { ...gate, url }
}

/** Asks for the end and waits for it. */
export async function stopGate({ child, end }: Pick<GateProcess, 'child' | 'end'>, signal: NodeJS.Signals = 'SIGINT') {
  child.kill(signal)
  return await end
}
