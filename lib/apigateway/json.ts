import { type Parsed, refuse, serialization } from './api-error.ts'

export interface JsonLimits {
  /** Longest body, in bytes. */
  maxBytes: number
  /** Deepest nesting of arrays and objects; `{"a":[]}` has depth 2. */
  maxDepth: number
  /** Whether `-0`, `1.0` and `1e3` are refused: another reader may take them for another number than we do. */
  wholeNumbersOnly: boolean
}

/** Three templates of API Gateway's maximum size (300 KB) and the members around them. */
export const REQUEST_BODY: JsonLimits = { maxBytes: 1_048_576, maxDepth: 32, wholeNumbersOnly: false }

/**
 * Reads a request body as JSON (RFC 8259) more strictly than `JSON.parse`, so that no two readers of the same bytes can
 * disagree about what they say: UTF-8 without byte order mark, no repeated member name, no lone surrogate, no NUL.
 *
 * Objects come without a prototype, so that `__proto__` and `constructor` are names like any other. Time is linear.
 */
export function parseJson(bytes: Uint8Array, limits: Partial<JsonLimits> = {}): Parsed<unknown> {
  const bounds = { ...REQUEST_BODY, ...limits }
  if (bytes.length > bounds.maxBytes) {
    return refuse({
      type: 'RequestEntityTooLargeException',
      status: 413,
      message: `The request body is larger than ${bounds.maxBytes} bytes`,
    })
  }
  const text = decode(bytes)
  if (text === undefined) return refuse(serialization('The request body is not valid UTF-8'))
  if (text.startsWith('\uFEFF')) return refuse(serialization('The request body starts with a byte order mark'))

  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The engine's own message quotes the body, which may hold a secret.
    return refuse(serialization('The request body is not valid JSON'))
  }
  const members = membersIfPlain(text, bounds)
  const fault = members === undefined ? firstFault(text, bounds) : undefined
  if (fault !== undefined) return refuse(serialization(fault))
  // Of members with one name JSON.parse keeps the last.
  const kept = withoutPrototypes(value)
  if (members !== undefined && members !== kept) {
    return refuse(serialization(firstFault(text, bounds) ?? 'A member occurs more than once'))
  }
  return { ok: true, value }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * How many members a text has that is known to be JSON, if a look between its strings shows that nothing else can be
 * wrong with it; `undefined` where it takes {@link firstFault} to tell. Most texts are read this way, in a quarter of the
 * time: without escapes a string ends at the next quote, and holds neither NUL nor half a character.
 */
function membersIfPlain(text: string, { maxDepth, wholeNumbersOnly }: JsonLimits): number | undefined {
  if (text.includes('\\')) return undefined
  let members = 0
  let depth = 0
  let at = 0
  for (;;) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    for (; at < end; at++) {
      switch (text.charCodeAt(at)) {
        case COLON:
          members++
          break
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (++depth > maxDepth) return undefined
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth--
          break
        case POINT:
        case MINUS:
        case UPPER_E:
          if (wholeNumbersOnly) return undefined
          break
        case LOWER_E:
          if (wholeNumbersOnly && isDigit(text.charCodeAt(at - 1))) return undefined
      }
    }
    if (quote < 0) return members
    at = text.indexOf('"', quote + 1) + 1
  }
}

const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const POINT = 0x2e
const MINUS = 0x2d
const UPPER_E = 0x45
const LOWER_E = 0x65

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** What is wrong with a text that is known to be JSON, in one pass over it. */
function firstFault(text: string, limits: JsonLimits): string | undefined {
  // The member names seen in each object that is open, from the outside in; `undefined` stands for an array.
  const open: (Set<string> | undefined)[] = []
  let nameExpected = false
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    let end = at + 1
    if (char === '{' || char === '[') {
      if (open.length === limits.maxDepth) return `The request body is nested more than ${limits.maxDepth} levels deep`
      nameExpected = char === '{'
      open.push(nameExpected ? new Set() : undefined)
    } else if (char === '}' || char === ']') {
      open.pop()
      nameExpected = false
    } else if (char === ',') {
      nameExpected = open.at(-1) !== undefined
    } else if (char === '"') {
      end = endOfString(text, at)
      const string = contentOf(text.slice(at, end))
      if (string.includes('\0')) return 'A string in the request body holds the character NUL'
      if (!string.isWellFormed()) return 'A string in the request body holds a lone surrogate'
      const names = open.at(-1)
      if (nameExpected && names !== undefined) {
        if (names.has(string)) return `Member ${JSON.stringify(string.slice(0, 64))} occurs more than once`
        names.add(string)
        nameExpected = false
      }
    } else if (isNumberPart(char)) {
      while (isNumberPart(text.charAt(end))) end++
      const number = text.slice(at, end)
      if (limits.wholeNumbersOnly && !isWhole(number)) {
        return `Number ${number.slice(0, 32)} must be written as a whole number`
      }
    } else if (char === 't' || char === 'n') {
      end = at + 4
    } else if (char === 'f') {
      end = at + 5
    }
    at = end
  }
  return undefined
}

/** The index behind the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
  return at + 1
}

function contentOf(string: string): string {
  return string.includes('\\') ? String(JSON.parse(string)) : string.slice(1, -1)
}

function isNumberPart(char: string): boolean {
  return (char >= '0' && char <= '9') || char === '-' || char === '+' || char === '.' || char === 'e' || char === 'E'
}

function isWhole(number: string): boolean {
  return number !== '-0' && !/[.eE]/.test(number)
}

/**
 * Takes the prototypes away in place, which keeps objects as fast to read as they are, and counts their members.
 * Recursion is bounded by `maxDepth`, which has been checked.
 */
function withoutPrototypes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const entry of value) members += withoutPrototypes(entry)
    return members
  }
  Object.setPrototypeOf(value, null)
  for (const name in value) members += 1 + withoutPrototypes((value as Record<string, unknown>)[name])
  return members
}
