import type { Remedy, Violation } from './decision.ts'

/** How much of a text a decision repeats, in characters, and of a list, in entries. */
export interface Telling {
  readonly longestText: number
  readonly mostEntries: number
  /** A remedy is told whole or not at all: half of one would be another one. */
  readonly longestRemedy: number
}

/** As findings are told. Lists of what is allowed come bounded: see `listed`. */
export const WHOLE: Telling = { longestText: 1_024, mostEntries: 256, longestRemedy: 20_000 }
/** As findings are told of which there are very many, or very long ones. */
export const SHORT: Telling = { longestText: 256, mostEntries: 4, longestRemedy: 512 }

/** Characters of the longest text that is told: one told in part says how long it was. */
export const LONGEST_TOLD = WHOLE.longestText + 40

/** What a text ends with that is told in part. */
const SHORTENED = /… \(\d{1,16} characters\)$/

/**
 * Whether a text of a decision is told in part. A text of the caller's may end like one that is: whoever asks must be
 * right to take the one for the other.
 */
export function isShortened(text: string): boolean {
  // The ending is short, and so what is looked at.
  return SHORTENED.test(text.slice(WHOLE.longestText - LONGEST_TOLD))
}

export interface Told {
  text(text: string): string
  /** A value of the request. */
  quoted(value: unknown): unknown
  /** What the policy allows. */
  list(allowed: unknown): unknown
}

/** Tells texts and values within bounds, so that no request makes a decision larger than it is worth. */
export function tellingOf(telling: Telling): Told {
  const known = TELLINGS.get(telling)
  if (known !== undefined) return known
  const { longestText, mostEntries } = telling
  const text = (whole: string) => (whole.length <= longestText ? whole : shortened(whole, longestText))
  const entry = (value: unknown) => (typeof value === 'string' ? text(value) : value)
  const list = (allowed: unknown) => {
    if (!Array.isArray(allowed) || allowed.length <= mostEntries) return allowed
    return [...allowed.slice(0, mostEntries).map(entry), `and ${allowed.length - mostEntries} more`]
  }
  const quoted = (value: unknown) => {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return value
    const spelt = JSON.stringify(value)
    return spelt.length <= longestText ? value : shortened(spelt, longestText)
  }
  const made = { text, quoted, list }
  TELLINGS.set(telling, made)
  return made
}

const TELLINGS = new Map<Telling, Told>()

function shortened(whole: string, longest: number): string {
  return `${whole.slice(0, longest).toWellFormed()}… (${whole.length} characters)`
}

/** Characters of a violation's texts, about. */
export function lengthOf({ field, part, value, allowed, nearest, message, fix, remedy, error }: Violation): number {
  let length = field.length + message.length
  if (remedy !== undefined) length += lengthOfRemedy(remedy)
  if (part !== undefined) length += part.length
  if (typeof value === 'string') length += value.length
  if (nearest !== undefined) length += nearest.length
  if (fix !== undefined) length += fix.length
  if (error !== undefined) length += error.length
  if (Array.isArray(allowed)) for (const entry of allowed) length += typeof entry === 'string' ? entry.length : 8
  return length
}

/** Characters of a remedy's texts, about. Values that aren't texts are small: they come from the policy. */
export function lengthOfRemedy(remedy: Remedy): number {
  let length = 0
  for (const step of remedy) {
    if ('path' in step) length += step.path.length
    if ('value' in step) length += typeof step.value === 'string' ? step.value.length : spelt(step.value).length
  }
  return length
}

function spelt(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
