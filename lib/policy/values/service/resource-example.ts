import { closest } from '../../patterns/closest.ts'
import type { Pattern } from '../../patterns/pattern.ts'
import type { NamedAt } from './request.ts'
import type { Home } from './resource.ts'
import type { ResourceKind } from './resource-kinds.ts'
import type { ResourcePattern } from './resource-pattern.ts'

/**
 * A value that a member could have instead, inside the entry: the nearest that its list, else its paths, else the role's
 * own account allows; spelt as the member wants it. `undefined` where none can be told.
 */
export function exampleOf(
  { member, named, text }: Pick<NamedAt, 'member' | 'named' | 'text'>,
  list: readonly ResourcePattern[] | undefined,
  paths: readonly Pattern[] | undefined,
  home: Home,
): string | undefined {
  const { kind, namings } = member
  if (kind === 'other') return ownOther(text, home)
  const written = named.is === 'resource' ? named.name.filter((piece) => typeof piece === 'string').join('') : ''
  const found = list === undefined ? byPath(paths, kind, written, home) : byList(list, written, home)
  if (found === undefined) return undefined
  const { account, region, name } = found
  if (kind === 'queues' && namings.includes('url')) {
    if (account === undefined) return undefined
    return `https://sqs.${region}.${SUFFIXES[home.partition] ?? 'amazonaws.com'}/${account}/${name}`
  }
  if (namings.includes('name') && account === home.account && region === home.region) return name
  if (!namings.includes('arn') || account === undefined) return namings.includes('name') ? name : undefined
  return `arn:${home.partition}:${ARN[kind][0]}:${region}:${account}:${ARN[kind][1]}${name}`
}

const SUFFIXES: Readonly<Record<string, string>> = { 'aws-cn': 'amazonaws.com.cn' }

const ARN: Readonly<Record<ResourceKind, readonly [service: string, type: string]>> = {
  queues: ['sqs', ''],
  topics: ['sns', ''],
  tables: ['dynamodb', 'table/'],
  stateMachines: ['states', 'stateMachine:'],
  buckets: ['s3', ''],
  streams: ['kinesis', 'stream/'],
  eventBuses: ['events', 'event-bus/'],
}

interface Example {
  account?: string | undefined
  region: string
  name: string
}

function byList(list: readonly ResourcePattern[], written: string, home: Home): Example | undefined {
  for (const { account, region, name } of list) {
    const found = closest(name, written)
    if (found === undefined) continue
    const own = account === undefined ? home.account : closest(account, home.account ?? '')
    return {
      account: own,
      region: region === undefined ? home.region : (closest(region, home.region) ?? home.region),
      name: found,
    }
  }
  return undefined
}

function byPath(
  paths: readonly Pattern[] | undefined,
  kind: ResourceKind,
  written: string,
  home: Home,
): Example | undefined {
  if (paths === undefined)
    return kind === 'buckets' ? undefined : { account: home.account, region: home.region, name: written || 'value' }
  for (const path of paths) {
    const found = closest(path, kind === 'queues' ? `/${home.account ?? ''}/${written}` : `/${written}/value`)
    const [first = '', second = ''] = (found ?? '').slice(1).split('/')
    if (kind === 'buckets' && first !== '') return { region: home.region, name: first }
    if (kind === 'queues' && /^[0-9]{12}$/.test(first)) return { account: first, region: home.region, name: second }
  }
  return undefined
}

/** An ARN of another account or Region as one of the role's own. */
function ownOther(text: string, { account, region }: Home): string | undefined {
  const fields = text.split(':')
  if (fields[0] !== 'arn' || fields.length < 6 || account === undefined)
    return fields[0] === 'arn' ? undefined : 'value'
  if (fields[3] !== '') fields[3] = region
  fields[4] = account
  return fields.join(':')
}
