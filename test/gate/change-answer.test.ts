import { expect, it } from 'vitest'
import { changeAnswer } from '../../lib/gate/change-answer.ts'

it('tells the repetition of a call that was lost for good that it is not made again', async () => {
  const upstream = { latencyMs: 0 }
  const answer = { kind: 'unknown', reason: 'its answer was lost', upstream } as const
  const told = changeAnswer({ kind: 'replayed', id: '01', answer }, () => ({ status: 201 }))
  // No AWS client tries a 409 again by itself.
  expect(told.status).toBe(409)
  expect(Object.fromEntries(told.headers)).toMatchObject({
    'x-amzn-errortype': 'ConflictException',
    'x-amzn-requestid': '01',
    'audit-outcome': 'replayed',
  })
  expect(await told.json()).toMatchObject({ message: expect.stringContaining('another Idempotency-Key') })
})
