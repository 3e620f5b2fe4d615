import { readFileSync } from 'node:fs'
import * as sdk from '@aws-sdk/client-api-gateway'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import type { Words } from '../../lib/apigateway/operation-words.ts'
import { findOperation } from '../../lib/apigateway/operations.ts'
import { BODY_BOUNDS, callOf, readQuery, readWriteBody } from '../../lib/control-plane/operation-call.ts'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { WRITE_OPERATIONS, type WriteOperation } from '../../lib/control-plane/write-operations.ts'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

describe('callOf()', () => {
  it.each([
    { sent: '/restapis/a1b2/stages/prod', path: '/restapis/a1b2/stages/prod' },
    { sent: '/restapis/a1b2/stages/%70rod', path: '/restapis/a1b2/stages/prod' },
    { sent: '/restapis/a1b2/models/a(b)*', path: '/restapis/a1b2/models/a%28b%29%2A' },
  ])('spells $sent $path', ({ sent, path }) => {
    const found = findOperation('GET', sent)
    expect(found && callOf(found)).toMatchObject({ verb: 'GET', path, query: [] })
  })

  it('names the operation that was found, whatever was sent', () => {
    const label = fc.stringMatching(/^[A-Za-z0-9._*()%-]{1,20}$/)
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'POST'),
        fc.array(label, { maxLength: 6 }),
        (verb, labels) => {
          const found = findOperation(verb, `/restapis/${labels.join('/')}`)
          if (!found) return
          const call = callOf(found)
          expect(findOperation(verb, call.path)).toEqual(found)
          expect(call.path).toMatch(/^[A-Za-z0-9/._~%-]+$/)
        },
      ),
    )
  })
})

describe('readQuery()', () => {
  const known = ['limit', 'embed']
  it.each([
    { query: '', ok: [] },
    { query: 'limit=5', ok: [['limit', '5']] },
    {
      query: 'embed=methods&embed=x',
      ok: [
        ['embed', 'methods'],
        ['embed', 'x'],
      ],
    },
    { query: 'limit=%26position%3D1', ok: [['limit', '&position=1']] },
    { query: 'limit=5&limit=6', no: 'more than once' },
    { query: 'Limit=5', no: 'Unknown query parameter "Limit"' },
    { query: `limit=${'9'.repeat(1025)}`, no: 'longer than' },
  ])('reads "$query"', ({ query, ok, no }) => {
    const read = readQuery(query, known)
    if (ok) expect(read).toEqual({ ok: true, value: ok })
    else expect(read).toMatchObject({ ok: false, error: { status: 400, message: expect.stringContaining(no ?? '') } })
  })
})

describe('readWriteBody()', () => {
  const shape = {
    kind: 'members',
    members: {
      name: 'string',
      size: 'integer',
      on: 'boolean',
      list: 'strings',
      map: 'string-map',
      flags: 'boolean-map',
      vtl: 'templates',
    },
  } as const
  it.each([
    {
      it: 'known members',
      body: { name: 'x', size: 1024, on: true, list: ['a'], map: { a: 'b' }, flags: { a: false }, vtl: { a: null } },
    },
    { it: 'nothing', body: '' },
    { it: 'a number for a string', body: { name: 1 }, type: 'SerializationException' },
    { it: 'a fraction', body: '{"size":0.5}', type: 'SerializationException' },
    { it: 'a string for a number', body: { size: '1' }, type: 'SerializationException' },
    { it: 'null', body: { name: null }, type: 'SerializationException' },
    { it: 'a string for a flag', body: { on: 'true' }, type: 'SerializationException' },
    { it: 'a number in a list', body: { list: [1] }, type: 'SerializationException' },
    { it: 'null in a map', body: { map: { a: null } }, type: 'SerializationException' },
    { it: 'a list for a map', body: { flags: [] }, type: 'SerializationException' },
    { it: 'an unknown member', body: { nmae: 'x' }, type: 'BadRequestException' },
    { it: 'a member of every object', body: '{"__proto__":{"name":"x"}}', type: 'BadRequestException' },
    { it: 'a duplicate', body: '{"name":"a","name":"b"}', type: 'SerializationException' },
  ])('reads $it', ({ body, type }) => {
    const read = readWriteBody('CreateModel', shape, bytes(body))
    if (type === undefined) expect(read).toEqual({ ok: true, value: body === '' ? {} : body })
    else expect(read).toMatchObject({ ok: false, error: { type, status: 400 } })
  })

  it('leaves alone what comes with a deletion', () => {
    expect(readWriteBody('DeleteStage', { kind: 'none' }, bytes('not JSON'))).toEqual({ ok: true, value: undefined })
  })

  it.each(['move', 'copy', 'test'])('takes no patch operation %s', (op) => {
    const body = bytes({ patchOperations: [{ op, path: '/description', from: '/variables/x', value: 'a' }] })
    expect(readWriteBody('UpdateStage', { kind: 'patch', paths: [], words: {} }, body)).toMatchObject({
      ok: false,
      error: { status: 400 },
    })
  })

  it.each(
    OPERATIONS.flatMap(([operation]) => {
      const treatment = TREATMENTS[operation]
      return treatment.kind === 'write' && treatment.body.kind === 'patch' ? [{ operation, shape: treatment.body }] : []
    }),
  )("names $operation's own input where a patch isn't well-formed", ({ operation, shape }) => {
    const body = bytes({ patchOperations: [{ op: 'replace', path: '/x', value: '' }, { op: 'set' }] })
    const at = `update${operation.slice('Update'.length)}Input.patchOperations.2.member`
    expect(readWriteBody(operation, shape, body)).toMatchObject({
      ok: false,
      error: {
        type: 'ValidationException',
        status: 400,
        message:
          `2 validation errors detected: Value 'set' at '${at}.op' failed to satisfy constraint: Member must satisfy ` +
          `enum value set: [add, remove, move, test, replace, copy]; Value null at '${at}.path' failed to satisfy ` +
          'constraint: Member must not be null',
      },
    })
  })
})

/** Words that API Gateway reads without regard to case never meet a rule in another spelling than the one it stores. */
describe('an enum of a write', () => {
  const written = (operation: WriteOperation, body: unknown) => {
    const treatment = TREATMENTS[operation]
    if (treatment.kind !== 'write') throw new Error(`${operation} is no write`)
    return readWriteBody(operation, treatment.body, bytes(body))
  }
  const patch = (path: string, value: string) => ({ patchOperations: [{ op: 'replace', path, value }] })

  it.each(['none', 'None', 'NONE', 'nOnE'])('is written as it is stored: authorizationType %s', (word) => {
    expect(written('PutMethod', { authorizationType: word, apiKeyRequired: true })).toEqual({
      ok: true,
      value: { authorizationType: 'NONE', apiKeyRequired: true },
    })
    expect(written('UpdateMethod', patch('/authorizationType', word))).toEqual({
      ok: true,
      value: patch('/authorizationType', 'NONE'),
    })
  })

  it.each(['NONE ', ' none', 'no', '', 'ＮＯＮＥ'])(
    'is refused where it is no word: authorizationType "%s"',
    (word) => {
      const type = 'BadRequestException'
      expect(written('PutMethod', { authorizationType: word })).toMatchObject({ error: { type } })
      // An empty value takes a member away, which rules judge.
      if (word !== '') {
        expect(written('UpdateMethod', patch('/authorizationType', word))).toMatchObject({ error: { type } })
      }
    },
  )

  it.each<[WriteOperation, object, string]>([
    [
      'PutIntegrationResponse',
      { contentHandling: 'convert_to_text' },
      "Value 'convert_to_text' at 'putIntegrationResponseInput.contentHandling' failed to satisfy constraint: Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]",
    ],
    [
      'CreateRestApi',
      { apiKeySource: 'header' },
      "Value 'header' at 'createRestApiInput.apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [HEADER, AUTHORIZER]",
    ],
    [
      'CreateRestApi',
      { endpointConfiguration: { types: ['wrong'] } },
      "Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]",
    ],
    [
      'CreateDocumentationPart',
      { location: { type: 'INVALID' }, properties: '{}' },
      "Value 'INVALID' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]",
    ],
    [
      'CreateStage',
      { cacheClusterSize: '0,5' },
      "Value '0,5' at 'createStageInput.cacheClusterSize' failed to satisfy constraint: Member must satisfy enum value set: [0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237]",
    ],
  ])('of the service model is refused in its words: %s %j', (operation, body, message) => {
    expect(written(operation, body)).toEqual({
      ok: false,
      error: { type: 'ValidationException', status: 400, message: `1 validation error detected: ${message}` },
    })
  })

  it('names every word that is wrong', () => {
    const wrong = { types: ['wrong'], ipAddressType: 'wrong' }
    const read = written('CreateRestApi', { name: 'x', endpointConfiguration: wrong })
    expect(read.ok ? '' : read.error.message).toMatch(/^2 validation errors detected: .*types.*; .*ipAddressType/)
  })

  it.each<[WriteOperation, string, string, string]>([
    ['UpdateStage', '/*/*/logging/loglevel', 'info', 'INFO'],
    ['UpdateStage', '/pets/GET/logging/loglevel', 'Error', 'ERROR'],
    ['UpdateIntegrationResponse', '/contentHandling', 'CONVERT_TO_TEXT', 'CONVERT_TO_TEXT'],
    ['UpdateIntegrationResponse', '/contentHandling', '', ''],
    ['UpdateMethod', '/operationName', 'none', 'none'],
  ])('%s replaces %s by %s', (operation, path, value, stored) => {
    expect(written(operation, patch(path, value))).toEqual({ ok: true, value: patch(path, stored) })
  })

  it('is refused in a patch where it is spelt otherwise and the service model would not have it', () => {
    expect(written('UpdateIntegrationResponse', patch('/contentHandling', 'convert_to_text'))).toMatchObject({
      error: {
        message:
          "Invalid patch value 'convert_to_text' specified for path '/contentHandling'. Must be one of: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]",
      },
    })
  })

  /** Members of an interface of the AWS SDK, which is made from the service model, with the names of their types. */
  const interfaces = readFileSync('node_modules/@aws-sdk/client-api-gateway/dist-types/models/models_0.d.ts', 'utf8')
  const typesOf = (name: string): [member: string, type: string][] => {
    const [, rest = ''] = interfaces.split(`export interface ${name} {`)
    const [inside = ''] = rest.split('\n}')
    return [...inside.matchAll(/^ {4}(\w+)\??: (\w+)(?:\[\])? \| undefined;/gm)].map(([, member = '', type = '']) => [
      member,
      type,
    ])
  }
  const enums = new Map<string, unknown>(Object.entries(sdk))
  const enumOf = (type: string): string[] | undefined => {
    const found = enums.get(type)
    return typeof found === 'object' && found !== null ? Object.values(found).map(String) : undefined
  }
  const isSameSet = (words: Words, type: string) => expect([...words.values].sort()).toEqual(enumOf(type)?.sort())

  it('is known to be one wherever the service model says so', () => {
    let count = 0
    for (const operation of WRITE_OPERATIONS) {
      const treatment = TREATMENTS[operation]
      if (treatment.kind !== 'write' || treatment.body.kind !== 'members') continue
      for (const [member, kind] of Object.entries(treatment.body.members)) {
        const [, type = ''] = typesOf(`${operation}Request`).find(([name]) => name === member) ?? []
        if (enumOf(type) !== undefined) {
          if (typeof kind !== 'object' || !('words' in kind)) throw new Error(`${operation}.${member} is an enum`)
          isSameSet(kind.words, type)
          count++
        }
        for (const [inner, innerType] of typesOf(type)) {
          if (enumOf(innerType) === undefined) continue
          const words = typeof kind === 'object' && 'wordsInside' in kind ? kind.wordsInside[inner] : undefined
          if (words === undefined) throw new Error(`${operation}.${member}.${inner} is an enum`)
          isSameSet(words, innerType)
          count++
        }
      }
    }
    // The sizes of a cache twice, how content is handled, where keys are, two of an endpoint, what is documented.
    expect(count).toBe(7)
  })
})

describe('the bounds of a write', () => {
  const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
  const written = (body: unknown) => {
    const shape = {
      kind: 'members',
      members: { list: 'strings', map: 'string-map', vtl: 'templates', any: 'object' },
    } as const
    const read = readWriteBody('PutIntegrationResponse', shape, bytes(body))
    return read.ok ? 'read' : read.error.message
  }
  const { maxEntries, maxKeyLength, maxLength, maxBytes } = BODY_BOUNDS

  it.each([
    [{ map: entries(maxEntries) }, { map: entries(30_000) }, 'Member map has 30000 entries; it may have at most 128'],
    [{ vtl: entries(maxEntries) }, { vtl: entries(30_000) }, 'Member vtl has 30000 entries; it may have at most 128'],
    [
      { list: Array(maxEntries).fill('') },
      { list: Array(129).fill('') },
      'Member list has 129 entries; it may have at most 128',
    ],
    [
      { map: { ['k'.repeat(maxKeyLength)]: '' } },
      { map: { ['k'.repeat(3_000)]: '' } },
      `Member map["${'k'.repeat(64)}"] has a name of 3000 characters; it may have at most 320`,
    ],
    [
      { map: { k: 'x'.repeat(maxLength) } },
      { map: { k: 'x'.repeat(8_193) } },
      'Member map["k"] has 8193 characters; it may have at most 8192',
    ],
    [
      { vtl: { k: 'é'.repeat(maxBytes / 2) } },
      { vtl: { k: 'é'.repeat(153_601) } },
      'Member vtl["k"] has 307202 bytes; it may have at most 307200',
    ],
    [
      { any: { a: entries(maxEntries) } },
      { any: { a: entries(129) } },
      'Member any["a"] has 129 entries; it may have at most 128',
    ],
  ])('are kept and told (row %#)', (most, more, message) => {
    expect(written(most)).toBe('read')
    expect(written(more)).toBe(message)
  })

  it('are told of the path of an update', () => {
    const patchOperations = ['/a', `/${'p'.repeat(1_024)}`].map((path) => ({ op: 'remove', path }))
    const shape = { kind: 'patch', paths: [], words: {} } as const
    expect(readWriteBody('UpdateStage', shape, bytes({ patchOperations }))).toMatchObject({
      ok: false,
      error: { message: 'Member patchOperations[1].path has 1025 characters; it may have at most 1024' },
    })
  })
})
