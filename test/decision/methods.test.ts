import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withExceptions } from '../../lib/decision/compile/compile.ts'
import { decideOperation } from '../../lib/decision/decide-operation.ts'
import type { Exception } from '../../lib/policy/document/document.ts'
import { loadException } from '../../lib/policy/publish/load.ts'
import { API, HEALTH, KEYED, NOW, PREFLIGHTS, policyOf, type Written } from '../support/methods-policy.ts'
import { expectOperationWayOut } from './apply-remedy.ts'

type Change = { put: object } | { patch: object[] }
type Where = { verb?: string; api?: string; resource?: string }

async function decided(written: Written, change: Change, where: Where = {}, exceptions: Exception[] = []) {
  const { verb = 'GET', api = API, resource = '9x8y7z' } = where
  const request = {
    ...('put' in change
      ? { operation: 'PutMethod' as const, body: { ...change.put } }
      : { operation: 'UpdateMethod' as const, body: { patchOperations: change.patch } }),
    restApiId: api,
    resourceId: resource,
    httpMethod: verb,
  }
  const policy = await withExceptions(await policyOf(written), exceptions)
  const judge = (body: object) =>
    decideOperation(policy, { ...request, body: { ...body } }, { team: 'payments', point: 'request', now: NOW })
  const decision = judge(request.body)
  const all = (body: object) => judge(body).violations
  for (const violation of decision.violations) expectOperationWayOut(violation, request.body, all)
  return decision
}

const rules = ({ violations }: Awaited<ReturnType<typeof decided>>) => violations.map(({ rule }) => rule)
const put = (authorizationType: string | undefined, apiKeyRequired?: boolean): Change => ({
  put: { ...(authorizationType && { authorizationType }), ...(apiKeyRequired !== undefined && { apiKeyRequired }) },
})
const replace = (path: string, value: string) => ({ op: 'replace', path, value })
const type = (value: string): Change => ({ patch: [replace('/authorizationType', value)] })

const OWN = ['payments.methods']
describe('who may call a method', () => {
  it.each<{ it: string; methods?: object; change: Change; where?: Where; rules: string[] }>([
    { it: 'a guard passes', change: put('AWS_IAM'), rules: [] },
    { it: 'another guard passes', change: put('CUSTOM'), rules: [] },
    { it: 'NONE is closed where nothing is said', change: put('NONE'), rules: OWN },
    { it: 'NONE is closed on OPTIONS as well', change: put('NONE'), where: { verb: 'OPTIONS' }, rules: OWN },
    { it: 'no type is no guard', change: put(undefined), rules: OWN },
    { it: 'a misspelt guard is none', change: put('aws_iam'), rules: OWN },
    { it: 'a misspelt NONE is none', change: put('none'), methods: { open: [{ httpMethods: ['*'] }] }, rules: OWN },
    { it: 'an update to a guard passes', change: type('COGNITO_USER_POOLS'), rules: [] },
    { it: 'an update to NONE is closed', change: type('NONE'), rules: OWN },
    { it: 'a guard may not be removed', change: { patch: [{ op: 'remove', path: '/authorizationType' }] }, rules: OWN },
    {
      it: 'a guard may not lose its value',
      change: { patch: [{ op: 'add', path: '/authorizationType' }] },
      rules: OWN,
    },
    {
      it: 'of two patches each is judged',
      change: { patch: [replace('/authorizationType', 'NONE'), replace('/authorizationType', 'AWS_IAM')] },
      rules: OWN,
    },
    { it: 'what is not about guards is left alone', change: { patch: [replace('/operationName', 'x')] }, rules: [] },

    { it: 'preflights pass', methods: PREFLIGHTS, change: put('NONE'), where: { verb: 'OPTIONS' }, rules: [] },
    { it: '… by an update', methods: PREFLIGHTS, change: type('NONE'), where: { verb: 'OPTIONS' }, rules: [] },
    { it: '… and GET does not', methods: PREFLIGHTS, change: put('NONE'), rules: OWN },
    { it: '… nor POST', methods: PREFLIGHTS, change: put('NONE'), where: { verb: 'POST' }, rules: OWN },
    { it: '… nor ANY', methods: PREFLIGHTS, change: put('NONE'), where: { verb: 'ANY' }, rules: OWN },
    { it: '… and guards pass as before', methods: PREFLIGHTS, change: put('AWS_IAM'), rules: [] },

    { it: 'a health check passes', methods: HEALTH, change: put('NONE'), rules: [] },
    { it: '… on no other resource', methods: HEALTH, change: put('NONE'), where: { resource: 'r2' }, rules: OWN },
    { it: '… of no other API', methods: HEALTH, change: put('NONE'), where: { api: 'other' }, rules: OWN },
    {
      it: '* is every verb',
      methods: { open: [{ httpMethods: ['*'] }] },
      change: put('NONE'),
      where: { verb: 'ANY' },
      rules: [],
    },
    { it: 'ANY is the verb ANY', methods: { open: [{ httpMethods: ['ANY'] }] }, change: put('NONE'), rules: OWN },

    { it: 'a key opens', methods: KEYED, change: put('NONE', true), rules: [] },
    { it: '… and none does not', methods: KEYED, change: put('NONE', false), rules: OWN },
    { it: '… nor one that is not said', methods: KEYED, change: put('NONE'), rules: OWN },
    {
      it: '… nor an update that leaves it open whether there is one',
      methods: KEYED,
      change: type('NONE'),
      rules: OWN,
    },
    {
      it: '… but one that says so',
      methods: KEYED,
      change: { patch: [replace('/authorizationType', 'NONE'), replace('/apiKeyRequired', 'true')] },
      rules: [],
    },
    {
      it: '… in one spelling',
      methods: KEYED,
      change: { patch: [replace('/authorizationType', 'NONE'), replace('/apiKeyRequired', 'True')] },
      rules: OWN,
    },
    {
      it: '… and of two that differ, the worse counts',
      methods: KEYED,
      change: {
        patch: [
          replace('/authorizationType', 'NONE'),
          replace('/apiKeyRequired', 'true'),
          replace('/apiKeyRequired', 'false'),
        ],
      },
      rules: OWN,
    },
    {
      it: 'a key may not be taken from what it may have opened',
      methods: KEYED,
      change: { patch: [replace('/apiKeyRequired', 'false')] },
      rules: OWN,
    },
    { it: '… nor removed', methods: KEYED, change: { patch: [{ op: 'remove', path: '/apiKeyRequired' }] }, rules: OWN },
    {
      it: '… but where a guard comes instead',
      methods: KEYED,
      change: { patch: [replace('/apiKeyRequired', 'false'), replace('/authorizationType', 'AWS_IAM')] },
      rules: [],
    },
    {
      it: '… nor from what was opened beside the policy, or before it',
      change: { patch: [replace('/apiKeyRequired', 'false')] },
      rules: OWN,
    },
    {
      it: '… but from what may be open without one',
      methods: PREFLIGHTS,
      change: { patch: [replace('/apiKeyRequired', 'false')] },
      where: { verb: 'OPTIONS' },
      rules: [],
    },
    { it: 'a key more passes', change: { patch: [replace('/apiKeyRequired', 'true')] }, rules: [] },
    {
      it: 'of two rules one is enough',
      methods: { open: [...KEYED.open, { httpMethods: ['GET'], resourceIds: ['9x8y7z'] }] },
      change: put('NONE'),
      rules: [],
    },

    {
      it: 'a guard that is listed passes',
      methods: { authorizationTypes: ['CUSTOM'] },
      change: put('CUSTOM'),
      rules: [],
    },
    { it: '… another does not', methods: { authorizationTypes: ['CUSTOM'] }, change: put('AWS_IAM'), rules: OWN },
    { it: '… and NONE is none of them', methods: { authorizationTypes: ['CUSTOM'] }, change: put('NONE'), rules: OWN },
  ])('$it', async ({ methods, change, where, rules: wanted }) => {
    expect(rules(await decided({ ...(methods && { methods }) }, change, where))).toEqual(wanted)
  })

  it('comes from org.defaults where the team says nothing, and as a whole from the team where it does', async () => {
    const preflight = (written: Written) => decided(written, put('NONE'), { verb: 'OPTIONS' })
    expect(rules(await preflight({ defaults: PREFLIGHTS }))).toEqual([])
    expect(rules(await preflight({ defaults: PREFLIGHTS, methods: HEALTH }))).toEqual(OWN)
  })

  it('keeps to the bounds at decision time, each of whose members is a rule', async () => {
    const bounds = { authorizationTypes: ['AWS_IAM'], open: [{ httpMethods: ['OPTIONS'] }] }
    expect(rules(await decided({ bounds }, put('NONE')))).toEqual(['org.bounds.methods.open', ...OWN])
    expect(rules(await decided({ bounds }, put('CUSTOM')))).toEqual(['org.bounds.methods.authorizationTypes'])
    expect(rules(await decided({ bounds: { authorizationTypes: ['AWS_IAM'] }, methods: HEALTH }, put('NONE')))).toEqual(
      [],
    )
  })

  it('says what would pass, and where the policy says so', async () => {
    expect((await decided({ methods: PREFLIGHTS }, put('NONE'))).violations).toMatchObject([
      {
        rule: 'payments.methods',
        field: '/authorizationType',
        value: 'NONE',
        allowed: ['AWS_IAM', 'COGNITO_USER_POOLS', 'CUSTOM'],
        nearest: 'AWS_IAM',
        message: expect.stringContaining('Anybody could call this GET'),
        fix: expect.stringContaining('have GET listed in methods.open'),
        policyAt: { pointer: '/teams/payments/allow/methods' },
      },
    ])
    expect((await decided({}, put('aws_iam'))).violations).toMatchObject([{ value: 'aws_iam', nearest: 'AWS_IAM' }])
    expect((await decided({ methods: KEYED }, put('NONE'))).violations).toMatchObject([
      { field: '/apiKeyRequired', value: false, allowed: true, nearest: 'true' },
    ])
  })

  it("isn't softened by a rollout that doesn't name it", async () => {
    const soft = { default: 'dry-run', until: '2027-03-31' }
    expect(rules(await decided({ rollout: soft }, put('NONE')))).toEqual(OWN)
    const named = { rules: [{ id: 'payments.methods', mode: 'warn', until: '2027-03-31' }] }
    expect(await decided({ rollout: named }, put('NONE'))).toMatchObject({
      decision: 'allow',
      warnings: [{ rule: 'payments.methods' }],
    })
  })
})

describe('whatever a method was before', () => {
  const types = fc.constantFrom('NONE', 'AWS_IAM', 'CUSTOM', 'none', 'None ')
  const patch = fc.oneof(
    fc.record({
      op: fc.constantFrom('replace', 'add'),
      path: fc.constant('/authorizationType'),
      value: types,
    }),
    fc.record({
      op: fc.constantFrom('replace', 'add'),
      path: fc.constant('/apiKeyRequired'),
      value: fc.constantFrom('true', 'false', 'TRUE', ''),
    }),
    fc.record({
      op: fc.constant('remove'),
      path: fc.constantFrom('/authorizationType', '/apiKeyRequired', '/authorizerId'),
    }),
  )
  const state = fc.record({ type: fc.constantFrom('NONE', 'AWS_IAM'), key: fc.boolean() })
  type State = { type: string; key: boolean }

  /** What is left behind where the first of several patches of one place wins, and where the last does. */
  function after(before: State, patches: { path: string; value?: string }[]): State[] {
    return [patches, patches.toReversed()].map((ordered) => {
      const winning = (path: string) => ordered.findLast((each) => each.path === path)
      const [type, key] = [winning('/authorizationType'), winning('/apiKeyRequired')]
      return { type: type ? (type.value ?? 'NONE') : before.type, key: key ? key.value === 'true' : before.key }
    })
  }

  it.each([
    ['nothing', {}, () => false],
    ['preflights', PREFLIGHTS, () => false],
    ['what has a key', KEYED, ({ key }: State) => key],
    ['a resource', HEALTH, () => true],
  ])('no update opens it further than a policy that lists %s', async (_, methods, mayBeOpen) => {
    const policy = await policyOf({ methods })
    const asked = { team: 'payments', point: 'request' as const, now: NOW }
    fc.assert(
      fc.property(state, fc.array(patch, { minLength: 1, maxLength: 4 }), (before, patchOperations) => {
        const where = { restApiId: API, resourceId: '9x8y7z', httpMethod: 'GET' }
        const request = { operation: 'UpdateMethod' as const, body: { patchOperations }, ...where }
        if (decideOperation(policy, request, asked).decision === 'deny') return
        for (const left of after(before, patchOperations)) {
          const isOpener = left.type === 'NONE' && (before.type !== 'NONE' || (before.key && !left.key))
          expect({ before, patchOperations, opens: isOpener && !mayBeOpen(left) }).toMatchObject({ opens: false })
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('an exception', () => {
  const exception = (spec: object = {}): Exception => ({
    apiVersion: 'sallyport/v1',
    kind: 'Exception',
    metadata: { id: 'EX-1' },
    spec: {
      rules: ['payments.methods'],
      match: { team: 'payments', restApiId: API, resourceId: '9x8y7z', httpMethod: 'GET' },
      grants: { methods: HEALTH },
      reason: 'x',
      ticket: 'x',
      requestedBy: 'a',
      approvedBy: ['b'],
      notBefore: '2026-11-20',
      notAfter: '2026-12-20',
      ...spec,
    } as Exception['spec'],
  })

  it('opens one method, for a while', async () => {
    const open = await decided({}, put('NONE'), {}, [exception()])
    expect(open).toMatchObject({ decision: 'allow', exceptionsUsed: ['EX-1'] })
    expect(rules(await decided({}, put('NONE'), { verb: 'POST' }, [exception()]))).toEqual(OWN)
    expect(rules(await decided({}, put('NONE'), { resource: 'r2' }, [exception()]))).toEqual(OWN)
    expect(rules(await decided({}, put('NONE'), {}, [exception({ notAfter: '2026-11-21' })]))).toEqual(OWN)
  })

  it('widens the rules it names, and no others', async () => {
    const bounds = { authorizationTypes: ['AWS_IAM'], open: [{ httpMethods: ['OPTIONS'] }] }
    expect(rules(await decided({ bounds }, put('NONE'), {}, [exception()]))).toEqual(['org.bounds.methods.open'])
    const both = exception({ rules: ['payments.methods', 'org.bounds.methods.open'] })
    expect(rules(await decided({ bounds }, put('NONE'), {}, [both]))).toEqual([])
    expect(rules(await decided({ bounds, locked: OWN }, put('NONE'), {}, [both]))).toEqual(OWN)
    const guards = exception({ rules: ['org.bounds.methods.authorizationTypes'] })
    // What is granted says nothing of CUSTOM.
    expect(rules(await decided({ bounds }, put('CUSTOM'), {}, [guards]))).toEqual([
      'org.bounds.methods.authorizationTypes',
    ])
  })

  it('is read as a document', () => {
    const text = JSON.stringify(exception())
    expect(loadException(text, { file: 'e.yaml' })).toMatchObject({ ok: true })
  })
})
