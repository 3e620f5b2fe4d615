import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effective, integrationAnswer } from '../../lib/apigateway/effective.ts'
import { checkForm } from '../../lib/apigateway/form.ts'
import { HTTP_METHODS, INTEGRATION_TYPES, type Integration } from '../../lib/apigateway/integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member } from '../../lib/apigateway/members.ts'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import { findOperation, methodPath, parseMethodPath } from '../../lib/apigateway/operations.ts'
import { parsePutIntegration } from '../../lib/apigateway/parse.ts'
import { applyPatch, parsePatch } from '../../lib/apigateway/patch.ts'
import { judgeMembers } from '../../lib/decision/rules/members.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((string) => !string.includes('\0'))
const map = <T>(value: fc.Arbitrary<T>) => fc.dictionary(text, value, { maxKeys: 4 })

/** Any integration that parses, sensible or not. */
const integration: fc.Arbitrary<Integration> = fc.record(
  {
    type: fc.constantFrom(...INTEGRATION_TYPES),
    httpMethod: fc.oneof(fc.constantFrom(...HTTP_METHODS), text),
    uri: fc.oneof(fc.webUrl(), text),
    connectionType: fc.constantFrom('INTERNET', 'VPC_LINK'),
    connectionId: text,
    credentials: text,
    requestParameters: map(text),
    requestTemplates: map(fc.option(text)),
    passthroughBehavior: text,
    cacheNamespace: text,
    cacheKeyParameters: fc.array(text, { maxLength: 4 }),
    contentHandling: fc.constantFrom('CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'),
    timeoutInMillis: fc.integer(),
    tlsConfig: fc.record({ insecureSkipVerification: fc.boolean() }, { requiredKeys: [] }),
    responseTransferMode: fc.constantFrom('BUFFERED', 'STREAM'),
    integrationTarget: text,
  },
  { requiredKeys: ['type'] },
)

describe('parsePutIntegration()', () => {
  it('reads back every integration it can write', () => {
    fc.assert(
      fc.property(integration, (value) => {
        expect(parsePutIntegration(bytes(value))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
      }),
    )
  })

  it('refuses any further member', () => {
    fc.assert(
      fc.property(integration, text, fc.jsonValue(), (value, name, more) => {
        fc.pre(parsePutIntegration(bytes({ type: 'MOCK', [name]: 'x' })).ok === false)
        fc.pre(!['type', 'tlsConfig', 'timeoutInMillis'].includes(name))
        expect(parsePutIntegration(bytes({ ...value, [name]: more })).ok).toBe(false)
      }),
    )
  })

  it('never throws, whatever the JSON', () => {
    const member = fc.constantFrom('type', 'uri', 'requestParameters', 'tlsConfig', 'cacheKeyParameters', '__proto__')
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(member, fc.jsonValue())), (value) => {
        const parsed = parsePutIntegration(bytes(value))
        expect(parsed.ok || [400, 413].includes(parsed.error.status)).toBe(true)
      }),
    )
  })
})

describe('a refusal', () => {
  const long = 'x'.repeat(16_000)

  it.each([
    ['a constraint', () => parsePutIntegration(bytes({ type: long }))],
    ['an unknown member', () => parsePutIntegration(bytes({ [long]: 1 }))],
    ['a wrong type', () => parsePutIntegration(bytes({ requestParameters: { [long]: {} } }))],
    ['a repeated member', () => parsePutIntegration(new TextEncoder().encode(`{"${long}":1,"${long}":2}`))],
    ['a path', () => applyPatch({ type: 'MOCK' }, [{ op: 'replace', path: `/${long}`, value: '' }])],
  ])('of %s quotes no more than fits', (_, refused) => {
    const parsed = refused()
    expect(parsed.ok ? Infinity : parsed.error.message.length).toBeLessThanOrEqual(4_096)
  })
})

describe('bounds', () => {
  /** For each bound of the table: a value that just keeps it, one that just breaks it, and the words for that. */
  const bounds = MEMBER_NAMES.flatMap((name): [string, Partial<Integration>, Partial<Integration>, string][] => {
    const member: Member = MEMBERS[name]
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
    switch (member.kind) {
      case 'string': {
        const { maxLength: most } = member
        return [
          [
            `characters of ${name}`,
            { [name]: 'x'.repeat(most) },
            { [name]: 'x'.repeat(most + 1) },
            `Member ${name} has ${most + 1} characters; it may have at most ${most}`,
          ],
        ]
      }
      case 'names': {
        const { maxEntries, maxLength } = member
        return [
          [
            `entries of ${name}`,
            { [name]: Array(maxEntries).fill('x') },
            { [name]: Array(maxEntries + 1).fill('x') },
            `Member ${name} has ${maxEntries + 1} entries; it may have at most ${maxEntries}`,
          ],
          [
            `characters of an entry of ${name}`,
            { [name]: ['x'.repeat(maxLength)] },
            { [name]: ['x', 'x'.repeat(maxLength + 1)] },
            `Member ${name}[1] has ${maxLength + 1} characters; it may have at most ${maxLength}`,
          ],
        ]
      }
      case 'strings':
      case 'templates': {
        const { maxEntries, maxKeyLength } = member
        const [most, of] = member.kind === 'templates' ? [member.maxBytes, 'bytes'] : [member.maxLength, 'characters']
        return [
          [
            `entries of ${name}`,
            { [name]: keys(maxEntries) },
            { [name]: keys(maxEntries + 1) },
            `Member ${name} has ${maxEntries + 1} entries; it may have at most ${maxEntries}`,
          ],
          [
            `characters of a key of ${name}`,
            { [name]: { ['x'.repeat(maxKeyLength)]: '' } },
            { [name]: { ['x'.repeat(maxKeyLength + 1)]: '' } },
            `Member ${name}["${'x'.repeat(64)}"] has a name of ${maxKeyLength + 1} characters; it may have at most ${maxKeyLength}`,
          ],
          [
            `${of} of an entry of ${name}`,
            { [name]: { k: 'x'.repeat(most) } },
            { [name]: { k: 'x'.repeat(most + 1) } },
            `Member ${name}["k"] has ${most + 1} ${of}; it may have at most ${most}`,
          ],
        ]
      }
      default:
        return []
    }
  })

  it.each(bounds)('of %s are the same for the parser, for a patch and for the evaluator', (_, most, more, message) => {
    const parsed = (members: object) => parsePutIntegration(bytes({ type: 'MOCK', ...members }))
    const patched = (members: object) => applyPatch({ type: 'MOCK', ...members }, [])
    const judged = (integration: object) =>
      judgeMembers({
        restApiId: 'a1b2c3d4e5',
        resourceId: '9x8y7z',
        httpMethod: 'GET',
        integration: { type: 'MOCK', ...integration },
        partition: 'aws',
        region: 'eu-west-1',
      })
    expect(parsed(most).ok).toBe(true)
    expect(patched(most).ok).toBe(true)
    expect(judged(most)).toEqual([])
    const refused = { ok: false, error: { type: 'BadRequestException', status: 400, message } }
    expect(parsed(more)).toEqual(refused)
    expect(patched(more)).toEqual(refused)
    expect(judged(more)).toMatchObject([{ rule: expect.stringMatching(/^intrinsic\.members\.(?:length|entries)$/) }])
  })

  it('of a template are 300 KB, in bytes', () => {
    const template = (text: string): Integration => ({ type: 'MOCK', requestTemplates: { 'text/plain': text } })
    expect(checkForm(template('é'.repeat(153_600)))).toBeUndefined()
    expect(checkForm(template('é'.repeat(153_601)))).toMatchObject({ type: 'BadRequestException' })
  })

  it('of patch operations are 256', () => {
    const operations = (count: number) => ({ patchOperations: Array(count).fill({ op: 'remove', path: '/x' }) })
    expect(parsePatch('UpdateIntegration', bytes(operations(256))).ok).toBe(true)
    expect(parsePatch('UpdateIntegration', bytes(operations(257)))).toMatchObject({
      error: { type: 'BadRequestException' },
    })
  })
})

describe('checkForm()', () => {
  it('never throws, and never says more with less context', () => {
    const context = { method: { authorizationType: 'NONE', requestParameters: {} }, accountId: '111111111111' }
    fc.assert(
      fc.property(integration, (value) => {
        if (checkForm(value) !== undefined) expect(checkForm(value, context)).toBeDefined()
      }),
    )
  })
})

describe('applyPatch()', () => {
  const replaceable = ['uri', 'httpMethod', 'passthroughBehavior', 'cacheNamespace', 'connectionId'] as const
  const filled = text.filter((string) => string !== '')

  it('replaces a member as if it had been put so', () => {
    fc.assert(
      fc.property(integration, fc.constantFrom(...replaceable), filled, (current, member, value) => {
        expect(applyPatch(current, [{ op: 'replace', path: `/${member}`, value }])).toEqual({
          ok: true,
          value: { ...current, [member]: value },
        })
      }),
    )
  })

  it('adds and removes a template of any content type', () => {
    fc.assert(
      fc.property(integration, filled, text, (current, contentType, value) => {
        const path = `/requestTemplates/${contentType.replaceAll('~', '~0').replaceAll('/', '~1')}`
        const added = applyPatch(current, [{ op: 'add', path, value }])
        expect(added).toMatchObject({ ok: true, value: { requestTemplates: { [contentType]: value } } })
        const removed = added.ok && applyPatch(added.value, [{ op: 'remove', path }])
        const { [contentType]: _, ...others } = current.requestTemplates ?? {}
        expect(removed).toEqual({ ok: true, value: { ...current, requestTemplates: others } })
      }),
    )
  })

  it('never throws, whatever the operations', () => {
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'copy'),
      path: fc.oneof(
        text,
        text.map((name) => `/${name}`),
        text.map((key) => `/requestParameters/${key}`),
      ),
      value: text,
    })
    fc.assert(
      fc.property(integration, fc.array(operation, { maxLength: 4 }), (current, patchOperations) => {
        const operations = parsePatch('UpdateIntegration', bytes({ patchOperations }))
        const patched = operations.ok ? applyPatch(current, operations.value) : operations
        expect(patched.ok || [400, 404].includes(patched.error.status)).toBe(true)
      }),
    )
  })
})

describe('effective()', () => {
  it('settles: what it gives back is its own effect, and so is what API Gateway answers', () => {
    fc.assert(
      fc.property(integration, (value) => {
        const once = effective(value, '9x8y7z')
        expect(effective(once, 'other')).toEqual(once)
        // API Gateway echoes no connection for types that have none.
        fc.pre(value.type.startsWith('HTTP') || value.connectionType !== 'VPC_LINK')
        expect(effective(integrationAnswer(value, '9x8y7z'), 'other')).toEqual(once)
      }),
    )
  })
})

describe('findOperation()', () => {
  it('knows all 124 operations by their own template', () => {
    expect(OPERATIONS).toHaveLength(124)
    for (const [operation, verb, template] of OPERATIONS) {
      const [path = '', query] = template
        .replace('{http_method}', 'GET')
        .replace('{status_code}', '200')
        .replace(/\{[a-z_]*arn\}/, 'arn%3Aaws%3Ax')
        .replace(/\{\w+\}/g, 'abc123')
        .split('?')
      expect(findOperation(verb, path, query)?.operation).toBe(operation)
    }
  })

  it('gives labels that lead to the same operation when written into a path again', () => {
    const id = fc.stringMatching(/^[a-z0-9]{1,12}$/)
    fc.assert(
      fc.property(id, id, fc.constantFrom(...HTTP_METHODS), (restApiId, resourceId, httpMethod) => {
        const path = `/restapis/${restApiId}/resources/${resourceId}/methods/${httpMethod}/integration`
        expect(parseMethodPath(path)).toEqual({ ok: true, value: { restApiId, resourceId, httpMethod } })
        expect(methodPath(findOperation('PUT', path)?.params ?? {})).toEqual({ restApiId, resourceId, httpMethod })
      }),
    )
  })

  it('never takes an id with any other character, however it is encoded', () => {
    const tricky = fc.string({ unit: 'binary' }).filter((label) => !/^[a-z0-9]+$/.test(label) && label.isWellFormed())
    fc.assert(
      fc.property(tricky, fc.boolean(), (label, encode) => {
        const path = `/restapis/a1b2c3d4e5/resources/${encode ? encodeURIComponent(label) : label}/methods/GET/integration`
        const found = findOperation('PUT', path)
        // Raw, a label may spell a clean one in percent-encoding; then that is what it means.
        expect(found === undefined || /^[a-z0-9]+$/.test(found.params.resource_id ?? '')).toBe(true)
        if (encode) expect(found).toBeUndefined()
      }),
    )
  })

  it.each(['/', '/healthz', '/restapis/a/resources/b/methods/GET', '/restapis/a/resources/..'])(
    'names no method for %s',
    (path) => {
      expect(parseMethodPath(path)).toMatchObject({ ok: false, error: { status: 404 } })
    },
  )
})
