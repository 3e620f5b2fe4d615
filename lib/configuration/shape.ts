/**
 * Reads one value of a configuration or a stored item that came as JSON. What is wrong is added to `problems`; what is
 * then returned is not used.
 *
 * In place of a schema library where a cold start waits for the answer: loading zod's small form and building these same
 * shapes with it takes a tenth of the time to a first answer.
 */
export type Shape<Value> = (given: unknown, at: string, problems: Problem[]) => Value

export interface Problem {
  /** As in JavaScript: `[0].roles.admin`. Empty for the whole. */
  at: string
  message: string
}

/** The value, or a message with a line for each problem and where it is. */
export function readShape<Value>(
  shape: Shape<Value>,
  given: unknown,
): { ok: true; value: Value } | { ok: false; message: string } {
  const problems: Problem[] = []
  const value = shape(given, '', problems)
  if (problems.length === 0) return { ok: true, value }
  const lines = problems.map(({ at, message }) => (at === '' ? `✖ ${message}` : `✖ ${message}\n  → at ${at}`))
  return { ok: false, message: lines.join('\n') }
}

/** A string of so many UTF-16 code units, of which all match `pattern`. */
export function text(bounds: { least?: number; most?: number; pattern?: RegExp }): Shape<string> {
  const { least = 0, most = Number.POSITIVE_INFINITY, pattern } = bounds
  return (given, at, problems) => {
    const fits = typeof given === 'string' && given.length >= least && given.length <= most
    if (fits && (pattern === undefined || pattern.test(given))) return given
    const bounded = most === Number.POSITIVE_INFINITY ? '' : ` of ${least} to ${most} characters`
    return refuse(problems, at, `expected text${bounded}${pattern ? ` that matches ${pattern}` : ''}`, '')
  }
}

export function oneOf<const Value extends string>(values: readonly Value[]): Shape<Value> {
  return (given, at, problems) =>
    values.find((value) => value === given) ??
    refuse(problems, at, `expected one of ${values.join(', ')}`, values[0] as Value)
}

export function integer(least: number, most: number): Shape<number> {
  return (given, at, problems) =>
    Number.isInteger(given) && Number(given) >= least && Number(given) <= most
      ? Number(given)
      : refuse(problems, at, `expected a whole number from ${least} to ${most}`, least)
}

export const flag: Shape<boolean> = (given, at, problems) =>
  typeof given === 'boolean' ? given : refuse(problems, at, 'expected true or false', false)

export function listOf<Value>(each: Shape<Value>, least = 0, most = Number.POSITIVE_INFINITY): Shape<Value[]> {
  return (given, at, problems) => {
    if (!Array.isArray(given)) return refuse(problems, at, 'expected a list', [])
    if (given.length < least || given.length > most)
      return refuse(
        problems,
        at,
        most === Number.POSITIVE_INFINITY ? `expected at least ${least}` : `expected ${least} to ${most}`,
        [],
      )
    return given.map((value, index) => each(value, `${at}[${index}]`, problems))
  }
}

/** An object whose names the configuration chooses. */
export function named<Name extends string, Value>(name: Shape<Name>, each: Shape<Value>): Shape<Record<Name, Value>> {
  return (given, at, problems) => {
    if (!isObject(given)) return refuse(problems, at, 'expected an object', {} as Record<Name, Value>)
    const entries = Object.entries(given).map(([key, value]) => {
      const place = member(at, key)
      return [name(key, place, problems), each(value, place, problems)] as const
    })
    // fromEntries defines what an assignment to `__proto__` would not.
    return Object.fromEntries(entries) as Record<Name, Value>
  }
}

/** A member that may be left out. */
export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (given, at, problems) => (given === undefined ? undefined : shape(given, at, problems))
}

/** A member that may be left out, and what is then assumed. */
export function assumed<Value>(value: NoInfer<Value>, shape: Shape<Value>): Shape<Value> {
  return (given, at, problems) => (given === undefined ? value : shape(given, at, problems))
}

type Shapes<Whole> = {
  [Name in keyof Whole]-?: Shape<Whole[Name] | (undefined extends Whole[Name] ? undefined : never)>
}

/** An object of these members and no others. A member that is absent stays absent. */
export function members<Whole extends object>(shapes: Shapes<Whole>): Shape<Whole> {
  const known = someMembers<Whole>(shapes)
  return (given, at, problems) => {
    for (const name of isObject(given) ? Object.keys(given) : [])
      if (!Object.hasOwn(shapes, name)) refuse(problems, at, `unknown member ${JSON.stringify(name)}`, undefined)
    return known(given, at, problems)
  }
}

/** Of an object these members; whatever else it has is left out. */
export function someMembers<Whole extends object>(shapes: Shapes<Whole>): Shape<Whole> {
  const known = Object.entries(shapes) as [string, Shape<unknown>][]
  return (given, at, problems) => {
    if (!isObject(given)) return refuse(problems, at, 'expected an object', {} as Whole)
    const values = known.map(([name, shape]) => {
      const own = Object.hasOwn(given, name) ? given[name] : undefined
      return [name, shape(own, member(at, name), problems)] as const
    })
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Whole
  }
}

/** `shape`, and then what its values must be to each other. `judge` is not asked where a part was refused. */
export function judged<Value>(shape: Shape<Value>, judge: (value: Value) => Problem[]): Shape<Value> {
  return (given, at, problems) => {
    const before = problems.length
    const value = shape(given, at, problems)
    if (problems.length === before)
      for (const problem of judge(value)) problems.push({ ...problem, at: at + problem.at })
    return value
  }
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function member(at: string, name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `${at}[${JSON.stringify(name)}]`
  return at === '' ? name : `${at}.${name}`
}

function refuse<Value>(problems: Problem[], at: string, message: string, stand: Value): Value {
  problems.push({ at, message })
  return stand
}
