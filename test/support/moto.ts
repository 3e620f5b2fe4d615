import { spawn, spawnSync } from 'node:child_process'

/** What a test's title adds where there is no moto on this machine. */
export const MISSING_MOTO = spawnSync('moto_server', ['--help']).status === 0 ? '' : ' (moto_server not found, not run)'

export interface Moto {
  /** Every service that moto has, at one address. It checks neither signatures nor tokens. */
  url: string
  close(): Promise<void>
}

/** Starts moto's server on a free port. */
export async function startMoto(): Promise<Moto> {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((found, failed) => {
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
        if (address) found(address)
      })
    }
    void gone.then(() => failed(new Error(`moto_server ended: ${text}`)))
  })
  return {
    url,
    async close() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
