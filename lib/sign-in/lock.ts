import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignInError } from './sign-in-error.ts'

/** Longer than whoever holds the lock can take: its two calls to the issuer end sooner by their own time limits. */
export const STALE_MS = 30_000
const POLL_MS = 50

/**
 * Runs `work` while no other process runs work of this folder. A lock file whose owner has died is taken over once it is
 * {@link STALE_MS} old.
 *
 * A machine that sleeps while it holds the lock can wake up beside another owner: then two refreshes run, as they would
 * without a lock, and the later writer's session stays.
 *
 * @throws {SignInError} where the lock isn't free in time.
 */
export async function withLock<Result>(home: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = join(home, 'session.lock')
  const owner = randomUUID()
  const deadline = Date.now() + 2 * STALE_MS
  while (!(await acquire(path, owner))) {
    if (Date.now() > deadline) throw new SignInError(`Cannot lock ${path}: another process holds it.`)
    if (!(await removeStale(path))) await sleep(POLL_MS)
  }
  try {
    return await work()
  } finally {
    if ((await readFile(path, 'utf8').catch(() => '')) === owner) await rm(path, { force: true })
  }
}

async function acquire(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** @returns Whether it is worth trying again at once. */
async function removeStale(path: string): Promise<boolean> {
  try {
    if (!(await isStale(path))) return false
    // Of all who find it stale, one moves it aside. What was moved may be a new owner's by now: that goes back.
    const aside = `${path}.${randomUUID()}.stale`
    await rename(path, aside)
    if (!(await isStale(aside))) await link(aside, path).catch(() => {})
    await rm(aside)
    return true
  } catch (error) {
    // Somebody else was first, or its owner has let go.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

async function isStale(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path)
  return Date.now() - mtimeMs >= STALE_MS
}
