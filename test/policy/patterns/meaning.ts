import { patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { Pattern, PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { type Piece, reachOf } from '../../../lib/policy/patterns/value.ts'

/**
 * What patterns mean, told slowly and apart from the engine: each as a regular expression, and over every text of a small
 * alphabet. The alphabets have a character that no pattern has, and more labels than a pattern.
 */

/** A pattern as written, or a late-bound value in pieces. */
export type Written = string | readonly Piece[]

export function patternFrom(kind: PatternKind, written: Written): Pattern {
  return typeof written === 'string' ? patternOf(kind, written) : reachOf(kind, written)
}

export function told(written: Written): string {
  return typeof written === 'string' ? written : JSON.stringify(written)
}

/** The regular expression that takes exactly the texts of the pattern. */
export function meaningOf(kind: PatternKind, written: Written): RegExp {
  if (typeof written === 'string') return new RegExp(`^${sourceOf(kind, written)}$`)
  return new RegExp(`^${reachSource(kind, written)}$`)
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

function sourceOf(kind: PatternKind, text: string): string {
  switch (kind) {
    case 'name':
    case 'namespace':
      return starsIn(text, '[^]+')
    case 'host':
      return between(text, '.', '[^.]+', '[^.]+(?:\\.[^.]+)*')
    case 'path':
      return `\\/${between(text.slice(1), '/', '[^/]+', '[^/]*(?:\\/[^/]*)*')}`
    case 'role':
    case 'target':
      return text
        .split(':')
        .map((field) => between(field, '/', '[^:/]+', '[^:/]+(?:\\/[^:/]+)*'))
        .join(':')
    case 'parameter': {
      if (!text.endsWith('*')) return starsIn(text, '[^.]+')
      return `${starsIn(text.slice(0, -1), '[^.]+')}[^]+`
    }
  }
}

const starsIn = (text: string, star: string) => text.split('*').map(escaped).join(star)

function between(text: string, separator: string, one: string, many: string): string {
  return text
    .split(separator)
    .map((part) => (part === '**' ? many : starsIn(part, one)))
    .join(escaped(separator))
}

const NOT_DOTS = '(?!\\.{1,2}(?:\\/|$))'

/** For the kinds that late-bound values are tried with: holes that stand where the engine tells them exactly. */
function reachSource(kind: PatternKind, pieces: readonly Piece[]): string {
  const anything = pieces.some((piece) => typeof piece !== 'string' && piece.hole === 'anything')
  if (kind === 'path') {
    if (anything) return '\\/[^]*'
    const source = pieces
      .map((piece) => {
        if (typeof piece === 'string') return escaped(piece)
        return piece.hole === 'segment' ? '[^/]+' : `${NOT_DOTS}[^/]+(?:\\/${NOT_DOTS}[^/]+)*`
      })
      .join('')
    // The whole of a segment that is filled in is no dot segment.
    const segments = pieces.some((piece) => typeof piece !== 'string' && piece.hole === 'segment')
    return segments ? `(?!(?:[^]*\\/)?\\.{1,2}(?:\\/|$))${source}` : source
  }
  if (kind === 'host') {
    if (anything) return '[^.]+(?:\\.[^.]+)*'
    return pieces
      .map((piece) => {
        if (typeof piece === 'string') return escaped(piece)
        return piece.hole === 'segment' ? '[^.]+' : '[^.]+(?:\\.[^.]+)*'
      })
      .join('')
  }
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return escaped(piece)
      if (piece.hole === 'anything') return '[^]*'
      return kind === 'parameter' && piece.hole === 'segment' ? '[^.]+' : '[^]+'
    })
    .join('')
}

/** Every text of up to `most` of these pieces, and at least one. */
function texts(pieces: readonly string[], separator: string, most: number): string[] {
  let all = [...pieces]
  let longest = all
  for (let count = 1; count < most; count++) {
    longest = longest.flatMap((text) => pieces.map((piece) => text + separator + piece))
    all = all.concat(longest)
  }
  return all
}

const ARN = 'arn:aws:iam::'
const accounts = ['111111111111', '222222222222', '333333333333']

/** What patterns of a kind are made of, and every text that they are compared by. */
export interface Small {
  readonly kind: PatternKind
  /** Pieces of a pattern, how many, what stands between them and around them. */
  readonly pieces: readonly string[]
  readonly most: number
  readonly written: (pieces: readonly string[]) => string
  readonly reaches: readonly (readonly Piece[])[]
  readonly texts: readonly string[]
}

const segment = { hole: 'segment' } as const
const segments = { hole: 'segments' } as const
const anything = { hole: 'anything' } as const

/** @param more How many pieces a pattern may have beyond the few that every run of the tests tries. */
export const smallKinds = (more: number): readonly Small[] => [
  {
    kind: 'name',
    pieces: ['a', 'b', '*'],
    most: 4 + more,
    written: (pieces) => pieces.join('').replace(/\*+/g, '*'),
    reaches: [
      [segment],
      [anything],
      ['a', segment],
      ['a', anything],
      [segment, 'b'],
      [anything, 'a', segment],
      [segment, anything],
      [anything, 'b', anything],
    ],
    texts: ['', ...texts(['a', 'b', 'c'], '', 8 + 2 * more)],
  },
  {
    kind: 'namespace',
    pieces: ['a', '/', '*'],
    most: 4 + more,
    written: (pieces) => pieces.join('').replace(/\*+/g, '*'),
    reaches: [[segment], ['a', anything]],
    texts: ['', ...texts(['a', '/', 'c'], '', 8 + 2 * more)],
  },
  {
    kind: 'host',
    pieces: ['a', 'b', '*', 'a*', '*b', '**'],
    most: 3 + more,
    written: (pieces) => pieces.join('.'),
    reaches: [
      [segments],
      [anything],
      ['a.', segment],
      [segments, '.a'],
      ['a', segment, '.b'],
      [segment, '.', segments, '.b'],
    ],
    texts: texts(['a', 'b', 'c', 'ac', 'cb', 'ab'], '.', 5 + more),
  },
  {
    kind: 'path',
    pieces: ['a', '*', 'a*', '*a', '**', ''],
    most: 3 + more,
    written: (pieces) => `/${pieces.join('/')}`,
    reaches: [
      ['/', segment],
      ['/a/', segment],
      ['/a', segment, '/a'],
      ['/', segments],
      ['/a/', segments],
      ['/', segments, '/a'],
      ['/', segment, '/', segments],
      ['/', segments, '/a/', segments],
      ['/a/', segment, '/'],
      ['/.', segment],
      ['/', segment, segment],
      ['/a', anything],
    ],
    texts: [
      ...texts(['a', 'c', '', 'aa', 'ac', 'ca', '.', '..', '.c', '.a'], '/', 4 + more),
      ...texts(['a', 'c', '', 'aa'], '/', 6 + 2 * more),
    ].map((text) => `/${text}`),
  },
  {
    kind: 'role',
    pieces: ['a', 'b', '*', 'a*', '**'],
    most: 3 + more,
    written: ([first = 'a', ...others]) =>
      `${ARN}${first === '*' ? '*' : first === 'b' ? accounts[1] : accounts[0]}:role/${[first, ...others].join('/')}`,
    reaches: [],
    texts: accounts.flatMap((account) =>
      texts(['a', 'b', 'c', 'ac'], '/', 5 + more).map((resource) => `${ARN}${account}:role/${resource}`),
    ),
  },
  {
    kind: 'target',
    pieces: ['a', '*', 'a*', '**'],
    most: 3 + more,
    written: ([first = 'a', second = 'a', ...others]) =>
      `arn:aws:${first.replace('**', '*')}:${second.replace('**', '*')}:1:${[first, ...others].join('/')}`,
    reaches: [],
    texts: texts(['a', 'c', 'ac'], '/', 5 + more).flatMap((resource) =>
      ['a', 'c', 'ac'].flatMap((service) =>
        ['', 'a', 'ac'].map((region) => `arn:aws:${service}:${region}:1:${resource}`),
      ),
    ),
  },
  {
    kind: 'parameter',
    pieces: ['a', '*', '.'],
    most: 5 + more,
    written: (pieces) => pieces.join('').replace(/\*+/g, '*'),
    reaches: [['a.', segment], ['a', segments], ['a.', anything], [segment, '.a'], [anything]],
    texts: ['', ...texts(['a', '.', 'c'], '', 8 + 2 * more)],
  },
]

export const SMALL = smallKinds(0)

/** Which of the texts a pattern takes, a bit each. */
export type Bits = Uint32Array

export function bitsOf(texts: readonly string[], takes: (text: string) => boolean): Bits {
  const bits = new Uint32Array((texts.length + 31) >> 5)
  for (const [index, text] of texts.entries()) {
    if (takes(text)) bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31))
  }
  return bits
}

export function isWithin(outer: Bits, inner: Bits): boolean {
  for (let at = 0; at < inner.length; at++) if (((inner[at] ?? 0) & ~(outer[at] ?? 0)) !== 0) return false
  return true
}

export function haveCommon(a: Bits, b: Bits): boolean {
  for (let at = 0; at < a.length; at++) if (((a[at] ?? 0) & (b[at] ?? 0)) !== 0) return true
  return false
}

export function isEmpty(bits: Bits): boolean {
  return bits.every((word) => word === 0)
}
