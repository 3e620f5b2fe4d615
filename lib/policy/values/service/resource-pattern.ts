import { covers } from '../../patterns/covers.ts'
import { mayMeet } from '../../patterns/may-meet.ts'
import { patternOf } from '../../patterns/parse.ts'
import type { Pattern } from '../../patterns/pattern.ts'
import { reachOf } from '../../patterns/value.ts'
import type { Home, Named } from './resource.ts'
import type { ResourceKind } from './resource-kinds.ts'

/**
 * An entry of a typed list: a name (of the role's account, in the uri's Region), `account/name`, or a whole ARN, each
 * with stars. A bucket has neither account nor Region: its name is the whole world's.
 */
export interface ResourcePattern {
  text: string
  kind: ResourceKind
  /** Absent: that of the uri. */
  partition?: Pattern
  region?: Pattern
  /** Absent: that of the role. */
  account?: Pattern
  name: Pattern
}

const ACCOUNT_AND_NAME = /^([0-9*]{1,12})\/(.+)$/
/** What stands before the name in the last field of an ARN. */
const TYPE = /^(?:table|global-table|stateMachine|stream|deliverystream|event-bus)[/:]/

export function resourcePatternOf(kind: ResourceKind, text: string): ResourcePattern {
  if (text.startsWith('arn:')) {
    const [, partition = '*', , region = '*', account = '*', ...rest] = text.split(':')
    const name = patternOf('name', rest.join(':').replace(TYPE, '') || '*')
    if (kind === 'buckets') return { text, kind, name }
    const field = (value: string) => patternOf('name', value === '' ? '*' : value)
    return { text, kind, partition: field(partition), region: field(region), account: field(account), name }
  }
  const [, account, name] = ACCOUNT_AND_NAME.exec(text) ?? []
  if (account === undefined || name === undefined) return { text, kind, name: patternOf('name', text) }
  return { text, kind, account: patternOf('name', account), name: patternOf('name', name) }
}

export function resourcePatternsOf(kind: ResourceKind, texts: readonly string[]): readonly ResourcePattern[] {
  return texts.map((text) => resourcePatternOf(kind, text))
}

/** Whether one of the entries covers all that the value can name. */
export function coversNamed(entries: readonly ResourcePattern[], named: Named, home: Home): boolean {
  if (named.is === 'unreadable') return false
  if (named.is === 'anything') return entries.some(isEverything)
  const name = reachOf(
    'name',
    named.name.map((piece) => (typeof piece === 'string' ? piece : { hole: 'segment' })),
  )
  return entries.some((entry) => {
    if (!covers(entry.name, name)) return false
    if (entry.kind === 'buckets') return entry.account === undefined
    return (
      field(entry.partition, named.partition, home.partition) &&
      field(entry.region, named.region, home.region) &&
      (entry.account === undefined
        ? named.account === home.account
        : named.account === undefined
          ? isStar(entry.account)
          : covers(entry.account, valueAsName(named.account)))
    )
  })
}

/** Whether the value could name something that one of the entries matches. What isn't known could be it. */
export function namedMayMeet(entries: readonly ResourcePattern[], named: Named, home: Home): boolean {
  if (named.is === 'unreadable') return false
  if (named.is === 'anything') return entries.length > 0
  const name = reachOf(
    'name',
    named.name.map((piece) => (typeof piece === 'string' ? piece : { hole: 'anything' })),
  )
  return entries.some((entry) => {
    if (!mayMeet(entry.name, name)) return false
    if (entry.kind === 'buckets') return true
    return (
      field(entry.partition, named.partition, home.partition) &&
      field(entry.region, named.region, home.region) &&
      accountMayMeet(entry.account, named.account, home.account)
    )
  })
}

function accountMayMeet(pattern: Pattern | undefined, account: string | undefined, own: string | undefined): boolean {
  if (account === undefined || (pattern === undefined && own === undefined)) return true
  return pattern === undefined ? account === own : covers(pattern, valueAsName(account))
}

function field(pattern: Pattern | undefined, value: string, own: string): boolean {
  return pattern === undefined ? value === own : covers(pattern, valueAsName(value))
}

/** A literal field of an ARN; an empty one is that of a global service. */
function valueAsName(text: string): Pattern {
  return reachOf('name', [text])
}

/** Whether an entry covers each resource of each account that the uri's Region can reach. */
function isEverything({ kind, account, name }: ResourcePattern): boolean {
  return isStar(name) && (kind === 'buckets' ? account === undefined : account !== undefined && isStar(account))
}

function isStar({ text }: Pattern): boolean {
  return text === '*'
}
