import { HTTP_METHODS, type HttpMethod, INTEGRATION_TYPES, type Integration } from '../apigateway/integration.ts'
import { didYouMean, type Path } from '../policy/document/problem.ts'
import type { ApiTags } from './compile/tag-owners.ts'

/** A PutIntegration that somebody would like judged without sending it. */
export interface AskedRequest {
  /** Empty for an API that is still to be made, of which `tags` says whose it will be. */
  restApiId: string
  /** All tags of the API; absent where they aren't known. */
  tags?: ApiTags
  resourceId: string
  /** The method's verb, which the API's caller uses. */
  method: HttpMethod
  /** As the wire has it; may hold anything, which is then what is refused. */
  body: Record<string, unknown>
  /** The integration it would replace: `null` where there is none, absent where it isn't known. */
  before?: Integration | null
  /** Of the API; {@link AskedPlace} where absent. */
  partition?: string
  region?: string
  /** Whose request it would be; at most one of the two. */
  team?: string
  claims?: Record<string, unknown>
}

/** Where an API is taken to live where a request doesn't say. */
export interface AskedPlace {
  partition: string
  region: string
  /** Milliseconds: the account's quota for a buffered integration; absent where it isn't known. */
  maxTimeoutMillis?: number
}

/** What keeps a value from being an {@link AskedRequest}, and where in it. */
export interface AskedFault {
  path: Path
  message: string
  suggestion?: string
}

export type ReadAsked = { ok: true; asked: AskedRequest } | { ok: false; fault: AskedFault }

const MEMBERS = ['restApiId', 'tags', 'resourceId', 'method', 'body', 'before'] as const
const OF_FILES = ['partition', 'region', 'team', 'claims'] as const
const FILE_MEMBERS: readonly string[] = [...MEMBERS, ...OF_FILES]
const MAX_TEXT = 256
/** What API Gateway lets a resource have. */
const MAX_TAGS = 50

/**
 * Reads a request that was written by hand or by another program.
 *
 * @param from A file may say whose request it is and where the API lives; a caller's token and the gate do. A caller may
 *   state the tags of an API to come; those of one that is there the gate looks up, since a statement of them, judged,
 *   would tell which ids the policy lists.
 */
export function readAsked(value: unknown, from: 'file' | 'caller'): ReadAsked {
  if (!isRecord(value)) return fault([], `A request is an object, not ${kindOf(value)}.`)
  const known: readonly string[] = from === 'file' ? FILE_MEMBERS : MEMBERS
  for (const member of Object.keys(value)) {
    if (!known.includes(member)) return unknown(member, known)
  }
  const { restApiId = '', tags, resourceId, method, body, before, partition, region, team, claims } = value
  if (tags !== undefined && !isTags(tags)) {
    return fault(['tags'], `tags is an object of at most ${MAX_TAGS} texts.`)
  }
  // Only an API to come, whose tags are told, has no id.
  const isToCome = value.restApiId === undefined && tags !== undefined
  if (typeof restApiId !== 'string' || !(isText(restApiId) || isToCome))
    return fault(['restApiId'], texts('restApiId', value.restApiId))
  if (tags !== undefined && !isToCome && from === 'caller') {
    return fault(['tags'], 'tags are those of an API to come: give them without restApiId, or restApiId alone.')
  }
  if (!isText(resourceId)) return fault(['resourceId'], texts('resourceId', resourceId))
  const verb = HTTP_METHODS.find((each) => each === method)
  if (verb === undefined) return fault(['method'], `method is one of ${HTTP_METHODS.join(', ')}.`)
  if (!isRecord(body)) return fault(['body'], `body is the object that PutIntegration takes, not ${kindOf(body)}.`)
  if (partition !== undefined && !isText(partition)) return fault(['partition'], texts('partition', partition))
  if (region !== undefined && !isText(region)) return fault(['region'], texts('region', region))
  if (team !== undefined && !isText(team)) return fault(['team'], texts('team', team))
  if (claims !== undefined && !isRecord(claims)) return fault(['claims'], `claims is an object, not ${kindOf(claims)}.`)
  if (claims !== undefined && team !== undefined) return fault(['team'], 'A request has claims or a team, not both.')
  if (before !== undefined && !isIntegration(before)) {
    return fault(['before'], 'before is an integration, or null where there is none.')
  }
  return {
    ok: true,
    asked: {
      restApiId,
      ...(tags !== undefined && { tags }),
      resourceId,
      method: verb,
      body,
      ...(before !== undefined && { before }),
      ...(partition !== undefined && { partition }),
      ...(region !== undefined && { region }),
      ...(team !== undefined && { team }),
      ...(claims !== undefined && { claims }),
    },
  }
}

function unknown(member: string, known: readonly string[]): ReadAsked {
  const shown = member.slice(0, 64)
  const suggestion = didYouMean(shown, known)
  return {
    ok: false,
    fault: { path: [member], message: `A request has no member "${shown}".`, ...(suggestion && { suggestion }) },
  }
}

function fault(path: Path, message: string): ReadAsked {
  return { ok: false, fault: { path, message } }
}

function texts(member: string, value: unknown): string {
  if (value === undefined) return `${member} is missing.`
  return `${member} is a text of at most ${MAX_TEXT} characters, not ${typeof value === 'string' ? 'this' : kindOf(value)}.`
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTags(value: unknown): value is ApiTags {
  if (!isRecord(value) || Object.keys(value).length > MAX_TAGS) return false
  return Object.entries(value).every(([key, tag]) => isText(key) && typeof tag === 'string' && tag.length <= MAX_TEXT)
}

/** Of what would be replaced the evaluator reads the type alone. */
function isIntegration(value: unknown): value is Integration | null {
  return value === null || (isRecord(value) && INTEGRATION_TYPES.some((type) => type === value.type))
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
