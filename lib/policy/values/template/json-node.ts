import { type Sources, unite } from './sources.ts'
import type { HolePiece, Source } from './template.ts'

/** One value of a JSON body, or more than one where branches differ: see {@link JsonObject.members}. */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonScalar | JsonHole

export interface JsonObject {
  readonly kind: 'object'
  /** By decoded name. Each has every value that any branch, or any repetition of the name, gives it. */
  readonly members: ReadonlyMap<string, readonly JsonNode[]>
  /** There may be more members, of any name. Never at the top. */
  readonly isOpen: boolean
}

export interface JsonArray {
  readonly kind: 'array'
  /** Every item that any branch or round of a loop adds, once. */
  readonly items: readonly JsonNode[]
}

export interface JsonString {
  readonly kind: 'string'
  readonly literal: string
}

export interface JsonScalar {
  readonly kind: 'scalar'
  readonly literal: number | boolean | null
}

/** A value of which at least a part is not known. */
export interface JsonHole {
  readonly kind: 'hole'
  readonly dynamic: true
  readonly sources: readonly Source[]
  /** It stands between quotes, so that it is a string if nothing in it ends the string. */
  readonly isString: boolean
  /** The text that a string always begins with; absent where that is none. */
  readonly prefix?: string
  /** What is put in could end the value and go on with members of its own. */
  readonly unescaped: boolean
}

/** The most texts that branches may give one string; more count as not known. */
const MOST_TEXTS = 8
/** A longer string is kept as one that is not known; no name of a resource is that long. */
const LONGEST_TEXT = 2_048

/** A string or a scalar that is being read; `texts` is `undefined` where it is not known. */
export interface Token {
  readonly texts: readonly string[] | undefined
  /** Once the text is not known: what it begins with. */
  readonly prefix: string
  readonly sources: Sources
  readonly unescaped: boolean
  /** An escape of a string that has begun: a backslash, and what follows of `\uXXXX`. */
  readonly pending: string
}

export const EMPTY: Token = { texts: [''], prefix: '', sources: [], unescaped: false, pending: '' }

export function extended(token: Token, text: string): Token {
  const { texts } = token
  if (texts === undefined) return token
  const longer = texts.map((known) => known + text)
  return { ...token, texts: longer.some(({ length }) => length > LONGEST_TEXT) ? undefined : longer }
}

export function withHole(token: Token, { sources }: HolePiece, isRaw: boolean): Token {
  const unescaped = token.unescaped || isRaw
  return { ...token, texts: undefined, prefix: prefixOf(token), sources: unite(token.sources, sources), unescaped }
}

/** Of texts that differ by branch nothing is kept. */
function prefixOf({ texts, prefix }: Token): string {
  if (texts === undefined) return prefix
  return texts.length === 1 ? (texts[0] ?? '') : ''
}

export function eitherToken(one: Token, other: Token): Token {
  const sources = unite(one.sources, other.sources)
  const unescaped = one.unescaped || other.unescaped
  const texts =
    one.texts === undefined || other.texts === undefined ? undefined : [...new Set([...one.texts, ...other.texts])]
  return {
    texts: texts !== undefined && texts.length > MOST_TEXTS ? undefined : texts,
    prefix: one.prefix === other.prefix && one.texts === undefined && other.texts === undefined ? one.prefix : '',
    sources,
    unescaped,
    pending: one.pending === other.pending ? one.pending : '\\',
  }
}

export function nodesOf({ texts, prefix, sources, unescaped }: Token, isString: boolean): readonly JsonNode[] {
  if (texts === undefined) {
    const known = isString && prefix !== '' ? { prefix } : {}
    return [{ kind: 'hole', dynamic: true, sources, isString, ...known, unescaped }]
  }
  return texts.map((literal) => ({ kind: 'string', literal }))
}

export function scalarOf(text: string): number | boolean | null | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : undefined
}
