import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SignInError } from './sign-in-error.ts'

/**
 * Writes a file that only its owner can read (mode 0600, in a folder of mode 0700 where there was none). Whoever reads
 * it meanwhile, or after a crash, finds the old text or the new one, never a part.
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}.draft`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/**
 * @returns `undefined` where there is no such file.
 * @throws {SignInError} where others could read it or have written it: what it holds may not be a secret, or not ours.
 */
export async function readPrivately(path: string): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new SignInError(`Cannot read ${path}: ${code}.`, { cause: error })
  }
  try {
    const { mode, uid } = await file.stat()
    // Windows has neither.
    const isOpen = process.getuid !== undefined && ((mode & 0o077) !== 0 || uid !== process.getuid())
    if (isOpen) throw new SignInError(`Cannot trust ${path}: others may read or write it. Delete it and sign in again.`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
