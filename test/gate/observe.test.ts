import { describe, expect, it } from 'vitest'
import { keeperEmf, requestEmf } from '../../lib/observe/emf.ts'
import type { RequestLine } from '../../lib/observe/request-line.ts'
import { StepClock } from '../../lib/observe/step-clock.ts'
import { traceIdOf } from '../../lib/observe/trace-id.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { mint, NOW, stranger } from '../identity/minting.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments } = tokens
const put = (gate: TestGate, members: object = {}, headers: Record<string, string> = {}) =>
  send(gate, 'PUT', PATH, { token: payments, body: { ...good, ...members }, headers })

describe('the line of a request', () => {
  it('of an allowed change names it as the trail does and says what API Gateway made of it', async () => {
    const gate = await testGate()
    const { headers } = await put(gate)
    expect(gate.lines).toEqual([
      {
        event: 'request',
        at: NOW * 1000,
        id: headers.get('x-amzn-requestid'),
        operation: 'PutIntegration',
        team: 'payments',
        verdict: 'allow',
        result: 'SUCCEEDED',
        status: 201,
        totalMs: expect.any(Number),
        ms: {
          identity: expect.any(Number),
          store: expect.any(Number),
          upstream: expect.any(Number),
          gate: expect.any(Number),
        },
        storeCalls: expect.any(Number),
      },
    ])
    const [line] = gate.lines
    const { identity, store, upstream, gate: rest } = line?.ms ?? { identity: 0, store: 0, upstream: 0, gate: 0 }
    expect(identity + store + upstream + rest).toBeCloseTo(line?.totalMs ?? -1, 1)
  })

  it.each<{ it: string; ask: (gate: TestGate) => Promise<unknown>; line: Partial<RequestLine> }>([
    {
      it: 'a denial: its rules',
      ask: (gate) => put(gate, { timeoutInMillis: 20_000, credentials: 'arn:aws:iam::999999999999:role/x' }),
      line: {
        operation: 'PutIntegration',
        team: 'payments',
        verdict: 'deny',
        status: 403,
        rules: expect.arrayContaining([{ rule: 'payments.timeout', mode: 'enforce' }]),
      },
    },
    {
      it: 'what is not well-formed: one word',
      ask: (gate) => send(gate, 'PUT', PATH, { token: payments, body: '{' }),
      line: { operation: 'PutIntegration', team: 'payments', verdict: 'refuse', reason: 'invalid', status: 400 },
    },
    {
      it: "somebody else's API",
      ask: (gate) => send(gate, 'PUT', PATH, { token: tokens.search, body: good }),
      line: { operation: 'PutIntegration', verdict: 'refuse', reason: 'not_owner', status: 404 },
    },
    {
      it: 'a read',
      ask: (gate) => send(gate, 'GET', PATH, { token: payments }),
      line: { verdict: 'read', operation: 'GetIntegration', status: 404 },
    },
    {
      it: 'no token',
      ask: (gate) => send(gate, 'GET', PATH),
      line: { verdict: 'unauthenticated', reason: 'missing', status: 401 },
    },
    {
      it: 'a forged token',
      ask: (gate) => send(gate, 'GET', '/v1/trail', { token: mint({ key: stranger }) }),
      line: { verdict: 'unauthenticated', reason: 'bad-signature', status: 401 },
    },
    {
      it: 'a dry run: how many',
      ask: (gate) =>
        send(gate, 'POST', '/v1/decisions', {
          token: payments,
          body: {
            requests: [good, { ...good, timeoutInMillis: 20_000 }].map((body) => ({
              restApiId: 'a1b2c3d4e5',
              resourceId: 'r',
              method: 'GET',
              body,
            })),
          },
        }),
      line: { operation: 'JudgeRequests', verdict: 'read', judged: { requests: 2, denied: 1 }, status: 200 },
    },
    {
      it: 'what nothing is decided on',
      ask: (gate) => send(gate, 'GET', '/v1/whoami', { token: payments }),
      line: { verdict: 'none', status: 200 },
    },
    {
      it: 'an outcome that could not be recorded',
      ask: (gate) => {
        gate.controlPlane.failNext({ kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } })
        return put(gate)
      },
      line: { verdict: 'allow', status: 504, operation: 'PutIntegration' },
    },
  ])('says of $it', async ({ ask, line }) => {
    const gate = await testGate()
    await ask(gate)
    expect(gate.lines).toHaveLength(1)
    expect(gate.lines[0]).toMatchObject(line)
    if (line.verdict !== 'none') expect(gate.lines[0]?.id).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('tells an answer given before from one given now', async () => {
    const gate = await testGate()
    for (let time = 0; time < 2; time++) await put(gate, {}, { 'idempotency-key': 'k' })
    const [first, second] = gate.lines
    expect(first).not.toHaveProperty('outcome')
    expect(second).toMatchObject({ outcome: 'replayed', operation: 'PutIntegration', team: 'payments', status: 201 })
  })

  it('says who asked for what while the table is down', async () => {
    const gate = await testGate({ store: faultyStore(memoryStore(), () => 'fails') })
    await put(gate)
    expect(gate.lines).toMatchObject([{ operation: 'PutIntegration', team: 'payments', status: 503 }])
  })

  it('takes a trace id, and nothing else that a caller may put there', async () => {
    const gate = await testGate()
    await put(gate, {}, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
    await put(gate, {}, { traceparent: '00-secret92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01' })
    expect(gate.lines.map(({ traceId }) => traceId)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', undefined])
  })

  it('is not written for probes', async () => {
    const gate = await testGate()
    await send(gate, 'GET', '/healthz')
    await send(gate, 'GET', '/readyz')
    expect(gate.lines).toEqual([])
  })

  it('of concurrent requests is their own', async () => {
    const gate = await testGate()
    const asks = Array.from({ length: 20 }, (_, index) =>
      index % 2 ? put(gate, { timeoutInMillis: 20_000 }) : send(gate, 'GET', PATH, { token: tokens.billing }),
    )
    await Promise.all(asks)
    const words = gate.lines.map(({ verdict, team, reason }) => `${verdict} ${team ?? '-'} ${reason ?? '-'}`)
    expect(new Set(words)).toEqual(new Set(['deny payments -', 'refuse - not_owner']))
    expect(new Set(gate.lines.map(({ id }) => id)).size).toBe(20)
  })
})

describe('StepClock', () => {
  it('gives each moment to one step, so that steps add up', async () => {
    let now = 0
    const clock = new StepClock(() => now)
    const lasting = (ms: number) => async () => {
      now += ms
    }
    now += 1
    await clock.during('identity', lasting(2))
    await clock.during('upstream', async () => {
      now += 4
      await clock.during('store', lasting(8))
      now += 16
    })
    await expect(clock.during('store', async () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    now += 32
    expect(clock.stop()).toBe(63)
    expect(clock.ms).toEqual({ identity: 2, store: 8, upstream: 20, gate: 33 })
  })
})

describe('traceIdOf()', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736'
  it.each([
    [`00-${id}-00f067aa0ba902b7-01`, id],
    [`cc-${id}-00f067aa0ba902b7-00`, id],
    [`ff-${id}-00f067aa0ba902b7-01`, undefined],
    [`00-${id.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    [`00-${id}-${'0'.repeat(16)}-01`, undefined],
    [`00-${id}-00f067aa0ba902b7-01-x`, undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %j', (header, wanted) => expect(traceIdOf(header)).toBe(wanted))
})

describe('metrics', () => {
  const line: RequestLine = {
    event: 'request',
    at: 1_800_000_000_000,
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    operation: 'PutIntegration',
    team: 'payments',
    verdict: 'allow',
    rules: [
      { rule: 'payments.timeout', mode: 'warn' },
      { rule: 'payments.uri', mode: 'dry-run' },
    ],
    outcome: 'deferred',
    status: 504,
    totalMs: 10,
    ms: { identity: 1, store: 2, upstream: 3, gate: 4 },
    storeCalls: 6,
  }
  /** What CloudWatch makes of a line: `name[dimension=value,…] = value unit`. */
  const metrics = (emf: object): string[] => {
    const { _aws, ...members } = emf as Record<string, unknown> & {
      _aws: {
        CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[]
      }
    }
    return _aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Dimensions.flatMap((set) =>
        Metrics.map(
          ({ Name, Unit }) => `${Name}[${set.map((name) => `${name}=${members[name]}`)}] = ${members[Name]} ${Unit}`,
        ),
      ),
    )
  }

  it('count decisions by team, violations by team, rule and mode, and time by step', () => {
    const found = requestEmf('gate', line).flatMap(metrics)
    expect(found).toEqual(
      expect.arrayContaining([
        'requests[service=gate] = 1 Count',
        'faults[service=gate] = 1 Count',
        'deferred[service=gate] = 1 Count',
        'notEnforced[service=gate] = 1 Count',
        'storeMs[service=gate] = 2 Milliseconds',
        'upstreamMs[service=gate,operation=PutIntegration] = 3 Milliseconds',
        'decisions[service=gate,team=payments,verdict=allow] = 1 Count',
        'violations[service=gate,team=payments,rule=payments.timeout,mode=warn] = 1 Count',
        'violations[service=gate,team=payments,rule=payments.uri,mode=dry-run] = 1 Count',
      ]),
    )
    expect(found.filter((metric) => metric.includes('undefined'))).toEqual([])
  })

  it('count who was held up, by team', () => {
    const { rules: _rules, ...plain } = line
    const throttled: RequestLine = { ...plain, verdict: 'refuse', reason: 'throttled', status: 429 }
    const found = requestEmf('gate', throttled).flatMap(metrics)
    expect(found).toContain('throttled[service=gate] = 1 Count')
    expect(found).toContain('throttled[service=gate,team=payments] = 1 Count')
  })

  it('count nothing that did not happen', () => {
    const { rules: _rules, outcome: _outcome, team: _team, operation: _operation, ...plain } = line
    const found = requestEmf('gate', { ...plain, verdict: 'unauthenticated', status: 401 }).flatMap(metrics)
    expect(found.join()).not.toMatch(/faults|deferred|throttled|notEnforced|violations|operation=|team=|undefined/)
    expect(found).toContain('decisions[service=gate,verdict=unauthenticated] = 1 Count')
  })

  it('are those of a request whose violation denied it, too', () => {
    const denied: RequestLine = {
      ...line,
      verdict: 'deny',
      status: 403,
      rules: [{ rule: 'payments.uri', mode: 'enforce' }],
    }
    const found = requestEmf('gate', denied).flatMap(metrics)
    expect(found).toContain('violations[service=gate,team=payments,rule=payments.uri,mode=enforce] = 1 Count')
    expect(found.join()).not.toContain('notEnforced')
  })

  it('of the keeper say how far it is behind, where it knows', () => {
    expect(metrics(keeperEmf('gate', 1, { failedSteps: 0, waiting: 2, lagSeconds: 91 }))).toEqual([
      'failedSteps[service=gate] = 0 Count',
      'waiting[service=gate] = 2 Count',
      'lagSeconds[service=gate] = 91 Seconds',
    ])
    expect(metrics(keeperEmf('gate', 1, { failedSteps: 3, waiting: 0 })).join()).not.toContain('lagSeconds')
  })
})
