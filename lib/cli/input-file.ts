import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { CannotJudge } from './cannot-judge.ts'
import type { Terminal } from './terminal.ts'

/** For the standard input, where a file could be named. */
export const STDIN = '-'

/** @throws {CannotJudge} saying why it can't be read. */
export async function readInput(file: string, { stdin }: Pick<Terminal, 'stdin'>): Promise<Buffer> {
  if (file === STDIN) return buffer(stdin)
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error)
  })
}

/** @throws {CannotJudge} saying why it can't be read, when it is first asked for a chunk. */
export async function* streamInput(file: string, { stdin }: Pick<Terminal, 'stdin'>): AsyncIterable<Uint8Array> {
  try {
    yield* file === STDIN ? stdin : createReadStream(file, { highWaterMark: 256 * 1024 })
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException)
  }
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): CannotJudge {
  if (code === 'ENOENT') return new CannotJudge(`${file}: There is no such file.`)
  if (code === 'EISDIR') return new CannotJudge(`${file}: This is a folder, not a file.`)
  return new CannotJudge(`${file}: It can't be read: ${code ?? message}.`)
}
