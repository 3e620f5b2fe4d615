// What the trail costs a request, how fast it is sealed and checked, and what a page of a listing costs beside a million
// others. All in memory and in one process, in processor time; ratios are taken within a round.
import { parseArgs } from 'node:util'
import { benchListing } from './trail-listing.ts'
import { benchLog } from './trail-log.ts'
import { benchRequests } from './trail-request.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '1500' },
    leaves: { type: 'string', default: '32768' },
    records: { type: 'string', default: '1000000' },
  },
})
const rounds = Number(values.rounds)

await benchRequests(rounds, Number(values.requests))
await benchLog(rounds, Number(values.leaves))
await benchListing(rounds, Number(values.records))
