import type { Remedy } from '../../decision.ts'
import { setting } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'

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

function pointed(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
