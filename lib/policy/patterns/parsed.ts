import type { Pattern } from './pattern.ts'

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
