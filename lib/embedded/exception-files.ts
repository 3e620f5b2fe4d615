import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PolicySet } from '../policy/document/document.ts'
import { instantOf } from '../policy/document/instant.ts'
import type { Problem } from '../policy/document/problem.ts'
import { loadExceptions, type ReadException } from '../policy/publish/load.ts'

/**
 * Exceptions stand in files of their own: in the folder `exceptions` beside the policy file, each file of which must hold
 * exceptions alone, or in files beside the policy file that say `kind: Exception`. Both YAML (several documents a file)
 * and JSON are read. What is wrong is refused by itself, and named; the rest is in force.
 */
export interface ExceptionFiles {
  /** In the order of their files' names. */
  exceptions: ReadException[]
  problems: Problem[]
}

/** The folder beside a policy file. */
const FOLDER = 'exceptions'
const EXTENSION = /\.(?:ya?ml|json)$/
const MAX_FILES = 1_000
/** An exception has a few hundred bytes. */
const MAX_BYTES = 1024 * 1024
/** What a file beside the policy has if any of its documents is an exception. */
const KIND = /\bkind["']?\s*:\s*["']?Exception\b/

/** Reads every exception that belongs to a policy file. Never throws for what is in the files. */
export async function readExceptionFiles(policyFile: string, policy: PolicySet): Promise<ExceptionFiles> {
  const found: ExceptionFiles = { exceptions: [], problems: [] }
  const { files, problems } = await candidates(policyFile)
  found.problems.push(...problems)
  const seen = new Map<string, ReadException>()
  for (const { file, isOurs } of files) {
    const text = await readText(file)
    if (typeof text !== 'string') {
      if (isOurs) found.problems.push(text)
      continue
    }
    if (!isOurs && !KIND.test(text)) continue
    const read = loadExceptions(text, { file, maxBytes: MAX_BYTES, policy })
    found.problems.push(...read.problems)
    for (const each of read.exceptions) {
      const { id } = each.exception.metadata
      const other = seen.get(id)
      if (other === undefined) {
        seen.set(id, each)
        found.exceptions.push(each)
      } else {
        const message = `The id ${id} is taken, by ${other.file}:${other.line}: one id, one exception.`
        found.problems.push({ file, line: each.line, column: 1, pointer: '/metadata/id', message })
      }
    }
  }
  return found
}

/** In one line, for the operator: each exception, its file, and from when or until when it holds. @param now Unix milliseconds. */
export function exceptionsInForce({ exceptions, problems }: ExceptionFiles, now: number): string {
  const told = exceptions.map(({ exception: { metadata, spec }, file }) => {
    const from = instantOf(spec.notBefore) ?? Infinity
    const until = instantOf(spec.notAfter) ?? -Infinity
    const state = now < from ? `from ${spec.notBefore} on` : now < until ? `until ${spec.notAfter}` : 'ended'
    return `${metadata.id} ${state} (${file})`
  })
  const refused = new Set(problems.map(({ file }) => file))
  if (refused.size > 0) told.push(`refused: ${[...refused].join(', ')}`)
  return told.length === 0 ? 'none' : told.join('; ')
}

/** Changes with every change of a file that may hold exceptions, and of the set of such files. */
export async function stampOfExceptions(policyFile: string): Promise<string> {
  const { files } = await candidates(policyFile)
  const stamps = await Promise.all(files.map(async ({ file }) => `${file} ${await stampOf(file)}`))
  return stamps.join('\n')
}

/** Changes with a file: its inode, size and time of change. Empty where there is none. */
export async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return ''
  }
}

interface Candidates {
  /** `isOurs`: it stands in the folder for exceptions, so that it holds some or is wrong. */
  files: { file: string; isOurs: boolean }[]
  problems: Problem[]
}

async function candidates(policyFile: string): Promise<Candidates> {
  const parent = dirname(policyFile)
  const folder = join(parent, FOLDER)
  const [own, beside] = await Promise.all([namesIn(folder), namesIn(parent)])
  const problems: Problem[] = []
  if (own.error !== undefined) problems.push(problemAt(folder, `The folder can't be read: ${own.error}.`))
  const files = [
    ...own.names.map((name) => ({ file: join(folder, name), isOurs: true })),
    ...beside.names
      .filter((name) => name !== basename(policyFile))
      .map((name) => ({ file: join(parent, name), isOurs: false })),
  ]
  if (files.length > MAX_FILES) {
    const message = `There are ${files.length} files that may hold exceptions, here and beside it; ${MAX_FILES} are read.`
    problems.push(problemAt(folder, message))
  }
  return { files: files.slice(0, MAX_FILES), problems }
}

async function namesIn(folder: string): Promise<{ names: string[]; error?: string }> {
  try {
    const names = await readdir(folder)
    return { names: names.filter((name) => EXTENSION.test(name) && !name.startsWith('.')).sort() }
  } catch (error) {
    const code = codeOf(error)
    return code === 'ENOENT' ? { names: [] } : { names: [], error: code }
  }
}

/** The text of a file; what is too large, no UTF-8 or can't be read is a problem. */
async function readText(file: string): Promise<string | Problem> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) return problemAt(file, `The file has ${size} bytes; at most ${MAX_BYTES} are read.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    if (error instanceof TypeError) return problemAt(file, 'The file is not UTF-8.')
    return problemAt(file, `It can't be read: ${codeOf(error)}.`)
  }
}

function problemAt(file: string, message: string): Problem {
  return { file, line: 1, column: 1, pointer: '', message }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
