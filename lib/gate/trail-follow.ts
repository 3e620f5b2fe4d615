import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { callerKey } from '../fairness/caller-limit.ts'
import { followTrail } from '../trail/follow.ts'
import { isRecordId } from '../trail/record-id.ts'
import type { Gate } from './gate.ts'
import { problem } from './problem.ts'
import { parseTrailQuery } from './trail-query.ts'
import { instant, type TrailVisit } from './trail-visit.ts'

/** Each follower asks every shard every two seconds. */
const MOST_FOLLOWERS = 16
/** One caller's; otherwise one that never closes what it opens would take all there are. */
const MOST_OF_ONE = 4
/** Then the client comes again, with the id it saw last. */
const LONGEST_MS = 15 * 60_000
/** The same where nothing arrives before the answer has ended. */
const LONGEST_BUFFERED_MS = 8_000
/** How soon, in milliseconds. */
const COME_AGAIN_MS = 1_000
const FILTERS = ['team', 'restApiId', 'actor', 'decision', 'rule', 'result']

/**
 * Answers with the trail as it is written, as server-sent events: `request` with the summary of one, `gap` with a span
 * of time that must be listed instead. `Last-Event-ID` goes on behind a request; what was written about then can come
 * again.
 */
export function trailFollower(gate: Gate): (c: Context, visit: TrailVisit) => Response {
  let followers = 0
  const byCaller = new Map<string, number>()
  return (c, { id, caller, invocation }) => {
    const parsed = parseTrailQuery(new URL(c.req.url).searchParams, FILTERS)
    if (!parsed.ok) return problem(id, 'invalid-request', parsed.message)
    const after = c.req.header('last-event-id')
    if (after !== undefined && !isRecordId(after))
      return problem(id, 'invalid-request', 'Last-Event-ID is the id of a request.')
    const key = callerKey(caller)
    const own = byCaller.get(key) ?? 0
    if (followers >= MOST_FOLLOWERS || own >= MOST_OF_ONE)
      return problem(id, 'busy', 'Too many follow the trail at once.', { 'retry-after': '60' })
    followers++
    byCaller.set(key, own + 1)
    const longest = invocation.isBuffered ? LONGEST_BUFFERED_MS : LONGEST_MS
    const until = Math.min(gate.now() + longest, caller.expiresAt * 1000)
    c.header('x-accel-buffering', 'no')
    return streamSSE(c, async (stream) => {
      const wait = async (ms: number) => {
        await stream.sleep(ms)
        return !stream.aborted && gate.now() < until
      }
      try {
        await stream.write(`retry: ${COME_AGAIN_MS}\n\n`)
        const { filter = {} } = parsed.query
        for await (const step of followTrail(gate.ledger, { filter, wait, ...(after && { after }) })) {
          if (step.kind === 'nothing') await stream.write(':\n\n')
          else if (step.kind === 'gap') await stream.writeSSE({ event: 'gap', data: span(step) })
          else await stream.writeSSE({ id: step.summary.id, event: 'request', data: shown(step.summary) })
        }
      } catch (error) {
        // The stream has begun: all that can be done is to end it, and the client comes again.
        gate.log('follow_failed', { id, error: error instanceof Error ? error.message : 'unknown' })
      } finally {
        followers--
        const left = (byCaller.get(key) ?? 1) - 1
        if (left > 0) byCaller.set(key, left)
        else byCaller.delete(key)
      }
    })
  }
}

function span({ from, to }: { from: number; to: number }): string {
  return JSON.stringify({ from: instant(from), to: instant(to) })
}

function shown(summary: { at: number }): string {
  return JSON.stringify({ ...summary, at: instant(summary.at) })
}
