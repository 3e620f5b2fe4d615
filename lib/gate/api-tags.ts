import { isId } from '../apigateway/operations.ts'
import type { ControlPlane, UpstreamAnswer } from '../control-plane/control-plane.ts'
import { callOf } from '../control-plane/operation-call.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { ApiTags } from '../decision/compile/tag-owners.ts'
import type { Turn } from '../fairness/bucket.ts'
import type { Account } from '../fairness/quota.ts'

/** What API Gateway says of an API's tags. */
export type TagsRead =
  | { kind: 'known'; tags: ApiTags /** Unix milliseconds at which the question left. */; readAt: number }
  /** There is no such API. */
  | { kind: 'absent'; readAt: number }
  /** It wasn't asked, since the share of calls is used up, or it said 429. */
  | { kind: 'throttled'; retryAfterSeconds: number }
  /** It didn't say, so that nothing is known. */
  | { kind: 'unread'; answer: Exclude<UpstreamAnswer, { kind: 'done' }> }

type Known = Extract<TagsRead, { readAt: number }>
/** What was said of an API, and to whom. */
type Kept = { read: Known; asker: string }

/** Where an API is, and on whose account the call for its tags goes. */
export interface TagSource {
  api: Account
  controlPlane: Pick<ControlPlane, 'read'>
  /** Names whose share of the calls is used: requests of one asker wait for one call, those of two don't. */
  asker: string
  /**
   * Whether such tags make the API the asker's. What another asker was told is kept from those whose API it isn't: an
   * answer that costs no call, or comes while they have none left, would tell that the API is there and in use.
   */
  isOwn(tags: ApiTags): boolean
  /** @throws {StoreUnavailable} */
  take(): Promise<Turn>
  drain(): Promise<void>
}

/** Tags of APIs, kept for a while. */
export interface ApiTagsReader {
  /**
   * @param maxAgeMs How old the answer may be.
   * @throws {StoreUnavailable} where it isn't known whether a call may be made.
   * @throws {RoleNotAssumed}
   */
  read(source: TagSource, restApiId: string, maxAgeMs: number): Promise<TagsRead>
  /** What was known of an API holds no more; what is being asked just now isn't kept. */
  forget(api: Account, restApiId: string): void
}

/** Tags at most this old decide about a read, milliseconds: what a team may see changes within a minute of a new tag. */
export const SEEN_MS = 60_000
/**
 * Tags at most this old decide about a change, and that an API is not the caller's, milliseconds. Long enough that the
 * calls that Terraform makes at once cost one look-up; see also {@link SENT_WITHIN_MS}.
 */
export const RELIED_ON_MS = 5_000
/** A change is sent this long after the tags that it rests on were read, milliseconds, or not at all. */
export const SENT_WITHIN_MS = 15_000

/** APIs that are remembered at once; of more, the one unused for longest goes. Eight calls a second fill it in two minutes. */
const KEPT = 1_000
/** What a look-up may take, milliseconds. */
const LOOKUP_MS = 5_000

/** Reads tags with GetRestApi, one call at a time for each asker and API. Failures are not kept. */
export function apiTagsReader(now: () => number): ApiTagsReader {
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, Map<string, Promise<TagsRead>>>()

  function remembered(key: string, { asker, isOwn }: TagSource, maxAgeMs: number): Known | undefined {
    const known = kept.get(key)
    if (!known) return undefined
    const { read } = known
    if (known.asker !== asker && (read.kind === 'absent' || !isOwn(read.tags))) return undefined
    const age = now() - read.readAt
    if (age < 0 || age >= (read.kind === 'absent' ? Math.min(maxAgeMs, RELIED_ON_MS) : maxAgeMs)) return undefined
    keep(key, known)
    return read
  }

  function keep(key: string, known: Kept): void {
    // Set anew, so that the first in the map is the one unused for longest.
    kept.delete(key)
    kept.set(key, known)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
  }

  async function ask(source: TagSource, restApiId: string): Promise<TagsRead> {
    const turn = await source.take()
    if (!turn.ok) return { kind: 'throttled', retryAfterSeconds: turn.retryAfterSeconds }
    const readAt = now()
    const read = interpret(await getRestApi(source, restApiId), readAt)
    if (read.kind === 'throttled') await source.drain()
    return read
  }

  return {
    async read(source, restApiId, maxAgeMs) {
      // That of a dry run can be any text, which in a path would be other than one API's: `..`.
      if (!isId(restApiId)) return { kind: 'absent', readAt: now() }
      const key = keyOf(source.api, restApiId)
      const known = remembered(key, source, maxAgeMs)
      if (known) return known
      const byAsker = underWay.get(key) ?? new Map<string, Promise<TagsRead>>()
      underWay.set(key, byAsker)
      const joined = byAsker.get(source.asker)
      if (joined) return joined
      const asked = ask(source, restApiId)
      byAsker.set(source.asker, asked)
      try {
        const read = await asked
        if ('readAt' in read && underWay.get(key) === byAsker) keep(key, { read, asker: source.asker })
        return read
      } finally {
        byAsker.delete(source.asker)
        if (byAsker.size === 0 && underWay.get(key) === byAsker) underWay.delete(key)
      }
    },
    forget(api, restApiId) {
      const key = keyOf(api, restApiId)
      kept.delete(key)
      underWay.delete(key)
    },
  }
}

function keyOf({ account, region }: Account, restApiId: string): string {
  return `${account}/${region}/${restApiId}`
}

async function getRestApi({ controlPlane }: TagSource, restApiId: string): Promise<UpstreamAnswer> {
  const call = callOf({ operation: 'GetRestApi', params: { restapi_id: restApiId } })
  try {
    return await controlPlane.read(call, AbortSignal.timeout(LOOKUP_MS))
  } catch (error) {
    if (error instanceof RoleNotAssumed) throw error
    const reason = error instanceof Error ? error.name : 'could not be sent'
    return { kind: 'unknown', reason, upstream: { latencyMs: 0 } }
  }
}

function interpret(answer: UpstreamAnswer, readAt: number): TagsRead {
  switch (answer.kind) {
    case 'done': {
      const tags = tagsOf(answer.document)
      if (tags) return { kind: 'known', tags, readAt }
      return {
        kind: 'unread',
        answer: { kind: 'unknown', reason: 'its tags could not be read', upstream: answer.upstream },
      }
    }
    case 'refused':
      if (answer.status === 404) return { kind: 'absent', readAt }
      if (answer.status !== 429) return { kind: 'unread', answer }
      return { kind: 'throttled', retryAfterSeconds: secondsOf(answer.retryAfter) }
    case 'unknown':
      return { kind: 'unread', answer }
  }
}

/** The tags in what API Gateway says of one API; none where it says nothing of any, `undefined` where it can't be read. */
export function tagsOf(document: unknown): ApiTags | undefined {
  const { id, tags } = Object(document) as { id?: unknown; tags?: unknown }
  if (typeof id !== 'string') return undefined
  if (tags === undefined || tags === null) return {}
  if (typeof tags !== 'object' || Array.isArray(tags)) return undefined
  const entries = Object.entries(tags)
  return entries.every(([, value]) => typeof value === 'string') ? Object.fromEntries(entries) : undefined
}

function secondsOf(retryAfter: string | undefined): number {
  const seconds = Number(retryAfter)
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 3_600 ? seconds : 1
}
