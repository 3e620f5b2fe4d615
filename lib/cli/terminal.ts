import { once } from 'node:events'

/** What a command has around it. */
export interface Terminal {
  stdin: AsyncIterable<Uint8Array>
  /** Resolves when more can be written. */
  out(text: string): Promise<void>
  /** One message for the person at the terminal. */
  err(text: string): void
  isColoured: boolean
  /** Unix milliseconds. */
  now(): number
}

/** The one of this process. Colours where a person reads, unless NO_COLOR (no-color.org) says otherwise. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  // Whoever reads may stop reading, as `head` does. Then not all was judged, and nobody is left to be told.
  stdout.on('error', () => process.exit(2))
  return {
    stdin,
    async out(text) {
      if (!stdout.write(text)) await once(stdout, 'drain')
    },
    err: (text) => void stderr.write(`${text}\n`),
    isColoured: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    now: Date.now,
  }
}
