import { closest } from '../../../policy/patterns/closest.ts'
import { bodyOf } from '../../../policy/values/service/body.ts'
import type { Opening } from '../../../policy/values/service/request.ts'
import type { Remedy } from '../../decision.ts'
import { entryOf, type Finding, oneOf, removing, setting } from '../../explain/finding.ts'
import type { ServiceLimits } from '../limits.ts'
import type { AskedOfService } from './asked.ts'
import { rewritten } from './remedy.ts'

/**
 * What holds of requests to services of the query protocol whatever the policy says: the operation is in the body, so
 * that the body must be closed. Of JSON services the body names resources alone: their entries judge it.
 */
export function judgeOpenings(asked: AskedOfService, entries: readonly ServiceLimits[], findings: Finding[]): void {
  const isJson = asked.protocol === 'json'
  const actions = actionsOf(asked, entries)
  for (const opening of asked.openings) {
    if (isJson && (opening.why === 'raw' || opening.why === 'unclosed')) continue
    findings.push(openingFinding(opening, asked, actions))
  }
}

/** Operations that the entries list, each as a name that can be written. */
function actionsOf({ uri }: AskedOfService, entries: readonly ServiceLimits[]): readonly string[] {
  const own = entries.filter(({ service }) => service === uri.service).flatMap(({ actions = [] }) => actions)
  return [...new Set(own.flatMap((pattern) => closest(pattern, 'SendMessage') ?? []))]
}

function openingFinding(opening: Opening, asked: AskedOfService, actions: readonly string[]): Finding {
  const { why, field, value, told } = opening
  const { service } = asked.uri
  const at = told === undefined ? '' : `Line ${told.line}, column ${told.column}: `
  const operation = asked.operations[0]?.name ?? actions[0] ?? 'SendMessage'
  const inTemplate = field.startsWith('/requestTemplates/')
  const closed = `Action=${operation}`
  const base = { rule: `intrinsic.requestTemplates.${RULES[why]}`, field, part: 'action', value, allowed: actions }
  switch (why) {
    case 'raw':
      return { ...base, ...rawBody(opening, asked, closed) }
    case 'injection':
      return {
        ...base,
        part: 'template',
        allowed: `$util.urlEncode(${value})`,
        nearest: `$util.urlEncode(${value})`,
        message: `${at}${value} goes into the form as it comes, so that it can add a second Action.`,
        fix: `Write $util.urlEncode(${value}).`,
        remedy: rewritten(asked.subject, field, value, `$util.urlEncode(${value})`),
      }
    case 'no-action':
      return {
        ...base,
        message: `The template must begin with Action= and the operation that ${service} is to do.`,
        fix: `Begin the template with ${closed}.`,
        remedy: setting(field, closed),
      }
    case 'second-action':
      return {
        ...base,
        message: `A second Action (${value}) could be done in place of the first.`,
        fix: `Name one operation only: ${operation}.`,
        remedy: inTemplate ? setting(field, isInUri(asked) ? '' : closed) : removing(field),
      }
    case 'computed-action':
      return {
        ...base,
        message: `${at}${value} would choose what ${service} does.`,
        fix:
          actions.length === 0 ? 'Write the operation literally.' : `Write the operation literally: ${oneOf(actions)}.`,
        remedy: inTemplate ? setting(field, isInUri(asked) ? '' : closed) : removing(field),
      }
    case 'computed-name':
      return {
        ...base,
        message: `${at}${told?.message ?? ''}`,
        fix: told?.fix ?? 'Write the names of parameters literally.',
        remedy: setting(field, isInUri(asked) ? '' : closed),
      }
    case 'unclosed':
      return {
        ...base,
        message: `${at}${told?.message ?? "What the body holds can't be told."} So it could name another operation of ${service}.`,
        fix: `Write a template that begins with ${closed}.`,
        remedy: setting(field, isInUri(asked) ? '' : closed),
      }
  }
}

const RULES: Readonly<Record<Opening['why'], string>> = {
  raw: 'raw-body',
  unclosed: 'unclosed',
  'no-action': 'action',
  'second-action': 'action',
  'computed-action': 'action',
  'computed-name': 'action',
  injection: 'form-injection',
}

function isInUri({ uri }: AskedOfService): boolean {
  return (uri.action ?? uri.queryAction) !== undefined
}

function rawBody(
  { value }: Opening,
  asked: AskedOfService,
  closed: string,
): Pick<Finding, 'message' | 'fix' | 'remedy' | 'allowed' | 'part'> {
  const { service } = asked.uri
  if (value === 'AWS_PROXY') {
    return {
      part: 'type',
      allowed: ['AWS'],
      message: `AWS_PROXY hands the caller's whole request to ${service}, and with it the choice of what is done.`,
      fix: 'Set type to AWS.',
      remedy: [{ op: 'set', path: '/type', value: 'AWS' }],
    }
  }
  return {
    part: 'body',
    allowed: ['NEVER'],
    message: `With ${value} the caller's own body is the request, and names what ${service} does.`,
    ...closing(asked, closed),
  }
}

/** A template where there is none, and NEVER beside it. */
export function closing({ subject, uri }: AskedOfService, closed: string): { fix: string; remedy: Remedy } {
  const never = { op: 'set', path: '/passthroughBehavior', value: 'NEVER' } as const
  if (subject.requestTemplates.length > 0) return { fix: 'Set passthroughBehavior to NEVER.', remedy: [never] }
  const template = (uri.action ?? uri.queryAction) === undefined ? closed : ''
  return {
    fix: `Add a template for application/json${template === '' ? '' : ` that begins with ${closed}`}, and set passthroughBehavior to NEVER.`,
    remedy: [{ op: 'set', path: '/requestTemplates', value: { 'application/json': template } }, never],
  }
}

/**
 * Templates in which a value stands unescaped inside the JSON. AWS's own guides write them so; a caller can end the string
 * and add a member. For a warning, not for a refusal.
 */
export function unescapedFindings({ unescaped, subject }: AskedOfService): Finding[] {
  return unescaped.map((field) => {
    const [contentType = '', template = ''] =
      subject.requestTemplates.find(([key]) => entryOf('requestTemplates', key) === field) ?? []
    const escaped = escapedValues(template)
    const read = subject.template(escaped)
    const body = read && bodyOf(read, 'json')
    const isCleared = body?.is === 'json' && !body.unescaped
    return {
      rule: 'intrinsic.requestTemplates.unescaped',
      field,
      part: 'template',
      value: contentType,
      allowed: '$util.escapeJavaScript(…)',
      message: 'A value stands in the JSON as it comes: its text can end the string it stands in and add a member.',
      fix: 'Write each value inside $util.escapeJavaScript(…).',
      remedy: isCleared ? setting(field, escaped) : removing(field),
    }
  })
}

const ESCAPING = '$util.escapeJavaScript('

/** The template with every value that is read directly inside `$util.escapeJavaScript`. */
function escapedValues(template: string): string {
  const read = /\$(?:input\.(?:params|path)\([^()]*\)|context\.[A-Za-z0-9_.]+|stageVariables\.[A-Za-z0-9_]+)/g
  return template.replace(read, (value, at: number) =>
    template.endsWith(ESCAPING, at) ? value : `${ESCAPING}${value})`,
  )
}
