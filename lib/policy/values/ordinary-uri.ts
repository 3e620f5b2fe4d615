/**
 * The common case of an HTTP backend, told in one pass: a host of plain labels in lower case, no port, then a literal path
 * that no two servers read differently. Whatever else is read part by part in `http-uri.ts`, with the same outcome.
 */
export interface OrdinaryUri {
  scheme: 'http' | 'https'
  host: string
  /** From the slash on; `/` where none is written. */
  path: string
}

const MAX_HOST_LENGTH = 253

/** Linear: reads each character once. */
export function readOrdinaryUri(raw: string): OrdinaryUri | undefined {
  const scheme = raw.startsWith('https://') ? 'https' : raw.startsWith('http://') ? 'http' : undefined
  if (scheme === undefined) return undefined
  const hostAt = scheme.length + 3
  const hostEnd = endOfHost(raw, hostAt)
  if (hostEnd < 0 || !isOrdinaryPath(raw, hostEnd)) return undefined
  const host = raw.slice(hostAt, hostEnd)
  if (host.includes('xn--')) return undefined
  return { scheme, host, path: hostEnd === raw.length ? '/' : raw.slice(hostEnd) }
}

/** Where labels of 1 to 63 letters, digits and inner hyphens end, at a slash or the end; -1 where it isn't just that. */
function endOfHost(raw: string, hostAt: number): number {
  let labelAt = hostAt
  let at = hostAt
  for (; at <= raw.length; at++) {
    const code = at === raw.length ? SLASH : raw.charCodeAt(at)
    if (code === DOT || code === SLASH) {
      const length = at - labelAt
      if (length < 1 || length > 63 || raw.charCodeAt(labelAt) === HYPHEN || raw.charCodeAt(at - 1) === HYPHEN)
        return -1
      if (code === SLASH) break
      labelAt = at + 1
    } else if (!(code >= 0x61 && code <= 0x7a) && !isDigit(code) && code !== HYPHEN) {
      return -1
    }
  }
  // Parsers read a last label that is a number as an IPv4 address; one that begins with a digit is looked at closer.
  return at - hostAt > MAX_HOST_LENGTH || isDigit(raw.charCodeAt(labelAt)) ? -1 : at
}

/** No dot at the start of a segment, no `//`, and nothing beside unreserved characters and a few that all leave alone. */
function isOrdinaryPath(raw: string, pathAt: number): boolean {
  let isAfterSlash = false
  for (let at = pathAt; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code === SLASH) {
      if (isAfterSlash) return false
      isAfterSlash = true
    } else {
      if (PATH_CODES[code] !== 1 || (isAfterSlash && code === DOT)) return false
      isAfterSlash = false
    }
  }
  return true
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

const HYPHEN = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
/** 1 for each character code that a segment may hold here. */
const PATH_CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9._~!&()*+,=:@-]/.test(String.fromCharCode(code)) ? 1 : 0,
)
