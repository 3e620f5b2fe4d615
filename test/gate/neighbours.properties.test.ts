import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { policyWith, send, testGate, tokens } from '../support/gate.ts'

describe('whatever is sent beside integrations', () => {
  it('is answered in JSON below 500, and forwarded only where the table passes it', async () => {
    const gate = await testGate({ text: policyWith(['CreateResource', 'UpdateStage', 'PutMethod']) })
    const label = fc.constantFrom(
      'restapis',
      'a1b2c3d4e5',
      'resources',
      'stages',
      'methods',
      'GET',
      'prod',
      '..',
      '%2e',
      '%2F',
      'integration',
      '',
      'a;b',
      '200',
    )
    const json = fc.oneof(
      fc.json(),
      fc.constant('{"patchOperations":[{"op":"add","path":"/description","value":"x"}]}'),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'PUT', 'POST', 'PATCH', 'DELETE'),
        fc.array(label, { maxLength: 9 }),
        fc.constantFrom('', '?mode=import', '?limit=5', '?embed=methods', '?%00'),
        json,
        async (verb, labels, query, body) => {
          const before = gate.controlPlane.calls.length
          const path = `/${labels.join('/')}${query}`
          const sent = await send(gate, verb, path, { token: tokens.payments, ...(verb !== 'GET' && { body }) })
          expect(sent.status).toBeLessThan(500)
          for (const { operation } of gate.controlPlane.calls.slice(before)) {
            expect(['read', 'list-apis', 'write']).toContain(TREATMENTS[operation].kind)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
