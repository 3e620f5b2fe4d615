import { domainToASCII, domainToUnicode } from 'node:url'
import { scanLateBound } from './late-bound.ts'
import { type Hazard, hazard, unreadableCharacters } from './uri-hazard.ts'
import { malformedLateBound, readPath, type UriPath } from './uri-path.ts'

/**
 * An HTTP backend, read from the raw `uri` string without repairing anything: what is judged is byte for byte what is
 * forwarded, and what two parsers (WHATWG here, `java.net` in API Gateway) could read differently is refused.
 */
export interface HttpUri {
  kind: 'http'
  scheme: 'http' | 'https'
  /** Lower case; DNS does not tell cases apart. */
  host: string
  /** Whether a label is internationalised (`xn--…`). */
  hasPunycode: boolean
  /** 1 to 65535; the scheme's default where none is written. */
  port: number
  path: UriPath
  query: 'none' | 'literal' | 'late-bound'
  /** The query as written, without its `?`. */
  queryText: string
  /** The names of its parameters, decoded, each once; of a late-bound query those that are literal. */
  queryNames: readonly string[]
}

/** What could be read. `uri` is absent where the authority itself is in doubt; then `hazards` says why. */
export interface HttpUriReading {
  uri?: HttpUri
  /** Hold whatever the policy says (`intrinsic.uri.*`). */
  hazards: Hazard[]
}

/** API Gateway's own limit on a URL of an edge or private API, in characters. */
const MAX_LENGTH = 8192
const MAX_HOST_LENGTH = 253

/** Reads the `uri` of an HTTP or HTTP_PROXY integration; linear in its length. */
export function readHttpUri(raw: string): HttpUriReading {
  if (raw.length > MAX_LENGTH) {
    return { hazards: [hazard('length', 'uri', raw.length, `The uri is longer than ${MAX_LENGTH} characters.`)] }
  }
  const unreadable = unreadableCharacters(raw)
  if (unreadable.length > 0) return { hazards: unreadable }

  const scheme = raw.startsWith('https://') ? 'https' : raw.startsWith('http://') ? 'http' : undefined
  if (scheme === undefined) return { hazards: [schemeHazard(raw)] }

  const authorityAt = scheme.length + 3
  const pathAt = endOf(raw, authorityAt, isAuthorityEnd)
  const hazards: Hazard[] = []
  const authority = readAuthority(raw.slice(authorityAt, pathAt), scheme, hazards)

  const hashAt = raw.indexOf('#', pathAt)
  const end = hashAt < 0 ? raw.length : hashAt
  if (hashAt >= 0) {
    const message = 'A fragment never reaches a backend; it only disguises where the host ends.'
    hazards.push(hazard('fragment', 'fragment', raw.slice(hashAt), message, 'Remove the # and what follows.'))
  }
  const questionAt = raw.indexOf('?', pathAt)
  const queryAt = questionAt < 0 || questionAt > end ? end : questionAt
  const path = readPath(raw.slice(pathAt, queryAt), hazards)
  const queryText = raw.slice(queryAt + 1, end)
  const query = queryAt === end ? 'none' : readQuery(queryText, hazards)

  if (authority === undefined || path === undefined || query === undefined) return { hazards }
  const { host, port } = authority
  const hasPunycode = host.includes('xn--')
  const queryNames = query === 'none' ? [] : namesOf(queryText)
  return { uri: { kind: 'http', scheme, host, hasPunycode, port, path, query, queryText, queryNames }, hazards }
}

function schemeHazard(raw: string): Hazard {
  const colon = raw.indexOf('://')
  const scheme = colon < 0 ? raw : raw.slice(0, colon)
  if (scheme.includes('$') || scheme.includes('{')) {
    return hazard('late-bound', 'scheme', scheme, 'The scheme must be written out, not filled in later.')
  }
  const message = 'The uri must start with https:// or http://, in lower case, followed by a host.'
  return hazard('scheme', 'scheme', scheme.slice(0, 64), message)
}

/** Reads `host[:port]`; `undefined` where either is in doubt, with the reasons added to `hazards`. */
function readAuthority(
  text: string,
  scheme: 'http' | 'https',
  hazards: Hazard[],
): { host: string; port: number } | undefined {
  const before = hazards.length
  if (text.includes('@')) {
    const message = 'A uri with userinfo (an @ before the host) hides which host is called.'
    hazards.push(hazard('userinfo', 'host', text, message, 'Remove the @ and what stands before it.'))
    return undefined
  }
  if (text.includes('[') || text.includes(']')) {
    hazards.push(hazard('ip-literal', 'host', text, 'IP addresses are not accepted as hosts; use a name.'))
    return undefined
  }
  const colon = text.indexOf(':')
  const lateAt = text.search(/[${}]/)
  if (lateAt >= 0) {
    const part = colon >= 0 && colon < lateAt ? 'port' : 'host'
    const message = `The ${part} must be written out: whoever can fill in the rest later would choose the backend.`
    hazards.push(hazard('late-bound', part, text, message, `Write the whole ${part} literally.`))
    return undefined
  }
  if (text.includes('%')) {
    const message = 'Percent-encoding in a host is read differently by different parsers.'
    hazards.push(hazard('percent-in-host', 'host', text, message, 'Write the host in plain letters.'))
    return undefined
  }
  const rawHost = colon < 0 ? text : text.slice(0, colon)
  const host = rawHost.toLowerCase()
  readHost(host, hazards)
  const port = colon < 0 ? (scheme === 'https' ? 443 : 80) : readPort(text.slice(colon + 1), hazards)
  return hazards.length > before || port === undefined ? undefined : { host, port }
}

function readHost(host: string, hazards: Hazard[]): void {
  if (host === '') {
    hazards.push(hazard('host-label', 'host', host, 'The uri names no host.'))
    return
  }
  if (host.endsWith('.')) {
    const message = 'A dot after the last label gives the same host a second spelling.'
    hazards.push(hazard('trailing-dot', 'host', host, message, `Write the host as ${host.slice(0, -1)}.`))
    return
  }
  if (host.length > MAX_HOST_LENGTH) {
    hazards.push(hazard('host-label', 'host', host, `The host is longer than ${MAX_HOST_LENGTH} characters.`))
    return
  }
  if (looksNumeric(host.slice(host.lastIndexOf('.') + 1))) {
    hazards.push(
      hazard('ip-literal', 'host', host, 'IP addresses are not accepted as hosts, in any notation; use a name.'),
    )
    return
  }
  if (!isLdhHost(host)) {
    const message = 'Each label of a host is 1 to 63 letters, digits or hyphens, with no hyphen at either end.'
    hazards.push(hazard('host-label', 'host', host, message))
    return
  }
  if (host.includes('xn--') && !isStablePunycode(host)) {
    hazards.push(hazard('host-label', 'host', host, 'The host holds an xn-- label that does not decode to itself.'))
  }
}

/** Parsers read a host whose last label is a number, in any base, as an IPv4 address. */
function looksNumeric(label: string): boolean {
  if (label.startsWith('0x')) return true
  return label !== '' && endOf(label, 0, (code) => !isDigit(code)) === label.length
}

/** Letters, digits and hyphens in labels of 1 to 63, no hyphen first or last (RFC 1123 §2.1). `host` is lower case. */
function isLdhHost(host: string): boolean {
  let labelAt = 0
  for (let at = 0; at <= host.length; at++) {
    const code = at === host.length ? 0x2e : host.charCodeAt(at)
    if (code === 0x2e) {
      const length = at - labelAt
      if (length < 1 || length > 63 || host[labelAt] === '-' || host[at - 1] === '-') return false
      labelAt = at + 1
    } else if (!isDigit(code) && !(code >= 0x61 && code <= 0x7a) && code !== 0x2d) {
      return false
    }
  }
  return true
}

/** Whether each `xn--` label decodes to something and that encodes to the same label again. */
function isStablePunycode(host: string): boolean {
  const decoded = domainToUnicode(host)
  return !decoded.split('.').some((label) => label.startsWith('xn--')) && domainToASCII(decoded) === host
}

function readPort(text: string, hazards: Hazard[]): number | undefined {
  const isPlain =
    text !== '' && text.length <= 5 && text[0] !== '0' && endOf(text, 0, (code) => !isDigit(code)) === text.length
  const port = isPlain ? Number(text) : 0
  if (port >= 1 && port <= 65535) return port
  const message = 'A port is a number from 1 to 65535, without leading zeros; leave out the colon for the default.'
  hazards.push(hazard('port', 'port', text, message))
  return undefined
}

function readQuery(text: string, hazards: Hazard[]): 'literal' | 'late-bound' | undefined {
  const late = scanLateBound(text)
  if (late.malformedAt >= 0) {
    hazards.push(malformedLateBound('query', text, late))
    return undefined
  }
  const oddAt = text.search(/['[\]]/)
  if (oddAt >= 0) {
    const message = "Quotes and square brackets must be percent-encoded in a query: some parsers do, others don't."
    hazards.push(hazard('character', 'query', text.charAt(oddAt), message, 'Write %27, %5B and %5D.'))
    return undefined
  }
  const percentAt = malformedPercent(text)
  if (percentAt >= 0) {
    const message = 'A % must be followed by two hexadecimal digits.'
    hazards.push(
      hazard('percent-encoding', 'query', text.slice(percentAt, percentAt + 3), message, 'Write %25 for a % itself.'),
    )
    return undefined
  }
  return late.first === undefined ? 'literal' : 'late-bound'
}

/** The names of a query's parameters as some server reads them: decoded, `+` as a space, also behind a `;`. */
export function namesOf(query: string): string[] {
  const names = query.split(/[&;]/).map((pair) => {
    const equals = pair.indexOf('=')
    return decoded(equals < 0 ? pair : pair.slice(0, equals))
  })
  return [...new Set(names.filter((name) => name !== ''))]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text // a % that encodes nothing stands for itself; the caller has refused it where that matters
  }
}

/** Index of a `%` that two hexadecimal digits do not follow; -1 where there is none. */
function malformedPercent(text: string): number {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 3)) {
    if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return at
  }
  return -1
}

/** Index of the first character from `start` on for which `isEnd` holds, else the length. */
function endOf(text: string, start: number, isEnd: (code: number) => boolean): number {
  let at = start
  while (at < text.length && !isEnd(text.charCodeAt(at))) at++
  return at
}

function isAuthorityEnd(code: number): boolean {
  return code === 0x2f || code === 0x3f || code === 0x23
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46)
}
