import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** What a client written elsewhere made of one call. */
export interface Outcome {
  ok: boolean
  /** The members it gave its user; none for an operation that answers nothing. */
  output?: Record<string, unknown>
  error?: ClientError
  /** Of the answer, where this client shows it. */
  requestId?: string
}

export interface ClientError {
  /** The error type as this client names it. */
  name: string
  message: string
  /** The class that its user can catch, or the exit code that its user's script sees. */
  caught: string
}

export interface Client {
  /** With its version, as it came. */
  name: string
  /** @param input as the SDKs name it: `integrationHttpMethod`, `restApiId`. */
  call(env: Record<string, string>, operation: string, input: object): Promise<Outcome>
  close(): void
}

/** Where clients are found, npm's order of things first. */
export const PATH = [resolve('node_modules/.bin'), process.env.PATH].join(delimiter)

/** A program that takes one call a line on its standard input and answers each with one line. */
export function lineClient(name: string, [program, ...args]: [string, ...string[]]): Client {
  const running = new Map<string, { child: ChildProcess; lines: AsyncIterator<string> }>()
  function start(env: Record<string, string>) {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  }
  return {
    name,
    async call(env, operation, input) {
      const key = JSON.stringify(env)
      const { child, lines } = running.get(key) ?? start(env)
      running.set(key, { child, lines })
      child.stdin?.write(`${JSON.stringify({ operation, input })}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended instead of answering`)
      return JSON.parse(value)
    },
    close() {
      for (const { child } of running.values()) child.kill()
    },
  }
}

export interface Run {
  code: number
  stdout: string
  stderr: string
}

export function run(
  program: string,
  args: string[],
  { timeoutMs = 60_000, ...options }: { env: Record<string, string>; cwd?: string; timeoutMs?: number },
): Promise<Run> {
  return new Promise((done) => {
    const child = execFile(program, args, { ...options, timeout: timeoutMs }, (_error, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

/** The files of this name along the PATH that run, each once, with what they print of their version. */
export function installed(program: string, args: string[]): { path: string; version: string }[] {
  const found = new Map<string, { path: string; version: string }>()
  for (const folder of new Set(PATH.split(delimiter))) {
    const path = join(folder, program)
    const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' })
    const version = `${stdout}${stderr}`.trim()
    if (status === 0 && !found.has(version)) found.set(version, { path, version })
  }
  return [...found.values()]
}
