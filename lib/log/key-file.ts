import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { formatSignerKey, parseSignerKey, type SignatureType, type Signer } from './key.ts'

/**
 * Makes a new key in a new file that only its owner can read.
 *
 * @throws where the file exists (`EEXIST`): a log that changed its key would look like another log.
 */
export async function createSignerKey(path: string, name: string, type: SignatureType): Promise<Signer> {
  const text = formatSignerKey(name, type, randomBytes(32))
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return signerOf(path, text)
}

/** @throws where the file can't be read, others than its owner may use it, or it holds no key. */
export async function openSignerKey(path: string): Promise<Signer> {
  const file = await open(path, 'r')
  try {
    // The mode of the open file, not of the path: the path may have been replaced in between.
    const { mode } = await file.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(`Cannot use key file ${path}: others may read it; run chmod 600`)
    }
    return signerOf(path, (await file.readFile('utf8')).replace(/\n$/, ''))
  } finally {
    await file.close()
  }
}

function signerOf(path: string, text: string): Signer {
  const signer = parseSignerKey(text)
  if (signer === undefined) throw new Error(`Cannot use key file ${path}: it holds no signer key`)
  return signer
}
