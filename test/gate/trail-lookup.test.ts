import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { good, send, tokens } from '../support/gate.ts'
import { type TrailService, trailService } from '../support/trail-service.ts'

const SECRET = 'Basic c2VjcmV0LWNhbmFyeQ=='
const HEADER = '/requestParameters/integration.request.header.X-Key'
const withSecret = { ...good, requestParameters: { 'integration.request.header.X-Key': `'${SECRET}'` } }

const lookUp = (service: TrailService, body: unknown, token = tokens.admin) =>
  send(service, 'POST', '/v1/trail/lookup', { token, body })

describe('POST /v1/trail/lookup', () => {
  it('finds where a hidden value stood, with or without the quotes of a static value', async () => {
    const service = await trailService()
    await service.change()
    const set = await service.change(withSecret)
    // Made by somebody else, behind the gate.
    for (const key of service.controlPlane.stored.keys())
      service.controlPlane.stored.set(key, withSecret as Integration)
    const unset = await service.change()
    for (const value of [SECRET, `'${SECRET}'`]) {
      const { status, json } = await lookUp(service, { value })
      expect(status).toBe(200)
      expect(json.occurrences).toMatchObject([
        { id: unset, path: HEADER, side: 'before' },
        { id: set, path: HEADER, side: 'after' },
      ])
    }
    expect((await lookUp(service, { value: 'Basic other' })).json).toMatchObject({ occurrences: [] })
  })

  it('finds it in sealed months as well, within a filter', async () => {
    const service = await trailService()
    const id = await service.change(withSecret)
    await service.seal()
    expect((await lookUp(service, { value: SECRET, team: 'payments' })).json.occurrences).toMatchObject([{ id }])
    expect((await lookUp(service, { value: SECRET, team: 'search' })).json.occurrences).toEqual([])
  })

  it('is recorded, without the value', async () => {
    const service = await trailService()
    const { json } = await lookUp(service, { value: SECRET })
    expect(JSON.stringify(json)).not.toContain(SECRET)
    service.clock.now += 1_000
    const listing = await send(service, 'GET', '/v1/trail?actor=root', { token: tokens.auditor })
    expect(listing.json.entries).toMatchObject([{ status: 'read', action: 'LookUpValue' }])
    const [entry] = listing.json.entries as { id: string }[]
    const story = await send(service, 'GET', `/v1/trail/${entry?.id}`, { token: tokens.auditor })
    expect(JSON.stringify(story.json)).not.toContain(SECRET)
  })

  it.each([
    { it: 'an auditor', body: { value: SECRET }, token: tokens.auditor, status: 403 },
    { it: 'a team', body: { value: SECRET }, token: tokens.payments, status: 403 },
    { it: 'no value', body: {}, token: tokens.admin, status: 400 },
    { it: 'an empty value', body: { value: '' }, token: tokens.admin, status: 400 },
    { it: 'a number that has no one spelling', body: '{"value":{"a":[1e300]}}', token: tokens.admin, status: 400 },
    { it: 'an unknown member', body: { value: SECRET, taem: 'payments' }, token: tokens.admin, status: 400 },
    { it: 'a foreign cursor', body: { value: SECRET, cursor: 'x' }, token: tokens.admin, status: 400 },
    { it: 'no JSON', body: 'value', token: tokens.admin, status: 400 },
    { it: 'too much', body: { value: 'x'.repeat(500_000) }, token: tokens.admin, status: 413 },
  ])('is $status for $it', async ({ body, token, status }) => {
    expect((await lookUp(await trailService(), body, token)).status).toBe(status)
  })
})
