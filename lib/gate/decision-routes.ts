import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { parseJson } from '../apigateway/json.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { resolveTeam, teamsOf } from '../decision/team.ts'
import type { Caller } from '../identity/caller.ts'
import type { Attempt } from '../trail/attempt.ts'
import { recordDenial, recordRead, recordVerdicts } from '../trail/denial.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { allowedFor } from './allowed.ts'
import type { ApiTagsReader } from './api-tags.ts'
import { attemptOf, requestHash } from './attempt-of.ts'
import { authenticate, takeFurtherTurns } from './authenticate.ts'
import { type DryRun, judgeDryRun, MAX_DRY_RUN_BODY, readDryRun } from './dry-run.ts'
import { type WithTags, withTags } from './dry-run-tags.ts'
import type { Gate, Invocation } from './gate.ts'
import { type ProblemCode, problem, turnedAwayProblem } from './problem.ts'
import { publicDecision } from './public-decision.ts'

/** Bytes. Lambda sends at most 6 MB; a thousand refusals that each tell a long list of what is allowed are more. */
const MAX_ANSWER = 5 * 1024 * 1024

/** Bytes of a dry run that are worth one turn of its caller's: about as much to judge as the largest ordinary requests. */
const BYTES_PER_TURN = 64 * 1024

/**
 * The policy over HTTP, for the teams it is about: `POST /decisions`, what would be decided on requests that are not
 * made, one or up to a thousand; `GET /allowed`, what the caller's teams may do. Nothing is forwarded; each call is in
 * the trail before anything is judged or read, and what a dry run found before it is told.
 */
export function decisionRoutes(gate: Gate, tags: ApiTagsReader, invocationOf: (env: unknown) => Invocation): Hono {
  const routes = new Hono()

  const limit = bodyLimit({
    maxSize: MAX_DRY_RUN_BODY,
    onError: () => problem(gate.ledger.newId(), 'too-large', `A dry run has at most ${MAX_DRY_RUN_BODY} bytes.`),
  })
  routes.post('/decisions', limit, (c) =>
    visit(c, 'JudgeRequests', async ({ policy, attempt, caller, body, invocation }) => {
      const further = Math.ceil(body.length / BYTES_PER_TURN) - 1
      const turn = await takeFurtherTurns(gate, caller, further, invocation)
      if (!turn.ok) return turnedAwayProblem(attempt.id, turn.refusal)
      const json = parseJson(body, { maxBytes: MAX_DRY_RUN_BODY, wholeNumbersOnly: true })
      if (!json.ok) return refuse(attempt, 'invalid-request', `${json.error.message}.`)
      const read = readDryRun(json.value)
      if (!read.ok) return refuse(attempt, 'invalid-request', read.message)
      const tagged = await withTags(gate, tags, { policy, caller, receivedAt: attempt.receivedAt }, read.dryRun)
      if (!tagged.ok) return refuseUntagged(attempt, tagged)
      const { dryRun, ownership } = tagged
      const about = aboutOne({ ...attempt, ...(ownership && { ownership }) }, dryRun, policy, caller)
      await recordRead(gate.ledger, about, { requests: dryRun.requests.length, bytes: body.length })
      const shown: string[] = []
      let bytes = 0
      const asked = { claims: caller.claims, place: gate.api, now: attempt.receivedAt }
      const judged = await judgeDryRun(policy, dryRun, asked, (decision, index) => {
        // What can't be answered is counted, and not kept.
        if (bytes > MAX_ANSWER) return
        const id = dryRun.isBatch ? `${attempt.id}.${index}` : attempt.id
        const text = JSON.stringify(publicDecision(id, decision))
        bytes += Buffer.byteLength(text) + 1
        shown.push(text)
      })
      await recordVerdicts(gate.ledger, attempt.id, judged)
      if (bytes > MAX_ANSWER) {
        return problem(attempt.id, 'too-large', 'There is more to say than one answer holds: ask about fewer at once.')
      }
      const answer = dryRun.isBatch ? `{"decisions":[${shown.join(',')}]}` : shown.join()
      return c.body(answer, 200, { 'content-type': 'application/json' })
    }),
  )

  routes.get('/allowed', (c) =>
    visit(c, 'ReadAllowed', async ({ policy, attempt, caller }) => {
      await recordRead(gate.ledger, attempt)
      return c.json(allowedFor(policy, caller.claims, attempt.receivedAt))
    }),
  )

  /** Who asks, and whether a team is theirs; then the answer, or a 503 where it can't be recorded. */
  async function visit(c: Context, action: string, answer: (visit: Visit) => Promise<Response>): Promise<Response> {
    const { headers } = c.req.raw
    const id = gate.ledger.newId()
    const receivedAt = gate.now()
    const invocation = invocationOf(c.env)
    const verified = await authenticate(gate, headers, invocation)
    if (!verified.ok) return turnedAwayProblem(id, verified.refusal)
    const { caller } = verified
    const policy = gate.policy()
    const body = new Uint8Array(await c.req.arrayBuffer())
    const { revision, digest } = policy.published
    const { pathname, search } = new URL(c.req.url)
    const teams = [...teamsOf(policy, caller.claims)]
    const [team] = teams
    const attempt = attemptOf(
      gate,
      { id, receivedAt, caller, invocation, headers },
      {
        action,
        policy: { revision, digest },
        requestHash: requestHash(c.req.method, pathname + search, body),
        ...(team !== undefined && teams.length === 1 && { team }),
      },
    )
    if (team === undefined) return refuse(attempt, 'denied', "The policy maps none of the token's claims to a team.")
    c.header('cache-control', 'no-store')
    try {
      return await answer({ policy, attempt, caller, body, invocation })
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      return problem(id, 'trail-unavailable', 'What the policy says is recorded first. Try again in a moment.')
    }
  }

  async function refuse(attempt: Attempt, code: ProblemCode, detail: string): Promise<Response> {
    const reason = code === 'denied' ? 'no_team' : 'invalid'
    const { id } = await recordDenial(gate.ledger, attempt, { refusal: { reason, message: detail } })
    return problem(id, code, detail)
  }

  async function refuseUntagged(attempt: Attempt, untagged: Exclude<WithTags, { ok: true }>): Promise<Response> {
    const { code, detail } = untagged
    if (code === 'invalid-request') return refuse(attempt, code, detail)
    const reason = code === 'throttled' ? code : 'owner_unread'
    const { id } = await recordDenial(gate.ledger, attempt, { refusal: { reason, message: detail } })
    return problem(id, code, detail, {
      'retry-after': String(code === 'throttled' ? untagged.retryAfterSeconds : 1),
    })
  }

  return routes
}

/**
 * A dry run of one request is about its method, and its record its owner's; that of several about none. One about an API
 * that isn't the caller's names no team, since the record has what the API's tags are.
 */
function aboutOne(attempt: Attempt, { requests }: DryRun, policy: CompiledPolicy, { claims }: Caller): Attempt {
  const [request, ...others] = requests
  const { ownership, team: callers, ...plain } = attempt
  if (!request || others.length > 0) return { ...plain, ...(callers !== undefined && { team: callers }) }
  const { restApiId, resourceId, method, tags } = request
  const owner = resolveTeam(policy, claims, { restApiId, ...(tags && { tags }) })
  return {
    ...plain,
    ...(owner.kind === 'team' && { team: owner.team }),
    ...(ownership && { ownership }),
    target: { ...attempt.target, ...(restApiId !== '' && { restApiId }), resourceId, httpMethod: method },
  }
}

interface Visit {
  policy: CompiledPolicy
  attempt: Attempt
  caller: Caller
  body: Uint8Array
  invocation: Invocation
}
