import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HTTP_METHODS, type Integration } from '../../lib/apigateway/integration.ts'
import { MEMBERS } from '../../lib/apigateway/members.ts'
import { OPERATIONS, type OperationName } from '../../lib/apigateway/operation-table.ts'
import { BODY_BOUNDS } from '../../lib/control-plane/operation-call.ts'
import { type MemberKind, TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { WRITE_OPERATIONS } from '../../lib/control-plane/write-operations.ts'
import { MAX_BODY } from '../../lib/gate/app.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { TrailRecord } from '../../lib/trail/record.ts'
import { PATH, policyWith, send, testGate, tokens } from '../support/gate.ts'
import { itemBytes, itemStore, LARGEST_ITEM } from '../support/item-store.ts'

/** All of a caller's denials are kept whole here: what fits its item must do so by itself. */
const ROOM = { take: () => true }
const POLICY = policyWith(WRITE_OPERATIONS)

/** Bytes that a body is filled up to, about. */
const LARGEST = MAX_BODY - 4_096

/** Characters that take one byte, that take three, and that JSON spells with more than one. */
const letter = fc.constantFrom('x', 'é', '€', '"', '$', '/', '\n')

function text(bytes: number): fc.Arbitrary<string> {
  return letter.map((char) => char.repeat(Math.max(1, Math.floor(bytes / JSON.stringify(char).length / 1.5))))
}

/** A value of a kind with as many entries as it may have, of about so many bytes together. */
function filled(kind: MemberKind, bytes: number): fc.Arbitrary<unknown> {
  if (typeof kind === 'object') return 'words' in kind ? fc.constantFrom(...kind.words.values) : fc.constant({})
  const entries = fc.constantFrom(1, 3, BODY_BOUNDS.maxEntries)
  const map = (value: (each: number) => fc.Arbitrary<unknown>) =>
    entries.chain((count) => {
      const each = Math.max(1, Math.min(Math.floor(bytes / count) - 20, BODY_BOUNDS.maxLength))
      return value(each).map((one) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`name${i}`, one])))
    })
  switch (kind) {
    case 'string':
      return text(bytes)
    case 'integer':
      return fc.integer()
    case 'boolean':
      return fc.boolean()
    case 'strings':
      return map(text).map(Object.values)
    case 'boolean-map':
      return map(() => fc.boolean())
    case 'string-map':
    case 'templates':
    case 'object':
      return map(text)
  }
}

const patch = fc
  .record({
    count: fc.constantFrom(1, 100, 256),
    op: fc.constantFrom('add', 'remove', 'replace'),
    path: fc.constantFrom('/requestParameters/x', '/description', '/uri', `/${'p'.repeat(900)}`, '/variables/a'),
    char: letter,
  })
  .map(({ count, op, path, char }) => ({
    patchOperations: Array.from({ length: count }, (_, i) => ({
      op,
      path: `${path}${i}`,
      value: char.repeat(Math.floor((LARGEST / count - path.length - 60) / JSON.stringify(char).length / 1.5)),
    })),
  }))

const { requestParameters, requestTemplates, cacheKeyParameters, uri, cacheNamespace } = MEMBERS

/** Replaces as many templates or parameters as one update may. */
const integrationPatch = fc
  .record({
    place: fc.constantFrom('/requestTemplates/text~1t', '/requestParameters/integration.request.header.p'),
    char: letter,
  })
  .map(({ place, char }) => ({
    patchOperations: Array.from({ length: 256 }, (_, i) => ({
      op: 'add',
      path: `${place}${i % requestTemplates.maxEntries}`,
      value: place.startsWith('/requestT') ? char.repeat(1_000) : `'${'s'.repeat(requestParameters.maxLength - 2)}'`,
    })),
  }))

/** As large an integration as API Gateway's form and the table of members let it be. */
const integration = fc
  .record({
    backend: fc.constantFrom(
      { type: 'HTTP_PROXY', uri: `https://x.example/${'p'.repeat(uri.maxLength - 18)}` },
      { type: 'HTTP', uri: 'https://core.payments.acme.internal/v1' },
      { type: 'AWS', uri: 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage' },
    ),
    parameters: fc.constantFrom(0, 1, requestParameters.maxEntries),
    source: fc.constantFrom(
      `'${'s'.repeat(requestParameters.maxLength - 2)}'`,
      `'${'é'.repeat(requestParameters.maxLength - 2)}'`,
      'method.request.path.id',
      'method.request.header.h',
    ),
    templates: fc.constantFrom(0, 3, requestTemplates.maxEntries),
    /** Characters of a content type's name. */
    long: fc.constantFrom(1, requestTemplates.maxKeyLength - 8),
    template: text(8_000),
    keys: fc.constantFrom(0, cacheKeyParameters.maxEntries),
    name: fc.constantFrom('n', '€'.repeat(cacheNamespace.maxLength)),
  })
  .map(({ backend, parameters, source, templates, long, template, keys, name }) => ({
    ...backend,
    httpMethod: 'POST',
    credentials: `arn:aws:iam::999999999999:role/${'r'.repeat(500)}`,
    cacheNamespace: name,
    requestParameters: Object.fromEntries(
      Array.from({ length: parameters }, (_, i) => [`integration.request.header.p${i}`, source]),
    ),
    requestTemplates: Object.fromEntries(
      Array.from({ length: templates }, (_, i) => [`text/${'t'.repeat(long)}${i}`, template]),
    ),
    cacheKeyParameters: Array.from({ length: keys }, (_, i) => `method.request.header.${'k'.repeat(250)}${i}`),
  }))

function bodyOf(operation: OperationName): fc.Arbitrary<unknown> {
  if (operation === 'PutIntegration') return integration
  if (operation === 'UpdateIntegration') return fc.oneof(patch, integrationPatch)
  const treatment = TREATMENTS[operation]
  if (treatment.kind !== 'write') return text(LARGEST).map((description) => ({ description }))
  switch (treatment.body.kind) {
    case 'none':
      return fc.constant(undefined)
    case 'patch':
      return patch
    case 'members': {
      const { members } = treatment.body
      const names = Object.entries(members)
      return fc
        .tuple(fc.constantFrom(...names), fc.subarray(names))
        .chain(([large, others]) =>
          fc.record(
            Object.fromEntries([
              ...others.map(([name, kind]) => [name, filled(kind, 4_000)]),
              [large[0], filled(large[1], LARGEST - 4_000 * names.length * 2)],
            ]),
          ),
        )
    }
  }
}

function pathOf(operation: OperationName, template: string): string {
  if (operation.endsWith('Integration')) return PATH
  return template
    .replace('{restapi_id}', 'a1b2c3d4e5')
    .replace('{resource_id}', '9x8y7z')
    .replace('{http_method}', 'POST')
    .replace('{status_code}', '200')
    .replace('{response_type}', 'DEFAULT_4XX')
    .replaceAll(/\{[a-zA-Z_]+\+?\}/g, 'x1')
}

const KINDS_OF_REQUESTS: readonly TrailRecord['kind'][] = ['D', 'I', 'R']

describe('the largest legal request of', () => {
  it.each(OPERATIONS)('%s leaves a record that fits its item', async (operation, verb, template) => {
    expect(HTTP_METHODS).toContain(verb)
    await fc.assert(
      fc.asyncProperty(bodyOf(operation), async (body) => {
        const store = itemStore(memoryStore())
        const gate = await testGate({ text: POLICY, store, room: ROOM })
        gate.controlPlane.stored.set('a1b2c3d4e5/9x8y7z/POST', DENIED as Integration)
        const { type: _type, ...sent } = { type: 0, ...(body !== undefined && verb !== 'GET' && { body }) }
        if ('body' in sent && Buffer.byteLength(JSON.stringify(sent.body)) > MAX_BODY) return
        const { status } = await send(gate, verb, pathOf(operation, template), { token: tokens.payments, ...sent })
        expect(status).toBeLessThan(500)
        const records = store.written.filter(({ pk }) => pk.startsWith('S#')) as RecordItem[]
        expect(records.filter(({ record }) => KINDS_OF_REQUESTS.includes(record.kind))).toHaveLength(1)
        expect(gate.log).toEqual([])
        for (const item of records) expect(itemBytes(item)).toBeLessThan(LARGEST_ITEM)
      }),
      { numRuns: 3 },
    )
  })
})

/** About as large as a body may be, and every entry of every map is a violation. */
const DENIED = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.paymnets.acme.internal/v1/orders',
  requestParameters: Object.fromEntries(
    Array.from({ length: requestParameters.maxEntries }, (_, i) => [
      `integration.request.header.p${i}`,
      `'${'s'.repeat(requestParameters.maxLength - 2)}'`,
    ]),
  ),
  requestTemplates: Object.fromEntries(
    Array.from({ length: requestTemplates.maxEntries }, (_, i) => [`text/t${i}`, 't'.repeat(13_000)]),
  ),
}

describe('thirty denials of the largest legal size', () => {
  it('leave thirty records, and the table grows by less than 5 MB', async () => {
    const store = itemStore(memoryStore())
    const gate = await testGate({ store })
    const asked = { token: tokens.payments, body: DENIED }
    for (let i = 0; i < 30; i++) expect((await send(gate, 'PUT', PATH, asked)).status).toBe(403)
    const records = (store.written as RecordItem[]).filter(({ sk }) => sk.endsWith('#D'))
    expect(records).toHaveLength(30)
    expect(store.bytes()).toBeLessThan(5_000_000)
    expect(records[0]?.record).not.toHaveProperty('shortened')
    expect(records[29]?.record).toMatchObject({ shortened: true, decision: 'deny', action: 'PutIntegration' })
    expect(records[29]?.record).not.toHaveProperty('sealed')
    expect(gate.log).toEqual([])
  })

  it('cost another caller nothing', async () => {
    const store = itemStore(memoryStore())
    const gate = await testGate({ store })
    for (let i = 0; i < 30; i++) await send(gate, 'PUT', PATH, { token: tokens.payments, body: DENIED })
    await send(gate, 'PUT', PATH, { token: tokens.search, body: DENIED })
    const last = (store.written as RecordItem[]).filter(({ sk }) => sk.endsWith('#D')).at(-1)
    expect(last?.record).not.toHaveProperty('shortened')
  })
})
