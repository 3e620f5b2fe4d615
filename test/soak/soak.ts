import { parseArgs } from 'node:util'
import { soak } from './run.ts'

// Gates and keepers in processes of their own against one table and an upstream that misbehaves, killed at random, for
// as long as told; then what must hold, held. `npm run test:soak -- --seconds 600 --seed 7`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const { problems, counts } = await soak({ seconds: Number(values.seconds), seed: Number(values.seed) })
for (const problem of problems) console.log(`WRONG: ${problem}`)
console.log(
  Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join('\n'),
)
console.log(
  `seed ${values.seed}: ${problems.length === 0 ? 'zero lost, zero duplicated' : `${problems.length} problems`}`,
)
process.exitCode = problems.length === 0 ? 0 : 1
