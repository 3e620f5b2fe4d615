import { coversAny } from './covers.ts'
import { matchesAny } from './matches.ts'
import { isArn, type Pattern, SEPARATOR, type Sequence } from './pattern.ts'
import { ANY, literalOf, type Segment, sameSegment, sampleOf } from './segment.ts'

/**
 * A text that is in `of` and in none of `without`; `undefined` where none is found. It is a value that a request could
 * hold. Only what was tried is given: a witness is never wrong. That there is none is certain for kinds without `**`,
 * and where `of` has one `**`; else some thousand texts are tried, the shortest first.
 *
 * @param of Variables of a namespace filled in; with variables there is no witness.
 */
export function witness(of: Pattern, without: readonly Pattern[]): string | undefined {
  if (of.literal !== undefined) return matchesAny(without, of.literal) ? undefined : of.literal
  if (of.variables || coversAny(without, of)) return undefined
  const longest = Math.max(0, ...without.flatMap(({ fields }) => fields.map((field) => field.length)))
  let tries = MOST_TRIES
  for (const filler of fillersFor(of, without)) {
    for (const text of textsOf(of, filler, longest + 1)) {
      if (tries-- <= 0) return undefined
      if (!matchesAny(without, text)) return text
    }
  }
  return undefined
}

const MOST_TRIES = 10_000

/** What fills a star: a character that no pattern has, which only a star can take, or else words that few have. */
function fillersFor(of: Pattern, without: readonly Pattern[]): string[] {
  const used = new Set([of, ...without].flatMap(({ text }) => [...text]))
  const unused = [...'xyzwvutsrqponmlkjihgfedcba0123456789'].find((character) => !used.has(character))
  return unused === undefined ? ['other', 'x', 'zq', 'any1', 'else-where'] : [unused]
}

/** Values for whole fields of an ARN, where any text would not be one: partition, service, Region, account. */
const FIELD_VALUES: readonly (readonly string[])[] = [
  ['arn'],
  ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso'],
  ['elasticloadbalancing', 'lambda'],
  ['eu-west-1', 'us-east-1', 'ap-south-1', 'xx-other-1'],
  ['111111111111', '222222222222', '333333333333', '987654321098', '0'],
]

function* textsOf(of: Pattern, filler: string, longest: number): Generator<string> {
  const { kind, fields, open } = of
  if (!isArn(kind)) {
    for (const segments of sequences(fields[0] ?? [], filler, longest)) {
      const text = segments.join(SEPARATOR[kind] ?? '')
      if (kind === 'path') yield `/${text}`
      else yield text + filler.repeat(open ?? 0)
    }
    return
  }
  const resource = fields.at(-1) ?? []
  for (const segments of sequences(resource, filler, longest)) {
    for (const head of heads(fields.slice(0, -1), filler)) yield [...head, segments.join('/')].join(':')
  }
}

function* heads(fields: readonly Sequence[], filler: string, at = 0): Generator<string[]> {
  const field = fields[at]
  if (field === undefined) {
    yield []
    return
  }
  const [token] = field
  const isWhole = token !== undefined && field.length === 1 && token.element.pieces.join('') === ''
  const filled = field.map(({ element }) => sampleOf(element, filler)).join('')
  const values = isWhole && literalOf(token.element) === undefined ? [...(FIELD_VALUES[at] ?? []), filled] : [filled]
  for (const value of values) for (const rest of heads(fields, filler, at + 1)) yield [value, ...rest]
}

/** Labels or segments, with the loops taken more and more often. */
function* sequences(sequence: Sequence, filler: string, longest: number): Generator<string[]> {
  const loops = sequence.filter(({ loop }) => loop).length
  for (let total = 0; total <= loops * longest; total++) {
    for (const counts of shares(loops, total, longest)) {
      let next = 0
      const elements = sequence.flatMap(({ loop, element }) =>
        loop ? new Array<Segment>(counts[next++] ?? 0).fill(element) : [element],
      )
      yield* filledIn(elements, filler)
    }
  }
}

/** The segments of `**` in a path may be empty: all, none, or all but those at one end. */
function* filledIn(elements: readonly Segment[], filler: string): Generator<string[]> {
  const fill = (element: Segment, empty: boolean) => {
    if (element.least.every((count) => count > 0)) return sampleOf(element, filler)
    return sampleOf({ ...element, least: element.least.map((count) => Math.max(count, empty ? 0 : 1)) }, filler)
  }
  yield elements.map((element) => fill(element, false))
  if (elements.every(({ least }) => least.every((count) => count > 0))) return
  const last = elements.length - 1
  yield elements.map((element, index) => fill(element, index === last))
  yield elements.map((element, index) => fill(element, sameSegment(element, ANY) && index !== last))
  yield elements.map((element) => fill(element, true))
}

/** Every way to share `total` out to `parts`, at most `most` each. */
function* shares(parts: number, total: number, most: number): Generator<number[]> {
  if (parts === 0) {
    if (total === 0) yield []
    return
  }
  for (let first = Math.min(total, most); first >= 0; first--) {
    for (const rest of shares(parts - 1, total - first, most)) yield [first, ...rest]
  }
}
