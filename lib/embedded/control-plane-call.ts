import type * as z from 'zod'
import { notFound, type Parsed, refuse, serialization, validation } from '../apigateway/api-error.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { parseBody } from '../apigateway/parse.ts'
import type { Method, Resource, RestApi, RestApis } from './control-plane-state.ts'

/** One call of one operation. */
export interface Call {
  operation: OperationName
  /** A draft: what a handler changes is kept where it replies, and forgotten where it refuses. */
  draft: RestApis
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  body: Uint8Array
  /** Unix milliseconds. */
  now: number
  /** The account of new REST APIs. */
  accountId: string
  vpcLinksV2: ReadonlySet<string>
}

export interface Reply {
  status: number
  body?: unknown
}

export type Handler = (call: Call) => Parsed<Reply>

export function reply(status: number, body?: unknown): Parsed<Reply> {
  return { ok: true, value: { status, body } }
}

/** Reads a body by its schema. API Gateway ignores members it does not know, and so does this. */
export function readBody<Schema extends z.ZodType>(call: Call, schema: Schema, input: string): Parsed<z.infer<Schema>> {
  const body = parseBody(call.body)
  if (!body.ok) return body
  const read = schema.safeParse(body.value)
  if (read.success) return { ok: true, value: read.data }
  const [issue] = read.error.issues
  const member = (issue?.path ?? []).join('.')
  if (issue?.path.length === 1 && body.value[member] === undefined) {
    return refuse(validation([{ at: `${input}.${member}`, constraint: 'Member must not be null' }]))
  }
  return refuse(serialization(`Member ${member} cannot be read: ${issue?.message}`))
}

export function findRestApi({ draft, params }: Call): Parsed<RestApi> {
  const api = draft.restApis.find(({ id }) => id === params.restapi_id)
  return api === undefined
    ? refuse(notFound(`Invalid API identifier specified ${params.restapi_id}`))
    : { ok: true, value: api }
}

/** A wrong API id gives the resource's message too. */
export function findResource({ draft, params }: Call, id = params.resource_id): Parsed<Resource> {
  const api = draft.restApis.find((candidate) => candidate.id === params.restapi_id)
  const resource = api?.resources.find((candidate) => candidate.id === id)
  return resource === undefined
    ? refuse(notFound('Invalid Resource identifier specified'))
    : { ok: true, value: resource }
}

export function findMethod(call: Call): Parsed<Method> {
  const resource = findResource(call)
  if (!resource.ok) return resource
  const method = resource.value.methods.find(({ httpMethod }) => httpMethod === call.params.http_method)
  return method === undefined ? refuse(notFound('Invalid Method identifier specified')) : { ok: true, value: method }
}

/** One page of a collection: `limit` items (25, at most 500) behind the one whose id is `position`. */
export function page<Item extends { id: string }>(items: Item[], { query }: Call): { page: Item[]; position?: string } {
  const limit = Math.min(500, Math.max(1, Number(query.get('limit') ?? 25) || 25))
  const start = items.findIndex(({ id }) => id === query.get('position')) + 1
  const slice = items.slice(start, start + limit)
  const last = slice.at(-1)
  return { page: slice, ...(last === undefined || start + limit >= items.length ? {} : { position: last.id }) }
}
