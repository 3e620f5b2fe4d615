import { type Context, Hono } from 'hono'
import { resolveTeam } from '../decision/team.ts'
import type { Caller } from '../identity/caller.ts'
import { recordRead } from '../trail/denial.ts'
import { listTrail } from '../trail/list.ts'
import { isRecordId } from '../trail/record-id.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { readStory, type Story, type Summary } from '../trail/story.ts'
import { attemptOf, requestHash } from './attempt-of.ts'
import { authenticate } from './authenticate.ts'
import type { Gate, Invocation } from './gate.ts'
import { problem, unauthenticatedProblem } from './problem.ts'
import { parseTrailQuery } from './trail-query.ts'

/**
 * The trail over HTTP: `GET /trail`, newest first, for auditors and admins; `GET /trail/{id}`, one request's whole
 * story, for them and for the team it was made for. Each reading is itself in the trail before it is answered.
 */
export function trailRoutes(gate: Gate, invocationOf: (env: unknown) => Invocation): Hono {
  const routes = new Hono()

  routes.get('/trail', (c) =>
    reading(c, 'ListTrail', async ({ id, caller }) => {
      if (!readsEverything(caller)) return problem(id, 'denied', 'Reading the trail takes the role auditor or admin.')
      const parsed = parseTrailQuery(new URL(c.req.url).searchParams)
      if (!parsed.ok) return problem(id, 'invalid-request', parsed.message)
      const principal = JSON.stringify([caller.issuer, caller.subject])
      const page = await listTrail(gate.ledger, { ...parsed.query, principal })
      if (!page.ok)
        return problem(
          id,
          'invalid-request',
          'This cursor is not from a listing of yours with this filter, or is too old.',
        )
      return c.json({
        entries: page.entries.map(shown),
        ...(page.next && { next: page.next }),
        ...(page.searchedTo !== undefined && { searchedTo: instant(page.searchedTo) }),
      })
    }),
  )

  routes.get('/trail/:id', (c) =>
    reading(c, 'ReadTrail', async ({ id, caller }) => {
      const wanted = c.req.param('id') ?? ''
      const story = isRecordId(wanted) ? await readStory(gate.ledger, wanted) : undefined
      if (story && (readsEverything(caller) || concerns(story, caller))) return c.json(shown(story))
      return problem(id, 'not-found', 'The trail has no such request that you may see.')
    }),
  )

  async function reading(c: Context, action: string, answer: (visit: Visit) => Promise<Response>): Promise<Response> {
    const id = gate.ledger.newId()
    const invocation = invocationOf(c.env)
    const verified = await authenticate(gate, c.req.raw.headers, invocation)
    if (!verified.ok) return unauthenticatedProblem(id, verified.refusal)
    const { caller } = verified
    const { pathname, search } = new URL(c.req.url)
    const { revision, digest } = gate.policy().published
    const attempt = attemptOf(
      gate,
      { id, receivedAt: gate.now(), caller, invocation, headers: c.req.raw.headers },
      { action, policy: { revision, digest }, requestHash: requestHash('GET', pathname + search, new Uint8Array()) },
    )
    try {
      await recordRead(gate.ledger, { ...attempt, target: { ...attempt.target, path: pathname } })
      return await answer({ id, caller })
    } catch (error) {
      if (error instanceof StoreUnavailable)
        return problem(id, 'trail-unavailable', 'Reading is recorded first. Try again in a moment.')
      throw error
    }
  }

  /** Whoever speaks for the team that owned the API then and owns it now. */
  function concerns(story: Story, { claims }: Caller): boolean {
    const restApiId = story.target?.restApiId
    if (restApiId === undefined || story.team === undefined) return false
    const owner = resolveTeam(gate.policy(), claims, restApiId)
    return owner.kind === 'team' && owner.team === story.team
  }

  return routes
}

interface Visit {
  id: string
  caller: Caller
}

function readsEverything({ roles }: Caller): boolean {
  return roles.has('auditor') || roles.has('admin')
}

function shown<Entry extends Summary>(entry: Entry): Omit<Entry, 'at'> & { at: string } {
  return { ...entry, at: instant(entry.at) }
}

/** RFC 3339, UTC. */
function instant(ms: number): string {
  return new Date(ms).toISOString()
}
