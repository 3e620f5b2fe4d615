import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCompactToken } from '../../lib/identity/compact-token.ts'
import { ALGORITHMS } from '../../lib/identity/issuers.ts'
import { readKeySet } from '../../lib/identity/key-set.ts'
import { verifySignature } from '../../lib/identity/signature.ts'

interface Group {
  public?: object
  private?: object
  tests: Vector[]
}
interface Vector {
  tcId: number
  comment: string
  jws: unknown
  result: 'valid' | 'invalid'
}

/** The gate's own two steps from a token to a proven payload; the payloads of these vectors are not claims. */
async function accepts(jws: string, keySet: unknown): Promise<string> {
  const read = readCompactToken(jws)
  if (!read.ok) return read.refusal.code
  const keys = readKeySet(keySet)?.keys
  const source = {
    find: async (kid: string) => {
      const key = keys?.get(kid)
      return key ? ({ ok: true, key } as const) : ({ ok: false, code: 'unknown-key' } as const)
    },
  }
  const signed = await verifySignature(jws, read.value, ALGORITHMS, source)
  return signed.ok ? 'accepted' : signed.refusal.code
}

const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi']

/** As an issuer would publish it, so that a key is not refused for its private part alone. */
function publicSet({ public: published, private: kept }: Group): unknown {
  const set = published ?? kept ?? {}
  const keys = 'keys' in set && Array.isArray(set.keys) ? set.keys : [set]
  const isPublic = ([name]: [string, unknown]) => !SECRET_MEMBERS.includes(name)
  return { keys: keys.map((key) => Object.fromEntries(Object.entries<unknown>(key).filter(isPublic))) }
}

function load(file: string): Promise<(Vector & { outcome: string })[]> {
  const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as { testGroups: Group[] }
  return Promise.all(
    testGroups.flatMap((group) =>
      group.tests.map(async (vector) => {
        // The JSON serialization is no compact token; the gate reads a header, so a string.
        const token = typeof vector.jws === 'string' ? vector.jws : JSON.stringify(vector.jws)
        return { ...vector, outcome: await accepts(token, publicSet(group)) }
      }),
    ),
  )
}

const directory = process.env.VECTORS_DIR
if (directory === undefined) {
  console.log('Wycheproof JWS and JWK vectors not run: VECTORS_DIR is not set')
  describe.skip('Wycheproof vectors (VECTORS_DIR is not set)', () => {
    it('are not run', () => expect.unreachable())
  })
} else {
  describe.each([
    ['json_web_signature_test.json', 401, 20],
    ['json_web_key_test.json', 26, 1],
  ])('Wycheproof %s', async (name, total, valid) => {
    const outcomes = await load(join(directory, 'wycheproof', name))

    it('is complete', () => expect(outcomes).toHaveLength(total))

    it('has no vector marked invalid that is accepted', () => {
      const accepted = outcomes.filter(({ result, outcome }) => result === 'invalid' && outcome === 'accepted')
      expect(accepted).toEqual([])
    })

    it('has vectors marked valid that are accepted', () => {
      const accepted = outcomes.filter(({ result, outcome }) => result === 'valid' && outcome === 'accepted')
      expect(accepted.length).toBeGreaterThanOrEqual(valid)
    })
  })

  it('spaces and spellings that are not canonical are refused as such, whatever the algorithm', async () => {
    const outcomes = await load(join(directory, 'wycheproof', 'json_web_signature_test.json'))
    const spellings = outcomes.filter(({ tcId }) => [360, 365, 368, 375].includes(tcId))
    expect(spellings.map(({ outcome }) => outcome)).toEqual(Array(4).fill('malformed'))
  })
}
