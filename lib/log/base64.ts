/**
 * The bytes of standard base64 (RFC 4648 §4) in its one canonical spelling; `undefined` for any other string, also one
 * that Node would read (missing padding, stray characters, set bits behind the end): what is signed must have one form.
 */
export function parseBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
