import { formBody } from '../template/form-body.ts'
import { jsonBody } from '../template/json-body.ts'
import type { JsonNode } from '../template/json-node.ts'
import type { Template, TemplateFault, TemplateResult } from '../template/template.ts'
import type { Piece } from './resource.ts'

/** One parameter of a form body, decoded. What is filled in later stands inside `$util.urlEncode`. */
export interface FormField {
  name: string
  value: readonly Piece[]
}

/** What a template makes of the body. */
export type Body =
  | { is: 'form'; fields: readonly FormField[] }
  | {
      is: 'json'
      members: ReadonlyMap<string, readonly JsonNode[]>
      /** A value is put in as it comes, so that it could go on with members of its own. */
      unescaped: boolean
    }
  /**
   * Nothing that can be read as the protocol's own form. `unencoded`: a value that isn't inside `$util.urlEncode`;
   * `name`: a name that isn't literal.
   */
  | { is: 'open'; why: 'unencoded' | 'name' | 'other'; fault: TemplateFault }

/**
 * The body that a template writes, as the protocol of a service reads it.
 *
 * @param as `form`: application/x-www-form-urlencoded, the language of the query protocol.
 */
export function bodyOf(read: TemplateResult, as: 'form' | 'json'): Body {
  if (!read.ok) return { is: 'open', why: 'other', fault: read.fault }
  if (as === 'form') return formOf(read.template)
  // No body at all is none that names a resource.
  if (read.template.text.trim() === '') return { is: 'json', members: new Map(), unescaped: false }
  const body = jsonBody(read.template)
  return body.ok
    ? { is: 'json', members: body.members, unescaped: body.unescaped }
    : { is: 'open', why: 'other', fault: body.fault }
}

function formOf(template: Template): Body {
  const read = formBody(template)
  if (!read.ok) {
    const { finding } = read.fault
    const why = finding === 'form-unencoded' ? 'unencoded' : finding === 'form-name' ? 'name' : 'other'
    return { is: 'open', why, fault: read.fault }
  }
  const fields: FormField[] = []
  for (const [name, values] of read.parameters) {
    for (const value of values) {
      fields.push({ name, value: 'literal' in value ? [value.literal] : [{ hole: value.sources.join(', ') || name }] })
    }
  }
  return { is: 'form', fields }
}
