import type { Decision, Violation } from '../decision.ts'

const MAX_LENGTH = 1000
const MAX_VALUE = 200

/** The refusal in one line, for someone who sees nothing but the `message` of an AWS error. At most 1,000 characters. */
export function refusalLine({ violations, more = {} }: Pick<Decision, 'violations' | 'more'>): string {
  const [first, ...rest] = violations
  if (first === undefined) return 'Denied by policy.'
  const others = printable(othersOf([...rest.map(({ rule }) => [rule, 1] as const), ...Object.entries(more)]))
  const line = `Denied by ${first.rule}${placeOf(first)}: ${first.message}${allowedOf(first)}${fixOf(first)}`
  const shown = printable(line.slice(0, MAX_LENGTH))
  const room = MAX_LENGTH - others.length
  return (line.length > MAX_LENGTH || shown.length > room ? `${shown.slice(0, room - 1)}…` : shown) + others
}

function placeOf({ field, part, value }: Violation): string {
  const name = field === '' ? part : `${field}${part === undefined ? '' : ` (${part})`}`
  if (name === undefined) return ''
  return value === undefined ? ` at ${name}` : ` at ${name} = ${short(JSON.stringify(value))}`
}

function allowedOf({ allowed }: Violation): string {
  if (allowed === undefined) return ''
  if (!Array.isArray(allowed)) return ` Allowed: ${short(JSON.stringify(allowed))}.`
  return allowed.length === 0 ? ' Allowed: none.' : ` Allowed: ${list(allowed)}.`
}

/** As many entries as fit, whole, and how many more there are. */
function list(entries: readonly unknown[]): string {
  let shown = short(JSON.stringify(entries[0]))
  for (const [index, entry] of entries.entries()) {
    if (index === 0) continue
    const next = JSON.stringify(entry)
    if (shown.length + next.length > MAX_VALUE) return `[${shown}, and ${entries.length - index} more]`
    shown += `,${next}`
  }
  return `[${shown}]`
}

function fixOf({ nearest, fix }: Violation): string {
  if (fix !== undefined) return ` ${fix}`
  return nearest === undefined ? '' : ` Nearest: ${nearest}.`
}

/** How many more violations there are, and of how many rules, at most five of them by name. */
function othersOf(counts: readonly (readonly [rule: string, count: number])[]): string {
  if (counts.length === 0) return ''
  const count = counts.reduce((sum, [, each]) => sum + each, 0)
  const names = [...new Set(counts.map(([rule]) => rule))]
  const shown = short(names.length > 5 ? `${names.slice(0, 5).join(', ')} …` : names.join(', '))
  return count === names.length
    ? ` And ${count} more: ${shown}.`
    : ` And ${count} more, by ${rulesOf(names)}: ${shown}.`
}

function rulesOf(names: readonly string[]): string {
  return names.length === 1 ? 'one rule' : `${names.length} rules`
}

function short(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text
}

/** Values come from the request: control and format characters must not steer the terminal that shows them. */
export function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
    return `\\u{${code}}`
  })
}
