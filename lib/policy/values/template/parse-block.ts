import { OTHER_DIRECTIVES, RESERVED } from './names.ts'
import { parseExpression, parseParameter, readReference } from './parse-expression.ts'
import { parseReference, targetOf } from './parse-reference.ts'
import type { Reader } from './reader.ts'
import { PLUGGABLE_DIRECTIVES } from './static.ts'
import type { Arm, Block, Reference, Statement } from './syntax.ts'

/** What ends a block: the directive that was read, or the end of the text. */
type Ending = 'end' | 'else' | 'elseif' | 'text-end'

/** Velocity takes the blanks before `#set` along, where they begin a token. */
const SET = /[ \t]*#(?:set|\{set\}) *\(/y
const TEXT = /[^$#\\]+/y
const WORD = /#(?:(@?[A-Za-z_][A-Za-z0-9_@]*)|\{(@?[A-Za-z_][A-Za-z0-9_@]*)\})/y
/** The end of a line that a directive takes along. */
const LINE_END = '(?:[ \\t]*(?:\\r\\n|\\n|\\r))?'
/**
 * What may not stand behind a reference without braces: a brace; and #set and #*, which take over the state that the
 * reference left, so that Velocity reads the text behind them as a part of it.
 */
const GLUED = /\{|[ \t]*#(?:set|\{set\}) *\(|#\*/y
const CLOSING = new RegExp(`\\)${LINE_END}`, 'y')
const TO_LINE_END = new RegExp(LINE_END, 'y')

/** Reads a whole text: a template, or the inside of a string. */
export function parseWhole(reader: Reader): Block {
  const start = reader.at
  const { block, ending, from } = parseBlock(reader)
  if (ending === 'text-end') return block
  reader.refuse(from ?? start, {
    finding: 'syntax',
    message: `#${ending} has no #if, #foreach or #define before it.`,
    fix: `Remove the #${ending}; in text, write a space after the #.`,
  })
}

/** Reads statements up to what ends them; `from` is where the ending directive starts. */
function parseBlock(reader: Reader): { block: Block; ending: Ending; from?: number } {
  const statements: Statement[] = []
  while (!reader.isAtEnd) {
    const next = reader.peek()
    const isBlank = next === ' ' || next === '\t'
    if ((isBlank || next === '#') && reader.looksAt(SET)) {
      statements.push(parseSet(reader))
    } else if (next === '#') {
      const from = reader.at
      const read = parseHash(reader)
      if (typeof read === 'string') return { block: { statements }, ending: read, from }
      if (read !== undefined) statements.push(read)
    } else if (next === '$') {
      statements.push(...parseDollar(reader))
    } else if (next === '\\') {
      statements.push(parseBackslashes(reader))
    } else {
      const at = reader.offset()
      statements.push({ kind: 'text', text: reader.take(TEXT) ?? '', at })
    }
  }
  return { block: { statements }, ending: 'text-end' }
}

function parseSet(reader: Reader): Statement {
  reader.take(/[ \t]*/y)
  const start = reader.at
  const at = reader.offset()
  if (reader.isString) refuseInString(reader, start, 'set')
  reader.take(/#(?:set|\{set\}) *\(/y)
  reader.skipSpace()
  const from = reader.at
  if (reader.peek() !== '$') {
    reader.refuse(from, {
      finding: 'syntax',
      message: 'A #set begins with the variable that it sets.',
      fix: 'Write #set($name = …).',
    })
  }
  const reference = parseReference(reader, parseParameter)
  const target = targetOf(reader, from, reference)
  reader.skipSpace()
  if (reader.take(/=(?!=)/y) === undefined) {
    reader.refuse(reader.at, { finding: 'syntax', message: 'A = is expected here.', fix: 'Write #set($name = …).' })
  }
  const value = parseExpression(reader)
  close(reader, '#set')
  return { kind: 'set', target, value, at: target.kind === 'override' ? reference.at : at }
}

/** Takes the parenthesis that closes a directive, and the end of the line after it. */
function close(reader: Reader, directive: string): void {
  reader.skipSpace()
  if (reader.take(CLOSING) !== undefined) return
  reader.refuse(reader.at, {
    finding: 'syntax',
    message: `A closing parenthesis is expected to end ${directive}.`,
    fix: `Close the parenthesis of ${directive}.`,
  })
}

function open(reader: Reader, directive: string): void {
  reader.skipSpace()
  if (reader.take(/\(/y) !== undefined) return
  reader.refuse(reader.at, {
    finding: 'syntax',
    message: `An opening parenthesis is expected after ${directive}.`,
    fix: `Write ${directive}(…); in text, write a space after the #.`,
  })
}

/** Reads what a `#` starts: a comment, a directive, the ending of a block, or text. */
function parseHash(reader: Reader): Statement | Ending | undefined {
  const start = reader.at
  const at = reader.offset()
  const comment = reader.take(/##[^\r\n]*(?:\r\n|\n|\r|$)/y)
  if (comment !== undefined) {
    if (/#\*\*[\r\n]/.test(comment.slice(2))) refuseComment(reader, start)
    return undefined
  }
  if (reader.take(/#\*/y) !== undefined) return skipComment(reader, start)
  if (reader.looksAt(/#\[\[/y)) {
    reader.refuse(start, {
      finding: 'directive',
      message: 'Versions of Velocity read #[[ differently.',
      fix: "Write the text in single quotes: #set($text = '…')$text.",
    })
  }
  const written = reader.take(WORD)
  if (written !== undefined) return parseDirective(reader, start, written)
  if (/[$#\\{@]/.test(reader.peek(1)) || reader.looksAt(/#[ \t]+[#\\]/y)) {
    reader.refuse(start, {
      finding: 'hash',
      message: 'A # directly before another sign of the language is read differently by versions of Velocity.',
      fix: "Write the sign through a variable: #set($H = '#') and then ${H}.",
    })
  }
  reader.at += 1
  return { kind: 'text', text: '#', at }
}

function skipComment(reader: Reader, start: number): undefined {
  const end = reader.text.indexOf('*#', reader.at)
  if (end < 0) {
    reader.refuse(start, { finding: 'comment', message: 'The comment is not closed.', fix: 'Close it with *#.' })
  }
  // Velocity reads #* as one token inside a comment too, so that #*# does not close it.
  if (reader.text.slice(reader.at, end + 1).includes('#*')) refuseComment(reader, start)
  reader.at = end + 2
  return undefined
}

function refuseComment(reader: Reader, start: number): never {
  reader.refuse(start, {
    finding: 'comment',
    message: 'Where a comment ends that holds another #* is read differently by versions of Velocity.',
    fix: 'Remove the #* inside the comment.',
  })
}

function parseDirective(reader: Reader, start: number, written: string): Statement | Ending {
  const name = written.replace(/[#{}]/g, '')
  switch (name) {
    case 'end':
    case 'else':
      reader.take(TO_LINE_END)
      return name
    case 'elseif':
      return name
    case 'if':
      return reader.deeper(() => parseIf(reader, start))
    case 'foreach':
      return reader.deeper(() => parseForeach(reader, start))
    case 'define':
      return reader.deeper(() => parseDefine(reader, start))
  }
  const finding = OTHER_DIRECTIVES.get(name) ?? (name.startsWith('@') ? 'macro' : undefined)
  if (finding !== undefined) {
    reader.refuse(start, {
      finding,
      value: written,
      message: `${written} is not allowed: it would hide what the template does.`,
      fix: 'Write out what it does, with #set, #if, #foreach or #define.',
    })
  }
  if (name === 'set') {
    reader.refuse(start, {
      finding: 'syntax',
      value: written,
      message: 'A #set needs an opening parenthesis on the same line.',
      fix: 'Write #set($name = …).',
    })
  }
  if (reader.looksAt(/[ \t\r\n]*\(/y)) {
    reader.refuse(start, {
      finding: 'macro',
      value: written,
      message: `${written}( is read as the call of a macro.`,
      fix: `If it is text, write the sign through a variable: #set($H = '#') and then \${H}${name}.`,
    })
  }
  return { kind: 'text', text: written, at: reader.offset(start) }
}

function parseIf(reader: Reader, start: number): Statement {
  const arms: Arm[] = []
  let directive: 'if' | 'elseif' | 'else' = 'if'
  for (;;) {
    let arm: { condition?: ReturnType<typeof parseExpression> } = {}
    if (directive !== 'else') {
      open(reader, `#${directive}`)
      const condition = parseExpression(reader)
      close(reader, `#${directive}`)
      arm = { condition }
    }
    const { block, ending, from } = parseBlock(reader)
    arms.push({ ...arm, body: block })
    if (ending === 'end') return { kind: 'if', arms }
    if (ending === 'text-end') refuseOpen(reader, start, '#if')
    if (directive === 'else') {
      reader.refuse(from ?? start, {
        finding: 'syntax',
        message: `#${ending} can not follow #else.`,
        fix: 'Put #else last.',
      })
    }
    directive = ending
  }
}

function parseForeach(reader: Reader, start: number): Statement {
  open(reader, '#foreach')
  reader.skipSpace()
  const item = parseName(reader, '#foreach')
  reader.skipSpace()
  if (reader.take(/in(?![A-Za-z0-9_@])/y) === undefined) {
    reader.refuse(reader.at, {
      finding: 'syntax',
      message: 'The word in is expected between the variable and the list.',
      fix: 'Write #foreach($item in $list).',
    })
  }
  reader.skipSpace()
  const list = parseParameter(reader)
  close(reader, '#foreach')
  const body = parseToEnd(reader, start, '#foreach')
  return { kind: 'foreach', item, list, body }
}

function parseDefine(reader: Reader, start: number): Statement {
  if (reader.isString) refuseInString(reader, start, 'define')
  open(reader, '#define')
  reader.skipSpace()
  const name = parseName(reader, '#define')
  close(reader, '#define')
  return { kind: 'define', name, body: parseToEnd(reader, start, '#define') }
}

/** The plain variable that a loop or a definition sets. */
function parseName(reader: Reader, directive: string): string {
  const from = reader.at
  const reference = reader.peek() === '$' ? parseReference(reader, parseParameter) : undefined
  if (reference === undefined || reference.steps.length > 0 || RESERVED.has(reference.root)) {
    reader.refuse(from, {
      finding: reference !== undefined && RESERVED.has(reference.root) ? 'reserved-name' : 'syntax',
      message: `${directive} sets one plain variable of your own.`,
      fix: `Write ${directive === '#define' ? '#define($name)' : '#foreach($item in $list)'}.`,
    })
  }
  return reference.root
}

function parseToEnd(reader: Reader, start: number, directive: string): Block {
  const { block, ending, from } = parseBlock(reader)
  if (ending === 'end') return block
  if (ending === 'text-end') refuseOpen(reader, start, directive)
  reader.refuse(from ?? start, {
    finding: 'syntax',
    message: `#${ending} has no #if in this ${directive}.`,
    fix: `Close the #if outside before ${directive}, or remove the #${ending}.`,
  })
}

function refuseOpen(reader: Reader, start: number, directive: string): never {
  reader.refuse(start, {
    finding: 'syntax',
    message: `${directive} is not closed.`,
    fix: `Close it with #end.`,
  })
}

function refuseInString(reader: Reader, start: number, directive: string): never {
  reader.refuse(start, {
    finding: 'directive-in-string',
    message: `#${directive} can not stand inside a string.`,
    fix: `Write the #${directive} on a line of its own, before the string.`,
  })
}

/** Reads a reference that is printed, or a `$` that is text. */
function parseDollar(reader: Reader): Statement[] {
  const start = reader.at
  const at = reader.offset()
  if (!reader.looksAt(/\$!?\{?[A-Za-z_]/y)) return [parseLoneDollar(reader, start, at)]
  const reference = readReference(reader)
  const statements: Statement[] = [{ kind: 'print', reference }]
  if (reference.spelling.endsWith('}') && /^\$!?\{/.test(reference.spelling)) return statements
  if (endsInMember(reference) && reader.looksAt(/\$|##/y)) refuseGlued(reader, start, reference.spelling)
  // After a reference without braces Velocity stays in its state for references, where these have a meaning.
  const after = reader.offset()
  const word = reader.take(/[A-Za-z_][A-Za-z0-9_-]*/y)
  if (word !== undefined) {
    if (word === 'true' || word === 'false' || reader.looksAt(/\[|\.[A-Za-z]/y))
      refuseGlued(reader, start, reference.spelling)
    statements.push({ kind: 'text', text: word, at: after })
  }
  const from = reader.offset()
  if (reader.take(/\}/y) !== undefined) statements.push({ kind: 'text', text: '}', at: from })
  else if (reader.looksAt(GLUED)) refuseGlued(reader, start, reference.spelling)
  return statements
}

/** After a member Velocity is in a state of its own, in which a comment is text and a $ leaves the state open. */
function endsInMember({ steps }: Reference): boolean {
  return steps.findLast(({ kind }) => kind !== 'index')?.kind === 'member'
}

function refuseGlued(reader: Reader, start: number, spelling: string): never {
  reader.refuse(start, {
    finding: 'glued',
    value: reader.text.slice(start, reader.at + 1),
    message: `Velocity reads what stands directly behind ${spelling.slice(0, 80)} as a part of it.`,
    fix: `Write it with braces: \${${spelling.replace(/^\$!?/, '').slice(0, 80)}}.`,
  })
}

function parseLoneDollar(reader: Reader, start: number, at: number): Statement {
  if (/^[$!{#\\]/.test(reader.peek(1)) || reader.looksAt(/\$[ \t]+#/y)) {
    reader.refuse(start, {
      finding: 'reference',
      message: 'A $ before this sign is neither a reference nor plain text.',
      fix: "Write $name or ${name}; for the sign itself, #set($D = '$') and then ${D}.",
    })
  }
  reader.at += 1
  return { kind: 'text', text: '$', at }
}

/** Backslashes are text, unless they stand before a sign of the language, where they would escape it, or not. */
function parseBackslashes(reader: Reader): Statement {
  const start = reader.at
  const at = reader.offset()
  const text = reader.take(/\\+/y) ?? ''
  const next = reader.peek()
  if (next === '$' || next === '#') {
    reader.refuse(start, {
      finding: 'escape',
      value: `${text}${next}`,
      message: `Whether a backslash escapes ${next} depends on what is set when the template runs.`,
      fix: `Write the sign through a variable: #set($D = '${next}') and then \${D}.`,
    })
  }
  if (text.length % 2 === 0) {
    const from = reader.at
    const run = reader.take(TEXT) ?? ''
    reader.at = from
    if (run.length <= 9 && PLUGGABLE_DIRECTIVES.has(run.slice(1))) {
      reader.refuse(start, {
        finding: 'escape',
        message: 'Velocity drops a backslash before this word.',
        fix: "Write the text in single quotes: #set($text = '…')$text.",
      })
    }
  }
  return { kind: 'text', text, at }
}
