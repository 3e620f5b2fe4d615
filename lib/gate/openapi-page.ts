import { html } from 'hono/html'
import { type Html, inline, page, prose } from './openapi-html.ts'

/** What is read here of an OpenAPI document: our own, so that it is not checked again. */
interface Schema {
  $ref?: string
  type?: string
  format?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  description?: string
  minimum?: number
  maximum?: number
  default?: number
}
interface Body {
  description?: string
  $ref?: string
  content?: Record<string, { schema: Schema }>
}
interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security?: unknown[]
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[]
  requestBody?: Body
  responses: Record<string, Body>
}
export interface Document {
  info: { title: string; version: string; description: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; responses: Record<string, Body> }
}

interface Entry extends Operation {
  verb: string
  path: string
}

/** The document for people: everything on one page, without a script. */
export function documentPage({ info, tags, paths, components }: Document): Response {
  const entries = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]): Entry => ({ verb: verb.toUpperCase(), path, ...operation })),
  )
  const groups = tags.map(({ name }) => ({ name, entries: entries.filter((entry) => entry.tags.includes(name)) }))
  return page(`${info.title} API`, {
    nav: html`<p>${info.title} API ${info.version}</p>
      ${groups.map(
        (group) => html`<p class="of">${group.name}</p>
          <ul>${group.entries.map((entry) => html`<li><a href="#${entry.operationId}">${entry.summary}</a></li>`)}</ul>`,
      )}
      <p class="of">Reference</p>
      <ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li><li><a href="/openapi.json">openapi.json</a></li></ul>`,
    main: html`<h1>${info.title} API</h1>
      ${prose(info.description)}
      ${groups.map((group) => html`<h2>${group.name}</h2>${group.entries.map(operationSection)}`)}
      <h2 id="problems">Problems</h2>
      <div class="wide"><table><thead><tr><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
      ${Object.entries(components.responses).map(
        ([code, { description = '' }]) =>
          html`<tr><td>${problemLink(code)}</td><td>${description.replace(/ \(.*\)$/, '')}</td></tr>`,
      )}</tbody></table></div>
      <h2 id="schemas">Schemas</h2>
      ${Object.entries(components.schemas).map(
        ([name, schema]) => html`<section><h3 id="schema-${name}">${name}</h3>
          ${schema.description ? prose(schema.description) : ''}${schemaBody(schema)}</section>`,
      )}`,
  })
}

function operationSection({
  operationId,
  verb,
  path,
  summary,
  description,
  security,
  parameters = [],
  requestBody,
  responses,
}: Entry): Html {
  return html`<section>
    <h3 id="${operationId}">${summary}</h3>
    <p class="route"><span class="verb">${verb}</span> ${path}</p>
    ${prose(description)}
    ${security?.length === 0 ? html`<p class="dim">Needs no token.</p>` : ''}
    ${
      parameters.length === 0
        ? ''
        : html`<h4>Parameters</h4>${table(
            parameters.map((parameter) => ({ ...parameter, note: parameter.in === 'query' ? '' : parameter.in })),
            'Parameter',
          )}`
    }
    ${requestBody ? html`<h4>Request</h4><p>${contentOf(requestBody)}</p>` : ''}
    <h4>Answers</h4>
    <ul>${Object.entries(responses).map(([status, body]) => html`<li><strong>${status}</strong> ${answerOf(body)}</li>`)}</ul>
  </section>`
}

function answerOf({ $ref, description = '', content = {} }: Body): Html {
  if ($ref) return problemLink($ref.slice($ref.lastIndexOf('/') + 1))
  if ('application/problem+json' in content)
    return html`${description.split(' or ').map((type, index) => html`${index > 0 ? ' or ' : ''}${problemLink(type.replace('/problems/', ''))}`)}`
  return html`${description}: ${contentOf({ content })}`
}

function problemLink(code: string): Html {
  return html`<a href="/problems/${code}"><code>${code}</code></a>`
}

function contentOf({ content = {} }: Body): Html {
  const types = Object.entries(content).map(([type, { schema }]) =>
    schema.$ref ? typeOf(schema) : html`<code>${type}</code>`,
  )
  return joined(types, ', ')
}

function schemaBody(schema: Schema): Html {
  if (schema.properties) {
    const required = new Set(schema.required)
    const rows = Object.entries(schema.properties).map(([name, member]) => ({
      name,
      schema: member,
      note: required.has(name) ? '' : 'optional',
      ...(member.description && { description: member.description }),
    }))
    return table(rows, 'Member')
  }
  return html`<p>${typeOf(schema)}</p>`
}

function table(rows: { name: string; schema: Schema; note: string; description?: string }[], title: string): Html {
  return html`<div class="wide"><table><thead><tr><th scope="col">${title}</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
    ${rows.map(
      ({ name, schema, note, description = '' }) =>
        html`<tr><td><code>${name}</code>${note && html` <span class="dim">${note}</span>`}</td><td>${typeOf(schema)}</td><td>${inline(description)}</td></tr>`,
    )}</tbody></table></div>`
}

/** A schema in a few words; members of an object without a name of its own in braces. */
function typeOf(schema: Schema): Html {
  const { $ref, anyOf, items, properties, type, format } = schema
  if ($ref) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return html`<a href="#schema-${name}">${name}</a>`
  }
  if (anyOf) return joined(anyOf.map(typeOf), ' or ')
  if (schema.enum)
    return joined(
      schema.enum.map((word) => html`<code>${String(word)}</code>`),
      ' | ',
    )
  if (schema.const !== undefined) return html`<code>${String(schema.const)}</code>`
  if (items) return html`list of ${typeOf(items)}`
  if (properties)
    return html`{ ${joined(
      Object.entries(properties).map(([name, member]) => html`<code>${name}</code>: ${typeOf(member)}`),
      ', ',
    )} }`
  const range = schema.maximum === undefined ? '' : `, ${schema.minimum ?? 0} to ${schema.maximum}`
  return html`${format ?? type ?? 'anything'}${range}${schema.default === undefined ? '' : ` (${schema.default})`}`
}

function joined(parts: Html[], between: string): Html {
  return html`${parts.map((part, index) => html`${index > 0 ? between : ''}${part}`)}`
}
