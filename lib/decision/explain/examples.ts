import type { IntegrationType } from '../../apigateway/integration.ts'
import { closest } from '../../policy/patterns/closest.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import type { Remedy } from '../decision.ts'
import type { Backends, HttpLimits, LambdaLimits, ServiceLimits, Verbs } from '../rules/limits.ts'

/** A backend that a team's entries allow, written out: for a fix where nothing closer to the request would pass. */
export interface Example {
  kind: 'http' | 'lambda' | 'service'
  type: IntegrationType
  httpMethod: string
  uri: string
}

/** Where the API is. */
interface Place {
  partition: string
  region: string
}

/** Entries of one kind that are looked at. */
const MAX_ENTRIES = 8

/** One example of each entry, in the document's order; of an entry whose patterns give no value, none. */
export function examplesOf({ http, lambda, service }: Backends, types: readonly string[], place: Place): Example[] {
  const type = (types.find((each) => each === 'HTTP' || each === 'HTTP_PROXY') ?? 'HTTP_PROXY') as IntegrationType
  return [
    ...http.slice(0, MAX_ENTRIES).flatMap((entry) => httpExample(entry, type)),
    ...lambda.slice(0, MAX_ENTRIES).flatMap((entry) => lambdaExample(entry, place)),
    ...service.slice(0, MAX_ENTRIES).flatMap((entry) => serviceExample(entry, place)),
  ]
}

/** The steps that make an example the backend. */
export function usingExample({ type, httpMethod, uri }: Example): Remedy {
  return [
    { op: 'set', path: '/type', value: type },
    { op: 'set', path: '/httpMethod', value: httpMethod },
    { op: 'set', path: '/uri', value: uri },
  ]
}

function httpExample({ hosts, schemes, ports, paths, methods }: HttpLimits, type: IntegrationType): Example[] {
  const host = first(hosts, '')
  const path = paths === undefined ? '/' : first(paths, '/')
  if (host === undefined || path === undefined) return []
  const [scheme = 'https'] = schemes ?? []
  const [port] = ports ?? []
  const isDefault = port === undefined || port === (scheme === 'https' ? 443 : 80)
  const uri = `${scheme}://${host}${isDefault ? '' : `:${port}`}${path}`
  return [{ kind: 'http', type, httpMethod: verbOf({ ...(methods && { methods }) }, 'GET'), uri }]
}

function lambdaExample(entry: LambdaLimits, { partition, region }: Place): Example[] {
  const { accounts = [], functions, qualifiers, unqualified } = entry
  const [account] = accounts
  const name = first(functions, '')
  const qualifier = qualifiers === undefined ? (unqualified === 'never' ? 'live' : '') : first(qualifiers, '')
  if (account === undefined || name === undefined || qualifier === undefined) return []
  const [inPartition = partition] = entry.partitions ?? []
  const [inRegion = region] = entry.regions ?? []
  const arn = `arn:${inPartition}:lambda:${inRegion}:${account}:function:${name}${qualifier === '' ? '' : `:${qualifier}`}`
  const uri = `arn:${inPartition}:apigateway:${inRegion}:lambda:path/2015-03-31/functions/${arn}/invocations`
  return [{ kind: 'lambda', type: 'AWS_PROXY', httpMethod: verbOf(entry, 'POST'), uri }]
}

function serviceExample(entry: ServiceLimits, { partition, region }: Place): Example[] {
  const { service, subdomains, paths, actions } = entry
  const label = subdomains === undefined ? '' : first(subdomains, '')
  const path = first(paths, service === 's3' ? '/bucket/key' : '/111111111111/name')
  const action = first(actions, '')
  if (label === undefined || (path ?? action) === undefined) return []
  const [inPartition = partition] = entry.partitions ?? []
  const [inRegion = region] = entry.regions ?? []
  const at = `arn:${inPartition}:apigateway:${inRegion}:${label === '' ? '' : `${label}.`}${service}`
  const uri = `${at}:${path === undefined ? `action/${action}` : `path${path}`}`
  return [{ kind: 'service', type: 'AWS', httpMethod: verbOf(entry, 'POST'), uri }]
}

/** The first value that one of the patterns gives. */
function first(patterns: readonly Pattern[] | undefined, near: string): string | undefined {
  for (const pattern of patterns ?? []) {
    const text = closest(pattern, near)
    if (text !== undefined) return text
  }
  return undefined
}

function verbOf({ methods }: Verbs, otherwise: string): string {
  return methods?.find((verb) => verb !== '*') ?? otherwise
}
