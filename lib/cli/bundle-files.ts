import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { CannotJudge } from './cannot-judge.ts'
import { readTar, TAR_END, tarEntry } from './tar.ts'

/** Takes the files of a bundle, each once and whole. */
export interface BundleSink {
  write(path: string, bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/**
 * A new folder, or a new archive where the name ends in `.tar`.
 *
 * @throws {CannotJudge} where it is there already: a bundle is evidence, and nothing is written over.
 */
export async function createBundle(target: string): Promise<BundleSink> {
  try {
    if (!target.endsWith('.tar')) {
      await mkdir(target)
      return {
        async write(path, bytes) {
          const file = join(target, path)
          await mkdir(dirname(file), { recursive: true })
          await writeNew(file, bytes)
        },
        close: async () => {},
      }
    }
    const archive = await open(target, 'wx')
    return {
      write: async (path, bytes) => void (await archive.write(tarEntry(path, bytes))),
      async close() {
        await archive.write(TAR_END)
        await archive.close()
      },
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new CannotJudge(`${target}: It exists; a bundle goes to a new place.`)
    throw new CannotJudge(`${target}: It can't be made: ${code ?? message}.`)
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
}

/**
 * The files of a bundle by their path in it, from a folder or an archive.
 *
 * @throws {CannotJudge} where it can't be read.
 */
export async function readBundle(source: string): Promise<Map<string, Uint8Array>> {
  try {
    if (!(await stat(source)).isDirectory()) {
      const files = readTar(await readFile(source))
      if (files) return files
      throw new CannotJudge(`${source}: It is no whole tar archive of plain files.`)
    }
    const files = new Map<string, Uint8Array>()
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) continue
      const path = join(entry.parentPath, entry.name)
      const name = relative(source, path).split(sep).join('/')
      if (!entry.isFile()) throw new CannotJudge(`${path}: It is no plain file; a bundle holds nothing else.`)
      files.set(name, await readFile(path))
    }
    return files
  } catch (error) {
    if (error instanceof CannotJudge) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new CannotJudge(`${source}: It can't be read: ${code ?? message}.`)
  }
}
