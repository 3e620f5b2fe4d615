import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateMatrix, keeperMatrix, leftBehind } from './matrix.ts'
import type { Fault } from './orders.ts'
import { openRig, type Rig } from './rig.ts'

// A few points of the crash matrix; `npm run test:crash` tries all of them.

let rig: Rig
beforeAll(async () => {
  rig = await openRig({ spare: 1 })
})
afterAll(() => rig.close())

/** Every `n`th, from the `from`th on. */
const every = (n: number, from: number) => (faults: Fault[]) => faults.filter((_, index) => index % n === from)

describe('processes that are killed', () => {
  it('leave one true outcome of every request, and a log that verifies', async () => {
    const { points, problems } = await gateMatrix(rig, 'answers', { hows: ['dies'], choose: every(8, 5) })
    expect(problems).toEqual([])
    expect(points).toBeGreaterThan(1)
  })

  it('leave no keeper anything it can not finish', async () => {
    const left = await leftBehind(rig, 3)
    const { points, problems } = await keeperMatrix(rig, left, { hows: ['dies'], choose: every(80, 30), minutes: 25 })
    expect(problems).toEqual([])
    expect(points).toBeGreaterThan(0)
  })
})
