import { describe, expect, it } from 'vitest'
import { explainTeam } from '../../lib/decision/explain/explain.ts'
import { inWords } from '../../lib/decision/explain/explain-words.ts'
import { lintPolicySet } from '../../lib/policy/publish/lint.ts'
import { API, HEALTH, KEYED, load, NOW, PREFLIGHTS, policyOf, type Written } from '../support/methods-policy.ts'

describe('a policy that speaks of methods', () => {
  const problems = (written: Written) => {
    const loaded = load(written)
    return loaded.ok ? [] : loaded.problems.map(({ pointer }) => pointer)
  }
  const AT = '/teams/payments/allow/methods'

  it.each<{ it: string; methods: object; bounds?: object; at: string[] }>([
    { it: 'NONE among the guards', methods: { authorizationTypes: ['NONE'] }, at: [`${AT}/authorizationTypes/0`] },
    { it: 'an open rule without verbs', methods: { open: [{}] }, at: [`${AT}/open/0/httpMethods`] },
    { it: 'a misspelt member', methods: { opened: [] }, at: [`${AT}/opened`] },
    {
      it: 'a guard beyond the bounds',
      methods: { authorizationTypes: ['CUSTOM'] },
      bounds: { authorizationTypes: ['AWS_IAM'] },
      at: [`${AT}/authorizationTypes/0`],
    },
    {
      it: 'an open verb beyond the bounds',
      methods: { open: [{ httpMethods: ['OPTIONS', 'GET'] }] },
      bounds: PREFLIGHTS,
      at: [`${AT}/open/0`],
    },
    {
      it: 'all verbs beyond the bounds',
      methods: { open: [{ httpMethods: ['*'] }] },
      bounds: PREFLIGHTS,
      at: [`${AT}/open/0`],
    },
    { it: 'no key where the bounds want one', methods: HEALTH, bounds: KEYED, at: [`${AT}/open/0`] },
    {
      it: 'other APIs than the bounds name',
      methods: PREFLIGHTS,
      bounds: { open: [{ httpMethods: ['*'], restApiIds: [API] }] },
      at: [`${AT}/open/0`],
    },
    {
      it: 'nothing beyond the bounds',
      methods: { open: [{ httpMethods: ['OPTIONS'] }, ...HEALTH.open] },
      bounds: { open: [...PREFLIGHTS.open, ...HEALTH.open] },
      at: [],
    },
    { it: 'a key more than the bounds want', methods: KEYED, bounds: { open: [{ httpMethods: ['*'] }] }, at: [] },
  ])('is told of $it', ({ methods, bounds, at }) => {
    expect(problems({ methods, ...(bounds && { bounds }) })).toEqual(at)
  })

  it('is told where it speaks in vain', () => {
    const lint = (written: Written) => {
      const loaded = load(written)
      return loaded.ok ? lintPolicySet(loaded.published, NOW).map(({ pointer }) => pointer) : ['not loaded']
    }
    expect(lint({ methods: PREFLIGHTS, operations: ['CreateResource'] })).toEqual([AT])
    expect(lint({ methods: PREFLIGHTS, operations: ['UpdateMethod'] })).toEqual([])
  })

  it('is explained to the team', async () => {
    const explained = async (written: Written) => {
      const allowance = explainTeam(await policyOf(written), 'payments', { point: 'request', now: NOW })
      if (!allowance) throw new Error('no team')
      return { allowance, words: inWords(allowance).find(({ heading }) => heading === 'Methods')?.sentences }
    }
    const bounds = { authorizationTypes: ['AWS_IAM', 'CUSTOM'] }
    const { allowance, words } = await explained({
      bounds,
      methods: { open: [...PREFLIGHTS.open, { ...HEALTH.open[0], apiKey: 'required' }] },
    })
    expect(allowance.methods).toEqual({
      authorizationTypes: ['AWS_IAM', 'CUSTOM'],
      open: [
        { httpMethods: ['OPTIONS'], restApiIds: 'any', resourceIds: 'any', apiKey: 'optional' },
        { httpMethods: ['GET'], restApiIds: [API], resourceIds: ['9x8y7z'], apiKey: 'required' },
      ],
    })
    expect(words).toEqual([
      'Guarded by AWS_IAM or CUSTOM.',
      'Open to anybody: OPTIONS.',
      `Open to anybody with an API key: GET of the API ${API} on the resource 9x8y7z.`,
    ])
    expect((await explained({})).words).toEqual([
      'Guarded by AWS_IAM, COGNITO_USER_POOLS or CUSTOM.',
      'None is open to anybody.',
    ])
    expect((await explained({ operations: ['CreateModel'] })).words).toBeUndefined()
  })
})
