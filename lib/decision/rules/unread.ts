import { isPlain } from '../../policy/values/template/static.ts'
import { entryOf, type Finding, removing } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

/**
 * What no rule of the policy lets pass isn't read either: a service of AWS without the model of services, a template
 * without the grammar (see `compile/loaded.ts`). The rules refuse both by themselves; a request that passes them all the
 * same is refused here.
 */
export function judgeUnread({ backend, loaded, requestTemplates }: Subject): Finding[] {
  const findings: Finding[] = []
  if (backend.kind === 'service' && loaded.services === undefined) {
    findings.push({
      rule: 'intrinsic.uri.unread',
      field: '/uri',
      part: 'service',
      value: backend.service,
      message: `No rule of the policy opens an AWS service, so that what ${backend.service} would do is not read.`,
      fix: 'Use another kind of backend.',
    })
  }
  if (loaded.parseTemplate !== undefined) return findings
  for (const [contentType, text] of requestTemplates) {
    if (isPlain(text)) continue
    const field = entryOf('requestTemplates', contentType)
    findings.push({
      rule: 'intrinsic.requestTemplates.unread',
      field,
      part: 'template',
      value: contentType,
      allowed: 'static',
      message: 'No rule of the policy opens templates with $ or #, so that what this one does is not read.',
      fix: 'Write the template without $ and #.',
      remedy: removing(field),
    })
  }
  return findings
}
