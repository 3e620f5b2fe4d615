import type { LateBound } from '../late-bound.ts'
import { readRequestParameter } from '../request-parameter.ts'
import type { TemplateFault } from '../template/template.ts'
import type { Body, FormField } from './body.ts'
import { namesIn } from './json-names.ts'
import { type Home, type Named, namedBy, type Piece } from './resource.ts'
import { memberOf, type ResourceMember, type Service } from './services.ts'

/** A place of the wire form, as a JSON pointer, and what stands there. */
interface At {
  field: string
}

/** An operation that the request names. */
export interface OperationAt extends At {
  name: string
  part: 'action' | 'query' | 'destination' | 'template'
}

/** A place where the request names a resource. */
export interface NamedAt extends At {
  member: ResourceMember
  named: Named
  /** As written, for people. */
  text: string
}

/** A parameter of the query, in the uri or mapped onto it. */
export interface Parameter extends At {
  name: string
  value: readonly Piece[]
  isMapped: boolean
}

/**
 * A way in which the API's caller decides what is asked. `raw`: its body is the request. `unclosed`: a template leaves
 * it open what the body holds. The others make the operation another one, in any service of the query protocol.
 */
export interface Opening extends At {
  why: 'raw' | 'unclosed' | 'no-action' | 'computed-action' | 'second-action' | 'computed-name' | 'injection'
  value: string
  /** Of a template: what its reader says. */
  told?: TemplateFault
}

/** What an integration asks of a service, wherever it stands. */
export interface ServiceRequest {
  service: Service
  protocol: Service['protocol']
  home: Home
  operations: readonly OperationAt[]
  named: readonly NamedAt[]
  parameters: readonly Parameter[]
  openings: readonly Opening[]
  /** Pointers to templates in which a value could leave its place in the JSON. */
  unescaped: readonly string[]
}

export interface Integrated {
  service: Service
  home: Home
  uri: {
    action?: string
    queryAction?: string
    parameters: readonly { name: string; value: readonly (string | LateBound)[]; text: string }[]
  }
  verb: string | undefined
  /** AWS_PROXY hands the caller's whole request on. */
  isProxy: boolean
  requestParameters: readonly (readonly [key: string, value: string])[]
  requestTemplates: readonly (readonly [contentType: string, template: string])[]
  passthroughBehavior: string
  bodyOf(template: string, as: 'form' | 'json'): Body
  /** Names that a template sets past every mapping: `querystring.QueueUrl`, `header.X-Amz-Target`. */
  overridesOf(template: string): readonly string[]
}

/** Reads what an integration asks of a service; linear in the size of its members. */
export function readServiceRequest(integrated: Integrated): ServiceRequest {
  const { service, home, uri, requestTemplates } = integrated
  const operations: OperationAt[] = []
  const named: NamedAt[] = []
  const openings: Opening[] = []
  const unescaped: string[] = []
  if (uri.action !== undefined) operations.push({ name: uri.action, field: '/uri', part: 'action' })
  if (uri.queryAction !== undefined) operations.push({ name: uri.queryAction, field: '/uri', part: 'query' })

  const parameters: Parameter[] = uri.parameters.map(({ name, value }) => ({
    name,
    value: value.map((piece) => (typeof piece === 'string' ? piece : { hole: piece.text })),
    field: '/uri',
    isMapped: false,
  }))
  const isTargeted = readMapped(integrated, parameters, named, operations, openings)
  readOverrides(integrated, parameters, named, openings)
  for (const { name, value, field } of parameters) {
    const member = memberOf(service, name)
    if (member !== undefined) named.push(namedAt(member, value, home, field))
  }

  const protocol = isTargeted && service.protocol === 'query' ? 'json' : service.protocol
  const isNamed = operations.length > 0
  if (protocol !== 'rest') {
    for (const [contentType, template] of requestTemplates) {
      const field = fieldOf(contentType)
      const isJson = protocol === 'json' || (protocol === 'unknown' && /^\s*[{[]/.test(template))
      const body = integrated.bodyOf(template, isJson ? 'json' : 'form')
      if (body.is === 'open') {
        openings.push({ why: OPEN[body.why], field, value: body.fault.value, told: body.fault })
      } else if (body.is === 'form')
        readForm(body.fields, { service, home, field, protocol, isNamed }, operations, named, openings)
      else {
        const read = namesIn(body.members, service, operations[0]?.name)
        for (const { member, value } of read.named) named.push(namedAt(member, value, home, field))
        openings.push(...read.open.map((value): Opening => ({ why: 'unclosed', field, value })))
        if (body.unescaped) unescaped.push(field)
      }
    }
  }
  const raw = rawBody(integrated, protocol, operations)
  if (raw !== undefined) openings.push(raw)
  const [first] = named.splice(MOST_NAMED)
  if (first !== undefined) openings.push({ why: 'unclosed', field: first.field, value: first.text.slice(0, 80) })
  return { service, protocol, home, operations, named, parameters, openings, unescaped }
}

/** More resources than any operation takes (100 items of a transaction): what stands behind them is not judged. */
const MOST_NAMED = 128

export function textOf(value: readonly Piece[]): string {
  return value.map((piece) => (typeof piece === 'string' ? piece : piece.hole)).join('')
}

function namedAt(member: ResourceMember, value: readonly Piece[], home: Home, field: string): NamedAt {
  return { member, named: namedBy(member, value, home), text: textOf(value), field }
}

/** Adds what is mapped onto the query, onto headers that name a resource, and onto X-Amz-Target. Returns whether a target is. */
function readMapped(
  { requestParameters, service, home }: Integrated,
  parameters: Parameter[],
  named: NamedAt[],
  operations: OperationAt[],
  openings: Opening[],
): boolean {
  let isTargeted = false
  for (const [key, written] of requestParameters) {
    const parameter = readRequestParameter(key, written)
    if (typeof parameter === 'string') continue // refused as what nobody documents
    const { destination, source } = parameter
    const field = `/requestParameters/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const dotAt = destination.indexOf('.')
    const location = destination.slice(0, dotAt)
    const name = destination.slice(dotAt + 1)
    const isTarget = location === 'header' && name.toLowerCase().replaceAll('_', '-') === 'x-amz-target'
    const isAction = location === 'querystring' && name.toLowerCase() === 'action'
    if (isTarget) isTargeted = true
    if (isTarget || isAction) {
      if (source.kind === 'static') {
        const operation = isTarget ? source.text.slice(source.text.lastIndexOf('.') + 1) : source.text
        operations.push({ name: operation, field, part: 'destination' })
      } else openings.push({ why: 'computed-action', field, value: source.name })
    } else if (location === 'querystring') {
      const value = source.kind === 'static' ? [source.text] : [{ hole: source.name }]
      parameters.push({ name, value, field, isMapped: true })
    } else {
      const member = headerMember(service, destination)
      const value = source.kind === 'static' ? [source.text] : [{ hole: source.name }]
      if (member !== undefined) named.push(namedAt(member, value, home, field))
    }
  }
  return isTargeted
}

/** A header in which the service reads a resource: of S3 the object that a PUT copies. */
function headerMember(service: Service, destination: string): ResourceMember | undefined {
  if (!destination.startsWith('header.')) return undefined
  const name = destination.slice('header.'.length).toLowerCase().replaceAll('_', '-')
  return name.startsWith('x-amz-') ? memberOf(service, name) : undefined
}

const OPEN = { unencoded: 'injection', name: 'computed-name', other: 'unclosed' } as const

/** What a template sets it may set to anything. */
function readOverrides(
  { requestTemplates, overridesOf, service, home }: Integrated,
  parameters: Parameter[],
  named: NamedAt[],
  openings: Opening[],
): void {
  for (const [contentType, template] of requestTemplates) {
    const field = fieldOf(contentType)
    for (const override of overridesOf(template)) {
      const dotAt = override.indexOf('.')
      const location = override.slice(0, dotAt)
      const name = override.slice(dotAt + 1)
      if (choosesOperation(location, name)) openings.push({ why: 'computed-action', field, value: override })
      else if (location === 'querystring') {
        parameters.push({ name, value: [{ hole: `requestOverride.${override}` }], field, isMapped: true })
      } else {
        const member = headerMember(service, override)
        if (member !== undefined) named.push(namedAt(member, [{ hole: `requestOverride.${override}` }], home, field))
      }
    }
  }
}

function choosesOperation(location: string, name: string): boolean {
  return location === 'header'
    ? name.toLowerCase().replaceAll('_', '-') === 'x-amz-target'
    : location === 'querystring' && name.toLowerCase() === 'action'
}

function fieldOf(contentType: string): string {
  return `/requestTemplates/${contentType.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

interface FormContext extends At {
  service: Service
  home: Home
  protocol: Service['protocol']
  /** Whether the uri or a mapping names the operation already. */
  isNamed: boolean
}

/** A form body: one literal Action, which comes first where nothing else names the operation. */
function readForm(
  fields: readonly FormField[],
  { service, home, field, protocol, isNamed }: FormContext,
  operations: OperationAt[],
  named: NamedAt[],
  openings: Opening[],
): void {
  const before = operations[0]?.name
  let own: string | undefined
  let isFirst = true
  for (const { name, value } of fields) {
    if (name.toLowerCase() === 'action') {
      const action = literalOf(value)
      if (action === undefined) openings.push({ why: 'computed-action', field, value: textOf(value) })
      else if (own !== undefined || (isNamed && action !== before)) {
        openings.push({ why: 'second-action', field, value: action })
      } else if (!isNamed && (!isFirst || name !== 'Action')) openings.push({ why: 'no-action', field, value: action })
      own ??= action ?? ''
      if (action !== undefined && !isNamed) operations.push({ name: action, field, part: 'template' })
    } else {
      const member = memberOf(service, name)
      if (member !== undefined) named.push(namedAt(member, value, home, field))
    }
    isFirst = false
  }
  // Of an unknown service a body without Action may be content; of the query protocol it is no request.
  if (own === undefined && !isNamed && protocol === 'query') openings.push({ why: 'no-action', field, value: '' })
}

function literalOf(value: readonly Piece[]): string | undefined {
  return value.every((piece) => typeof piece === 'string') ? value.join('') : undefined
}

/** The caller's own body, where no template takes its place. A GET has none that a service of the query protocol reads. */
function rawBody(
  { isProxy, verb, requestTemplates, passthroughBehavior, service }: Integrated,
  protocol: Service['protocol'],
  operations: readonly OperationAt[],
): Opening | undefined {
  if (isProxy) return { why: 'raw', field: '/type', value: 'AWS_PROXY' }
  if (protocol === 'rest') return undefined
  const isJson = protocol === 'json'
  if (!isJson && (verb === 'GET' || verb === 'HEAD')) return undefined
  if (isJson && operations.length > 0 && operations.every(({ name }) => service.unbound.includes(name)))
    return undefined
  // WHEN_NO_TEMPLATES refuses other content types as soon as one template stands; it opens when that one is removed.
  const isClosed =
    passthroughBehavior === 'NEVER' ||
    (isJson && passthroughBehavior === 'WHEN_NO_TEMPLATES' && requestTemplates.length > 0)
  return isClosed ? undefined : { why: 'raw', field: '/passthroughBehavior', value: passthroughBehavior }
}
