import type { ResourceKind } from './resource-kinds.ts'
import type { ResourceMember } from './services.ts'

/** A piece of a value: literal text, or a part that is filled in later and may be any text. */
export type Piece = string | { readonly hole: string }

/** Where a resource is that is named without an ARN: in the account of the role, in the Region of the uri. */
export interface Home {
  partition: string
  region: string
  /** Absent where the role isn't known: the caller's own identity signs, or nobody's. */
  account?: string
}

/** What a value can name. */
export type Named =
  /** One resource, or those whose names begin and end alike. `account` is absent where nothing tells it. */
  | { is: 'resource'; partition: string; region: string; account?: string; name: readonly Piece[] }
  /** Filled in later: any resource of any account. */
  | { is: 'anything' }
  /** Literal text that names no resource of this kind. */
  | { is: 'unreadable' }

/** Services in whose ARNs a kind of resource stands, and what stands there before its name. */
const ARNS: Readonly<Record<ResourceKind, { services: readonly string[]; types: readonly string[] }>> = {
  queues: { services: ['sqs'], types: [] },
  topics: { services: ['sns'], types: [] },
  tables: { services: ['dynamodb'], types: ['table', 'global-table'] },
  stateMachines: { services: ['states'], types: ['stateMachine', 'execution', 'express', 'mapRun'] },
  buckets: { services: ['s3'], types: [] },
  streams: { services: ['kinesis', 'firehose'], types: ['stream', 'deliverystream'] },
  eventBuses: { services: ['events'], types: ['event-bus'] },
}

const ACCOUNT = /^[0-9]{12}$/
const NAME = /^[A-Za-z0-9._#+=@-]{1,512}$/
const BUS_NAME = /^[A-Za-z0-9._/#+=@-]{1,512}$/

/**
 * What the text of a member can name. What is filled in later is narrowed only where the literal text before it has
 * fixed the account already (`arn:aws:states:eu-west-1:111111111111:stateMachine:shop-` …), or where the member takes
 * names alone.
 */
export function namedBy(member: Pick<ResourceMember, 'kind' | 'namings'>, value: readonly Piece[], home: Home): Named {
  const { kind } = member
  if (kind === 'other') return otherNamedBy(value, home)
  const [first = ''] = value
  if (value.length === 1 && typeof first === 'string') return literal(kind, member, first, home)
  return value.length === 0 ? { is: 'unreadable' } : reach(kind, member, value, home)
}

function literal(kind: ResourceKind, { namings }: Pick<ResourceMember, 'namings'>, text: string, home: Home): Named {
  if (text.startsWith('arn:')) return arnNamed(kind, [text])
  if (namings.includes('url')) {
    const queue = readQueueUrl(text, home)
    if (queue !== undefined) return queue
  }
  const copied = namings.includes('copy') ? text.replace(/^\//, '').split('/', 1)[0] : undefined
  const name = copied ?? text
  return (kind === 'eventBuses' ? BUS_NAME : NAME).test(name) ? atHome([name], home) : { is: 'unreadable' }
}

/** Resources that no typed list speaks of: their account is what can be told. */
function otherNamedBy(value: readonly Piece[], home: Home): Named {
  const [text, ...more] = value
  if (typeof text !== 'string' || more.length > 0) return { is: 'anything' }
  if (!text.startsWith('arn:')) return atHome([text], home)
  const [, partition = '', , region = '', account = '', ...rest] = text.split(':')
  if (rest.length === 0) return { is: 'unreadable' }
  return {
    is: 'resource',
    partition,
    region: region === '' ? home.region : region,
    ...(account === '' ? accountOf(home) : { account }),
    name: [rest.join(':')],
  }
}

function reach(
  kind: ResourceKind,
  { namings }: Pick<ResourceMember, 'namings'>,
  value: readonly Piece[],
  home: Home,
): Named {
  const [first] = value
  if (kind === 'buckets' || namings.includes('url') || namings.includes('copy')) return { is: 'anything' }
  if (typeof first === 'string' && first.startsWith('arn:')) return arnNamed(kind, value)
  const isNamesAlone = namings.length === 1 && namings[0] === 'name'
  const isNoArn = typeof first === 'string' && first !== '' && !'arn:'.startsWith(first)
  return namings.includes('name') && (isNamesAlone || isNoArn) ? atHome(value, home) : { is: 'anything' }
}

/** @param value Begins with literal text that begins with `arn:`. */
function arnNamed(kind: ResourceKind, value: readonly Piece[]): Named {
  const [first, ...later] = value
  const fields = String(first).split(':')
  const [, partition = '', service = '', region = '', account = '', ...rest] = fields
  if (rest.length === 0) return later.length > 0 ? { is: 'anything' } : { is: 'unreadable' }
  const { services, types } = ARNS[kind]
  if (!services.includes(service) || (kind !== 'buckets' && !ACCOUNT.test(account))) return { is: 'unreadable' }
  const tail = rest.join(':')
  const type = types.find((each) => tail.startsWith(`${each}/`) || tail.startsWith(`${each}:`))
  if (types.length > 0 && type === undefined) return later.length > 0 ? { is: 'anything' } : { is: 'unreadable' }
  const named = type === undefined ? tail : tail.slice(type.length + 1)
  // What follows the name (an alias, an execution, a key) belongs to the resource.
  const endsAt = kind === 'eventBuses' ? -1 : named.search(/[:/]/)
  const name = endsAt >= 0 ? [named.slice(0, endsAt)] : [...(named === '' ? [] : [named]), ...later]
  if (name.length === 0 || name[0] === '') return { is: 'unreadable' }
  return { is: 'resource', partition, region, ...(kind !== 'buckets' && { account }), name }
}

/** `https://sqs.eu-west-1.amazonaws.com/111111111111/orders`, its older spellings, and `111111111111/orders`. */
function readQueueUrl(text: string, home: Home): Named | undefined {
  const [, host, account = '', name = ''] =
    /^(?:https?:\/\/([a-z0-9.-]{1,253}))?\/?([0-9]{12})\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/.exec(text) ?? []
  if (name === '') return text.includes('/') || text.includes(':') ? { is: 'unreadable' } : undefined
  const region = host === undefined ? home.region : regionOf(host)
  if (region === undefined) return { is: 'unreadable' }
  return { is: 'resource', partition: home.partition, region, account, name: [name] }
}

/** The Region in the host of a queue's address; `queue.amazonaws.com` is the oldest one, of us-east-1. */
function regionOf(host: string): string | undefined {
  if (host === 'queue.amazonaws.com') return 'us-east-1'
  const [, sqs, legacy] = /^(?:sqs(?:-fips)?\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\./.exec(host) ?? []
  return sqs ?? legacy
}

function atHome(name: readonly Piece[], home: Home): Named {
  return { is: 'resource', partition: home.partition, region: home.region, ...accountOf(home), name }
}

function accountOf({ account }: Home): { account?: string } {
  return account === undefined ? {} : { account }
}
