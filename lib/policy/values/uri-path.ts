import { scanLateBound } from './late-bound.ts'
import { type Hazard, hazard } from './uri-hazard.ts'

/** A path as written, from its leading slash. */
export interface UriPath {
  text: string
  /**
   * Index at which the first segment with a late-bound part starts; the text's length where all is literal. From there
   * on nothing is known: what is filled in may hold slashes.
   */
  literalUntil: number
  /** The first late-bound part as written; empty where all is literal. */
  lateBound: string
  stageVariables: boolean
  placeholders: boolean
  /** Spellings that a server may resolve to another path. They bite where a rule protects paths. */
  hazards: Hazard[]
}

const NO_HAZARDS: Hazard[] = []

/** Reads the path of an HTTP uri (empty means `/`); `undefined` with the reason in `hazards` where it can't be read. */
export function readPath(raw: string, hazards: Hazard[]): UriPath | undefined {
  const text = raw === '' ? '/' : raw
  const late = scanLateBound(text, 0, text.length)
  if (late.malformedAt >= 0) {
    const message = 'In a path, $, { and } are accepted only as ${stageVariables.name} or {name}.'
    hazards.push(hazard('placeholder', 'path', text.slice(late.malformedAt, late.malformedAt + 64), message))
    return undefined
  }
  const bracketAt = text.search(/[[\]]/)
  if (bracketAt >= 0) {
    const message = 'Square brackets must be percent-encoded in a path.'
    hazards.push(hazard('character', 'path', text.charAt(bracketAt), message, 'Write %5B and %5D.'))
    return undefined
  }
  const { text: lateBound, stageVariables, placeholders } = late
  const path: UriPath = { ...literalPath(text), lateBound, stageVariables, placeholders }
  if (late.first >= 0) path.literalUntil = text.lastIndexOf('/', late.first) + 1
  path.hazards = lookCloser(text, hazards)
  return path
}

/** A path in which nothing needs a second look. */
export function literalPath(text: string): UriPath {
  return {
    text,
    literalUntil: text.length,
    lateBound: '',
    stageVariables: false,
    placeholders: false,
    hazards: NO_HAZARDS,
  }
}

/** Adds to `always` what no rule may accept and returns what only a path rule minds. */
function lookCloser(text: string, always: Hazard[]): Hazard[] {
  const whereProtected: Hazard[] = []
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
    } else if (segment.includes('%')) {
      lookAtPercent(segment, always, whereProtected)
    }
  }
  return whereProtected
}

/** `.` and `..`, also encoded, also where a late-bound part beside the dots may turn out empty or to be one more dot. */
function isDotSegment(segment: string): boolean {
  if (!segment.startsWith('.') && !segment.includes('%') && !segment.includes('}')) return false
  const literal = segment.replaceAll(/\$?\{[^}]*\}/g, '').replaceAll(/%2e/gi, '.')
  return literal === '.' || literal === '..'
}

function lookAtPercent(segment: string, always: Hazard[], whereProtected: Hazard[]): void {
  const decoded = decode(segment)
  if (decoded === undefined) {
    const message = 'A % must be followed by two hexadecimal digits, and what is encoded must be UTF-8.'
    always.push(hazard('percent-encoding', 'path', segment, message))
    return
  }
  // Look-alikes such as U+FF0F become a slash, backslash or dots when a server normalises them.
  const normalised = decoded.normalize('NFKC')
  const isTwiceEncoded = /%(?:2e|2f|5c|25)/i.test(decoded)
  if (isTwiceEncoded || /%2e/i.test(segment) || /[/\\]/.test(normalised) || /^\.{1,2}$/.test(normalised)) {
    const message = 'Encoded dots, slashes and backslashes are decoded by some servers, and lead to another path.'
    whereProtected.push(hazard('encoded-separator', 'path', segment, message, 'Write the path without them.'))
  }
  if (/[\u0000-\u001f\u007f]/.test(decoded)) {
    const message = 'Encoded control characters (line breaks, NUL) can end a path or a header early.'
    always.push(hazard('control-character', 'path', segment, message, 'Remove them.'))
  }
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // the URIError says no more than that
  }
}
