import type { Remedy } from '../../decision.ts'
import { setting } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import type { AskedOfService } from './asked.ts'

/** The text at a place that {@link rewritten} can change; `undefined` where there is none. */
function textAt({ integration, requestTemplates }: Subject, field: string): string | undefined {
  if (field === '/uri') return integration.uri
  const [, contentType] = /^\/requestTemplates\/(.*)$/.exec(field) ?? []
  return requestTemplates.find(([key]) => pointed(key) === contentType)?.[1]
}

/** The one step of writing `to` for the first `from` in the uri or a template, or as a static value of a mapping. */
export function rewritten(subject: Subject, field: string, from: string, to: string): Remedy | undefined {
  if (field.startsWith('/requestParameters/')) return setting(field, `'${to}'`)
  const text = textAt(subject, field)
  if (text === undefined || from === '' || !text.includes(from)) return undefined
  return setting(
    field,
    text.replace(from, () => to),
  )
}

/**
 * A template in which a member has another value: the value changed where it stands, else the whole template written anew
 * with that member alone.
 */
export function withMember(
  asked: AskedOfService,
  field: string,
  name: string,
  from: string,
  to: string,
): Remedy | undefined {
  const { subject, protocol } = asked
  const template = textAt(subject, field)
  if (!field.startsWith('/requestTemplates/') || template === undefined) return undefined
  if (from !== '' && template.includes(from) && !from.startsWith('method.request.')) {
    return setting(
      field,
      template.replace(from, () => to),
    )
  }
  if (protocol === 'json') return setting(field, JSON.stringify({ [name]: to }))
  const action = asked.operations.find(({ part }) => part === 'template')?.name
  const parameter = `${name}=${encodeURIComponent(to)}`
  return setting(field, action === undefined ? parameter : `Action=${action}&${parameter}`)
}

/** A template that names no resource by a member. */
export function withoutMembers({ protocol, operations }: AskedOfService, field: string): Remedy | undefined {
  if (!field.startsWith('/requestTemplates/')) return undefined
  const action = operations.find(({ part }) => part === 'template')?.name
  return setting(field, protocol === 'json' ? '{}' : action === undefined ? '' : `Action=${action}`)
}

function pointed(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
