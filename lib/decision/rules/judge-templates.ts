import type { Mock } from '../../policy/document/sections.ts'
import { templateHazards } from '../../policy/values/template-hazard.ts'
import type { MappingLimits, TemplateLimits } from '../compile/compiled-sections.ts'
import { type Finding, oneOf } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { hazardFindings } from './judge-intrinsic.ts'
import { pointerOf, ruleOf, type Scope } from './scope.ts'

export function judgeTemplatesIntrinsic(subject: Subject, overrides: readonly string[], findings: Finding[]): void {
  for (const [contentType, template] of subject.requestTemplates) {
    const hazards = templateHazards(template, overrides)
    if (hazards.length > 0) findings.push(...hazardFindings('requestTemplates', fieldOf(contentType), hazards))
  }
}

/** Of a MOCK the `mock` section says what its templates may be, where it says so. */
export function judgeTemplates(
  subject: Subject,
  { templates }: MappingLimits,
  mock: Mock | undefined,
  scope: Scope,
  findings: Finding[],
): void {
  if (subject.requestTemplates.length === 0) return
  if (subject.backend.kind === 'mock' && mock?.templates !== undefined) {
    for (const [contentType, template] of subject.requestTemplates) {
      if (isUse(template, mock.templates)) continue
      findings.push(
        useFinding(
          contentType,
          mock.templates,
          ruleOf(scope, 'mock', 'templates'),
          pointerOf(scope, 'mock', 'templates'),
        ),
      )
    }
  } else if (templates !== undefined) {
    for (const [contentType, template] of subject.requestTemplates) {
      judgeTemplate(contentType, template, templates, scope, findings)
    }
  }
}

function isUse(template: string, use: TemplateLimits['use']): boolean {
  if (use === 'static') return !template.includes('$') && !template.includes('#')
  return use === 'allowed'
}

function judgeTemplate(
  contentType: string,
  template: string,
  { leaf, use, contentTypes, maxBytes }: TemplateLimits,
  scope: Scope,
  findings: Finding[],
): void {
  if (!isUse(template, use)) {
    findings.push(useFinding(contentType, use, ruleOf(scope, 'mapping', leaf), pointerOf(scope, 'mapping', leaf)))
  }
  if (contentTypes !== undefined && !contentTypes.includes(contentType)) {
    findings.push({
      rule: ruleOf(scope, 'mapping', 'requestTemplates.contentTypes'),
      field: fieldOf(contentType),
      part: 'content type',
      value: contentType,
      allowed: contentTypes,
      message: `A template for ${contentType} is not allowed, only for ${oneOf(contentTypes)}.`,
      fix: `Remove ${contentType} from requestTemplates.`,
      pointer: pointerOf(scope, 'mapping', 'requestTemplates.contentTypes'),
    })
  }
  const bytes = Buffer.byteLength(template)
  if (maxBytes !== undefined && bytes > maxBytes) {
    findings.push({
      rule: ruleOf(scope, 'mapping', 'requestTemplates.maxBytes'),
      field: fieldOf(contentType),
      part: 'size',
      value: bytes,
      allowed: { maxBytes },
      message: `The template has ${bytes} bytes, more than ${maxBytes}.`,
      pointer: pointerOf(scope, 'mapping', 'requestTemplates.maxBytes'),
    })
  }
}

function useFinding(contentType: string, use: TemplateLimits['use'], rule: string, pointer: string): Finding {
  const isForbidden = use === 'forbidden'
  return {
    rule,
    field: fieldOf(contentType),
    part: 'template',
    allowed: use,
    message: isForbidden ? 'Request templates are not allowed.' : 'A template may only be static here: no $ and no #.',
    fix: isForbidden ? `Remove ${contentType} from requestTemplates.` : 'Write the template without $ and #.',
    pointer,
  }
}

function fieldOf(contentType: string): string {
  return `/requestTemplates/${contentType.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
