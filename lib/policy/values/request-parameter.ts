/** One entry of `requestParameters`, read. */
export interface RequestParameter {
  /** The wire key, for field pointers. */
  key: string
  /** `location.name` as written. */
  destination: string
  source: { kind: 'static'; text: string } | { kind: 'reference'; name: string }
}

const KEY = /^integration\.request\.((?:querystring|path|header)\.[A-Za-z0-9._$-]{1,256})$/
const REFERENCE =
  /^(?:method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.[A-Za-z0-9._$-]{1,256}|method\.request\.body(?:\.[!-~]{1,256})?|context\.[A-Za-z0-9._$-]{1,256}|context\.authorizer\.[A-Za-z0-9._$:-]{1,245}|stageVariables\.[A-Za-z0-9_]{1,64})$/
const STATIC = /^'([\s\S]{0,1000})'$/

/** Reads one entry; says which half is of no form that API Gateway documents. */
export function readRequestParameter(key: string, value: string): RequestParameter | 'destination' | 'source' {
  const [, destination] = KEY.exec(key) ?? []
  if (destination === undefined) return 'destination'
  const base = { key, destination }
  const [, text] = STATIC.exec(value) ?? []
  if (text !== undefined) return { ...base, source: { kind: 'static', text } }
  if (!REFERENCE.test(value)) return 'source'
  return { ...base, source: { kind: 'reference', name: value } }
}

/**
 * Headers that choose the site behind an address (Host), the operation of an AWS service (X-Amz-*), the caller a backend
 * believes in (X-Forwarded-*, Forwarded, X-Real-IP, Authorization), the resource it serves (X-Original-URL,
 * X-Rewrite-URL, X-HTTP-Method-Override) or where a message ends.
 */
const CLOSED = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
])

/** @param name In any case. Servers that speak CGI read `_` as `-`, so that both are one name here. */
export function isClosedHeader(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-')
  return CLOSED.has(plain) || plain.startsWith('x-amz-') || plain.startsWith('x-forwarded')
}

const HEADER = /^(?:(?:method|integration)\.request\.)?(?:multivalue)?header\./

/** The name with a header's own name in lower case: to a backend it is one header in any case (RFC 9110 §5.1). */
export function foldHeader(name: string): string {
  if (!name.includes('header.')) return name
  const [location] = HEADER.exec(name) ?? []
  return location === undefined ? name : location + name.slice(location.length).toLowerCase()
}
