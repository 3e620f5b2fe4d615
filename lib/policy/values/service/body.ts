import type { Piece } from './resource.ts'

/** A part of a body that is filled in later. */
export interface BodyHole {
  /** As written. */
  readonly hole: string
  /** Whether it stands inside `$util.urlEncode`, so that it stays one value of a form. */
  readonly encoded: boolean
  /** Whether it stays inside the JSON string or value in whose place it stands. */
  readonly escaped: boolean
  readonly line: number
  readonly column: number
}

/** One parameter of a form body; names and values are decoded. */
export interface FormField {
  name: readonly (string | BodyHole)[]
  value: readonly (string | BodyHole)[]
}

/** A JSON body as far as the template says it. */
export type JsonNode =
  | { is: 'object'; members: readonly { name: readonly Piece[]; value: JsonNode }[]; open: boolean }
  | { is: 'array'; items: readonly JsonNode[]; open: boolean }
  | { is: 'text'; value: readonly Piece[] }
  /** A number, a boolean, null. */
  | { is: 'constant' }
  /** Filled in later: any JSON. */
  | { is: 'hole'; text: string }

/** What a template makes of the body. */
export type Body =
  | { is: 'form'; fields: readonly FormField[] }
  | { is: 'json'; root: JsonNode; unescaped: readonly BodyHole[] }
  /** Nothing that can be read as the protocol's own form. */
  | { is: 'open'; why: string }
