import type * as z from 'zod'
import { didYouMean, type Path, type Problem, pointerTo } from './problem.ts'
import type { Source } from './source.ts'

type Issue = z.core.$ZodIssue
type Schema = z.core.$ZodType

/** Says all that a schema finds wrong, each where it stands and in the words of the document. */
export function schemaProblems(issues: readonly Issue[], schema: Schema, source: Source): Problem[] {
  return issues.flatMap((issue) => explain(issue, [], schema, source))
}

function explain(issue: Issue, above: Path, schema: Schema, source: Source): Problem[] {
  const path = [...above, ...(issue.path as (string | number)[])]
  const problem = (at: Path, what: 'key' | 'value', message: string, suggestion?: string): Problem => {
    const [line, column] = source.place(at, what)
    const found = { file: source.file, line, column, pointer: pointerTo(at), message }
    return suggestion === undefined ? found : { ...found, suggestion }
  }
  const value = valueAt(source.value, path)
  const name = String(path.at(-1) ?? 'document')

  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = membersAt(schema, path)
      return issue.keys.map((key) =>
        known.includes(key)
          ? problem([...path, key], 'key', `The key "${key}" can't stand here beside ${besides(value, key)}.`)
          : problem(
              [...path, key],
              'key',
              `Unknown key "${key}".`,
              didYouMean(key, known) ?? oneOf('Known here:', known),
            ),
      )
    }
    case 'invalid_key':
      return [problem(path, 'key', `"${name}" is not ${issue.issues[0]?.message ?? 'a key that can stand here'}.`)]
    case 'invalid_union': {
      const best = closestOption(issue.errors)
      if (best) return best.flatMap((nested) => explain(nested, path, schema, source))
      return [wrongValue()]
    }
    case 'invalid_value':
      return [wrongValue()]
    case 'invalid_type':
      if (value === undefined) return [problem(path, 'key', `The key "${name}" is missing here.`)]
      return [wrongValue()]
    case 'invalid_format':
      return [problem(path, 'value', `${show(value)} is not ${issue.message}.`)]
    case 'too_small':
      return [problem(path, 'value', issue.origin === 'number' ? outside(issue) : `"${labelOf(path)}" is empty.`)]
    case 'too_big':
      return [problem(path, 'value', issue.origin === 'number' ? outside(issue) : tooLong(issue))]
    default:
      return [problem(path, 'value', issue.message)]
  }

  function wrongValue(): Problem {
    const expected = alternativesAt(schema, path)
    const words = expected.flatMap(literals)
    const written = source.written(path)
    const wantsText = expected.some((one) => kindOf(one) === 'string')
    if (value === null) return problem(path, 'key', `"${labelOf(path)}" has no value.`)
    if (wantsText && written !== undefined && (typeof value === 'number' || typeof value === 'boolean')) {
      const read = String(value) === written ? `a ${typeof value}` : `the ${typeof value} ${value}`
      return problem(path, 'value', `${written} is read as ${read}; text is needed.`, `Write "${written}", in quotes.`)
    }
    if (words.length > 0 && typeof value !== 'object') {
      const kinds = expected.map(describe).filter((kind) => kind !== undefined)
      return problem(
        path,
        'value',
        `${show(value)} is not ${kinds.length > 0 ? `${kinds.join(' or ')}, nor ` : ''}${list(words)}.`,
        typeof value === 'string' ? didYouMean(value, words) : undefined,
      )
    }
    return problem(
      path,
      'value',
      `${describeValue(value)} can't stand here: ${expected.map((one) => describe(one) ?? list(literals(one))).join(' or ')} is needed.`,
    )
  }
}

/** The reading of a union under which the least is wrong; none where the value is of another kind for every option. */
function closestOption(options: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const cost = (issue: Issue): number => {
    if (issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) return 1000
    if (issue.code === 'unrecognized_keys') return 2 * issue.keys.length
    return issue.code === 'invalid_type' && issue.path.length === 1 ? 3 : 1
  }
  const [best] = options
    .map((issues) => ({ issues, cost: issues.reduce((sum, issue) => sum + cost(issue), 0) }))
    .sort((a, b) => a.cost - b.cost)
  return best && best.cost < 1000 ? best.issues : undefined
}

/** The schemas that a node at `path` may answer to; several where unions are on the way. */
function alternativesAt(schema: Schema, path: Path): Schema[] {
  let found = flatten(schema)
  for (const step of path) {
    found = found.flatMap((one) => {
      const { def } = one._zod as {
        def: { type: string; shape?: Record<string, Schema>; element?: Schema; valueType?: Schema }
      }
      if (def.type === 'object') return Object.hasOwn(def.shape ?? {}, step) ? flatten(def.shape?.[step]) : []
      if (def.type === 'array') return flatten(def.element)
      return def.type === 'record' ? flatten(def.valueType) : []
    })
  }
  return found
}

/** A schema without what only wraps it. */
function flatten(schema: Schema | undefined): Schema[] {
  if (schema === undefined) return []
  const { def } = schema._zod as { def: { type: string; innerType?: Schema; options?: Schema[] } }
  if (def.type === 'union') return (def.options ?? []).flatMap(flatten)
  return def.innerType ? flatten(def.innerType) : [schema]
}

function membersAt(schema: Schema, path: Path): string[] {
  const shapes = alternativesAt(schema, path).map((one) => (one._zod.def as { shape?: object }).shape ?? {})
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))]
}

const kindOf = (schema: Schema) => schema._zod.def.type

/** The words that an enum or a literal takes. */
function literals(schema: Schema): string[] {
  return kindOf(schema) === 'enum' || kindOf(schema) === 'literal' ? [...(schema._zod.values ?? [])].map(String) : []
}

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

const describe = (schema: Schema): string | undefined => KINDS[kindOf(schema)]

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'A list'
  return typeof value === 'object' ? 'A mapping' : show(value)
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'Nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function oneOf(before: string, words: readonly string[]): string | undefined {
  return words.length > 0 && words.length <= 16 ? `${before} ${words.join(', ')}.` : undefined
}

function besides(value: unknown, key: string): string {
  const others = Object.keys(value ?? {}).filter((other) => other !== key)
  return others.map((other) => `"${other}"`).join(', ')
}

/** The member that a path is about, whether it ends in a list or not. */
function labelOf(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string') ?? 'document')
}

function outside({ minimum, maximum }: { minimum?: number | bigint; maximum?: number | bigint }): string {
  return minimum === undefined ? `The number is above ${maximum}.` : `The number is below ${minimum}.`
}

function tooLong({ origin, maximum }: { origin: string; maximum: number | bigint }): string {
  return `At most ${maximum} ${origin === 'string' ? 'characters' : 'entries'} can stand here.`
}

function valueAt(root: unknown, path: Path): unknown {
  let at = root
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string | number, unknown>)[step]
  }
  return at
}
