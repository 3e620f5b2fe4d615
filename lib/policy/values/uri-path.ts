import { type LateBound, type LateBoundScan, scanLateBound } from './late-bound.ts'
import { type Hazard, hazard } from './uri-hazard.ts'

/** A path as written, from its leading slash. */
export interface UriPath {
  text: string
  /** Literal text and late-bound parts in turn. */
  pieces: readonly (string | LateBound)[]
  /** The first late-bound part as written; empty where all is literal. */
  lateBound: string
  stageVariables: boolean
  placeholders: boolean
  /** Spellings that a server may resolve to another path. They bite where a rule protects paths. */
  hazards: Hazard[]
}

/** Reads the path of an HTTP uri (empty means `/`); `undefined` with the reason in `hazards` where it can't be read. */
export function readPath(raw: string, hazards: Hazard[]): UriPath | undefined {
  const text = raw === '' ? '/' : raw
  const late = scanLateBound(text)
  if (late.malformedAt >= 0) {
    hazards.push(malformedLateBound('path', text, late))
    return undefined
  }
  const bracketAt = text.search(/[[\]]/)
  if (bracketAt >= 0) {
    const message = 'Square brackets must be percent-encoded in a path.'
    hazards.push(hazard('character', 'path', text.charAt(bracketAt), message, 'Write %5B and %5D.'))
    return undefined
  }
  return {
    text,
    pieces: late.pieces,
    lateBound: late.first?.text ?? '',
    stageVariables: late.stageVariables,
    placeholders: late.placeholders,
    hazards: lookCloser(text, hazards),
  }
}

/** `{proxy+}` is how a resource is spelt, not a uri: the commonest slip has a fix of its own. */
export function malformedLateBound(part: 'path' | 'query', text: string, { malformedAt }: LateBoundScan): Hazard {
  const value = text.slice(malformedAt, malformedAt + 64)
  const message = `In a ${part}, $, { and } are accepted only as \${stageVariables.name} or {name}.`
  const [greedy, name] = /^\{([A-Za-z0-9_.-]{1,64})\+\}/.exec(value) ?? []
  const fix =
    greedy === undefined
      ? 'Write %24, %7B and %7D for the characters themselves.'
      : `Write {${name}}: the + belongs to the resource's own path alone.`
  return hazard('placeholder', part, greedy ?? value, message, fix)
}

/**
 * Whether a static value that is mapped onto a placeholder stays one or more ordinary segments: what would be a hazard
 * in a written path is one here as well.
 */
export function isPlainPathValue(text: string): boolean {
  return (
    /^[A-Za-z0-9._~!$&'()*+,=:@/-]+$/.test(text) &&
    !text.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')
  )
}

/** What every finding about a path begins with: most paths hold none of it. */
const NOTABLE = /[;%}]|\/[/.]/

/** Adds to `always` what no rule may accept and returns what only a path rule minds. */
function lookCloser(text: string, always: Hazard[]): Hazard[] {
  const whereProtected: Hazard[] = []
  if (!NOTABLE.test(text)) return whereProtected
  const segments = text.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) {
      const message = 'An empty segment (//) is one more slash to some servers and nothing to others.'
      whereProtected.push(hazard('empty-segment', 'path', text, message, 'Write single slashes.'))
    }
    if (segment.includes(';')) {
      const message = 'Some servers cut a path segment at ; and so serve another path.'
      whereProtected.push(hazard('path-parameter', 'path', segment, message, 'Write %3B, or remove the ;.'))
    }
    if (isDotSegment(segment)) {
      const message = 'Dot segments are resolved by some parsers, and lead to another path.'
      always.push(hazard('dot-segment', 'path', segment, message, 'Write the path without . and .. segments.'))
    } else if (hasSeveralLateParts(segment)) {
      const message = 'Two parts that are filled in later can join to a dot segment, which leads to another path.'
      always.push(hazard('joined', 'path', segment, message, 'Keep one placeholder a segment: write a / between them.'))
    } else if (segment.includes('%')) {
      lookAtPercent(segment, always, whereProtected)
    }
  }
  return whereProtected
}

/** `.` and `..`, also encoded, also where a late-bound part beside the dots may turn out empty or to be one more dot. */
function isDotSegment(segment: string): boolean {
  if (!segment.startsWith('.') && !segment.includes('%') && !segment.includes('}')) return false
  const literal = withoutLateBound(segment).replaceAll(/%2e/gi, '.')
  return literal === '.' || literal === '..'
}

function hasSeveralLateParts(segment: string): boolean {
  return segment.includes('}') && scanLateBound(segment).pieces.filter((piece) => typeof piece !== 'string').length > 1
}

function withoutLateBound(segment: string): string {
  return segment.includes('}')
    ? scanLateBound(segment)
        .pieces.filter((piece) => typeof piece === 'string')
        .join('')
    : segment
}

function lookAtPercent(segment: string, always: Hazard[], whereProtected: Hazard[]): void {
  // Part by part: what is filled in may not complete an encoding either.
  const parts = scanLateBound(segment).pieces.flatMap((piece) => (typeof piece === 'string' ? [decode(piece)] : []))
  const decoded = parts.includes(undefined) ? undefined : parts.join('')
  if (decoded === undefined) {
    const message = 'A % must be followed by two hexadecimal digits, and what is encoded must be UTF-8.'
    always.push(hazard('percent-encoding', 'path', segment, message, 'Write %25 for a % itself.'))
    return
  }
  // Look-alikes such as U+FF0F become a slash, backslash or dots when a server normalises them.
  const normalised = decoded.normalize('NFKC')
  const isTwiceEncoded = /%(?:2e|2f|5c|25)/i.test(decoded)
  if (isTwiceEncoded || /%2e/i.test(segment) || /[/\\]/.test(normalised) || /^\.{1,2}$/.test(normalised)) {
    const message = 'Encoded dots, slashes and backslashes are decoded by some servers, and lead to another path.'
    whereProtected.push(hazard('encoded-separator', 'path', segment, message, 'Write the path without them.'))
  } else if (UNRESERVED.test(segment)) {
    const plain = segment.replaceAll(/%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|2d|5f|7e)/gi, (code) =>
      UNRESERVED.test(code) ? decodeURIComponent(code) : code,
    )
    const message =
      'An encoded letter, digit or one of - _ ~ is the same path in a second spelling (RFC 3986 §6.2.2.2).'
    whereProtected.push(hazard('encoded-unreserved', 'path', segment, message, `Write ${plain}.`))
  } else if (normalised !== decoded && /^[!-~]+$/.test(normalised)) {
    const message = 'Encoded look-alikes of ASCII characters become those characters where a server normalises them.'
    whereProtected.push(hazard('look-alike', 'path', segment, message, 'Write the ASCII characters themselves.'))
  }
  if (/[\u0000-\u001f\u007f]/.test(decoded)) {
    const message = 'Encoded control characters (line breaks, NUL) can end a path or a header early.'
    always.push(hazard('control-character', 'path', segment, message, 'Remove them.'))
  }
}

/** The encoding of a letter, a digit, `-`, `_` or `~`; that of `.` is told as a separator. */
const UNRESERVED = /%(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|3[0-9]|2d|5f|7e)/i

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // the URIError says no more than that
  }
}
