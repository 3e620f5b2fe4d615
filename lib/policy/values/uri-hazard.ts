/** A finding in a value that holds whatever the policy says: rule `intrinsic.<subject>.<finding>`. */
export interface Hazard {
  /** The last part of the rule id, for example `userinfo`. */
  finding: string
  /** The part of the value: scheme, host, port, path, query, fragment … */
  part: string
  value: string | number
  message: string
  fix?: string
}

export function hazard(finding: string, part: string, value: string | number, message: string, fix?: string): Hazard {
  return { finding, part, value, message, ...(fix !== undefined && { fix }) }
}

/**
 * Characters that no URI may hold (RFC 3986 §2) and that parsers repair in different ways. One finding for each kind;
 * empty where every character is readable. `$`, `{` and `}` are readable: late-bound parts are written with them.
 */
export function unreadableCharacters(raw: string): Hazard[] {
  let kinds = 0
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code < 128) kinds |= ASCII_KINDS[code] ?? 0
    else kinds |= NON_ASCII
  }
  if (kinds === 0) return NONE
  return FINDINGS.filter(({ kind }) => (kinds & kind) !== 0).map(({ kind, finding, message, fix }) =>
    hazard(finding, 'uri', firstOf(raw, kind), message, fix),
  )
}

const CONTROL = 1
const BACKSLASH = 2
const NON_ASCII = 4
const OTHER = 8

const ASCII_KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code < 0x20 || code === 0x7f) return CONTROL
  const character = String.fromCharCode(code)
  if (character === '\\') return BACKSLASH
  return ' "<>^`|'.includes(character) ? OTHER : 0
})

const FINDINGS = [
  {
    kind: CONTROL,
    finding: 'control-character',
    message: 'Some parsers drop control characters, tabs and line breaks and so see another uri.',
    fix: 'Remove the control characters.',
  },
  {
    kind: BACKSLASH,
    finding: 'backslash',
    message: 'Some parsers read a backslash as a slash and so see another host.',
    fix: 'Remove the backslash.',
  },
  {
    kind: NON_ASCII,
    finding: 'non-ascii',
    message: 'A uri holds ASCII characters only; others are turned into different ones by some parsers.',
    fix: 'Percent-encode them in the path or query; in a host write the xn-- form.',
  },
  {
    kind: OTHER,
    finding: 'character',
    message: 'Spaces and the characters " < > ^ ` | must be percent-encoded in a uri.',
    fix: 'Percent-encode them.',
  },
] as const

const NONE: Hazard[] = []

/** The first character of that kind, as `U+xxxx` where it can't be printed safely. */
function firstOf(raw: string, kind: number): string {
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if ((code < 128 ? ASCII_KINDS[code] : NON_ASCII) !== kind) continue
    const isPrintable = code > 0x20 && code < 0x7f
    return isPrintable ? raw.charAt(at) : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  }
  return ''
}
