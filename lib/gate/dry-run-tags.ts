import type { AskedRequest } from '../decision/asked-request.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { namedTags } from '../decision/compile/tag-owners.ts'
import { resolveTeam } from '../decision/team.ts'
import type { Caller } from '../identity/caller.ts'
import type { OwnershipMembers } from '../trail/record.ts'
import { type ApiTagsReader, SEEN_MS, type TagsRead } from './api-tags.ts'
import type { DryRun } from './dry-run.ts'
import type { Gate } from './gate.ts'
import { tagSource } from './owner.ts'

/** Each is a call of the ten a second; who asks about more APIs can ask again. */
const MOST_LOOKUPS = 10

export type WithTags =
  | {
      ok: true
      dryRun: DryRun /** Of the first request, where its tags say whose its API is. */
      ownership?: OwnershipMembers
    }
  | { ok: false; code: 'invalid-request'; detail: string }
  | { ok: false; code: 'throttled'; detail: string; retryAfterSeconds: number }
  | { ok: false; code: 'owner-unread'; detail: string }

/**
 * The dry run with the tags of the APIs whose owner depends on them, looked up once each. Nothing is judged where one
 * can't be: it would be judged as nobody's.
 *
 * @throws {StoreUnavailable}
 */
export async function withTags(
  gate: Gate,
  reader: ApiTagsReader,
  { policy, caller, receivedAt }: { policy: CompiledPolicy; caller: Caller; receivedAt: number },
  dryRun: DryRun,
): Promise<WithTags> {
  const wanted = new Map<string, readonly string[]>()
  for (const { restApiId, tags } of dryRun.requests) {
    const owner = resolveTeam(policy, caller.claims, { restApiId, ...(tags && { tags }) })
    if (owner.kind === 'depends-on-tags') wanted.set(restApiId, owner.teams)
  }
  if (wanted.size > MOST_LOOKUPS) {
    const detail = `It names more than ${MOST_LOOKUPS} APIs whose owner depends on their tags. Ask about fewer at once.`
    return { ok: false, code: 'invalid-request', detail }
  }
  const reads = new Map<string, TagsRead>()
  for (const [restApiId, teams] of wanted) {
    const read = await reader.read(tagSource(gate, teams, { policy, caller, restApiId }), restApiId, SEEN_MS)
    if (read.kind === 'unread') return { ok: false, code: 'owner-unread', detail: UNREAD }
    if (read.kind === 'throttled')
      return { ok: false, code: 'throttled', detail: NO_TURN, retryAfterSeconds: read.retryAfterSeconds }
    reads.set(restApiId, read)
  }
  const requests = dryRun.requests.map((asked) => {
    const read = reads.get(asked.restApiId)
    return read ? { ...asked, tags: read.kind === 'known' ? read.tags : {} } : asked
  })
  const ownership = ownershipOf(policy, requests[0], reads, receivedAt)
  return { ok: true, dryRun: { ...dryRun, requests }, ...(ownership && { ownership }) }
}

const UNREAD = 'Whose API this is could not be read from its tags. Try again.'
const NO_TURN = "Looking up an API's tags takes a call to API Gateway, and your share of those is used up for now."

function ownershipOf(
  { identities }: CompiledPolicy,
  first: AskedRequest | undefined,
  reads: ReadonlyMap<string, TagsRead>,
  receivedAt: number,
): OwnershipMembers | undefined {
  if (!first?.tags || !identities.tagged) return undefined
  const read = reads.get(first.restApiId)
  const readAt = read && 'readAt' in read ? read.readAt : receivedAt
  return { tags: namedTags(identities.tagged, first.tags), from: read ? 'GetRestApi' : 'JudgeRequests', readAt }
}
