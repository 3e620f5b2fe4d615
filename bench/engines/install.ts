import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Installs what decisions are compared with, where it isn't there yet. */
export async function installPeers(): Promise<void> {
  const isInstalled = await access(`${folder}node_modules/@cedar-policy/cedar-wasm`).then(
    () => true,
    () => false,
  )
  if (!isInstalled)
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}
