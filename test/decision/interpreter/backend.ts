import type { Integration } from '../../../lib/apigateway/integration.ts'
import type { Hole, Pieces } from './texts.ts'

/**
 * What a uri addresses, read by hand. `unreadable` is what policy.md 2a refuses whatever the policy says; the path's own
 * dangers are only named, since they count where a path rule protects the path.
 */
export type Backend =
  | { kind: 'none' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'http'; scheme: string; host: string; port: number; path: Path; query: Query }
  | {
      kind: 'lambda'
      partition: string
      region: string
      ownPartition: string
      ownRegion: string
      account: string
      name: string
      qualifier?: string
    }
  | {
      kind: 'service'
      partition: string
      region: string
      service: string
      subdomain?: string
      action?: string
      path?: Path
      query: Query
    }

export interface Path {
  pieces: Pieces
  /** `certain`: refused wherever a path rule protects the path. `possible`: policy.md does not settle it. */
  hazard: 'none' | 'certain' | 'possible'
}
export interface Query {
  isThere: boolean
  lateBound: boolean
  /** Names and values, decoded. */
  parameters: readonly (readonly [name: string, value: string])[]
}

export function backendOf(integration: Integration): Backend {
  const { type, uri = '' } = integration
  if (type === 'MOCK') return { kind: 'none' }
  return type === 'HTTP' || type === 'HTTP_PROXY' ? httpBackend(uri, integration) : awsBackend(uri, integration)
}

const LABEL = /^(?!-)[a-z0-9-]+(?<!-)$/

function httpBackend(uri: string, integration: Integration): Backend {
  const [, scheme = '', authority = '', path = '', query] =
    /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/.exec(uri) ?? []
  if (scheme === '') return { kind: 'unreadable', why: 'form' }
  if (/[^\x21-\x7e]|\\/.test(uri)) return { kind: 'unreadable', why: 'characters' }
  const [, host = '', portText] = /^([^:]*)(?::([0-9]+))?$/.exec(authority.toLowerCase()) ?? []
  const labels = host.split('.')
  if (!labels.every((label) => LABEL.test(label))) return { kind: 'unreadable', why: 'authority' }
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return { kind: 'unreadable', why: 'address' }
  if (portText !== undefined && !/^[1-9][0-9]{0,4}$/.test(portText)) return { kind: 'unreadable', why: 'port' }
  const port = portText === undefined ? (scheme === 'https' ? 443 : 80) : Number(portText)
  if (port > 65535) return { kind: 'unreadable', why: 'port' }
  const pieces = piecesOf(path === '' ? '/' : path, integration)
  const read = queryOf(query)
  if (pieces === undefined || read === undefined) return { kind: 'unreadable', why: 'placeholder' }
  const hazard = hazardOf(pieces)
  // A placeholder beside a dot is refused; whether also where a static value fills it, so that nothing can join, is open.
  const isBeside = hazard === 'none' && /\.\{|\}\./.test(path)
  return { kind: 'http', scheme, host, port, path: { pieces, hazard: isBeside ? 'possible' : hazard }, query: read }
}

function awsBackend(uri: string, integration: Integration): Backend {
  const match =
    /^arn:(aws[a-z-]*):apigateway:([a-z0-9-]+):(?:([A-Za-z0-9_.-]+)\.)?([a-z0-9-]+):(path|action)\/(.*)$/.exec(uri)
  if (match === null) return { kind: 'unreadable', why: 'arn' }
  const [, partition = '', region = '', subdomain, service = '', kind, rest = ''] = match
  if (service === 'lambda') {
    const invocation =
      /^2015-03-31\/functions\/arn:(aws[a-z-]*):lambda:([a-z0-9-]+):([0-9]{12}):function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9_$-]+))?\/invocations$/.exec(
        rest,
      )
    if (kind !== 'path' || invocation === null || subdomain !== undefined) {
      return { kind: 'unreadable', why: 'invocation path' }
    }
    const [, ownPartition = '', ownRegion = '', account = '', name = '', qualifier] = invocation
    return {
      kind: 'lambda',
      partition,
      region,
      ownPartition,
      ownRegion,
      account,
      name,
      ...(qualifier !== undefined && { qualifier }),
    }
  }
  const common = { kind: 'service', partition, region, service, ...(subdomain !== undefined && { subdomain }) } as const
  // An encoded letter is always refused for AWS services: two parsers could read it differently.
  if (/[^\x21-\x7e]|\\|%/.test(rest)) return { kind: 'unreadable', why: 'encoding' }
  if (kind === 'action') {
    const [, action = '', query] = /^([A-Za-z0-9]+)(?:&(.*))?$/.exec(rest) ?? []
    const read = queryOf(query)
    return action === '' || read === undefined || actionsIn(read) > 0
      ? { kind: 'unreadable', why: 'action' }
      : { ...common, action, query: read }
  }
  const [, text = '', query] = /^([^?]*)(?:\?(.*))?$/.exec(rest) ?? []
  const pieces = piecesOf(`/${text}`, integration)
  const read = queryOf(query)
  if (pieces === undefined || read === undefined) return { kind: 'unreadable', why: 'placeholder' }
  if (actionsIn(read) > 1) return { kind: 'unreadable', why: 'action' }
  return { ...common, path: { pieces, hazard: hazardOf(pieces) }, query: read }
}

/** A second action could be the one that is called. */
function actionsIn({ parameters }: Query): number {
  return parameters.filter(([name]) => name === 'Action').length
}

/** Literal text and what is late-bound, joined by the worst that each source can give (policy.md 2, rule 6). */
function piecesOf(path: string, integration: Integration): Pieces | undefined {
  const pieces: (string | { hole: Hole; source: string })[] = []
  const found = path.matchAll(/\$\{stageVariables\.[A-Za-z0-9_]+\}|\{([A-Za-z0-9._-]+)\}|[^{}$]+|[{}$]/g)
  for (const [text, placeholder] of found) {
    if (/^[{}$]$/.test(text)) return undefined
    if (placeholder !== undefined) pieces.push(filled(placeholder, integration))
    else if (text.startsWith('$')) pieces.push({ hole: 'anything', source: 'stageVariables' })
    else pieces.push(text)
  }
  return pieces
}

/** What a placeholder becomes: a static value as if it were written there, else the worst of its source. */
function filled(placeholder: string, { requestParameters = {} }: Integration): Pieces[number] {
  const source = requestParameters[`integration.request.path.${placeholder}`]
  if (source === undefined) return { hole: 'segment', source: 'path' }
  if (source.startsWith("'")) return source.slice(1, -1)
  if (source === 'method.request.path.proxy') return { hole: 'segments', source: 'path' }
  const [, location] =
    /^(?:method\.request\.(?:multivalue)?(path|querystring|header|body)|(context|stageVariables))/.exec(source) ?? []
  if (location === 'path') return { hole: 'segment', source: 'path' }
  return { hole: 'anything', source: location ?? (source.startsWith('context') ? 'context' : 'stageVariables') }
}

/** What policy.md 2a refuses in a path that a path rule protects. */
function hazardOf(pieces: Pieces): Path['hazard'] {
  // U+E000 stands for what is filled in: no caller can write it, since a uri is ASCII.
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : '\ue000')).join('')
  const segments = text.split('/').slice(1)
  if (segments.slice(0, -1).includes('')) return 'certain'
  if (/[;\\]|%2e|%2f|%5c|%3b|%25/i.test(text) || /[^\x21-\x7e\ue000]/.test(text)) return 'certain'
  if ([...text.matchAll(/%([0-9a-f]{2})/gi)].some(([, hex]) => isUnreserved(Number.parseInt(hex ?? '', 16)))) {
    return 'certain'
  }
  if (text.includes('%')) return 'possible'
  for (const segment of segments) {
    const late = [...segment].filter((character) => character === '\ue000').length
    if (segment === '.' || segment === '..') return 'certain'
    if (late > 1) return 'certain'
    if (late === 1 && segment.length > 1 && /^[.\ue000]+$/.test(segment)) return 'certain'
    if (/\ue000\.|\.\ue000/.test(segment)) return 'possible'
  }
  return /[?#]/.test(text) ? 'possible' : 'none'
}

function isUnreserved(code: number): boolean {
  return /[A-Za-z0-9._~-]/.test(String.fromCharCode(code))
}

function queryOf(query: string | undefined): Query | undefined {
  if (query === undefined) return { isThere: false, lateBound: false, parameters: [] }
  const late = query.replaceAll(/\$\{stageVariables\.[A-Za-z0-9_]+\}|\{[A-Za-z0-9._-]+\}/g, '')
  if (/[{}$]/.test(late)) return undefined
  const parameters = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return [decoded(name), decoded(value.join('='))] as const
  })
  return { isThere: true, lateBound: late !== query, parameters }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
