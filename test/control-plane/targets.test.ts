import { describe, expect, it } from 'vitest'
import { parseTargets, targetPath } from '../../lib/control-plane/targets.ts'

const prod = {
  account: '222222222222',
  region: 'eu-central-1',
  roleArn: 'arn:aws:iam::222222222222:role/sallyport/target',
}
const china = {
  account: '333333333333',
  region: 'cn-north-1',
  partition: 'aws-cn',
  roleArn: 'arn:aws-cn:iam::333333333333:role/t',
}

describe('parseTargets()', () => {
  it.each([
    { it: 'none', json: {} },
    { it: 'two', json: { prod, 'prod-cn': china } },
    { it: 'two Regions of one account', json: { prod, other: { ...prod, region: 'eu-west-1' } } },
  ])('takes $it', ({ json }) => {
    const parsed = parseTargets(json)
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(Object.keys(json))
  })

  it('takes the partition to be aws unless told', () => {
    expect(parseTargets({ prod })).toMatchObject({ ok: true, value: { prod: { partition: 'aws' } } })
  })

  it.each([
    { it: 'a list', json: [prod], says: '' },
    { it: 'a name with a slash', json: { 'a/b': prod }, says: 'a/b' },
    { it: 'a name in capitals', json: { Prod: prod }, says: 'Prod' },
    { it: 'an account that is a number', json: { prod: { ...prod, account: 222222222222 } }, says: 'prod.account' },
    { it: 'a short account', json: { prod: { ...prod, account: '2222' } }, says: 'prod.account' },
    { it: 'a Region that is none', json: { prod: { ...prod, region: 'Frankfurt' } }, says: 'prod.region' },
    { it: 'no role', json: { prod: { ...prod, roleArn: undefined } }, says: 'prod.roleArn' },
    {
      it: 'a wildcard role',
      json: { prod: { ...prod, roleArn: 'arn:aws:iam::222222222222:role/*' } },
      says: 'prod.roleArn',
    },
    { it: "another account's role", json: { prod: { ...prod, account: '111111111111' } }, says: "target's account" },
    { it: "another partition's role", json: { prod: { ...prod, partition: 'aws-cn' } }, says: "target's account" },
    { it: 'an unknown member', json: { prod: { ...prod, externalId: 'x' } }, says: 'externalId' },
    { it: 'two names for one place', json: { prod, again: prod }, says: 'has a name already' },
  ])('refuses $it', ({ json, says }) => {
    const parsed = parseTargets(json)
    expect(parsed.ok ? '' : parsed.message).toContain(says)
    expect(parsed.ok).toBe(false)
  })
})

describe('targetPath()', () => {
  it.each([
    ['/targets/prod/restapis', { name: 'prod', rest: '/restapis' }],
    ['/targets/prod-eu/restapis/a1/stages/x', { name: 'prod-eu', rest: '/restapis/a1/stages/x' }],
    ['/targets/prod//restapis', { name: 'prod', rest: '//restapis' }],
    ['/targets/prod', undefined],
    ['/targets//restapis', undefined],
    ['/targets/Prod/restapis', undefined],
    ['/targets/%70rod/restapis', undefined],
    ['/targets/../restapis', undefined],
    ['//targets/prod/restapis', undefined],
    ['/restapis/targets/prod/x', undefined],
    ['targets/prod/restapis', undefined],
    ['', undefined],
  ])('reads %s', (path, found) => {
    expect(targetPath(path)).toEqual(found)
  })
})
