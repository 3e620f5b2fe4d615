import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { WRITE_OPERATIONS } from '../../lib/control-plane/write-operations.ts'
import { operationsPage } from '../../scripts/operations.ts'

describe('the table of operations', () => {
  it('speaks of every operation of the model, and of no other', () => {
    expect(OPERATIONS).toHaveLength(124)
    expect(Object.keys(TREATMENTS).sort()).toEqual(OPERATIONS.map(([operation]) => operation).sort())
  })

  it('lets a policy list exactly its writes', () => {
    const writes = Object.entries(TREATMENTS).filter(([, { kind }]) => kind === 'write')
    expect(writes.map(([operation]) => operation).sort()).toEqual([...WRITE_OPERATIONS].sort())
  })

  it.each(OPERATIONS.map(([operation, verb, path]) => ({ operation, verb, path })))(
    'passes $operation only where it is about one API of a team, or makes one',
    ({ operation, verb, path }) => {
      const { kind } = TREATMENTS[operation]
      if (kind === 'refused' || kind === 'list-apis' || operation === 'CreateRestApi') return
      expect(path).toMatch(/^\/restapis\/\{restapi_id\}/)
      if (kind === 'read') expect(verb).toBe('GET')
      if (kind === 'write') expect(verb).not.toBe('GET')
    },
  )

  it('judges updates by the places they touch, and gives a body to no deletion', () => {
    for (const [operation, verb] of OPERATIONS) {
      const treatment = TREATMENTS[operation]
      if (treatment.kind !== 'write') continue
      expect({ operation, body: treatment.body.kind }).toEqual({
        operation,
        body: { PATCH: 'patch', DELETE: 'none', POST: 'members', PUT: 'members' }[verb as string],
      })
    }
  })
})

describe('docs/operations.md', () => {
  it('is what scripts/operations.ts writes', () => {
    expect(readFileSync('docs/operations.md', 'utf8')).toBe(operationsPage())
  })
})
