import type { Mapping } from '../../../policy/document/sections.ts'
import { deniedForms } from '../../../policy/patterns/denied.ts'
import { mayMeetAny } from '../../../policy/patterns/may-meet.ts'
import type { Pattern } from '../../../policy/patterns/pattern.ts'
import { valueOf } from '../../../policy/patterns/value.ts'
import type { Lists } from '../../compile/lists.ts'
import { entryOf, type Finding } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import { patternsOf } from '../entries.ts'
import type { Denied, MappingLimits } from '../limits.ts'
import type { IntegrationRule, Met } from '../rule.ts'
import { compileParameters, judgeParameters, judgeParametersIntrinsic } from './parameters.ts'
import { compileTemplates, judgeTemplateBounds, judgeTemplates, judgeTemplatesIntrinsic } from './templates.ts'

/** `mapping`: what of the caller's request reaches the backend, by parameters and by templates. */
export const mapping: IntegrationRule<'mapping'> = {
  reads: { requestParameters: true, requestTemplates: true },
  silent: { requestParameters: 'forbidden', requestTemplates: 'forbidden' },
  complete: ({ requestParameters = 'forbidden', requestTemplates = 'forbidden' }) => ({
    // Sources and static values alone open no destination.
    requestParameters:
      requestParameters === 'forbidden' ? requestParameters : { destinations: [], ...requestParameters },
    requestTemplates,
  }),
  compile,
  compileBounds: compile,
  covers(subject, { parameters, templates }, { scope, mock }, findings) {
    judgeParametersIntrinsic(subject, parameters?.open ?? [], findings)
    judgeTemplatesIntrinsic(subject, templates, findings)
    if (parameters !== undefined) judgeParameters(subject, parameters, scope, findings)
    judgeTemplates(subject, templates, mock, scope, findings)
  },
  coversBounds(subject, { parameters, templates }, { scope, bounds }, findings: Finding[]) {
    if (parameters !== undefined) judgeParameters(subject, parameters, scope, findings)
    judgeTemplates(subject, templates, bounds.mock, scope, findings)
    if (templates !== undefined) judgeTemplateBounds(subject, templates, scope, findings)
  },
  speaks: (bounds, { aspect }) =>
    aspect === 'requestParameters' || aspect === 'requestTemplates' ? bounds[aspect] !== undefined : true,
  deny: {
    compile({ requestParameters: { destinations, sources } = {} }, lists) {
      const folded = (entries: readonly string[]) => patternsOf('parameter', entries, lists).flatMap(deniedForms)
      return {
        ...(destinations && { destinations: folded(destinations) }),
        ...(sources && { sources: folded(sources) }),
      }
    },
    mayMeet: (subject, denied) => metParameter(subject, denied) ?? metTemplate(subject, denied),
  },
}

function compile({ requestParameters, requestTemplates }: Mapping, lists: Lists): MappingLimits {
  return {
    ...(requestParameters && { parameters: compileParameters(requestParameters, lists) }),
    ...(requestTemplates && { templates: compileTemplates(requestTemplates) }),
  }
}

function isMet(patterns: readonly Pattern[] | undefined, name: string): boolean {
  return patterns === undefined || meets(patterns, valueOf('parameter', name))
}

function meets(patterns: readonly Pattern[], value: Pattern): boolean {
  return deniedForms(value).some((form) => mayMeetAny(patterns, form))
}

function metParameter({ requestParameters }: Subject, { destinations, sources }: Denied['mapping']): Met | undefined {
  for (const [key, value] of requestParameters) {
    if (!isMet(destinations, key.replace(/^integration\.request\./, ''))) continue
    if (isMet(sources, value)) return { field: entryOf('requestParameters', key), value }
  }
  return undefined
}

/** A template sets a destination by an override, and reads any source. */
function metTemplate(subject: Subject, { destinations, sources }: Denied['mapping']): Met | undefined {
  for (const [contentType, text] of subject.requestTemplates) {
    const parsed = subject.template(text)
    if (parsed === undefined) continue // refused for that already
    const field = entryOf('requestTemplates', contentType)
    if (!parsed.ok) {
      // Only a policy that lets templates do anything lets this one pass, and then it may do what is denied.
      if (destinations !== undefined || sources !== undefined) return { field, part: 'template', value: contentType }
      continue
    }
    const { overrides, sources: read } = parsed.template
    const override = overrides.find(({ name }) => destinations !== undefined && isMet(destinations, name))
    const source = read.find((name) => sources !== undefined && isReadMet(sources, name))
    if (destinations !== undefined && override === undefined) continue
    if (sources !== undefined && source === undefined) continue
    return { field, part: 'template', value: override?.name ?? source ?? contentType }
  }
  return undefined
}

/** A template that reads a whole map (`method.request.header.*`) reads every name in it. */
function isReadMet(patterns: readonly Pattern[], name: string): boolean {
  const read = name.endsWith('.*') ? patternsOf('parameter', [name], undefined)[0] : valueOf('parameter', name)
  return read !== undefined && meets(patterns, read)
}
