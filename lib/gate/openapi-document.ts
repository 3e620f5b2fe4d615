import * as z from 'zod'
import { RECORD_KINDS } from '../trail/item-key.ts'
import { RESULTS } from '../trail/record.ts'
import { EXAMPLES } from './openapi-examples.ts'
import { AUTHENTICATION, INTRODUCTION } from './openapi-introduction.ts'
import { ANSWERS, REQUESTS } from './openapi-schemas.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'
import { VERSION } from './version.ts'

type Json = Record<string, unknown>
type SchemaName = keyof typeof REQUESTS | keyof typeof ANSWERS

/** One operation of the native API, in short. */
interface Operation {
  method: 'get' | 'post'
  path: string
  operationId: string
  tag: 'Policy' | 'Trail' | 'Log' | 'You' | 'Service'
  summary: string
  description: string
  /** Absent: any valid token. */
  who?: string
  isPublic?: true
  parameters?: Json[]
  request?: Json
  /** By status. */
  answers: Record<string, Json>
  problems: ProblemCode[]
}

const ref = (name: SchemaName): Json => ({ $ref: `#/components/schemas/${name}` })
const json = (name: SchemaName): Json => ({ 'application/json': { schema: ref(name) } })
const answer = (description: string, content: Json): Json => ({ description, content })
const plain = (description: string, type = 'text/plain') =>
  answer(description, { [type]: { schema: { type: 'string' } } })
const inQuery = (name: string, schema: Json, description?: string): Json => ({
  name,
  in: 'query',
  schema,
  ...(description && { description }),
})
const text = { type: 'string', minLength: 1, maxLength: 512 }
const instant = { type: 'string', format: 'date-time' }
const inPath = (name: string, pattern: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', pattern },
})
const ID = inPath('id', '^[0-7][0-9A-HJKMNP-TV-Z]{25}$', 'A request: the x-amzn-requestid of its answer')

const FILTERS = [
  inQuery('team', text, 'Whose requests'),
  inQuery('restApiId', text, 'About this API'),
  inQuery('actor', text, "The token's sub"),
  inQuery('decision', { enum: ['allow', 'deny'] }, 'What the policy said'),
  inQuery('rule', text, 'A rule that was violated in mode enforce'),
  inQuery('result', { enum: RESULTS }, 'What became of a change'),
]
const RECORDED: ProblemCode[] = ['unauthenticated', 'issuer-unavailable', 'throttled', 'trail-unavailable', 'internal']
const READER = 'auditor or admin'

const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/whoami',
    operationId: 'whoami',
    tag: 'You',
    summary: 'Who your token says you are',
    description: 'Your roles, your teams, and which lines of the policy make you a member of them. Not recorded.',
    answers: { 200: answer('Who you are', json('Whoami')) },
    problems: ['unauthenticated', 'issuer-unavailable', 'throttled', 'internal'],
  },
  {
    method: 'get',
    path: '/v1/allowed',
    operationId: 'readAllowed',
    tag: 'Policy',
    summary: 'What your teams may do',
    description: 'The effective permissions of each of your teams under the policy in force.',
    who: 'members of a team',
    answers: { 200: answer('What is allowed', json('Allowed')) },
    problems: ['denied', ...RECORDED],
  },
  {
    method: 'post',
    path: '/v1/decisions',
    operationId: 'judgeRequests',
    tag: 'Policy',
    summary: 'Ask what would be decided',
    description:
      'Judges one request, or up to a thousand, as the gate would judge them now, and sends nothing. One request is answered by a decision, several by a list in their order.',
    who: 'members of a team',
    request: json('DryRun'),
    answers: { 200: answer('The decision, or decisions', json('DryRunAnswer')) },
    problems: ['invalid-request', 'denied', 'too-large', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/trail',
    operationId: 'listTrail',
    tag: 'Trail',
    summary: 'List requests, newest first',
    description:
      'A page at a time as JSON, or everything the filter lets through as an export, where `format` (or `Accept`) asks for one. The last line of an export says how many requests it has; one without it was cut off.',
    who: READER,
    parameters: [
      inQuery('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }, 'Entries on a page'),
      inQuery('cursor', text, "From an earlier page's next; yours alone, for the same filter"),
      ...FILTERS,
      inQuery('from', instant, 'Inclusive'),
      inQuery('to', instant, 'Inclusive'),
      inQuery('format', { enum: ['jsonl', 'csv', 'ocsf'] }, 'Absent: a page of JSON'),
    ],
    answers: {
      200: answer('A page, or an export', {
        ...json('TrailPage'),
        'application/jsonl': { schema: { type: 'string' } },
        'text/csv': { schema: { type: 'string' } },
      }),
    },
    problems: ['invalid-request', 'denied', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/trail/follow',
    operationId: 'followTrail',
    tag: 'Trail',
    summary: 'Follow the trail as it is written',
    description:
      'Server-sent events: `request` with the summary of one, `gap` with a span of time to list instead. Ends now and then; come again with `Last-Event-ID`.',
    who: READER,
    parameters: [
      ...FILTERS,
      { name: 'last-event-id', in: 'header', description: 'The id that was seen last', schema: { type: 'string' } },
    ],
    answers: { 200: plain('Events', 'text/event-stream') },
    problems: ['invalid-request', 'denied', 'busy', ...RECORDED],
  },
  {
    method: 'post',
    path: '/v1/trail/lookup',
    operationId: 'lookUpValue',
    tag: 'Trail',
    summary: 'Find where a hidden value occurs',
    description:
      'The trail keeps values that may be secret as MACs. This tells where one of them stood. The value is neither kept nor repeated.',
    who: 'admin',
    request: json('LookUp'),
    answers: { 200: answer('Where it occurs', json('LookUpAnswer')) },
    problems: ['invalid-request', 'denied', 'too-large', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/trail/{id}',
    operationId: 'readTrail',
    tag: 'Trail',
    summary: "One request's whole story",
    description: 'Everything that was recorded of it. What you may not see answers like what is not there.',
    who: `${READER}, and the team it was made for`,
    parameters: [ID],
    answers: { 200: answer('The story', json('Story')) },
    problems: ['not-found', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/trail/{id}/proof',
    operationId: 'readProof',
    tag: 'Trail',
    summary: 'The proof that the log has it',
    description: 'In the format of C2SP tlog-proof@v1, for an offline check.',
    who: `${READER}, and the team it was made for`,
    parameters: [ID, inQuery('kind', { enum: RECORD_KINDS }, 'Which of its records; the first unless told')],
    answers: { 200: plain('A proof') },
    problems: ['invalid-request', 'not-found', 'not-sealed', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/log/checkpoint',
    operationId: 'readCheckpoint',
    tag: 'Log',
    summary: "The log's newest checkpoint",
    description: 'A signed note (C2SP tlog-checkpoint).',
    who: READER,
    parameters: [
      { ...inQuery('cosigned', { type: 'string' }, 'The largest that a witness has cosigned'), allowEmptyValue: true },
    ],
    answers: { 200: plain('A checkpoint') },
    problems: ['denied', 'not-found', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/log/vkey',
    operationId: 'readVerifierKeys',
    tag: 'Log',
    summary: "The log's verifier keys",
    description: 'One to a line, the newest last.',
    who: READER,
    answers: { 200: plain('Verifier keys') },
    problems: ['denied', 'not-found', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/log/tile/{tile}',
    operationId: 'readTile',
    tag: 'Log',
    summary: 'A tile, or an entry bundle',
    description: 'The layout of C2SP tlog-tiles below /v1/log: {level}/{index}, entries/{index}. Slashes stay slashes.',
    who: READER,
    parameters: [inPath('tile', '^[0-9a-zA-Z./]+$', 'For example 0/000, or entries/x001/000.p/12')],
    answers: { 200: plain('A tile', 'application/octet-stream') },
    problems: ['denied', 'not-found', ...RECORDED],
  },
  {
    method: 'get',
    path: '/v1/log/records/{bundle}',
    operationId: 'readRecords',
    tag: 'Log',
    summary: 'The records behind an entry bundle',
    description: 'One to a line, in the order of the bundle.',
    who: READER,
    parameters: [inPath('bundle', '^[0-9a-z./]+$', 'For example 000, or x001/000.p/12')],
    answers: { 200: plain('Records', 'application/jsonl') },
    problems: ['denied', 'not-found', ...RECORDED],
  },
  {
    method: 'post',
    path: '/v1/log/cosignature',
    operationId: 'cosignCheckpoint',
    tag: 'Log',
    summary: "Hand in a witness's cosignature",
    description: 'A checkpoint of this log with the cosignature of a witness that is known here.',
    who: READER,
    request: { 'text/plain': { schema: { type: 'string' } } },
    answers: { 200: answer('Taken in', json('Cosigned')) },
    problems: ['invalid-request', 'denied', 'too-large', ...RECORDED],
  },
  {
    method: 'get',
    path: '/healthz',
    operationId: 'readHealth',
    tag: 'Service',
    summary: 'Whether the process answers',
    description: 'For a load balancer.',
    isPublic: true,
    answers: { 200: answer('It does', json('Health')) },
    problems: [],
  },
  {
    method: 'get',
    path: '/readyz',
    operationId: 'readReadiness',
    tag: 'Service',
    summary: 'Whether it could do its work',
    description:
      'Policy loaded, table reached, keys of the issuers at hand. Looked at anew every five seconds at most.',
    isPublic: true,
    answers: {
      200: answer('Ready', json('Readiness')),
      503: answer('Not ready', json('Readiness')),
    },
    problems: [],
  },
]

/** The OpenAPI 3.1 document. Made when schemas are committed (\`npm run schema\`), never while requests are served. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {}
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport',
      version: VERSION,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: ['You', 'Policy', 'Trail', 'Log', 'Service'].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: AUTHENTICATION,
        },
      },
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([code, { title, status }]) => [
          code,
          answer(`${title} (/problems/${code}, ${status})`, { 'application/problem+json': { schema: ref('Problem') } }),
        ]),
      ),
      schemas: schemas(),
    },
  }
}

function operationObject({
  operationId,
  tag,
  summary,
  description,
  who,
  isPublic,
  parameters,
  request,
  answers,
  problems,
}: Operation): Json {
  const example = EXAMPLES[operationId]
  return {
    operationId,
    tags: [tag],
    summary,
    description: who ? `${description}\n\nFor: ${who}.` : description,
    ...(isPublic && { security: [] }),
    ...(parameters && { parameters: parameters.map((parameter) => shown(parameter, example?.parameters)) }),
    ...(request && { requestBody: { required: true, content: withExample(request, example?.request) } }),
    responses: {
      ...answers,
      ...(answers[200] && { 200: { ...answers[200], content: withExample(answers[200].content, example?.answer) } }),
      ...problemResponses(problems),
    },
  }
}

function shown(parameter: Json, values: Readonly<Record<string, unknown>> = {}): Json {
  const value = values[String(parameter.name)]
  return value === undefined ? parameter : { ...parameter, example: value }
}

/** The first of the media types is the one that an example is of. */
function withExample(content: unknown, example: unknown): unknown {
  const [[type, media] = [], ...others] = Object.entries(content as Record<string, Json>)
  if (type === undefined || example === undefined) return content
  return Object.fromEntries([[type, { ...media, example }], ...others])
}

/** A status has one response: where several problems share it, their titles stand together. */
function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, [first, ...others]]) => [
      status,
      first && others.length === 0
        ? { $ref: `#/components/responses/${first}` }
        : answer([first, ...others].map((code) => `/problems/${code}`).join(' or '), {
            'application/problem+json': { schema: ref('Problem') },
          }),
    ]),
  )
}

function schemas(): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ ...REQUESTS, ...ANSWERS })) registry.add(schema, { id })
  const made = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    // A format says as much to a reader as the expression that zod checks it with.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    },
  }).schemas as Record<string, Json>
  return Object.fromEntries(
    Object.entries(made).map(([name, { $schema: _schema, $id: _id, ...schema }]) => [
      name,
      Object.hasOwn(REQUESTS, name) ? schema : open(schema),
    ]),
  )
}

/** An answer's schema for its readers, who must take members that are added later. */
function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).filter(
    ([name, value]) => !(name === 'additionalProperties' && value === false),
  )
  return Object.fromEntries(members.map(([name, value]) => [name, open(value)]))
}
