import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { KEY_BYTES } from './trail-keys.ts'

/**
 * The trail's secret of a local installation: `<home>/trail.key`, made at the first start, readable by its owner alone.
 * Two processes that start at once agree on one key.
 *
 * @throws where the file is not {@link KEY_BYTES} bytes in base64: the MACs and sealed requests of the trail depend on
 *   it, so it is never replaced.
 */
export async function openKeyFile(home: string): Promise<Uint8Array> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = join(home, 'trail.key')
  const existing = await readKey(path)
  if (existing) return existing

  // Written aside and linked into place: a crash never leaves a key file that is there but empty.
  const aside = join(home, `trail.key.${randomBytes(6).toString('hex')}`)
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(aside, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(aside)
  }
  const key = await readKey(path)
  if (!key) throw new Error(`Cannot read ${path}: it was just made and is gone`)
  return key
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== KEY_BYTES) throw new Error(`Cannot use ${path}: expected ${KEY_BYTES} bytes in base64`)
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600)
  return key
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
