/**
 * The pattern language of the policy, parsed once into tokens. `*` is one or more characters inside one label, segment
 * or name, `**` one or more whole labels or segments; neither crosses its separator, neither matches nothing.
 */

/** One element of a sequence, or `rest`: any number of any elements, none included. */
export type Token<E> = { kind: 'one'; element: E } | { kind: 'rest'; any: E }

/** A character, or a variable of a namespace; `undefined` is any character, `null` any but a dot. */
export type Character = string | undefined | null

/** Characters of one segment. */
export type SegmentToken = Token<Character>

/** A sequence of labels or segments. `undefined` stands for any segment, the empty one included. */
export type PathToken = Token<SegmentToken[] | undefined>

/** A parsed pattern. `parts` are fields that are compared one by one: one for all kinds but `arn`. */
export interface Pattern {
  kind: 'host' | 'path' | 'arn' | 'name'
  text: string
  /** The one text it matches, where it has neither stars nor variables. */
  literal?: string
  parts: PathToken[][]
}

/** The pattern, or what is wrong with it and, where that is clear, how it should read. */
export type ParsedPattern = { ok: true; pattern: Pattern } | { ok: false; message: string; nearest?: string }

const anyCharacter: SegmentToken = { kind: 'one', element: undefined }
const anyCharacters: SegmentToken = { kind: 'rest', any: undefined }
/** `*` on its own: any segment but the empty one. */
const star: SegmentToken[] = [anyCharacter, anyCharacters]
const starInPart: SegmentToken[] = [
  { kind: 'one', element: null },
  { kind: 'rest', any: null },
]

/** Variables of cache namespaces; each stands for one or more characters that the policy's author can't know. */
const VARIABLE = /^\{(?:team|restApiId|resourceId)\}/

/** One token for each character, whatever the number of patterns: a large policy has millions of characters. */
const literals = new Map<string, SegmentToken>()

function literal(element: string): SegmentToken {
  const known = literals.get(element)
  if (known) return known
  const token: SegmentToken = { kind: 'one', element }
  literals.set(element, token)
  return token
}

function segment(text: string): SegmentToken[] {
  const tokens: SegmentToken[] = []
  for (let at = 0; at < text.length; ) {
    const [variable] = text.charAt(at) === '{' ? (VARIABLE.exec(text.slice(at)) ?? []) : []
    if (text.charAt(at) === '*') tokens.push(anyCharacter, anyCharacters)
    else tokens.push(literal(variable ?? text.charAt(at)))
    at += variable?.length ?? 1
  }
  return tokens
}

/** @param any What each of the labels or segments under `**` may be. */
function sequence(texts: readonly string[], any: SegmentToken[] | undefined): PathToken[] {
  return texts.flatMap((text): PathToken[] =>
    text === '**'
      ? [
          { kind: 'one', element: any },
          { kind: 'rest', any },
        ]
      : [{ kind: 'one', element: segment(text) }],
  )
}

const parsedAs = (kind: Pattern['kind'], text: string, parts: PathToken[][], matched = text): ParsedPattern => ({
  ok: true,
  pattern: /[*{]/.test(matched) ? { kind, text, parts } : { kind, text, literal: matched, parts },
})

const wrong = (message: string, nearest?: string): ParsedPattern =>
  nearest === undefined ? { ok: false, message } : { ok: false, message, nearest }

const misplacedStars = (text: string) =>
  wrong(`In "${text}" a ** stands inside a name: it is whole labels or segments.`)

/**
 * A host: lower-case labels of letters, digits and hyphens. What no host of a request can ever match (an address, a
 * trailing dot, upper case) is refused here rather than kept as a pattern that never matches.
 */
export function parseHost(text: string): ParsedPattern {
  if (text !== text.toLowerCase()) return wrong('Hosts are written in lower case.', text.toLowerCase())
  const [, host = text] = /^https?:\/\/([^/?#]*)/.exec(text) ?? []
  if (host !== text) return wrong('A host has neither scheme nor path.', host.replace(/:\d+$/, ''))
  if (/:\d+$/.test(text)) return wrong('A port stands under `ports`, not beside the host.', text.replace(/:\d+$/, ''))
  if (text.endsWith('.')) return wrong('A host has no trailing dot.', text.slice(0, -1))
  if (text.length > 253) return wrong('A host has at most 253 characters.')
  const labels = text.split('.')
  for (const label of labels) {
    if (label === '**') continue
    if (label.includes('**')) return misplacedStars(text)
    if (label === '') return wrong(`The host "${text}" has an empty label.`)
    if (label.length > 63) return wrong('A label has at most 63 characters.')
    if (!/^[a-z0-9*-]+$/.test(label)) return wrong(`The label "${label}" may have letters, digits and hyphens only.`)
    if (label.startsWith('-') || label.endsWith('-')) return wrong(`The label "${label}" begins or ends with a hyphen.`)
  }
  const last = labels.at(-1) ?? ''
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) return wrong('An IP address is never a backend: write a host name.')
  return parsedAs('host', text, [sequence(labels, star)])
}

/** A path from its leading slash. A trailing slash is an empty last segment, and `**` may be just that. */
export function parsePath(text: string): ParsedPattern {
  if (!text.startsWith('/')) return wrong('A path begins with a slash.', `/${text}`)
  const segments = text.slice(1).split('/')
  for (const [index, part] of segments.entries()) {
    if (part === '**') continue
    if (part.includes('**')) return misplacedStars(text)
    if (part === '' && index < segments.length - 1) return wrong('A path has no empty segment but the last.')
    if (part === '.' || part === '..') return wrong('Dot segments never reach a backend.')
    if (/[{}?#]/.test(part)) {
      return wrong('A path pattern has no placeholder, query or fragment: * stands for what is filled in.')
    }
    if (!/^[A-Za-z0-9._~!$&'()*+,=:@%-]*$/.test(part)) return wrong(`The segment "${part}" can't stand in a path.`)
    if (/%(?:2e|2f|5c|(?![0-9a-f]{2}))/i.test(part)) return wrong('An encoded dot, slash or backslash never passes.')
  }
  return parsedAs('path', text, [sequence(segments, undefined)])
}

/** An ARN by its fields, the resource by its segments (`role/path/name`, `loadbalancer/app/name/id`). */
export function parseArn(text: string): ParsedPattern {
  const [arn, partition = '', service = '', region = '', account = '', ...resource] = text.split(':')
  if (arn !== 'arn' || resource.length !== 1) return wrong('An ARN has six fields: arn:aws:iam::111111111111:role/x.')
  const segments = (resource[0] ?? '').split('/')
  const fields = [partition, service, region, account]
  if (fields.some((field) => field.includes('**')) || segments.some((part) => part !== '**' && part.includes('**'))) {
    return misplacedStars(text)
  }
  if (partition === '' || service === '' || segments.includes(''))
    return wrong('A field or segment of the ARN is empty.')
  if (!/^[A-Za-z0-9+=,.@_*/-]+$/.test([...fields, ...segments].join('/'))) {
    return wrong('A character of the ARN is not one that it can have.')
  }
  const parts = [...fields.map((field) => sequence([field], star)), sequence(segments, star)]
  return parsedAs('arn', text, parts)
}

/** A role ARN. Its path and name are one sequence of segments; role names have no slash, so the last one is the name. */
export function parseRole(text: string): ParsedPattern {
  const parsed = parseArn(text)
  if (!parsed.ok) return parsed
  const match = /^arn:[^:]+:iam::([^:]*):role\/(.+)$/.exec(text)
  if (!match) return wrong('A role reads arn:aws:iam::111111111111:role/path/name.')
  if (!/^(?:[0-9]{12}|\*)$/.test(match[1] ?? '')) return wrong('The account of a role is twelve digits, or *.')
  return parsed
}

/** A name without separators: functions, qualifiers, links, namespaces, parameters, actions. Compared as spelt. */
export function parseName(text: string): ParsedPattern {
  if (text.includes('**'))
    return wrong('A name has no separators, so ** means nothing in it.', text.replace(/\*+/g, '*'))
  if (!/^[\x21-\x7e]+$/.test(text)) return wrong('A name has neither spaces nor characters beyond ASCII.')
  return parsedAs('name', text, [[{ kind: 'one', element: segment(text) }]])
}

/**
 * A dotted parameter name (`header.X-Tenant`, `method.request.querystring.*`). `*` stays inside its part, but takes the
 * dots too where it is the whole last part, or the only star and the last character. Names of headers in lower case.
 */
export function parseParameter(text: string): ParsedPattern {
  const header = /^((?:(?:method|integration)\.request\.)?(?:multivalue)?header\.)(.*)$/.exec(text)
  const folded = header ? `${header[1]}${header[2]?.toLowerCase()}` : text
  const parsed = parseName(folded)
  if (!parsed.ok) return parsed
  const last = folded.length - 1
  const crossing = folded.endsWith('.*') || folded === '*' || folded.indexOf('*') === last ? last : -1
  const tokens = [...folded].flatMap((character, index): SegmentToken[] => {
    if (character !== '*') return [literal(character)]
    return index === crossing ? star : starInPart
  })
  return parsedAs('name', text, [[{ kind: 'one', element: tokens }]], folded)
}

/** The paths that a role pattern's roles can have, as a path pattern: `role/apigw/x-*` gives `/apigw/`. */
export function rolePathOf(role: Pattern): Pattern {
  const segments = (role.parts[4] ?? []).slice(1)
  const trailing = segments.at(-1)?.kind === 'rest' ? segments.length - 2 : segments.length - 1
  const parts = segments.filter((_, index) => index !== trailing)
  return { kind: 'path', text: role.text, parts: [[...parts, { kind: 'one', element: [] }]] }
}
