import { describe, expect, it } from 'vitest'
import { effective, integrationAnswer } from '../../lib/apigateway/effective.ts'
import { checkForm, type FormContext } from '../../lib/apigateway/form.ts'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { findOperation } from '../../lib/apigateway/operations.ts'
import { parsePutIntegration } from '../../lib/apigateway/parse.ts'
import { applyPatch, parsePatch } from '../../lib/apigateway/patch.ts'
import effectiveRows from '../vectors/integration-effective.json' with { type: 'json' }
import formRows from '../vectors/integration-form.json' with { type: 'json' }
import operationRows from '../vectors/integration-operations.json' with { type: 'json' }
import parseRows from '../vectors/integration-parse.json' with { type: 'json' }
import patchRows from '../vectors/integration-patch.json' with { type: 'json' }

const bytes = (text: string) => new TextEncoder().encode(text)

/** A row states either what comes out or the error, never both. */
function outcome(row: { want?: unknown; error?: unknown }) {
  return row.error === undefined ? { ok: true, value: row.want } : { ok: false, error: row.error }
}

type RowContext = Omit<FormContext, 'vpcLinksV2'> & { vpcLinksV2?: string[] }

describe('parsePutIntegration()', () => {
  it.each(parseRows)('$it', (row) => {
    expect(parsePutIntegration(bytes(row.body))).toEqual(outcome(row))
  })
})

describe('checkForm()', () => {
  it.each(formRows)('$it', ({ integration, context, error }) => {
    expect(checkForm(integration as Integration, context && formContext(context as RowContext))).toEqual(error)
  })

  function formContext({ vpcLinksV2 = [], ...context }: RowContext): FormContext {
    return { ...(context as FormContext), vpcLinksV2: new Set(vpcLinksV2) }
  }
})

describe('applyPatch()', () => {
  it.each(patchRows)('$it', (row) => {
    const current = structuredClone(row.current) as Integration
    const operations = parsePatch('UpdateIntegration', bytes(row.body))
    expect(operations.ok ? applyPatch(current, operations.value) : operations).toEqual(outcome(row))
    expect(current).toEqual(row.current)
  })
})

describe('effective() and integrationAnswer()', () => {
  it.each(effectiveRows)('$it', (row) => {
    const integration = row.integration as Integration
    const answer = integrationAnswer(integration, '9x8y7z')
    expect(effective(integration, '9x8y7z')).toEqual(row.effective)
    expect(answer).toEqual(row.answer)
    expect(effective(answer, '9x8y7z')).toEqual(row.effective)
  })

  it('answers with the responses once there are any', () => {
    const responses = { '200': { statusCode: '200' } }
    expect(integrationAnswer({ type: 'MOCK' }, 'r', responses).integrationResponses).toEqual(responses)
    expect(integrationAnswer({ type: 'MOCK' }, 'r', {})).not.toHaveProperty('integrationResponses')
  })
})

describe('findOperation()', () => {
  it.each(operationRows)('$it', ({ verb, path, query, want }) => {
    expect(findOperation(verb, path, query)).toEqual(want)
  })
})
