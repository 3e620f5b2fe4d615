import { literalPattern, rangePattern, sequenceOf, shapeOf } from './build.ts'
import { misplacedStars, type ParsedPattern, type Sequence, wrong } from './pattern.ts'
import { isDotSegment } from './segment.ts'

/**
 * A path from its leading slash. A trailing slash is an empty last segment, and `**` may be just that. A spelling that no
 * path of a request can have is refused: a pattern of it would only look like a limit.
 */
export function parsePath(text: string): ParsedPattern {
  if (!text.startsWith('/')) return wrong('A path begins with a slash.', `/${text}`)
  const segments = text.slice(1).split('/')
  let canonical = ''
  for (const [index, segment] of segments.entries()) {
    if (segment !== '**' && segment.includes('**')) return misplacedStars(text)
    if (segment === '' && index < segments.length - 1) return wrong('A path has no empty segment but the last.')
    if (isDotSegment(segment)) return wrong('Dot segments never reach a backend.')
    if (/[{}?#]/.test(segment)) {
      return wrong('A path pattern has no placeholder, query or fragment: * stands for what is filled in.')
    }
    if (!/^[A-Za-z0-9._~!$&'()*+,=:@%-]*$/.test(segment)) {
      return wrong(`The segment "${segment}" can't stand in a path.`)
    }
    if (segment.includes('%')) {
      const reason = wrongEncoding(segment)
      if (reason !== undefined) return wrong(reason)
    }
    canonical += `/${segment.includes('%') ? canonicalSegment(segment) : segment}`
  }
  if (canonical !== text) {
    const message =
      'No path of a request is spelt so: letters, digits and - . _ ~ stand as they are, %XX in upper case.'
    return wrong(message, canonical)
  }
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('path', text) }
  return { ok: true, pattern: rangePattern('path', text, fieldsOf, shapeOf('path', text)) }
}

function fieldsOf(text: string): Sequence[] {
  return [sequenceOf('path', text.slice(1).split('/'))]
}

/** What is wrong with the `%XX` of a segment beyond its spelling. Stars stand between whole encodings. */
function wrongEncoding(segment: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(segment)) return 'A % is followed by two hexadecimal digits.'
  for (const piece of segment.split('*')) {
    const decoded = decode(piece)
    if (decoded === undefined) return `What "${piece}" encodes is not UTF-8.`
    if (/[\u0000-\u001f\u007f]/.test(decoded)) return 'An encoded control character never passes.'
    // A look-alike such as U+FF0F becomes a slash where a server normalises it.
    const normalised = decoded.normalize('NFKC')
    if (
      /[/\\]/.test(normalised) ||
      /%(?:2e|2f|5c|25)/i.test(decoded) ||
      /%2e/i.test(piece) ||
      isDotSegment(normalised)
    ) {
      return 'An encoded dot, slash or backslash never passes.'
    }
  }
  return undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // the URIError says no more than that
  }
}

/** RFC 3986 §6.2.2: unreserved characters as they are, the digits of an encoding in upper case. */
function canonicalSegment(segment: string): string {
  return segment.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
  })
}
