import type { Integration } from '../apigateway/integration.ts'
import { isCallerPassThrough, type RoleArn, readRoleArn } from '../policy/values/arn.ts'
import { type LambdaUri, readAwsUri, type ServiceUri } from '../policy/values/aws-uri.ts'
import { type HttpUri, readHttpUri } from '../policy/values/http-uri.ts'
import type { Hazard } from '../policy/values/uri-hazard.ts'
import type { DecisionRequest } from './decision.ts'

export type Backend =
  | HttpUri
  | LambdaUri
  | ServiceUri
  | { kind: 'mock' }
  /** In doubt, and denied for that: nothing else is said of it. */
  | { kind: 'unreadable' }

export type Credentials = { kind: 'none' } | { kind: 'caller' } | RoleArn | { kind: 'unreadable'; hazard: Hazard }

/** The request as every rule sees it: read once, absent members replaced by what API Gateway would do. */
export interface Subject {
  request: DecisionRequest
  integration: Integration
  team: string
  backend: Backend
  uriHazards: Hazard[]
  credentials: Credentials
  connectionType: string
  /** Empty where none is given. */
  connectionId: string
  integrationTarget: string
  insecureSkipVerification: boolean
  timeoutInMillis: number
  cacheNamespace: string
  /** Each key once. */
  cacheKeyParameters: readonly string[]
  requestParameters: readonly (readonly [key: string, value: string])[]
  requestTemplates: readonly (readonly [contentType: string, template: string])[]
  passthroughBehavior: string
  /** `none` where absent. */
  contentHandling: string
  responseTransferMode: string
}

const NO_HAZARDS: Hazard[] = []
const NO_KEYS: readonly string[] = []
const NO_PARAMETERS: readonly (readonly [string, string])[] = []
const MOCK: Backend = { kind: 'mock' }
const UNREADABLE: Backend = { kind: 'unreadable' }
const NO_CREDENTIALS: Credentials = { kind: 'none' }
const CALLER: Credentials = { kind: 'caller' }

/** @param request Of well-formed members only (see `malformedMembers`). */
export function readSubject(request: DecisionRequest, team: string): Subject {
  const { integration } = request
  const reading = readBackend(integration)
  const { cacheKeyParameters: keys, requestParameters, requestTemplates } = integration
  return {
    request,
    integration,
    team,
    backend: reading.backend,
    uriHazards: reading.hazards,
    credentials: readCredentials(integration.credentials, request.partition),
    connectionType: integration.connectionType ?? 'INTERNET',
    connectionId: integration.connectionId ?? '',
    integrationTarget: integration.integrationTarget ?? '',
    insecureSkipVerification: integration.tlsConfig?.insecureSkipVerification ?? false,
    timeoutInMillis: integration.timeoutInMillis ?? 29_000,
    cacheNamespace: integration.cacheNamespace ?? request.resourceId,
    cacheKeyParameters: keys === undefined || keys.length === 0 ? NO_KEYS : [...new Set(keys)],
    requestParameters: requestParameters === undefined ? NO_PARAMETERS : Object.entries(requestParameters),
    requestTemplates: requestTemplates === undefined ? NO_PARAMETERS : templatesOf(requestTemplates),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    contentHandling: (integration.contentHandling as string | undefined) || 'none', // UpdateIntegration clears it with ""
    responseTransferMode: integration.responseTransferMode ?? 'BUFFERED',
  }
}

/** API Gateway drops `uri` and `httpMethod` of a MOCK, so that they never take effect. */
function readBackend({ type, uri = '' }: Integration): { backend: Backend; hazards: Hazard[] } {
  if (type === 'MOCK') return { backend: MOCK, hazards: NO_HAZARDS }
  if (type === 'AWS' || type === 'AWS_PROXY') {
    const reading = readAwsUri(uri)
    return { backend: reading.uri ?? UNREADABLE, hazards: reading.hazards }
  }
  const reading = readHttpUri(uri)
  return { backend: reading.uri ?? UNREADABLE, hazards: reading.hazards }
}

function templatesOf(templates: Record<string, string | null>): [string, string][] {
  return Object.entries(templates).map(([contentType, template]) => [contentType, template ?? ''])
}

function readCredentials(text: string | undefined, partition: string): Credentials {
  if (text === undefined || text === '') return NO_CREDENTIALS
  if (isCallerPassThrough(text, partition)) return CALLER
  const role = readRoleArn(text, partition)
  return 'finding' in role ? { kind: 'unreadable', hazard: role } : role
}
