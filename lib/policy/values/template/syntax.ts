import type { Side } from './template.ts'

/** A number that names a position in the whole template, also for what stands inside a string. */
export type Offset = number

export interface Block {
  readonly statements: readonly Statement[]
}

export type Statement =
  | { readonly kind: 'text'; readonly text: string; readonly at: Offset }
  | { readonly kind: 'print'; readonly reference: Reference }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression; readonly at: Offset }
  | { readonly kind: 'if'; readonly arms: readonly Arm[] }
  | { readonly kind: 'foreach'; readonly item: string; readonly list: Expression; readonly body: Block }
  | { readonly kind: 'define'; readonly name: string; readonly body: Block }

/** `#if` and `#elseif` have a condition, `#else` has none. */
export interface Arm {
  readonly condition?: Expression
  readonly body: Block
}

export type Target =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'override'; readonly side: Side; readonly name: string }

export type Expression =
  | { readonly kind: 'text'; readonly text: string; readonly at: Offset }
  | { readonly kind: 'interpolated'; readonly body: Block; readonly at: Offset }
  | { readonly kind: 'number'; readonly text: string; readonly at: Offset }
  | { readonly kind: 'truth'; readonly value: boolean; readonly at: Offset }
  | { readonly kind: 'list'; readonly items: readonly Expression[]; readonly at: Offset }
  | { readonly kind: 'range'; readonly items: readonly Expression[]; readonly at: Offset }
  | { readonly kind: 'map'; readonly items: readonly Expression[]; readonly at: Offset }
  | { readonly kind: 'reference'; readonly reference: Reference; readonly at: Offset }
  | { readonly kind: 'not'; readonly of: Expression; readonly at: Offset }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
      readonly at: Offset
    }

/** `$root.member.call(…)[index]` in any of its four spellings. */
export interface Reference {
  readonly root: string
  readonly steps: readonly Step[]
  readonly quiet: boolean
  readonly at: Offset
  /** As written, with `$` and braces: what Velocity writes where the value is null. */
  readonly spelling: string
}

export type Step =
  | { readonly kind: 'member'; readonly name: string; readonly at: Offset }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: Offset }
  | { readonly kind: 'index'; readonly key: Expression; readonly at: Offset }
