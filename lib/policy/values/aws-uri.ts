import { isPartition, isRegion, type LambdaArn, readLambdaArn } from './arn.ts'
import { isLateBound } from './late-bound.ts'
import { readServiceQuery, type ServiceQuery } from './service/query.ts'
import type { Service } from './service/services.ts'
import { type Hazard, hazard, unreadableCharacters } from './uri-hazard.ts'
import { readPath, type UriPath } from './uri-path.ts'

/** The invocation of a Lambda function. */
export interface LambdaUri {
  kind: 'lambda'
  /** Partition and Region of the API Gateway ARN around the function's. */
  partition: string
  region: string
  lambda: LambdaArn
  /** Whether the path is that of InvokeWithResponseStream. */
  streaming: boolean
}

/** A call of another AWS service: `arn:{partition}:apigateway:{region}:{subdomain.service}:{path|action}/{api}`. */
export interface ServiceUri {
  kind: 'service'
  partition: string
  region: string
  /** The labels in front of the service; absent where there are none. */
  subdomain?: string
  service: string
  /** Set for `path/…`, from its leading slash, without the query. */
  path?: UriPath
  /** Set for `action/Name`. */
  action?: string
  /** The operation that a query names beside a path (`?Action=SendMessage`). */
  queryAction?: string
  /** Of the parameters but `Action`, behind the `?` of a path or the `&` of an action. */
  query: 'none' | 'literal' | 'late-bound'
  parameters: ServiceQuery['parameters']
  /** The names of {@link parameters}, each once. */
  queryNames: readonly string[]
}

export interface AwsUriReading {
  uri?: LambdaUri | ServiceUri
  hazards: Hazard[]
}

const MAX_LENGTH = 8192
const BUFFERED = ['2015-03-31/functions/', '/invocations'] as const
const STREAMING = ['2021-11-15/functions/', '/response-streaming-invocations'] as const
const SERVICE_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const ACTION = /^[A-Za-z][A-Za-z0-9]{0,127}$/

/** What is known of a service, as far as its uri goes. */
export type ProtocolOf = (service: string, subdomain: string | undefined) => Pick<Service, 'protocol'>

/**
 * Reads the `uri` of an AWS or AWS_PROXY integration; linear in its length.
 *
 * @param protocolOf Of `service/services.ts`; without it no service has a second spelling of its root.
 */
export function readAwsUri(raw: string, protocolOf: ProtocolOf | undefined): AwsUriReading {
  if (raw.length > MAX_LENGTH) {
    return { hazards: [hazard('length', 'uri', raw.length, `The uri is longer than ${MAX_LENGTH} characters.`)] }
  }
  const unreadable = unreadableCharacters(raw)
  if (unreadable.length > 0) return { hazards: unreadable }

  const fields = raw.split(':', 5)
  const [arn, partition = '', gateway, region = '', host = ''] = fields
  const head = fields.join(':').length
  if (arn !== 'arn' || gateway !== 'apigateway' || raw[head] !== ':') {
    const message = 'The uri of an AWS integration is arn:{partition}:apigateway:{Region}:{service}:{path|action}/….'
    const fix = 'Write arn:aws:apigateway:{Region}:{service}:path/… or arn:aws:apigateway:{Region}:{service}:action/….'
    return { hazards: [hazard('integration-arn', 'uri', raw.slice(0, 256), message, fix)] }
  }
  const hazards: Hazard[] = []
  if (!isPartition(partition)) hazards.push(fieldHazard('partition', partition))
  if (!isRegion(region)) hazards.push(fieldHazard('region', region))
  const labels = host.split('.')
  if (host.length > 253 || !labels.every((label) => SERVICE_LABEL.test(label)))
    hazards.push(fieldHazard('service', host))
  if (hazards.length > 0) return { hazards }

  const api = raw.slice(head + 1)
  const service = labels.at(-1) ?? ''
  if (service === 'lambda') return readLambdaUri(partition, region, host, api)
  const subdomain = labels.slice(0, -1).join('.')
  const base = { kind: 'service' as const, partition, region, service, ...(subdomain !== '' && { subdomain }) }
  return readServiceApi(base, api, protocolOf)
}

function readLambdaUri(partition: string, region: string, host: string, api: string): AwsUriReading {
  const rest = api.startsWith('path/') ? api.slice('path/'.length) : ''
  for (const [before, after] of [BUFFERED, STREAMING]) {
    if (host !== 'lambda' || !rest.startsWith(before) || !rest.endsWith(after)) continue
    const lambda = readLambdaArn(rest.slice(before.length, rest.length - after.length))
    if ('finding' in lambda) return { hazards: [lambda] }
    return { uri: { kind: 'lambda', partition, region, lambda, streaming: after === STREAMING[1] }, hazards: [] }
  }
  if (isLateBound(api)) {
    const message = 'Which Lambda operation is called must be written out.'
    return { hazards: [hazard('late-bound', 'path', api.slice(0, 256), message, 'Write the whole path literally.')] }
  }
  const message = 'Of Lambda only invocations are accepted.'
  const fix = 'Write path/2015-03-31/functions/{function ARN}/invocations, spelt exactly so.'
  return { hazards: [hazard('lambda-path', 'path', api.slice(0, 256), message, fix)] }
}

type ServiceBase = Pick<ServiceUri, 'kind' | 'partition' | 'region' | 'service' | 'subdomain'>

function readServiceApi(base: ServiceBase, api: string, protocolOf: ProtocolOf | undefined): AwsUriReading {
  const isPath = api.startsWith('path/')
  if (!isPath && !api.startsWith('action/')) {
    if (isLateBound(api)) {
      const message = 'Which operation of the service is called must be written out.'
      const fix = 'Write path/ or action/ and what follows literally.'
      return { hazards: [hazard('late-bound', 'path', api.slice(0, 256), message, fix)] }
    }
    const message = 'After the service comes path/ or action/, in lower case.'
    const fix = 'Write path/ and a path, or action/ and an operation.'
    return { hazards: [hazard('integration-arn', 'path', api.slice(0, 256), message, fix)] }
  }
  if (api.includes('#') || api.includes('*')) {
    const message = 'A * or # in a request is no pattern and names nothing.'
    return { hazards: [hazard('wildcard', 'path', api.slice(0, 256), message, 'Write %2A for * and %23 for #.')] }
  }
  return isPath
    ? readServicePath(base, api.slice('path'.length), protocolOf)
    : readAction(base, api.slice('action/'.length))
}

/** The path decides which resource is called, so what only a path rule would mind holds always. */
function readServicePath(base: ServiceBase, text: string, protocolOf: ProtocolOf | undefined): AwsUriReading {
  const hazards: Hazard[] = []
  const questionAt = text.indexOf('?')
  const path = readPath(rootOf(base, questionAt < 0 ? text : text.slice(0, questionAt), protocolOf), hazards)
  const query = readServiceQuery(questionAt < 0 ? '' : text.slice(questionAt + 1), hazards)
  const [action, ...more] = query?.actions ?? []
  if (more.length > 0) hazards.push(secondAction(more[0] ?? ''))
  else if (action !== undefined && !ACTION.test(action)) hazards.push(actionHazard(action, 'query'))
  if (path === undefined || query === undefined) return { hazards }
  hazards.push(...path.hazards)
  path.hazards = []
  if (hazards.length > 0) return { hazards }
  return {
    uri: { ...base, path, ...(action !== undefined && { queryAction: action }), ...queryOf(query) },
    hazards,
  }
}

function queryOf({ kind, parameters }: ServiceQuery): Pick<ServiceUri, 'query' | 'parameters' | 'queryNames'> {
  return { query: kind, parameters, queryNames: [...new Set(parameters.map(({ name }) => name))] }
}

/**
 * The console writes a path override of `/` as `path//`, and AWS's guides have it so. Where no label stands before the
 * service, that is the root in either reading.
 */
function rootOf({ service, subdomain }: ServiceBase, path: string, protocolOf: ProtocolOf | undefined): string {
  if (path !== '//' || subdomain !== undefined || protocolOf === undefined) return path
  const { protocol } = protocolOf(service, subdomain)
  return protocol === 'query' || protocol === 'json' || service === 's3' ? '/' : path
}

function readAction(base: ServiceBase, text: string): AwsUriReading {
  const ampersand = text.indexOf('&')
  const action = ampersand < 0 ? text : text.slice(0, ampersand)
  if (isLateBound(action)) {
    const message = 'Which action is called must be written out.'
    return { hazards: [hazard('late-bound', 'action', action, message, 'Write the action literally.')] }
  }
  if (!ACTION.test(action)) return { hazards: [actionHazard(action, 'action')] }
  const hazards: Hazard[] = []
  const query = readServiceQuery(ampersand < 0 ? '' : text.slice(ampersand + 1), hazards)
  const [second] = query?.actions ?? []
  if (second !== undefined) hazards.push(secondAction(second))
  if (hazards.length > 0 || query === undefined) return { hazards }
  return { uri: { ...base, action, ...queryOf(query) }, hazards }
}

function actionHazard(action: string, part: 'action' | 'query'): Hazard {
  const message = 'The action is a name of letters and digits.'
  return hazard(
    'action',
    part,
    action.slice(0, 256),
    message,
    'Write the name of the operation, for example SendMessage.',
  )
}

function secondAction(action: string): Hazard {
  const message = 'A second Action could be called in place of the first.'
  return hazard('action', 'query', action.slice(0, 256), message, 'Write one operation only.')
}

function fieldHazard(part: string, value: string): Hazard {
  if (value.includes('$') || value.includes('{')) {
    const message = `The ${part} must be written out, not filled in later.`
    return hazard('late-bound', part, value, message, `Write the ${part} literally.`)
  }
  if (value.includes('*')) {
    return hazard('wildcard', part, value, 'A * in a request is no pattern.', `Write the ${part} without *.`)
  }
  const message = `${value === '' ? 'An empty string' : value.slice(0, 256)} is no ${part} of an ARN.`
  return hazard('arn-field', part, value.slice(0, 256), message, `Write the real ${part}.`)
}
