/** Which way a mapping template maps: what a backend gets, or what a caller gets. */
export type Side = 'request' | 'response'

/**
 * How a text that is not known in advance is made harmless.
 *
 * - `url`: of `$util.urlEncode(…)`, or a number, a truth value or an identifier that AWS makes: nothing that ends a form
 *   value or a JSON string.
 * - `base64`: of `$util.base64Encode(…)`.
 * - `javascript`: of `$util.escapeJavaScript(…)`: nothing that ends a JSON string.
 * - `json`: of `$input.json(…)`: one whole JSON value.
 * - `none`: any text at all.
 */
export type Encoding = 'url' | 'javascript' | 'base64' | 'json' | 'none'

/**
 * A place that a template reads, in the spelling of parameter mappings: `method.request.body`,
 * `method.request.path.id`, `method.request.querystring.q`, `method.request.header.X`, `context.identity.sourceIp`,
 * `stageVariables.x`; in a response template also `integration.response.body`. A star at the end stands for a whole map.
 */
export type Source = string

/** Text that is known. `column` counts UTF-16 units; both start at 1. */
export interface TextPiece {
  readonly kind: 'text'
  readonly text: string
  readonly line: number
  readonly column: number
  /** The text comes out of a variable or a function, so that its own characters do not stand at `line` and `column`. */
  readonly folded?: true
}

/**
 * Text that is not known. Where the value turns out to be null, Velocity writes the spelling of the reference instead;
 * a spelling that could do harm counts as `none`.
 */
export interface HolePiece {
  readonly kind: 'hole'
  readonly encoded: Encoding
  readonly sources: readonly Source[]
  readonly line: number
  readonly column: number
}

/** One of the branches. */
export interface ChoicePiece {
  readonly kind: 'choice'
  readonly branches: readonly (readonly Piece[])[]
}

/** The body, zero or more times. */
export interface RepeatPiece {
  readonly kind: 'repeat'
  readonly body: readonly Piece[]
}

/** Everything that a part of a template can render, and possibly more. */
export type Piece = TextPiece | HolePiece | ChoicePiece | RepeatPiece

/** `#set($context.requestOverride.header.X-Tenant = …)` and its kind. Whether the name is open is for the policy to say. */
export interface Override {
  readonly side: Side
  /** `header.X-Tenant`, `path.id`, `querystring.q`; in a response template `header.X` or `status`. Spelt as written. */
  readonly name: string
  readonly line: number
  readonly column: number
  readonly value: readonly Piece[]
}

/** A template that the grammar allows, and what it can do. */
export interface Template {
  readonly side: Side
  readonly text: string
  /** Every override that any branch sets, in the order of the text. */
  readonly overrides: readonly Override[]
  /** Every place that a branch which can run reads, each once, sorted. */
  readonly sources: readonly Source[]
  /** Neither `$` nor `#` stands in the text. */
  readonly isStatic: boolean
  /** The body renders the same text always. */
  readonly isLiteral: boolean
  readonly body: readonly Piece[]
}

/** Why a text is not a template of the grammar, or its body not of a form, and where. */
export interface TemplateFault {
  /** A kebab-case word for rule ids, for example `escape` or `computed-context`. */
  readonly finding: string
  readonly message: string
  /** Both start at 1; the column counts UTF-16 units. */
  readonly line: number
  readonly column: number
  /** The line, shortened around the column. */
  readonly excerpt: string
  /** Spaces, then `^`, to stand under the excerpt. */
  readonly caret: string
  readonly fix: string
  /** The offending text, 80 characters at most. */
  readonly value: string
}

export type TemplateResult =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly fault: TemplateFault }

/** The text that the pieces always render; `undefined` where it is not always the same. */
export function literalText(pieces: readonly Piece[]): string | undefined {
  let text = ''
  for (const piece of pieces) {
    if (piece.kind !== 'text') return undefined
    text += piece.text
  }
  return text
}
