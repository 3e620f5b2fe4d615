import type { HolePiece, Piece, Source, TextPiece } from '../../lib/policy/values/template/template.ts'

/** A text without anything that a form or a JSON string could end with; or a reference as it is spelt, where it is null. */
const HARMLESS = /[^&;"\\\r\n]/
const SPELLING = /\$!?\{?[A-Za-z_]/y

/**
 * Whether the text is one that the pieces can render. Slow, and by another way than the parser's: it follows all ends
 * that the text can have come to after each piece.
 */
export function canRender(pieces: readonly Piece[], text: string): boolean {
  return after(pieces, text, new Set([0])).has(text.length)
}

function after(pieces: readonly Piece[], text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  let at = from
  for (const piece of pieces) {
    if (at.size === 0) return at
    at = afterPiece(piece, text, at)
  }
  return at
}

function afterPiece(piece: Piece, text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  switch (piece.kind) {
    case 'text':
      return afterText(piece, text, from)
    case 'hole':
      return afterHole(piece, text, from)
    case 'choice':
      return new Set(piece.branches.flatMap((branch) => [...after(branch, text, from)]))
    case 'repeat': {
      const all = new Set(from)
      for (let next = from; next.size > 0; ) {
        next = new Set([...after(piece.body, text, next)].filter((at) => !all.has(at)))
        for (const at of next) all.add(at)
      }
      return all
    }
  }
}

function afterText({ text: known }: TextPiece, text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...from].filter((at) => text.startsWith(known, at)).map((at) => at + known.length))
}

function afterHole({ encoded }: HolePiece, text: string, from: ReadonlySet<number>): ReadonlySet<number> {
  const ends = new Set<number>()
  for (const start of from) {
    for (const end of endsOf(encoded, text, start)) ends.add(end)
  }
  return ends
}

function* endsOf(encoded: HolePiece['encoded'], text: string, start: number): Generator<number> {
  SPELLING.lastIndex = start
  const isSpelt = SPELLING.test(text)
  yield start
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? ''
    const isFirst = at === start
    switch (encoded) {
      case 'none':
        break
      case 'json':
        break
      case 'url':
      case 'base64':
        if (isSpelt ? /[&;\r\n]/.test(character) : !HARMLESS.test(character)) return
        break
      case 'javascript':
        if (!isSpelt && character === '"' && text[at - 1] !== '\\') return
        if (isFirst && character === '"') return
        break
    }
    yield at + 1
  }
}

/** Whether one of the sources that the template names is, or covers, the one that was read. */
export function isNamed(read: string, sources: readonly Source[]): boolean {
  return sources.some((source) =>
    source.endsWith('.*') ? read.startsWith(source.slice(0, -1)) || read === source.slice(0, -2) : source === read,
  )
}
