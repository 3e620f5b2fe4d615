import { MEMBERS } from '../../../apigateway/members.ts'
import type { Mapping, Mock, TemplateUse } from '../../../policy/document/sections.ts'
import { foldHeader } from '../../../policy/values/request-parameter.ts'
import { isStatic } from '../../../policy/values/template/static.ts'
import { entryOf, type Finding, oneOf, type Pointed, removing } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import type { TemplateLimits } from '../limits.ts'
import { pointerOf, ruleOf, type Scope } from '../scope.ts'

/** `mapping.requestTemplates`: whether templates may stand, for what, how large, and what they may override. */
export function compileTemplates(written: NonNullable<Mapping['requestTemplates']>): TemplateLimits {
  if (typeof written === 'string') return { leaf: 'requestTemplates', use: written, overrides: NO_OVERRIDES }
  const { use, contentTypes, maxBytes, overrides } = written
  return {
    leaf: 'requestTemplates.use',
    use,
    ...(contentTypes && { contentTypes }),
    ...(maxBytes !== undefined && { maxBytes }),
    overrides:
      overrides === undefined || overrides === 'never'
        ? NO_OVERRIDES
        : { written: overrides, folded: overrides.map(foldHeader) },
  }
}

const NO_OVERRIDES: TemplateLimits['overrides'] = { written: [], folded: [] }

/** API Gateway's limit on one template, in UTF-8 bytes. */
const MAX_BYTES = MEMBERS.requestTemplates.maxBytes

/**
 * What holds of templates whatever the policy says: what the grammar can't read can't be judged, and an override changes
 * the request after every mapping that was judged, unless the team's section opens that very name.
 */
export function judgeTemplatesIntrinsic(
  subject: Subject,
  limits: TemplateLimits | undefined,
  findings: Finding[],
): void {
  for (const [contentType, text] of subject.requestTemplates) {
    const bytes = Buffer.byteLength(text)
    if (bytes > MAX_BYTES) {
      const message = `The template has ${bytes} bytes; API Gateway takes ${MAX_BYTES}.`
      findings.push({ ...intrinsic('size', contentType, bytes, message), allowed: { maxBytes: MAX_BYTES } })
    } else if (limits?.use !== 'anything') {
      judgeParsed(contentType, text, subject, limits?.overrides ?? NO_OVERRIDES, findings)
    }
  }
}

function judgeParsed(
  contentType: string,
  text: string,
  subject: Subject,
  overrides: TemplateLimits['overrides'],
  findings: Finding[],
): void {
  const parsed = subject.template(text)
  if (parsed === undefined) return // see unread.ts
  if (!parsed.ok) {
    const { finding, value, line, column, excerpt, caret, message, fix } = parsed.fault
    const at = `Line ${line}, column ${column}: ${message}\n${excerpt}\n${caret}`
    findings.push({ ...intrinsic(finding, contentType, value, at), ...(fix !== '' && { fix }) })
    return
  }
  for (const { name, side, line, column } of parsed.template.overrides) {
    if (side === 'request' && overrides.folded.includes(foldHeader(name))) continue
    const finding = side === 'request' ? 'request-override' : 'response-override'
    const message =
      side === 'request'
        ? `Line ${line}, column ${column}: requestOverride.${name} changes the request after every mapping that was judged.`
        : `Line ${line}, column ${column}: a request template may not forge the answer (responseOverride.${name}).`
    findings.push({ ...intrinsic(finding, contentType, name, message), allowed: { overrides: overrides.written } })
  }
}

/**
 * What the bounds say of templates beside how far these may go: a team that may write anything is held to the grammar
 * where the bounds are, and no team sets what the bounds do not list.
 */
export function judgeTemplateBounds(subject: Subject, limits: TemplateLimits, scope: Scope, findings: Finding[]): void {
  const { leaf, use, overrides } = limits
  if (use === 'anything') return
  for (const [contentType, text] of subject.requestTemplates) {
    const parsed = subject.template(text)
    if (parsed === undefined) continue // see unread.ts
    if (!parsed.ok) {
      const rule = ruleOf(scope, 'mapping', leaf)
      findings.push({ ...intrinsic('', contentType, parsed.fault.value, parsed.fault.message), rule, allowed: use })
      continue
    }
    const set = parsed.template.overrides.find(({ name }) => !overrides.folded.includes(foldHeader(name)))
    if (set === undefined) continue
    const member = leaf === 'requestTemplates' ? leaf : 'requestTemplates.overrides'
    const message = `Line ${set.line}, column ${set.column}: the bounds let no template set ${set.name}.`
    findings.push({
      ...intrinsic('', contentType, set.name, message),
      rule: ruleOf(scope, 'mapping', member),
      pointer: pointerOf(scope, 'mapping', member),
      allowed: { overrides: overrides.written },
    })
  }
}

/** Of a MOCK the `mock` section judges the templates, where it says so (see `mock.ts`). */
export function judgeTemplates(
  subject: Subject,
  limits: TemplateLimits | undefined,
  mock: Mock | undefined,
  scope: Scope,
  findings: Finding[],
): void {
  const isMocks = subject.backend.kind === 'mock' && mock?.templates !== undefined
  if (limits === undefined || isMocks) return
  for (const [contentType, template] of subject.requestTemplates)
    judgeOne(contentType, template, limits, scope, findings)
}

/** `mock.templates`: how far the templates of a MOCK may go. */
export function judgeMockTemplates(
  { requestTemplates }: Subject,
  use: TemplateUse,
  scope: Scope,
  findings: Finding[],
): void {
  const place = {
    rule: ruleOf(scope, 'mock', 'templates'),
    pointer: pointerOf(scope, 'mock', 'templates'),
    aspect: 'templates',
  }
  for (const [contentType, template] of requestTemplates) {
    if (!isUse(template, use)) findings.push(useFinding(contentType, use, place))
  }
}

/** `static` is a template in which Velocity finds nothing to do. */
function isUse(template: string, use: TemplateLimits['use']): boolean {
  if (use === 'static') return isStatic(template)
  return use !== 'forbidden'
}

function judgeOne(
  contentType: string,
  template: string,
  { leaf, use, contentTypes, maxBytes }: TemplateLimits,
  scope: Scope,
  findings: Finding[],
): void {
  const at = (member: string) => ({
    rule: ruleOf(scope, 'mapping', member),
    pointer: pointerOf(scope, 'mapping', member),
    aspect: 'requestTemplates',
  })
  if (!isUse(template, use)) findings.push(useFinding(contentType, use, at(leaf)))
  const field = entryOf('requestTemplates', contentType)
  if (contentTypes !== undefined && !contentTypes.includes(contentType)) {
    findings.push({
      ...at('requestTemplates.contentTypes'),
      field,
      part: 'content type',
      value: contentType,
      allowed: contentTypes,
      message: `A template for ${contentType} is not allowed, only for ${oneOf(contentTypes)}.`,
      fix: `Remove ${contentType} from requestTemplates.`,
      remedy: removing(field),
    })
  }
  const bytes = Buffer.byteLength(template)
  if (maxBytes !== undefined && bytes > maxBytes) {
    findings.push({
      ...at('requestTemplates.maxBytes'),
      field,
      part: 'size',
      value: bytes,
      allowed: { maxBytes },
      message: `The template has ${bytes} bytes, more than ${maxBytes}.`,
      fix: `Shorten the template to ${maxBytes} bytes, or remove ${contentType} from requestTemplates.`,
      remedy: removing(field),
    })
  }
}

function useFinding(contentType: string, use: TemplateLimits['use'], place: Pointed): Finding {
  const isForbidden = use === 'forbidden'
  const field = entryOf('requestTemplates', contentType)
  return {
    ...place,
    field,
    part: 'template',
    value: contentType,
    allowed: use,
    message: isForbidden ? 'Request templates are not allowed.' : 'A template may only be static here: no $ and no #.',
    fix: isForbidden ? `Remove ${contentType} from requestTemplates.` : 'Write the template without $ and #.',
    remedy: removing(field),
  }
}

function intrinsic(finding: string, contentType: string, value: string | number, message: string): Finding {
  const field = entryOf('requestTemplates', contentType)
  return {
    rule: `intrinsic.requestTemplates.${finding}`,
    field,
    part: 'template',
    value,
    allowed: 'what the template grammar of docs/policy.md accepts',
    message,
    fix: `Remove ${contentType} from requestTemplates.`,
    remedy: removing(field),
  }
}
