import { parseIssuers } from '../lib/identity/issuers.ts'
import { fixedKeys } from '../lib/identity/keys.ts'
import { createVerifier } from '../lib/identity/verify.ts'
import { median } from './quantile.ts'
import { AUDIENCE, ISSUER, type Signer } from './tokens.ts'

const TOKENS = 1000
const ROUNDS = 9
/** Recalling is so much quicker that one pass over the tokens says little. */
const RECALLS = 20

/** Processor time of one token verified, one at a time, and of one that has been verified before. */
export async function benchMemo(signer: Signer): Promise<void> {
  const issuers = parseIssuers([
    { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], jwksUri: `${ISSUER}/jwks` },
  ])
  if (!issuers.ok) throw new Error(issuers.message)
  const keys = fixedKeys({ keys: [JSON.parse(signer.publicJwk)] })
  const trusted = issuers.value.map((issuer) => ({ issuer, keys }))
  const verify = createVerifier({ issuers: trusted, now: Date.now, memoEntries: 0 })
  const recall = createVerifier({ issuers: trusted, now: Date.now, memoEntries: TOKENS })
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => signer.sign()))
  for (const token of tokens) await recall(token)

  const verified: number[] = []
  const recalled: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    verified.push(await microseconds(verify, tokens, 1))
    recalled.push(await microseconds(recall, tokens, RECALLS))
  }
  const ratio = median(verified.map((each, round) => each / (recalled[round] ?? Number.NaN)))
  console.log(
    `A token verified: ${median(verified).toFixed(0)} µs; remembered: ${median(recalled).toFixed(1)} µs, ${ratio.toFixed(0)} times as fast`,
  )
}

async function microseconds(
  verify: ReturnType<typeof createVerifier>,
  tokens: readonly string[],
  times: number,
): Promise<number> {
  const before = process.cpuUsage()
  for (let pass = 0; pass < times; pass++) {
    for (const token of tokens) if (!(await verify(token)).ok) throw new Error('A good token was refused')
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / (tokens.length * times)
}
