import { checkRead, parseReference } from './parse-reference.ts'
import type { Reader } from './reader.ts'
import type { Expression, Reference } from './syntax.ts'

/** Operators by how tightly they bind; the words are Velocity's own spelling. */
const LEVELS: readonly RegExp[] = [
  /\|\||or(?![A-Za-z0-9_@])/y,
  /&&|and(?![A-Za-z0-9_@])/y,
  /==|!=|(?:eq|ne)(?![A-Za-z0-9_@])/y,
  /<=|>=|<|>|(?:lt|le|gt|ge)(?![A-Za-z0-9_@])/y,
  /[+-]/y,
  /[*/%]/y,
]

/** The most operators of one expression, those in parentheses included. */
const MOST_OPERATORS = 64

/** Reads what may stand in `#if(…)` and to the right of `=`. */
export function parseExpression(reader: Reader): Expression {
  reader.operators = 0
  return parseInner(reader)
}

function parseInner(reader: Reader): Expression {
  return reader.deeper(() => parseLevel(reader, 0))
}

function parseLevel(reader: Reader, level: number): Expression {
  const operators = LEVELS[level]
  if (operators === undefined) return parseUnary(reader)
  let left = parseLevel(reader, level + 1)
  for (;;) {
    reader.skipSpace()
    const at = reader.offset()
    const operator = reader.take(operators)
    if (operator === undefined) return left
    reader.operators += 1
    if (reader.operators > MOST_OPERATORS) {
      reader.refuse(reader.at, {
        finding: 'depth',
        message: `The expression has more than ${MOST_OPERATORS} operators.`,
        fix: 'Take a part of it out into a variable with #set.',
      })
    }
    left = { kind: 'binary', operator, left, right: parseLevel(reader, level + 1), at }
  }
}

function parseUnary(reader: Reader): Expression {
  reader.skipSpace()
  const at = reader.offset()
  let nots = 0
  while (reader.take(/!(?!=)|not(?![A-Za-z0-9_@])/y) !== undefined) {
    nots += 1
    reader.skipSpace()
  }
  const primary = parsePrimary(reader)
  if (nots === 0) return primary
  // Two negations only make a truth value of it: `!!x` is `!(!x)`, and more of them say nothing else.
  const once: Expression = { kind: 'not', of: primary, at }
  return nots % 2 === 1 ? once : { kind: 'not', of: once, at }
}

function parsePrimary(reader: Reader): Expression {
  if (reader.take(/\(/y) === undefined) return parseParameter(reader)
  const inner = parseInner(reader)
  reader.skipSpace()
  if (reader.take(/\)/y) === undefined) {
    reader.refuse(reader.at, {
      finding: 'syntax',
      message: 'A closing parenthesis is expected here.',
      fix: 'Close the parenthesis.',
    })
  }
  return inner
}

const NUMBER = /-?(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y

/** Reads one value: what may be an argument, an element, a key or an operand. */
export function parseParameter(reader: Reader): Expression {
  const at = reader.offset()
  const next = reader.peek()
  if (next === '$') return { kind: 'reference', reference: readReference(reader), at }
  if (next === '"') return parseDoubleQuoted(reader)
  if (next === "'") return parseSingleQuoted(reader)
  if (next === '[') return reader.deeper(() => parseList(reader))
  if (next === '{') return reader.deeper(() => parseMap(reader))
  const number = reader.take(NUMBER)
  if (number !== undefined) return { kind: 'number', text: number, at }
  const word = reader.take(/(?:true|false)(?![A-Za-z0-9_@])/y)
  if (word !== undefined) return { kind: 'truth', value: word === 'true', at }
  reader.refuse(reader.at, {
    finding: 'syntax',
    message: 'A value is expected here: a string, a number, a truth value, a reference, a list or a map.',
    fix: 'Write strings in quotes and variables with $.',
  })
}

/** Reads a reference and refuses what may not be read. */
export function readReference(reader: Reader): Reference {
  const start = reader.at
  const reference = parseReference(reader, parseParameter)
  checkRead(reader, start, reference)
  return reference
}

function parseList(reader: Reader): Expression {
  const at = reader.offset()
  reader.at += 1
  reader.skipSpace()
  const items: Expression[] = []
  if (reader.take(/\]/y) !== undefined) return { kind: 'list', items, at }
  let kind: 'list' | 'range' = 'list'
  for (;;) {
    items.push(parseParameter(reader))
    reader.skipSpace()
    if (reader.take(/\]/y) !== undefined) return { kind, items, at }
    const isFirst = items.length === 1
    if (isFirst && reader.take(/\.\./y) !== undefined) kind = 'range'
    else if (kind === 'range' || reader.take(/,/y) === undefined) {
      reader.refuse(reader.at, {
        finding: 'syntax',
        message: 'A comma or a closing bracket is expected in a list.',
        fix: 'Write [a, b, c] or [1..5].',
      })
    }
    reader.skipSpace()
  }
}

function parseMap(reader: Reader): Expression {
  const at = reader.offset()
  reader.at += 1
  reader.skipSpace()
  const items: Expression[] = []
  if (reader.take(/\}/y) !== undefined) return { kind: 'map', items, at }
  for (;;) {
    items.push(parseParameter(reader))
    reader.skipSpace()
    const isKey = items.length % 2 === 1
    if (!isKey && reader.take(/\}/y) !== undefined) return { kind: 'map', items, at }
    if (reader.take(isKey ? /:/y : /,/y) === undefined) {
      reader.refuse(reader.at, {
        finding: 'syntax',
        message: `A ${isKey ? 'colon' : 'comma or a closing brace'} is expected in a map.`,
        fix: "Write {'key': 'value', 'other': $value}.",
      })
    }
    reader.skipSpace()
  }
}

function parseSingleQuoted(reader: Reader): Expression {
  const { content, at } = readQuoted(reader, /'(?:[^']|'')*'/y)
  return { kind: 'text', text: content.replaceAll("''", "'"), at }
}

function parseDoubleQuoted(reader: Reader): Expression {
  const start = reader.at
  const { content: raw, at } = readQuoted(reader, /"(?:[^"]|"")*"/y)
  const dropped: number[] = []
  for (let pair = raw.indexOf('""'); pair >= 0; pair = raw.indexOf('""', pair + 2))
    dropped.push(pair + 1 - dropped.length)
  const content = raw.replaceAll('""', '"')
  if (!content.includes('$') && !content.includes('#')) return { kind: 'text', text: content, at }
  const comment = content.indexOf('##')
  const inside = reader.nested(content, start + 1, dropped)
  if (comment >= 0) {
    inside.refuse(comment, {
      finding: 'comment-in-string',
      message: 'Velocity reads ## inside double quotes as a comment that swallows the rest.',
      fix: 'Write the text in single quotes.',
    })
  }
  const body = reader.deeper(() => reader.shared.inside(inside))
  return { kind: 'interpolated', body, at }
}

function readQuoted(reader: Reader, pattern: RegExp): { content: string; at: number } {
  const start = reader.at
  const at = reader.offset()
  const quoted = reader.take(pattern)
  if (quoted === undefined) {
    reader.refuse(start, {
      finding: 'string',
      message: 'The string is not closed.',
      fix: 'Close it with the same quote; a quote inside is written twice, a backslash does not escape it.',
    })
  }
  const hidden = quoted.indexOf('\\u')
  if (hidden >= 0) {
    reader.refuse(start + hidden, {
      finding: 'unicode-escape',
      value: quoted.slice(hidden, hidden + 6),
      message:
        'Velocity reads \\u escapes in strings before it looks for $ and #, which would hide what a template does.',
      fix: 'Write the character itself.',
    })
  }
  return { content: quoted.slice(1, -1), at }
}
