import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Findings, gateMatrix, type Kind, keeperMatrix, leftBehind } from './matrix.ts'
import type { Fault } from './orders.ts'
import { openRig, type Rig } from './rig.ts'

// Every numbered point of gate and keeper, each with the process's death, with a reply that is lost, and with both. A
// few minutes; `npm test` has a sample.

const LOST: Fault['how'][] = ['loses', 'loses-and-dies']
let rig: Rig
let tried = 0

beforeAll(async () => {
  rig = await openRig()
})

afterAll(async () => {
  await rig.close()
  console.log(`${tried} points tried`)
})

function expectSound({ points, problems }: Findings): void {
  tried += points
  expect(problems).toEqual([])
  expect(points).toBeGreaterThan(0)
}

describe('a gate that dies or loses a reply at any point', () => {
  const CASES: { kind: Kind; hows: Fault['how'][] }[] = [
    { kind: 'answers', hows: ['dies', ...LOST] },
    { kind: 'silent', hows: ['dies', ...LOST] },
    { kind: 'late', hows: ['dies', 'loses'] },
    { kind: 'drops', hows: ['dies', 'loses'] },
    { kind: 'fails', hows: ['dies'] },
    { kind: 'refuses', hows: ['dies', 'loses'] },
    { kind: 'denied', hows: ['dies', ...LOST] },
    { kind: 'read', hows: ['dies', ...LOST] },
    { kind: 'deployment that answers', hows: ['dies', ...LOST] },
    { kind: 'deployment that silent', hows: ['dies', 'loses'] },
    { kind: 'deployment that drops', hows: ['dies', 'loses'] },
    { kind: 'deployment that refuses', hows: ['dies', 'loses'] },
  ]
  it.each(CASES)('leaves one true outcome, and no trace of a second one: $kind', async ({ kind, hows }) => {
    expectSound(await gateMatrix(rig, kind, { hows }))
  })

  it('does so where the table dies in its place', async () => {
    expectSound(await gateMatrix(rig, 'answers', { hows: ['table-dies'], withTable: true }))
  })

  it('does so where the table dies with it', async () => {
    const choose = (faults: Fault[]) => faults.filter((_, index) => index % 3 === 0)
    expectSound(await gateMatrix(rig, 'answers', { hows: ['dies'], withTable: true, choose }))
  })
})

describe('a keeper that dies or loses a reply at any point', () => {
  it('is followed by one that brings everything to its end', async () => {
    expectSound(await keeperMatrix(rig, await leftBehind(rig), { hows: ['dies', 'loses'], minutes: 25 }))
  })

  it('is so too where requests may still be on their way', async () => {
    const choose = (faults: Fault[]) => faults.filter((_, index) => index % 8 === 0)
    expectSound(await keeperMatrix(rig, await leftBehind(rig), { hows: ['dies'], minutes: 2, choose }))
  })
})
