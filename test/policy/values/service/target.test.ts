import { describe, expect, it } from 'vitest'
import { serviceOf } from '../../../../lib/policy/values/service/services.ts'
import { type PathPieces, type Spelling, spellingsOf } from '../../../../lib/policy/values/service/target.ts'

const ONE = { hole: 'segment' } as const
const ANY = { hole: 'anything' } as const

const written = (pieces: PathPieces) =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : `<${piece.hole}>`)).join('')
const texts = (spellings: readonly Spelling[]) =>
  spellings.map(
    ({ subdomain, path }) => (subdomain === undefined ? '' : `${written(subdomain)} `) + written(path ?? []),
  )

function spelt(service: string, given: { subdomain?: string; path?: PathPieces; values?: Record<string, string> }) {
  const { subdomain, path, values = {} } = given
  return texts(
    spellingsOf({
      service: serviceOf(service, subdomain),
      ...(subdomain !== undefined && { subdomain }),
      ...(path && { path }),
      valuesOf: (name) => (values[name] === undefined ? [] : [[values[name]]]),
      account: '111111111111',
    }),
  )
}

describe('spellingsOf()', () => {
  it.each<[string, Parameters<typeof spelt>, string[]]>([
    ['a key by path', ['s3', { path: ['/shop/a/b'] }], ['/shop/a/b', 'shop /a/b']],
    ['a key by host', ['s3', { subdomain: 'shop', path: ['/a/b'] }], ['shop /a/b', '/shop/a/b']],
    ['a dotted bucket by host', ['s3', { subdomain: 'a.b', path: ['/k'] }], ['a.b /k', '/a.b/k']],
    ['a key as parameters', ['s3', { values: { Bucket: 'shop', Key: 'a' } }], ['/shop/a', 'shop /a']],
    ['a bucket by path', ['s3', { path: ['/shop'] }], ['/shop', '/shop/', 'shop /']],
    ['a bucket with its slash', ['s3', { path: ['/shop/'] }], ['/shop/', '/shop', 'shop /']],
    ['a bucket by host', ['s3', { subdomain: 'shop', path: ['/'] }], ['shop /', '/shop/', '/shop']],
    ['a bucket as a parameter', ['s3', { values: { Bucket: 'shop' } }], ['/shop/', '/shop', 'shop /']],
    ['the list of buckets', ['s3', { path: ['/'] }], ['/']],
    ['the list of buckets by its operation', ['s3', {}], ['/']],
    ['a key filled in', ['s3', { path: ['/shop/', ONE] }], ['/shop/<segment>', 'shop /<segment>']],
    ['a bucket filled in', ['s3', { path: ['/', ONE, '/k'] }], ['/<segment>/k', '<segment> /k']],
    ['half a bucket filled in', ['s3', { path: ['/sh', ONE, '/k'] }], ['/sh<segment>/k', 'sh<segment> /k']],
    ['any text in place of the bucket', ['s3', { path: ['/', ANY, '/k'] }], ['/<anything>/k', '<anything> <anything>']],
    ['an encoded key', ['s3', { path: ['/shop/a%2Bb'] }], ['/shop/a%2Bb', 'shop /a%2Bb', '/shop/a+b', 'shop /a+b']],
    ['a queue by path', ['sqs', { path: ['/111111111111/q'] }], ['/111111111111/q']],
    [
      'a queue by its address',
      ['sqs', { values: { QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/222222222222/q' } }],
      ['', '/222222222222/q'],
    ],
    ['a queue by its name', ['sqs', { values: { QueueUrl: 'q' } }], ['', '/111111111111/q']],
    ['an operation', ['dynamodb', {}], ['']],
    ['another service', ['iotdata', { subdomain: 'a-ats', path: ['/topics/x'] }], ['a-ats /topics/x']],
  ])('spells %s', (_, given, want) => {
    expect(spelt(...given)).toEqual(want)
  })
})
