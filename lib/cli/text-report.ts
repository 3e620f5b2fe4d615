import type { Violation } from '../decision/decision.ts'
import { printable } from '../decision/explain/refusal-line.ts'
import { type JudgedRequest, pathOf } from './judge-written.ts'
import type { Paint } from './paint.ts'
import type { Report } from './report.ts'
import { narrowed, type Spot } from './spot.ts'

const LEVELS = {
  enforce: { word: 'error', colour: 'red' },
  warn: { word: 'warning', colour: 'yellow' },
  'dry-run': { word: 'dry run', colour: 'blue' },
} as const

/** Columns of a source line that are shown around a value. */
const WINDOW = 100
const MAX_VALUE = 400

/**
 * Decisions as a compiler reports errors: the place, the value with its faulty part underlined, the rule and its place in
 * the policy, what is allowed, what to do. Requests that are simply allowed are counted.
 */
export function textReport(policyFile: string, paint: Paint): Report {
  const counts = { requests: 0, denied: 0, errors: 0, warnings: 0, dryRun: 0 }

  function describe(violation: Violation, judged: JudgedRequest): string {
    const { word, colour } = LEVELS[violation.mode]
    const spot = spotOf(violation, judged)
    const { line, column, isExact } = spot
    const title = `${paint(word, 'bold', colour)}${paint(`[${violation.rule}]`, colour)}: ${printable(violation.message)}`
    const gutter = ' '.repeat(String(line).length)
    const { shown, carets } = excerpt(spot)
    const part = violation.part !== undefined && isExact ? ` ${violation.part}` : ''
    const source = [
      `${gutter} ${paint('|', 'dim')}`,
      `${line} ${paint('|', 'dim')} ${shown}`,
      `${gutter} ${paint('|', 'dim')} ${paint(carets + printable(part), colour)}`,
    ]
    const notes = notesOf(violation, policyFile, isExact)
    return [
      title,
      `${gutter}${paint('-->', 'dim')} ${judged.written.file}:${line}:${column}`,
      ...(spot.text === '' ? [] : source),
      ...notes.map(([name, text]) => `${gutter} ${paint('=', 'dim')} ${`${name}:`.padEnd(8)} ${printable(text)}`),
    ].join('\n')
  }

  return {
    decided(judged) {
      const { decision } = judged
      const { violations, warnings, dryRun, exceptionsUsed } = decision
      counts.requests++
      counts.errors += violations.length
      counts.warnings += warnings.length
      counts.dryRun += dryRun.length
      if (decision.decision === 'deny') counts.denied++
      const told = [...violations, ...warnings, ...dryRun]
      if (told.length === 0 && exceptionsUsed.length === 0) return ''
      const used = exceptionsUsed.map((id) => `Allowed only through the exception ${id}.`)
      const blocks = told.map((violation) => describe(violation, judged))
      const further = Object.entries({ ...decision.more, ...decision.moreDryRun })
      const rest = further.map(([rule, count]) => `And ${count} more of ${printable(rule)}.`)
      return `${[headline(judged, paint), ...used, ...blocks, ...rest].join('\n\n')}\n\n`
    },
    end() {
      const { requests, denied, errors, warnings, dryRun } = counts
      const allowed = `${requests - denied} allowed`
      const verdict = denied === 0 ? paint(allowed, 'green') : `${allowed}, ${paint(`${denied} denied`, 'bold', 'red')}`
      const details = [
        errors > 0 && plural(errors, 'violation'),
        warnings > 0 && plural(warnings, 'warning'),
        dryRun > 0 && `${dryRun} in dry run`,
      ].filter((text) => text !== false)
      const summary = `${plural(requests, 'request')}: ${verdict}`
      return `${summary}${details.length === 0 ? '' : ` (${details.join(', ')})`}.\n`
    },
  }
}

function headline({ written: { file, line, column }, asked, decision }: JudgedRequest, paint: Paint): string {
  const place = `${file}:${line}:${column}`
  const word = decision.decision === 'deny' ? paint('denied', 'bold', 'red') : paint('allowed', 'bold', 'green')
  if (!asked) return `${place}: ${word}: not a request that can be judged`
  const { method, restApiId, resourceId } = asked
  const team = decision.team === '' ? '' : ` for ${decision.team}`
  return `${place}: ${word}: ${method} ${printable(`${restApiId}/${resourceId}${team}`)}`
}

/** Where a violation shows: the faulty part of the value, or what stands above it where the value is absent. */
export function spotOf(violation: Violation, { written, fault }: JudgedRequest): Spot {
  if (fault && 'line' in fault) {
    const { line, column } = fault
    const start = written.spot([])
    if (start.line !== line) return { line, column, text: '', from: 0, to: 0, isExact: true }
    const from = start.from + column - start.column
    return { ...start, column, from, to: from + 1 }
  }
  const spot = written.spot(fault ? fault.path : pathOf(violation))
  return spot.isExact ? narrowed(spot, violation.value) : spot
}

/** The line, or what fits of it around the stretch, and carets below the stretch. */
function excerpt({ text, from, to }: Spot): { shown: string; carets: string } {
  const width = Math.min(to - from, WINDOW)
  const begin = to <= WINDOW ? 0 : Math.max(0, from - Math.floor((WINDOW - width) / 2))
  const end = Math.min(text.length, begin + WINDOW)
  const before = `${begin > 0 ? '…' : ''}${printable(text.slice(begin, from).replaceAll('\t', ' '))}`
  const inside = printable(text.slice(from, Math.min(to, end)).replaceAll('\t', ' '))
  const after = `${printable(text.slice(Math.min(to, end), end).replaceAll('\t', ' '))}${end < text.length ? '…' : ''}`
  return { shown: before + inside + after, carets: ' '.repeat(before.length) + '^'.repeat(Math.max(inside.length, 1)) }
}

function notesOf(violation: Violation, policyFile: string, isExact: boolean): [name: string, text: string][] {
  const { value, allowed, fix, nearest, error, policyAt, field } = violation
  const notes: [string, string][] = []
  if (!isExact && value !== undefined && field !== '') {
    notes.push(['value', `${show(value)}, since ${field.slice(field.lastIndexOf('/') + 1)} is absent`])
  }
  if (error !== undefined) notes.push(['error', error])
  if (policyAt) notes.push(['rule', `${policyFile}:${policyAt.line}:${policyAt.column} ${policyAt.pointer}`])
  if (allowed !== undefined) notes.push(['allowed', show(allowed)])
  if (fix !== undefined) notes.push(['fix', fix])
  else if (nearest !== undefined) notes.push(['nearest', nearest])
  return notes
}

/** Words as a sentence has them; anything deeper as JSON. */
function show(value: unknown): string {
  const text = shown(value)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text
}

function shown(value: unknown): string {
  if (isWord(value)) return String(value)
  if (Array.isArray(value) && value.every(isWord)) return value.length === 0 ? 'nothing' : value.join(', ')
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const isFlat = entries.length > 0 && entries.every(([, each]) => isWord(each))
  return isFlat ? entries.map(([name, each]) => `${name} ${each}`).join(', ') : JSON.stringify(value)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`
}
