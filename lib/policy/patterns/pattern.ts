import type { Segment } from './segment.ts'
import type { Token } from './sequence.ts'

/**
 * The pattern language of the policy. A pattern is a set of texts. `*` is one or more characters inside one label,
 * segment, part or name. `**` is one or more whole labels or segments. Neither crosses the separator of its kind, and
 * neither matches nothing.
 *
 * - `host`: labels between dots, in lower case.
 * - `path`: segments between slashes, from the leading slash. A trailing slash is an empty last segment; `**` takes it.
 * - `name`: no separator. Functions, qualifiers, links, actions, accounts, Regions.
 * - `role`: a role ARN by its fields, the resource (`role/path/name`) by its segments.
 * - `target`: any other ARN of six fields, the resource by its segments. Load balancers.
 * - `parameter`: dotted (`method.request.querystring.page`). A `*` that ends the pattern takes everything below, dots too.
 * - `namespace`: a name with `{team}`, `{restApiId}` and `{resourceId}`.
 */
export type PatternKind = 'host' | 'path' | 'name' | 'role' | 'target' | 'parameter' | 'namespace'

/** Labels, segments or parts in order. */
export type Sequence = readonly Token<Segment>[]

/** A set of texts of one kind. Made by `parsePattern`, `valueOf` and `reachOf`; never changed. */
export interface Pattern {
  readonly kind: PatternKind
  /** As written in the policy or in the request. For a range it is no value. */
  readonly text: string
  /** The one text of the set, where it has only one. */
  readonly literal: string | undefined
  /** How `matches` compares: in one step where the shape is another than `fields`. */
  readonly shape: Shape
  /** Of `head` and `tail` the literal text at that end. */
  readonly end: string
  /** Of `head` and `tail` whether `**` stands beside it. */
  readonly whole: boolean
  /** What the text is made of; empty for a literal. One sequence for all kinds but ARNs, which have six. */
  readonly fields: readonly Sequence[]
  /** The runs between the loops of each field, for `matches`. */
  readonly runs: readonly (readonly (readonly Segment[])[])[]
  /** `parameter` alone: how many characters, dots included, must at least follow what `fields` say. */
  readonly open: number | undefined
  /** `namespace` alone: variables stand in it that `fillNamespace` has not filled. */
  readonly variables: true | undefined
}

/** `head`: `head*` or `head/**`. `tail`: `*tail` or `**.tail`. */
export type Shape = 'literal' | 'head' | 'tail' | 'fields'

/** What stands between labels, segments or parts. */
export const SEPARATOR: Readonly<Record<PatternKind, '.' | '/' | undefined>> = {
  host: '.',
  path: '/',
  name: undefined,
  role: '/',
  target: '/',
  parameter: '.',
  namespace: undefined,
}

/** Whether a text of the kind is an ARN: fields between colons. */
export function isArn(kind: PatternKind): boolean {
  return kind === 'role' || kind === 'target'
}

/** @throws {TypeError} Two kinds have no text in common in any useful sense: a comparison of them is a mistake. */
export function mustBeAlike(a: Pattern, b: Pattern): void {
  if (a.kind !== b.kind) throw new TypeError(`Cannot compare patterns: ${a.kind} with ${b.kind}`)
}

/**
 * What fills a part of a value later. `segment`: one or more characters without the separator, and the whole segment is
 * neither `.` nor `..`. `segments`: one or more segments, none empty, none a dot segment. `anything`: any text, the empty
 * one, `/`, `?` and `..` included.
 */
export type Hole = 'segment' | 'segments' | 'anything'

/** A pattern, or what is wrong with it and, where that is clear, how it should read. */
export type ParsedPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string; readonly nearest?: string }

export function wrong(message: string, nearest?: string): ParsedPattern {
  return nearest === undefined ? { ok: false, message } : { ok: false, message, nearest }
}

export function misplacedStars(text: string): ParsedPattern {
  return wrong(`In "${text}" a ** stands inside a name: it is whole labels or segments.`)
}
