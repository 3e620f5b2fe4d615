/** A header and every piece of content is a multiple of this many bytes (POSIX ustar). */
const BLOCK = 512
const LONGEST_NAME = 100

/** One file of an archive: name below 100 bytes, readable by all, of no time, so that equal files give equal bytes. */
export function tarEntry(name: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(name)
  if (bytes.length > LONGEST_NAME) throw new RangeError(`Cannot archive ${name}: its name is too long`)
  const header = Buffer.alloc(BLOCK)
  bytes.copy(header)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc(padding(content.length))])
}

/** What ends an archive. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK)

/**
 * The files of an archive by name; folders are left out. `undefined` where it is no archive of plain files: links,
 * names that come twice, headers that don't add up.
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> | undefined {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  const files = new Map<string, Uint8Array>()
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) return files
    const size = octal(header, 124, 12)
    const type = header.toString('latin1', 156, 157)
    const start = at + BLOCK
    if (size === undefined || octal(header, 148, 8) !== checksum(header)) return undefined
    at = start + size + padding(size)
    if (at > bytes.length) return undefined
    if (type === '5') continue
    const name = (stringAt(header, 345, 155) && `${stringAt(header, 345, 155)}/`) + stringAt(header, 0, LONGEST_NAME)
    const path = name.replace(/^\.\//, '')
    if ((type !== '0' && type !== '\0') || files.has(path)) return undefined
    files.set(path, bytes.subarray(start, start + size))
  }
  // Its end is missing: it was cut off.
  return undefined
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** The sum of a header's bytes, those of the sum itself taken for spaces. */
function checksum(header: Buffer): number {
  let sum = 8 * 32
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

function octal(header: Buffer, at: number, length: number): number | undefined {
  const text = stringAt(header, at, length).trim()
  return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : undefined
}

function stringAt(header: Buffer, at: number, length: number): string {
  const end = header.indexOf(0, at)
  return header.toString('utf8', at, end < 0 || end > at + length ? at + length : end)
}
