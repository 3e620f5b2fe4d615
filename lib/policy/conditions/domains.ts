import { HTTP_METHODS } from '../../apigateway/integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName } from '../../apigateway/members.ts'
import { nearest } from '../document/problem.ts'
import { wordsOf } from './members.ts'

/** Where a literal must stand in a member's value for a comparison to hold. */
export type Place = 'whole' | 'start' | 'end' | 'inside'

/** Why no value of a member can be (or hold) a literal. */
export interface Fault {
  /** Ends a sentence that begins with the member's name. */
  reason: string
  /** What was probably meant. */
  suggestion?: string
}

/** What a member's value can be. */
export type Domain =
  | { kind: 'words'; values: readonly string[]; aliases?: Readonly<Record<string, string>> }
  | { kind: 'number'; min: bigint; max: bigint }
  | { kind: 'text'; fault(text: string, place: Place): Fault | undefined }
  /** Names of request parameters: keys of the map, their sources, and cache keys. They have two readings (`names.ts`). */
  | { kind: 'name'; of: 'destination' | 'source' | 'cacheKey'; fault(text: string, place: Place): Fault | undefined }
  | { kind: 'contentType'; fault(text: string, place: Place): Fault | undefined }
  /** Any text, in lower case. */
  | { kind: 'lowered'; of: Domain | undefined }

/** A text whose characters and whole shape are known. `nearest` gives what was meant, where that is plain. */
function shaped(what: string, characters: RegExp, whole: RegExp, meant?: (text: string) => string | undefined): Domain {
  const unfit = (text: string) => [...text].find((character) => !characters.test(character))
  return {
    kind: 'text',
    fault(text, place) {
      const character = unfit(text)
      if (character === undefined && (place !== 'whole' || whole.test(text))) return undefined
      const lower = text.toLowerCase()
      const isFit = (candidate: string) =>
        candidate !== text && unfit(candidate) === undefined && (place !== 'whole' || whole.test(candidate))
      const suggestion = [meant?.(text), lower].find((candidate) => candidate !== undefined && isFit(candidate))
      const reason = character === undefined ? `is ${what}` : `is ${what}, without ${JSON.stringify(character)}`
      return { reason, ...(suggestion !== undefined && { suggestion: JSON.stringify(suggestion) }) }
    },
  }
}

/** `""` is what a member is that the backend lacks or the request left out. */
const orEmpty = (pattern: string) => new RegExp(`^(?:${pattern})?$`)

const words = (values: readonly string[], aliases?: Readonly<Record<string, string>>): Domain => ({
  kind: 'words',
  values,
  ...(aliases && { aliases }),
})

const HOST = shaped(
  'a host in lower case, without scheme, port or wildcard',
  /[a-z0-9.-]/,
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
)

const host: Domain = {
  kind: 'text',
  fault(text, place) {
    const found = HOST.kind === 'text' ? HOST.fault(text, place) : undefined
    if (text.startsWith('*.') && place === 'whole') {
      const below = text.replace(/^\*+/, '').toLowerCase()
      return { reason: 'is no pattern', suggestion: `endsWith(${JSON.stringify(below)})` }
    }
    if (found !== undefined) return found
    const isAtEdge = (place === 'start' && /^[.-]/.test(text)) || (place === 'end' && /[.-]$/.test(text))
    return isAtEdge || text.includes('..')
      ? { reason: 'is a host of labels, with one dot between each two' }
      : undefined
  },
}

/** Percent-encodings of characters that need none (RFC 3986 §2.3). */
export const ENCODED_UNRESERVED = /%(?:2[de]|5f|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])/i

/** The encoding of a character that a segment may also hold as it is: one path in two spellings (RFC 3986 §3.3). */
export const ENCODED_IN_PATH = /%(?:2[1246789abc]|3[abd]|40)/i

const path: Domain = {
  kind: 'text',
  fault(text, place) {
    if ((place === 'whole' || place === 'start') && text !== '' && !text.startsWith('/'))
      return { reason: 'starts with /', suggestion: JSON.stringify(`/${text}`) }
    if (text === '' && place === 'whole') return { reason: 'is / where it is empty', suggestion: '"/"' }
    if (/[?#]/.test(text)) return { reason: 'ends before ? and #' }
    if (/[^\x21-\x7e]|["<>\\^`{|}[\]$;]/.test(text))
      return { reason: 'is ASCII, percent-encoded where need be, and known' }
    if (ENCODED_UNRESERVED.test(text)) return { reason: 'encodes no letters, digits, -, ., _ or ~' }
    if (ENCODED_IN_PATH.test(text)) return { reason: "encodes none of ! $ & ' ( ) * + , : ; = @" }
    if (/\/\//.test(text) || /(?:^|\/)\.\.?\//.test(text)) return { reason: 'has neither // nor dot segments' }
    return undefined
  },
}

const query: Domain = {
  kind: 'text',
  fault(text, place) {
    if (place !== 'inside' && place !== 'end' && text.startsWith('?'))
      return { reason: 'is what follows the ?', suggestion: JSON.stringify(text.slice(1)) }
    if (/[^\x21-\x7e]|["#<>'[\]\\]/.test(text)) return { reason: 'is ASCII, percent-encoded where need be' }
    return ENCODED_UNRESERVED.test(text) ? { reason: 'encodes no letters, digits, -, ., _ or ~' } : undefined
  },
}

const partition = shaped('a partition', /[a-z-]/, /^aws(?:-[a-z]+)*$/)
const region = shaped('a Region', /[a-z0-9-]/, /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}$/)
const apiId = shaped('an id of lower-case letters and digits', /[a-z0-9]/, /^[a-z0-9]{1,64}$/)

/** Parts of names of request parameters, before the name itself. */
const DESTINATIONS = ['integration.request.header.', 'integration.request.querystring.', 'integration.request.path.']
const REQUEST_PARTS = ['path.', 'querystring.', 'multivaluequerystring.', 'header.', 'multivalueheader.', 'body']
const REQUEST = REQUEST_PARTS.map((part) => `method.request.${part}`)
const SOURCES = [...REQUEST, 'context.', 'stageVariables.', "'"]
const CACHE_KEYS = [...REQUEST, ...REQUEST_PARTS.map((part) => `integration.request.${part}`)]

function prefixed(of: 'destination' | 'source' | 'cacheKey', prefixes: readonly string[], example: string): Domain {
  // Header names come in any case; the words before them in one.
  const fits = (text: string, place: Place) =>
    prefixes.some((prefix) => (place === 'whole' ? text.startsWith(prefix) : meets(text, prefix)))
  return {
    kind: 'name',
    of,
    fault(text, place) {
      if (place === 'end' || place === 'inside' || fits(text, place)) return undefined
      const name = text.replace(/^(?:method|integration)\.request\.[a-z]+\./i, '')
      const word = /\.?(?:multivalue)?(header|query|path)/i.exec(text)?.[1]?.toLowerCase() ?? ''
      const prefix = prefixes.find((each) => word !== '' && each.split('.')[2]?.startsWith(word))
      const isName = /^(?:method|integration)\.request\./i.test(text)
      const quoted = of === 'source' && !isName ? `'${text}'` : undefined
      const suggestion = quoted ?? (prefix !== undefined && isName ? prefix + name : undefined)
      return {
        reason: `is written as ${example}`,
        ...(suggestion !== undefined && suggestion !== text && { suggestion: JSON.stringify(suggestion) }),
      }
    },
  }
}

const meets = (one: string, other: string) => one.startsWith(other) || other.startsWith(one)

const DESTINATION = prefixed('destination', DESTINATIONS, 'integration.request.header.NAME, querystring or path')
const SOURCE = prefixed('source', SOURCES, "method.request.header.NAME, context.NAME or 'text' in quotes of its own")
const CACHE_KEY = prefixed('cacheKey', CACHE_KEYS, 'method.request.querystring.NAME, header or path')
const CONTENT_TYPE: Domain = {
  kind: 'contentType',
  fault: (text, place) =>
    place === 'whole' && !text.includes('/') && !text.startsWith('$')
      ? {
          reason: 'is a media type',
          ...(/^[a-z]+$/i.test(text) && { suggestion: `"application/${text.toLowerCase()}"` }),
        }
      : undefined,
}

/** Words that are often taken for another. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  type: { LAMBDA: 'AWS_PROXY', LAMBDA_PROXY: 'AWS_PROXY', SERVICE: 'AWS' },
  connectionType: { PUBLIC: 'INTERNET', PRIVATE: 'VPC_LINK' },
  contentHandling: { '': 'none' },
  responseTransferMode: { STREAMING: 'STREAM' },
}

/** What a member of the table can be, the word for its absence included. Of a free text nothing is known. */
function domainOf(name: MemberName): Domain | undefined {
  const member: Member = MEMBERS[name]
  if (member.kind === 'integer') return { kind: 'number', min: BigInt(member.min), max: BigInt(member.max) }
  const values = wordsOf(name)
  return values === undefined ? undefined : words(values, ALIASES[name])
}

const OF_MEMBERS: Readonly<Record<string, Domain>> = Object.fromEntries(
  MEMBER_NAMES.flatMap((name) => {
    const domain = domainOf(name)
    return domain === undefined ? [] : [[`integration.${name}`, domain]]
  }),
)

const DOMAINS: Readonly<Record<string, Domain>> = {
  ...OF_MEMBERS,
  'integration.cacheNamespace': shaped(
    'a namespace of letters, digits, dots, hyphens, underscores and slashes',
    /[A-Za-z0-9._/-]/,
    /^[A-Za-z0-9._/-]{1,128}$/,
  ),
  'integration.backend.kind': words(['http', 'lambda', 'service', 'mock'], {
    aws: 'service',
    aws_proxy: 'lambda',
    function: 'lambda',
    https: 'http',
    http_proxy: 'http',
    url: 'http',
  }),
  'integration.backend.scheme': words(['http', 'https']),
  'integration.backend.host': host,
  'integration.backend.port': { kind: 'number', min: 1n, max: 65_535n },
  'integration.backend.path': path,
  'integration.backend.query': query,
  'integration.backend.partition': partition,
  'integration.backend.region': region,
  'integration.backend.account': shaped('an account id of twelve digits', /[0-9]/, /^[0-9]{12}$/, (text) =>
    text.replaceAll('-', ''),
  ),
  'integration.backend.function': shaped(
    "a function's name, not its ARN",
    /[A-Za-z0-9_-]/,
    /^[A-Za-z0-9_-]{1,140}$/,
    (text) => /:function:([A-Za-z0-9_-]+)/.exec(text)?.[1],
  ),
  'integration.backend.qualifier': shaped('a version or an alias', /[A-Za-z0-9$_-]/, orEmpty('[A-Za-z0-9$_-]{1,128}')),
  'integration.backend.service': shaped('the name of a service in lower case', /[a-z0-9-]/, /^[a-z0-9-]{1,64}$/),
  'integration.backend.subdomain': shaped('a subdomain in lower case', /[a-z0-9.-]/, orEmpty('[a-z0-9.-]{1,253}')),
  'integration.backend.action': shaped('the name of an action', /[A-Za-z0-9]/, orEmpty('[A-Za-z0-9]{1,128}')),
  'request.restApiId': apiId,
  'request.resourceId': apiId,
  'request.httpMethod': words(HTTP_METHODS),
  'request.partition': partition,
  'request.region': region,
}

/** Members that hold others: what their keys and their entries are. */
export const COLLECTIONS: Readonly<Record<string, { keys: Domain; entries?: Domain }>> = {
  'integration.requestParameters': { keys: DESTINATION, entries: SOURCE },
  'integration.requestTemplates': { keys: CONTENT_TYPE },
  'integration.cacheKeyParameters': { keys: CACHE_KEY },
}

/** What a member can be; `undefined` where any text can. `teams` are those of the policy, where one is known. */
export function domainOfMember(member: string, teams: readonly string[] | undefined): Domain | undefined {
  if (member === 'team') return teams === undefined ? undefined : words(teams)
  return Object.hasOwn(DOMAINS, member) ? DOMAINS[member] : undefined
}

/** Why no value of a domain can be (or hold, at its start, its end or anywhere) a text. */
export function textFault(domain: Domain | undefined, text: string, place: Place): Fault | undefined {
  if (domain === undefined) return undefined
  switch (domain.kind) {
    case 'words':
      return wordFault(domain, text, place)
    case 'lowered':
      return loweredFault(domain.of, text, place)
    case 'number':
      return undefined
    default:
      return domain.fault(text, place)
  }
}

export function holds(value: string, text: string, place: Place): boolean {
  switch (place) {
    case 'whole':
      return value === text
    case 'start':
      return value.startsWith(text)
    case 'end':
      return value.endsWith(text)
    case 'inside':
      return value.includes(text)
  }
}

function wordFault(
  { values, aliases = {} }: Extract<Domain, { kind: 'words' }>,
  text: string,
  place: Place,
): Fault | undefined {
  if (values.some((value) => holds(value, text, place))) return undefined
  const letters = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, '')
  const alias = Object.keys(aliases).find((each) => letters(each) === letters(text))
  const word =
    (alias === undefined ? undefined : aliases[alias]) ??
    values.find((value) => value !== '' && letters(value) === letters(text)) ??
    (place === 'whole' ? undefined : partOf(values, letters(text), letters, place)) ??
    nearest(text, values.filter(Boolean))
  const named = values.filter(Boolean)
  const shown = named.length > 12 ? `one of ${named.length} known` : `one of ${named.join(', ')}`
  return { reason: `is ${shown}`, ...(word !== undefined && { suggestion: JSON.stringify(word) }) }
}

/** The longest part of a word that has the letters of a text. */
function partOf(
  values: readonly string[],
  wanted: string,
  letters: (word: string) => string,
  place: Place,
): string | undefined {
  const parts = values.flatMap((value) =>
    Array.from(value, (_, at) => (place === 'start' ? value.slice(0, at + 1) : value.slice(at))),
  )
  return parts.filter((part) => letters(part) === wanted).sort((one, other) => other.length - one.length)[0]
}

function loweredFault(of: Domain | undefined, text: string, place: Place): Fault | undefined {
  if (/[A-Z]/.test(text)) {
    return { reason: 'is in lower case here', suggestion: JSON.stringify(text.toLowerCase()) }
  }
  if (of?.kind !== 'words') return undefined
  return wordFault({ kind: 'words', values: of.values.map((value) => value.toLowerCase()) }, text, place)
}
