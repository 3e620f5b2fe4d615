import { INPUT_METHODS, LOOP_MEMBERS, READERS, REFLECTION, RESERVED, UTIL_METHODS } from './names.ts'
import type { Reader } from './reader.ts'
import type { Expression, Reference, Step, Target } from './syntax.ts'

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_-]*/y
const MEMBER = /\.(?=[A-Za-z])/y
const OVERRIDE = /^(request|response)override$/i
/** The most members, calls and indices of one reference. */
const MOST_STEPS = 32

/** Names of headers, parameters and placeholders that an override may spell. */
const OVERRIDE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

type Parameter = (reader: Reader) => Expression

/** Reads a reference whose `$` is next. Whether it may be read or written is for {@link checkRead} and {@link targetOf}. */
export function parseReference(reader: Reader, parameter: Parameter): Reference {
  const start = reader.at
  const at = reader.offset()
  reader.at += 1
  const quiet = reader.take(/!/y) !== undefined
  const isFormal = reader.take(/\{/y) !== undefined
  const root = reader.take(IDENTIFIER)
  if (root === undefined || root === 'true' || root === 'false') {
    reader.refuse(start, {
      finding: 'reference',
      message: 'A $ with braces or an exclamation mark must be followed by the name of a variable.',
      fix: "Write $name or ${name}; for the sign itself, #set($D = '$') and then ${D}.",
    })
  }
  const steps: Step[] = []
  for (;;) {
    if (reader.take(MEMBER) !== undefined) steps.push(parseMember(reader, parameter))
    else if (reader.peek() === '[') steps.push(parseIndex(reader, parameter))
    else break
    if (steps.length > MOST_STEPS) {
      reader.refuse(start, {
        finding: 'depth',
        message: `The reference has more than ${MOST_STEPS} members, calls and indices.`,
        fix: 'Take a part of it out into a variable with #set.',
      })
    }
  }
  if (isFormal && reader.take(/\}/y) === undefined) {
    reader.refuse(reader.isAtEnd ? start : reader.at, {
      finding: 'reference',
      message: 'The reference that opens with ${ is not closed.',
      fix: 'Close it with }; only names, calls and indices may stand inside.',
    })
  }
  return { root, steps, quiet, at, spelling: reader.text.slice(start, reader.at) }
}

function parseMember(reader: Reader, parameter: Parameter): Step {
  const start = reader.at
  const at = reader.offset()
  const name = reader.take(IDENTIFIER) ?? ''
  if (REFLECTION.has(name.toLowerCase())) {
    reader.refuse(start, {
      finding: 'reflection',
      value: name,
      message: `A template may not reach classes: ${name}.`,
      fix: `Remove .${name}; a member of that name is read with .get('${name}').`,
    })
  }
  if (name === 'true' || name === 'false') {
    reader.refuse(start, {
      finding: 'reference',
      value: name,
      message: `Velocity reads ${name} as a truth value, not as a member.`,
      fix: `Read the member with .get('${name}').`,
    })
  }
  if (reader.peek() !== '(') return { kind: 'member', name, at }
  return reader.deeper(() => ({ kind: 'call', name, args: parseArguments(reader, parameter), at }))
}

/** The arguments of a call, parentheses included. */
function parseArguments(reader: Reader, parameter: Parameter): Expression[] {
  reader.at += 1
  reader.skipSpace()
  const args: Expression[] = []
  if (reader.take(/\)/y) !== undefined) return args
  for (;;) {
    args.push(parameter(reader))
    reader.skipSpace()
    if (reader.take(/\)/y) !== undefined) return args
    if (reader.take(/,/y) !== undefined) {
      reader.skipSpace()
      continue
    }
    reader.refuse(reader.at, {
      finding: 'syntax',
      message: 'A comma or a closing parenthesis is expected after an argument.',
      fix: 'Write arguments as strings, numbers or references; put a calculation into a variable with #set first.',
    })
  }
}

function parseIndex(reader: Reader, parameter: Parameter): Step {
  const start = reader.at
  const at = reader.offset()
  reader.at += 1
  const key = reader.deeper(() => {
    reader.skipSpace()
    return parameter(reader)
  })
  reader.skipSpace()
  const isKey = key.kind !== 'list' && key.kind !== 'map' && key.kind !== 'range'
  if (!isKey || reader.take(/\]/y) === undefined) {
    reader.refuse(start, {
      finding: 'syntax',
      message: 'An index is one string, number or reference between brackets.',
      fix: 'Write ${name}[ with braces where the bracket is text.',
    })
  }
  if (reader.peek() === '(') {
    reader.refuse(reader.at, {
      finding: 'syntax',
      message: 'An index can not be called.',
      fix: 'Write ${name[0]}( with braces where the parenthesis is text.',
    })
  }
  return { kind: 'index', key, at }
}

/** Refuses a read that leads anywhere but to data. */
export function checkRead(reader: Reader, start: number, { root, steps, spelling }: Reference): void {
  const [first] = steps
  if (root === 'input') {
    const isOpen =
      first !== undefined &&
      (first.kind === 'member'
        ? first.name === 'body'
        : first.kind === 'call' && INPUT_METHODS.has(first.name) && first.args.length <= 1)
    if (!isOpen) {
      reader.refuse(start, {
        finding: 'input-member',
        value: spelling,
        message: `${spelling} is none of $input.body, $input.json(…), $input.path(…) and $input.params(…).`,
        fix: 'Read the request through one of these.',
      })
    }
  } else if (root === 'util') {
    if (first?.kind !== 'call' || !UTIL_METHODS.has(first.name) || first.args.length !== 1) {
      reader.refuse(start, {
        finding: 'util-member',
        value: spelling,
        message: `${spelling} is no function of $util with one argument.`,
        fix: `API Gateway has ${[...UTIL_METHODS].map((name) => `$util.${name}(…)`).join(', ')}.`,
      })
    }
  } else if (root === 'context') {
    checkContext(reader, start, first, spelling)
  } else if (root === 'foreach') {
    const isOpen = steps.length > 0 && steps.every((step) => step.kind === 'member' && LOOP_MEMBERS.has(step.name))
    if (!isOpen) {
      reader.refuse(start, {
        finding: 'loop-member',
        value: spelling,
        message: `${spelling} is none of ${[...LOOP_MEMBERS].map((name) => `$foreach.${name}`).join(', ')}.`,
        fix: 'Use one of these, or another name for your own variable.',
      })
    }
  }
  const ownCalls = root === 'input' || root === 'util' ? 1 : 0
  for (const step of steps.slice(ownCalls)) {
    if (step.kind === 'call' && !READERS.has(step.name)) {
      reader.refuse(start, {
        finding: 'method',
        value: `.${step.name}(`,
        message: `${step.name}() in ${spelling.slice(0, 80)} is not a method that only reads.`,
        fix: `Use one of ${[...READERS].join(', ')}.`,
      })
    }
  }
}

function checkContext(reader: Reader, start: number, first: Step | undefined, spelling: string): void {
  if (first === undefined) {
    reader.refuse(start, {
      finding: 'context-whole',
      value: spelling,
      message: '$context is handed on as a whole, and with it every override.',
      fix: 'Read its members by name, for example $context.requestId.',
    })
  }
  if (first.kind !== 'member') {
    reader.refuse(start, {
      finding: 'computed-context',
      value: spelling,
      message: 'A key on $context that is not a plain name could be any override.',
      fix: 'Write $context and its member as one dotted name.',
    })
  }
  const [, half] = OVERRIDE.exec(first.name) ?? []
  if (half !== undefined) {
    const other = half.toLowerCase() !== reader.shared.side
    reader.refuse(start, {
      finding: other ? `${half.toLowerCase()}-override` : 'override-read',
      value: spelling,
      message: `${spelling} hands an override on, so that its members could be set under another name.`,
      fix: `Only set one member by its name: #set($context.${reader.shared.side}Override.header.X-Name = …).`,
    })
  }
}

/** What a `#set` writes: a variable, or one override by its literal name. */
export function targetOf(reader: Reader, start: number, { root, steps, spelling }: Reference): Target {
  if (root === 'context') return overrideOf(reader, start, steps, spelling)
  if (RESERVED.has(root)) {
    reader.refuse(start, {
      finding: 'reserved-name',
      value: spelling,
      message: `$${root} is API Gateway's or Velocity's own and may not be set.`,
      fix: 'Use another name.',
    })
  }
  if (steps.length > 0) {
    reader.refuse(start, {
      finding: 'member-write',
      value: spelling,
      message: `${spelling} sets a member of a value, which could be a part of $context.`,
      fix: 'Set a variable of its own: #set($name = …).',
    })
  }
  return { kind: 'variable', name: root }
}

function overrideOf(reader: Reader, start: number, steps: readonly Step[], spelling: string): Target {
  const { side } = reader.shared
  const names = steps.map(literalName)
  const [object, place, name] = names
  const [, half] = OVERRIDE.exec(object ?? '') ?? []
  if (half !== undefined && half.toLowerCase() !== side) {
    const isForged = side === 'request'
    reader.refuse(start, {
      finding: isForged ? 'response-override' : 'request-override',
      value: spelling,
      message: isForged
        ? 'A request template may not forge the answer (responseOverride).'
        : 'A response template comes too late to change the request (requestOverride).',
      fix: `Remove the #set of ${object}.`,
    })
  }
  const isOverride = object === 'requestOverride' || object === 'responseOverride'
  const isStatus = isOverride && side === 'response' && place === 'status' && steps.length === 2
  const isPlace = place === 'header' || (side === 'request' && (place === 'path' || place === 'querystring'))
  const isNamed = isOverride && isPlace && steps.length === 3 && name !== undefined && OVERRIDE_NAME.test(name)
  if (isStatus) return { kind: 'override', side, name: 'status' }
  if (isNamed) return { kind: 'override', side, name: `${place}.${name}` }
  const forms =
    side === 'request'
      ? '$context.requestOverride.header.X, .path.x and .querystring.x'
      : '$context.responseOverride.header.X and .status'
  reader.refuse(start, {
    finding: steps.some((step) => step.kind !== 'member') ? 'computed-context' : 'context-write',
    value: spelling,
    message: `${spelling} sets something of $context that is not one override by its name.`,
    fix: `Only ${forms} may be set, with a literal name.`,
  })
}

/** The name of a step that is a member, or an index by a literal string; `undefined` for any other. */
function literalName(step: Step): string | undefined {
  if (step.kind === 'member') return step.name
  return step.kind === 'index' && step.key.kind === 'text' ? step.key.text : undefined
}
