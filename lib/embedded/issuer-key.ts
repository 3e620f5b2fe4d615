import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import * as z from 'zod/mini'

const PrivateJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
})
export type PrivateJwk = z.infer<typeof PrivateJwk>

/**
 * The signing key of the embedded issuer, kept in `<home>/issuer.json` (mode 0600). Made at first use; processes that
 * start at the same time end up with the same one.
 *
 * @throws {Error} if the file is there and holds something else, or the folder cannot be written.
 */
export async function openIssuerKey(home: string): Promise<PrivateJwk> {
  const path = join(home, 'issuer.json')
  return (await readKey(path)) ?? (await createKey(home, path))
}

async function readKey(path: string): Promise<PrivateJwk | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const parsed = PrivateJwk.safeParse(parseOrUndefined(text))
  // What the file holds stays out of the message: it may be most of a private key.
  if (!parsed.success)
    throw new Error(`Cannot use ${path}: it is not the issuer's key. Delete it to have a new one made`)
  return parsed.data
}

/** Written whole under a name of its own, then given the name that counts: `link` fails where another was first. */
async function createKey(home: string, path: string): Promise<PrivateJwk> {
  const key = await newKey()
  await mkdir(home, { recursive: true, mode: 0o700 })
  const draft = join(home, `issuer.${randomUUID()}.draft`)
  try {
    await writeFile(draft, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: 'wx' })
    await link(draft, path)
    return key
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? await readKey(path) : undefined
    if (winner) return winner
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function newKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = await exportJWK(privateKey)
  return PrivateJwk.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' })
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
