/** Why somebody isn't signed in, or a profile isn't written: one line for whoever ran the command. */
export class SignInError extends Error {
  override name = 'SignInError'

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options)
  }
}

const MAX_LENGTH = 500

/**
 * Text of an issuer or of a file on its way to a terminal: without line breaks and escape sequences, which could pass
 * for lines of our own, and not endless.
 */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}
