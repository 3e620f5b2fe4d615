import { isPartition, isRegion, type LambdaArn, readLambdaArn } from './arn.ts'
import { isLateBound, scanLateBound } from './late-bound.ts'
import { type Hazard, hazard, unreadableCharacters } from './uri-hazard.ts'
import { malformedLateBound, readPath, type UriPath } from './uri-path.ts'

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
  query: 'none' | 'literal' | 'late-bound'
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

/** Reads the `uri` of an AWS or AWS_PROXY integration; linear in its length. */
export function readAwsUri(raw: string): AwsUriReading {
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
    return { hazards: [hazard('integration-arn', 'uri', raw.slice(0, 256), message)] }
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
  return readServiceApi(base, api)
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
    return { hazards: [hazard('late-bound', 'path', api.slice(0, 256), message)] }
  }
  const message =
    'Only invocations are accepted: path/2015-03-31/functions/{function ARN}/invocations, spelt exactly so.'
  return { hazards: [hazard('lambda-path', 'path', api.slice(0, 256), message)] }
}

type ServiceBase = Pick<ServiceUri, 'kind' | 'partition' | 'region' | 'service' | 'subdomain'>

function readServiceApi(base: ServiceBase, api: string): AwsUriReading {
  const isPath = api.startsWith('path/')
  if (!isPath && !api.startsWith('action/')) {
    if (isLateBound(api)) {
      const message = 'Which operation of the service is called must be written out.'
      return { hazards: [hazard('late-bound', 'path', api.slice(0, 256), message)] }
    }
    const message = 'After the service comes path/ or action/, in lower case.'
    return { hazards: [hazard('integration-arn', 'path', api.slice(0, 256), message)] }
  }
  if (api.includes('#') || api.includes('*')) {
    const message = 'A * or # in a request is no pattern and names nothing.'
    return { hazards: [hazard('wildcard', 'path', api.slice(0, 256), message)] }
  }
  return isPath ? readServicePath(base, api.slice('path'.length)) : readAction(base, api.slice('action/'.length))
}

/** The path decides which resource is called, so what only a path rule would mind holds always. */
function readServicePath(base: ServiceBase, text: string): AwsUriReading {
  const hazards: Hazard[] = []
  const questionAt = text.indexOf('?')
  const path = readPath(questionAt < 0 ? text : text.slice(0, questionAt), hazards)
  if (questionAt >= 0 && namesAction(text.slice(questionAt + 1))) {
    hazards.push(
      hazard('action', 'query', text.slice(questionAt), 'An Action in the query would choose what the service does.'),
    )
  }
  const query = questionAt < 0 ? 'none' : readParameters(text.slice(questionAt + 1), hazards)
  if (path === undefined) return { hazards }
  hazards.push(...path.hazards)
  path.hazards = []
  return hazards.length > 0 || query === undefined ? { hazards } : { uri: { ...base, path, query }, hazards }
}

function readAction(base: ServiceBase, text: string): AwsUriReading {
  const ampersand = text.indexOf('&')
  const action = ampersand < 0 ? text : text.slice(0, ampersand)
  if (isLateBound(action)) {
    return { hazards: [hazard('late-bound', 'action', action, 'Which action is called must be written out.')] }
  }
  if (!ACTION.test(action)) {
    return {
      hazards: [hazard('action', 'action', action.slice(0, 256), 'The action is a name of letters and digits.')],
    }
  }
  const hazards: Hazard[] = []
  const parameters = ampersand < 0 ? '' : text.slice(ampersand + 1)
  const query = ampersand < 0 ? 'none' : readParameters(parameters, hazards)
  if (namesAction(parameters)) {
    hazards.push(
      hazard('action', 'action', parameters.slice(0, 256), 'A second Action would be called in place of the first.'),
    )
  }
  return hazards.length > 0 || query === undefined ? { hazards } : { uri: { ...base, action, query }, hazards }
}

/** Query-protocol services take the operation from this parameter, wherever it stands. */
function namesAction(parameters: string): boolean {
  return parameters.split('&').some((parameter) => /^action(?:=|$)/i.test(parameter))
}

function readParameters(text: string, hazards: Hazard[]): 'literal' | 'late-bound' | undefined {
  const late = scanLateBound(text)
  if (late.malformedAt < 0) return late.first === undefined ? 'literal' : 'late-bound'
  hazards.push(malformedLateBound('query', text, late))
  return undefined
}

function fieldHazard(part: string, value: string): Hazard {
  if (value.includes('$') || value.includes('{')) {
    return hazard('late-bound', part, value, `The ${part} must be written out, not filled in later.`)
  }
  if (value.includes('*'))
    return hazard('wildcard', part, value, `A * in a request is no pattern: write the ${part} out.`)
  return hazard(
    'arn-field',
    part,
    value.slice(0, 256),
    `${value === '' ? 'An empty string' : value} is no ${part} of an ARN.`,
  )
}
