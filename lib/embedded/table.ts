import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import dynalite from 'dynalite'

/** A DynamoDB of one's own on loopback. Survives the process, not a loss of power: writes are not synced one by one. */
export interface EmbeddedTable {
  /** `http://127.0.0.1:<port>`, for a DynamoDB client with any Region and credentials. */
  endpoint: string
  /** Lets running requests finish, then closes the files and frees the folder. */
  close(): Promise<void>
}

/** Another process, or this one, has the folder open. */
export class FolderInUse extends Error {
  override name = 'FolderInUse'
}

const openHere = new Set<string>()

/**
 * Opens the embedded table under `<home>/table`.
 *
 * The folder is locked first, by a LevelDB of its own whose lock the operating system frees with the process: dynalite
 * ends the process when its files are open elsewhere.
 *
 * @throws {FolderInUse} where it is open already; the message is for the operator.
 */
export async function openTable(home: string): Promise<EmbeddedTable> {
  const folder = resolve(home, 'table')
  // A second open of a lock file in one process would free the first one's lock (fcntl).
  if (openHere.has(folder)) throw new FolderInUse(`${home} is already in use by this process.`)
  openHere.add(folder)
  try {
    const lock = await lockFolder(home, folder)
    try {
      const server = dynalite({ path: join(folder, 'data'), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
      const port = await listen(server)
      return {
        endpoint: `http://127.0.0.1:${port}`,
        async close() {
          await closeServer(server)
          await lock.close()
          openHere.delete(folder)
        },
      }
    } catch (error) {
      await lock.close()
      throw error
    }
  } catch (error) {
    openHere.delete(folder)
    throw error
  }
}

async function lockFolder(home: string, folder: string): Promise<ClassicLevel> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const owner = join(folder, 'owner')
  const lock = new ClassicLevel(join(folder, 'lock'))
  try {
    await lock.open()
  } catch (error) {
    if (!isLocked(error)) throw error
    const pid = await readFile(owner, 'utf8').catch(() => '')
    const who = /^\d{1,10}$/.test(pid) ? `process ${pid}` : 'another process'
    throw new FolderInUse(`${home} is in use by ${who}. Stop it, or set SALLYPORT_HOME to another folder.`, {
      cause: error,
    })
  }
  await writeFile(owner, String(process.pid))
  return lock
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => done())
  })
  return (server.address() as AddressInfo).port
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.close((error) => (error ? fail(error) : done()))
  })
}
