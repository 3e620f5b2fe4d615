import { describe, expect, it } from 'vitest'
import { AUDIENCE, ISSUER, mint, NOW, stranger } from '../identity/minting.ts'
import { send, testGate, tokens } from '../support/gate.ts'

const whoami = async (token?: string) =>
  send(await testGate(), 'GET', '/v1/whoami', token === undefined ? {} : { token })

const paymentsAt = { pointer: '/teams/payments/identity', line: 49, column: 5 }

describe('GET /v1/whoami', () => {
  it('says who the token is for, until when, and which line of the policy makes that a team', async () => {
    const { status, headers, json } = await whoami(tokens.payments)
    expect({ status, json }).toEqual({
      status: 200,
      json: {
        issuer: ISSUER,
        subject: 'ana',
        clientId: 'portal',
        roles: [],
        teams: [
          {
            team: 'payments',
            restApiIds: ['a1b2c3d4e5'],
            because: [{ claim: 'groups', value: 'payments-dev', policyAt: paymentsAt }],
          },
        ],
        expiresAt: new Date((NOW + 840) * 1000).toISOString(),
        policy: { revision: 7, digest: expect.stringMatching(/^sha256:/), file: 'examples/policy.yaml' },
      },
    })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it.each<{ it: string; claims: Record<string, unknown>; teams: Record<string, string[]>; roles?: string[] }>([
    { it: 'a claim that is a string', claims: { groups: 'payments-ci' }, teams: { payments: ['groups=payments-ci'] } },
    {
      it: 'two values of one team',
      claims: { groups: ['payments-ci', 'x', 'payments-dev'] },
      teams: { payments: ['groups=payments-dev', 'groups=payments-ci'] },
    },
    {
      it: 'several teams by several claims, in the order of the policy',
      claims: { groups: ['search', 'payments-dev'], sub: 'svc-billing-ci' },
      teams: { payments: ['groups=payments-dev'], search: ['groups=search'], 'legacy-billing': ['sub=svc-billing-ci'] },
    },
    {
      it: 'a team beside roles',
      claims: { groups: ['search', 'sallyport-admins'] },
      teams: { search: ['groups=search'] },
      roles: ['admin'],
    },
    {
      it: 'roles alone',
      claims: { groups: ['sallyport-approvers', 'sallyport-authors'] },
      teams: {},
      roles: ['author', 'approver'],
    },
    { it: 'other capitals', claims: { groups: ['Payments-Dev'] }, teams: {} },
    { it: 'a value among others in one string', claims: { groups: 'payments-dev search' }, teams: {} },
    { it: 'a value that is no string', claims: { groups: [['payments-dev'], null, { search: true }] }, teams: {} },
    { it: 'a name that every object has', claims: { groups: ['constructor', '__proto__'] }, teams: {} },
    { it: 'no claim at all', claims: { groups: undefined }, teams: {} },
  ])('explains $it', async ({ claims, teams, roles = [] }) => {
    const { status, json } = await whoami(mint({ claims }))
    const shown = json.teams as { team: string; because: { claim: string; value: string }[] }[]
    expect(status).toBe(200)
    expect(json.roles).toEqual(roles)
    expect(
      Object.fromEntries(
        shown.map(({ team, because }) => [team, because.map(({ claim, value }) => `${claim}=${value}`)]),
      ),
    ).toEqual(teams)
    expect(shown.map(({ team }) => team)).toEqual(Object.keys(teams))
  })

  it.each<{ it: string; token?: string }>([
    { it: 'no token' },
    { it: 'an expired token', token: mint({ claims: { exp: NOW - 6 } }) },
    { it: 'a token for another audience', token: mint({ claims: { aud: `${AUDIENCE}/` } }) },
    { it: 'a token signed by a stranger', token: mint({ key: stranger }) },
  ])('refuses $it', async ({ token }) => {
    const { status, headers, json } = await whoami(token)
    expect({ status, type: json.type, status2: json.status }).toEqual({
      status: 401,
      type: '/problems/unauthenticated',
      status2: 401,
    })
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(json).not.toHaveProperty('subject')
  })

  it('answers other verbs as a path that is not there', async () => {
    const { status, json } = await send(await testGate(), 'POST', '/v1/whoami', { token: tokens.payments, body: {} })
    expect({ status, type: json.type }).toEqual({ status: 404, type: '/problems/not-found' })
  })

  it('leaves no record and calls nothing upstream', async () => {
    const gate = await testGate()
    await send(gate, 'GET', '/v1/whoami', { token: tokens.payments })
    const { json } = await send(gate, 'GET', '/v1/trail', { token: tokens.auditor })
    expect((json.entries as { action: string }[]).filter(({ action }) => action !== 'ListTrail')).toEqual([])
    expect([gate.controlPlane.reads, gate.controlPlane.changes]).toEqual([[], []])
  })

  it('holds no part of the token', async () => {
    const { json } = await whoami(tokens.payments)
    for (const part of tokens.payments.split('.')) expect(JSON.stringify(json)).not.toContain(part)
  })
})
