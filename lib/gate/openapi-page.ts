import { html } from 'hono/html'
import { commandOf, shownExample } from './openapi-command.ts'
import { anchored, block, type Html, inline, page, prose } from './openapi-html.ts'

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
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  default?: number
}
interface Body {
  description?: string
  $ref?: string
  content?: Record<string, { schema: Schema; example?: unknown }>
}
interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: Schema
  example?: string | number
}
/** As it stands in the document. */
export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: Body
  responses: Record<string, Body>
}
export interface Document {
  info: { title: string; version: string; description: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    securitySchemes: { token: { description: string } }
    schemas: Record<string, Schema>
    responses: Record<string, Body>
  }
}

/** An operation, and where it is. */
export interface Entry extends Operation {
  verb: string
  path: string
}

const PROBLEM = `{
  "type": "/problems/invalid-request",
  "title": "The request is not valid",
  "status": 400,
  "detail": "limit must be 1 to 200.",
  "instance": "urn:ulid:01M81JQN6F1Y5SH2AZ34G8YAWJ"
}`

/** The document for people: everything on one page, without a script. */
export function documentPage({ info, tags, paths, components }: Document): Response {
  const entries = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]): Entry => ({ verb: verb.toUpperCase(), path, ...operation })),
  )
  const groups = tags.map(({ name }) => ({ name, entries: entries.filter((entry) => entry.tags.includes(name)) }))
  return page(`${info.title} API`, {
    home: html`${info.title} API ${info.version}`,
    nav: html`<ul><li><a href="#authentication">Authentication</a></li></ul>
      ${groups.map(
        (group) => html`<p class="of">${group.name}</p>
          <ul>${group.entries.map((entry) => html`<li><a href="#${entry.operationId}">${entry.summary}</a></li>`)}</ul>`,
      )}
      <p class="of">Reference</p>
      <ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li><li><a href="/openapi.json">openapi.json</a></li></ul>`,
    main: html`<h1>${info.title} API</h1>
      ${prose(info.description)}
      <p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1), to generate a client from.</p>
      ${anchored('h2', 'authentication', 'Authentication')}
      ${prose(components.securitySchemes.token.description)}
      <p>In the examples below, <code>$GATE</code> is the address of the gate and <code>$TOKEN</code> such a token.</p>
      ${groups.map((group) => html`${anchored('h2', `tag-${group.name}`, group.name)}${group.entries.map(operationSection)}`)}
      ${anchored('h2', 'problems', 'Problems')}
      <p>An error is a <a href="#schema-Problem">Problem</a>, as <code>application/problem+json</code>. Its <code>type</code> is one of these; each has a page that says what has happened and what to do.</p>
      <table><thead><tr><th scope="col">Type</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
      ${Object.entries(components.responses).map(([code, { description = '' }]) => {
        const [, title = description, status = ''] = /^(.*) \(.*, (\d+)\)$/.exec(description) ?? []
        return html`<tr><td>${problemLink(code)}</td><td>${status}</td><td>${title}</td></tr>`
      })}</tbody></table>
      <h3>Example</h3>
      ${block(PROBLEM)}
      ${anchored('h2', 'schemas', 'Schemas')}
      ${Object.entries(components.schemas).map(
        ([name, schema]) => html`<section>${anchored('h3', `schema-${name}`, name)}
          ${schema.description ? prose(schema.description) : ''}${schemaBody(schema)}</section>`,
      )}`,
  })
}

function operationSection(entry: Entry): Html {
  const { operationId, verb, path, summary, description, security, parameters = [], requestBody, responses } = entry
  const answer = shownExample(responses[200]?.content)
  return html`<section>
    ${anchored('h3', operationId, summary)}
    <p class="route"><span class="verb">${verb}</span> ${path}</p>
    ${prose(description)}
    ${security?.length === 0 ? html`<p class="dim">Needs no token.</p>` : ''}
    ${
      parameters.length === 0
        ? ''
        : html`<h4>Parameters</h4>${table(
            parameters.map((parameter) => ({ ...parameter, note: parameter.in })),
            'Parameter',
          )}`
    }
    ${requestBody ? html`<h4>Request</h4><p>${contentOf(requestBody)}</p>` : ''}
    <h4>Answers</h4>
    <ul>${Object.entries(responses).map(([status, body]) => html`<li><strong>${status}</strong> ${answerOf(body)}</li>`)}</ul>
    <h4>Example</h4>
    ${block(commandOf(entry))}
    ${answer === undefined ? '' : block(answer)}
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
  return html`<table class="members"><thead><tr><th scope="col">${title}</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
    ${rows.map(
      ({ name, schema, note, description = '' }) =>
        html`<tr><td><code>${name}</code>${note && html` <span class="dim">${note}</span>`}</td><td>${typeOf(schema)}</td><td>${inline(description)}</td></tr>`,
    )}</tbody></table>`
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
  if (items) return html`list of ${typeOf(items)}${boundsOf(schema)}`
  if (properties)
    return html`{ ${joined(
      Object.entries(properties).map(([name, member]) => html`<code>${name}</code>: ${typeOf(member)}`),
      ', ',
    )} }`
  const known = schema.default === undefined ? '' : `, ${schema.default} unless given`
  const pattern = schema.pattern === undefined ? '' : html`, <code>${schema.pattern}</code>`
  return html`${format ?? type ?? 'anything'}${boundsOf(schema)}${known}${pattern}`
}

/** How much there may be of it, as far as that says anything: a whole number below 2⁵³ doesn't. */
function boundsOf(schema: Schema): string {
  const { minimum, maximum = Number.MAX_SAFE_INTEGER, minLength, maxLength, minItems, maxItems } = schema
  if (maximum !== Number.MAX_SAFE_INTEGER) return `, ${minimum ?? 0} to ${maximum}`
  if (maxLength !== undefined) return `, ${minLength ?? 0} to ${maxLength} characters`
  if (maxItems !== undefined) return `, ${minItems ?? 0} to ${maxItems} of them`
  return ''
}

function joined(parts: Html[], between: string): Html {
  return html`${parts.map((part, index) => html`${index > 0 ? between : ''}${part}`)}`
}
