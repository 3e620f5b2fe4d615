import { describe, expect, it } from 'vitest'
import { reachesPast } from '../../../lib/policy/publish/check-bounds.ts'
import { Patterns } from '../../../lib/policy/publish/entries.ts'

describe('reachesPast()', () => {
  it.each([
    ['a query by names', { query: 'none' }, { query: { names: ['page'] } }, true],
    ['a query by names', { query: 'literal' }, { query: { names: ['page'] } }, false],
    ['placeholders by source', { placeholders: 'never' }, { placeholders: { from: ['body'] } }, true],
    ['placeholders by source', { placeholders: 'allowed' }, { placeholders: { from: ['body'] } }, false],
    [
      'templates that do anything',
      { requestTemplates: { use: 'allowed' } },
      { requestTemplates: { use: 'anything' } },
      true,
    ],
    [
      'templates that do anything',
      { requestTemplates: { use: 'anything' } },
      { requestTemplates: { use: 'allowed' } },
      false,
    ],
    [
      "a MOCK's templates that do anything",
      { mock: { templates: 'static' } },
      { mock: { templates: 'anything' } },
      true,
    ],
    ['queues', { queues: ['shop-*'] }, { queues: ['shop-a*'] }, false],
    ['queues', { queues: ['shop-*'] }, { queues: ['*'] }, true],
    ['destinations in another case', { destinations: ['header.X-*'] }, { destinations: ['header.x-a'] }, false],
    ['parameters in another case', { keyParameters: ['header.X-*'] }, { keyParameters: ['header.x-a'] }, true],
  ])('%s: %j over %j: %s', (_, bound, value, want) => {
    expect(reachesPast(bound, value, new Patterns(undefined), 'shop')).toBe(want)
  })
})
