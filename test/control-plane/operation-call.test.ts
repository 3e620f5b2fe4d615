import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import { findOperation } from '../../lib/apigateway/operations.ts'
import { callOf, readQuery, readWriteBody } from '../../lib/control-plane/operation-call.ts'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'

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
    expect(readWriteBody('UpdateStage', { kind: 'patch', paths: [] }, body)).toMatchObject({
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

describe('the bounds of a body beside integrations', () => {
  const shape = {
    kind: 'members',
    members: { list: 'strings', map: 'string-map', flags: 'boolean-map', vtl: 'templates', free: 'object' },
  } as const
  const many = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, value]))

  it.each([
    { it: '256 entries', body: { list: Array(256).fill('x'), map: many(256, 'x'), flags: many(256, true) } },
    { it: 'a template of 300 KB', body: { vtl: { 'text/plain': 'x'.repeat(307_200) } } },
    { it: 'a list of 257', body: { list: Array(257).fill('x') }, no: 'Member list has more than 256 entries' },
    { it: 'a map of 257', body: { map: many(257, 'x') }, no: 'Member map has more than 256 entries' },
    { it: '30,000 templates', body: { vtl: many(30_000, 'x') }, no: 'Member vtl has more than 256 entries' },
    {
      it: '257 entries in the depth of one',
      body: { free: { a: { b: Array(254).fill('x') }, c: 1 } },
      no: 'Member free has more than 256 entries',
    },
    { it: 'a long name', body: { map: { ['n'.repeat(1_025)]: 'x' } }, no: 'Member map has a name that is longer' },
    { it: 'a long value', body: { map: { n: 'x'.repeat(16_385) } }, no: 'Member map["n"] is longer than 16384' },
    { it: 'a long template', body: { vtl: { t: 'x'.repeat(307_201) } }, no: 'Member vtl["t"] is longer than 307200' },
  ])('has room for, or names: $it', ({ body, no }) => {
    const read = readWriteBody('PutIntegrationResponse', shape, bytes(body))
    if (no === undefined) expect(read).toEqual({ ok: true, value: body })
    else expect(read).toMatchObject({ ok: false, error: { status: 400, message: expect.stringContaining(no) } })
  })

  it('names a long path of an update', () => {
    const patchOperations = ['/a', `/${'p'.repeat(1_024)}`].map((path) => ({ op: 'remove', path }))
    expect(readWriteBody('UpdateStage', { kind: 'patch', paths: [] }, bytes({ patchOperations }))).toMatchObject({
      ok: false,
      error: { message: 'Member patchOperations[1].path is longer than 1024 characters' },
    })
  })
})
