import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const folder = fileURLToPath(new URL('.', import.meta.url))

/**
 * Installs the runtime interface client beside this file where it isn't yet, without running its build. Vitest's global
 * setup, so that it happens once before the tests that use it.
 */
export async function setup(): Promise<void> {
  const installed = await access(`${folder}node_modules/aws-lambda-ric/index.mjs`).then(
    () => true,
    () => false,
  )
  if (!installed)
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}
