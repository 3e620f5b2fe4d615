import { inEffect } from '../apigateway/effective.ts'
import type { Integration } from '../apigateway/integration.ts'
import { MEMBERS, type MemberName } from '../apigateway/members.ts'
import type { Pattern } from '../policy/patterns/pattern.ts'
import { reachOf, valueOf } from '../policy/patterns/value.ts'
import { isCallerPassThrough, type RoleArn, readRoleArn } from '../policy/values/arn.ts'
import { type LambdaUri, readAwsUri, type ServiceUri } from '../policy/values/aws-uri.ts'
import { type HttpUri, readHttpUri } from '../policy/values/http-uri.ts'
import { type LateSource, lateSources, piecesOf } from '../policy/values/path-reach.ts'
import { isPlain, plainTemplate } from '../policy/values/template/static.ts'
import type { TemplateResult } from '../policy/values/template/template.ts'
import type { Hazard } from '../policy/values/uri-hazard.ts'
import type { Loaded } from './compile/loaded.ts'
import type { DecisionRequest } from './decision.ts'
import type { Example } from './explain/examples.ts'

export type Backend =
  | HttpUri
  | LambdaUri
  | ServiceUri
  | { kind: 'mock' }
  /** In doubt, and denied for that: nothing else is said of it. */
  | { kind: 'unreadable' }

export type Credentials = { kind: 'none' } | { kind: 'caller' } | RoleArn | { kind: 'unreadable'; hazard: Hazard }

/** All that a path can become. */
export interface PathReach {
  pattern: Pattern
  /** Where its late-bound parts come from; empty where all is literal. */
  late: readonly LateSource[]
}

/** The request as every rule sees it: read once, absent members replaced by what API Gateway would do. */
export interface Subject {
  request: DecisionRequest
  integration: Integration
  team: string
  backend: Backend
  uriHazards: Hazard[]
  /** Of the backend's path; `undefined` where the backend has none. */
  path: PathReach | undefined
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
  /** What the policy is compiled with. */
  loaded: Loaded
  /** Backends that the team's entries allow, for fixes. */
  examples(): readonly Example[]
  /**
   * A request template, parsed once, however many rules ask; `undefined` where it isn't plain and the policy is compiled
   * without the grammar: then it is refused (see `rules/unread.ts`).
   */
  template(text: string): TemplateResult | undefined
}

const NO_KEYS: readonly string[] = []
const NO_PARAMETERS: readonly (readonly [string, string])[] = []
const NOTHING_LATE: PathReach['late'] = []
const MOCK: Backend = { kind: 'mock' }
const UNREADABLE: Backend = { kind: 'unreadable' }
const NO_CREDENTIALS: Credentials = { kind: 'none' }
const CALLER: Credentials = { kind: 'caller' }

/** @param request Of well-formed members only (see `members.ts`). */
export function readSubject(
  request: DecisionRequest,
  team: string,
  loaded: Loaded,
  examples: () => readonly Example[] = () => [],
): Subject {
  const { integration } = request
  const { backend, hazards } = readBackend(integration, loaded)
  const { cacheKeyParameters: keys, requestParameters, requestTemplates } = integration
  const templates = requestTemplates === undefined ? NO_PARAMETERS : templatesOf(requestTemplates)
  const template = templates.length === 0 ? NO_TEMPLATE : templateReader(loaded)
  const isOverridden = (name: string) => templates.some(([, text]) => setsPlaceholder(template(text), name))
  const member = <M extends MemberName>(name: M) => inEffect(name, integration[name], request.resourceId)
  return {
    request,
    integration,
    team,
    backend,
    uriHazards: hazards,
    path: pathReach(backend, requestParameters, isOverridden),
    credentials: readCredentials(integration.credentials, request.partition),
    connectionType: member('connectionType'),
    connectionId: member('connectionId') ?? MEMBERS.connectionId.default.word,
    integrationTarget: member('integrationTarget') ?? MEMBERS.integrationTarget.default.word,
    insecureSkipVerification: member('tlsConfig').insecureSkipVerification,
    timeoutInMillis: member('timeoutInMillis'),
    cacheNamespace: member('cacheNamespace'),
    cacheKeyParameters: keys === undefined || keys.length === 0 ? NO_KEYS : [...new Set(keys)],
    requestParameters: requestParameters === undefined ? NO_PARAMETERS : Object.entries(requestParameters),
    requestTemplates: templates,
    passthroughBehavior: member('passthroughBehavior'),
    contentHandling: member('contentHandling') ?? MEMBERS.contentHandling.default.word,
    responseTransferMode: member('responseTransferMode'),
    loaded,
    examples,
    template,
  }
}

/** Of an integration without templates nobody asks. */
const NO_TEMPLATE: Subject['template'] = () => undefined

function templateReader({ parseTemplate }: Loaded): Subject['template'] {
  const parsed = new Map<string, TemplateResult>()
  return (text) => {
    const known = parsed.get(text)
    if (known !== undefined) return known
    const read = isPlain(text)
      ? ({ ok: true, template: plainTemplate(text, 'request') } as const)
      : parseTemplate?.(text, 'request')
    if (read !== undefined) parsed.set(text, read)
    return read
  }
}

/** API Gateway drops `uri` and `httpMethod` of a MOCK, so that they never take effect. */
function readBackend({ type, uri = '' }: Integration, { services }: Loaded): { backend: Backend; hazards: Hazard[] } {
  if (type === 'MOCK') return { backend: MOCK, hazards: [] }
  const reading = type === 'AWS' || type === 'AWS_PROXY' ? readAwsUri(uri, services?.serviceOf) : readHttpUri(uri)
  return { backend: reading.uri ?? UNREADABLE, hazards: reading.hazards }
}

/** A template that isn't read (a policy can let any text pass) may set every placeholder. */
function setsPlaceholder(read: TemplateResult | undefined, name: string): boolean {
  if (read === undefined) return true
  return !read.ok || read.template.overrides.some((set) => set.side === 'request' && set.name === `path.${name}`)
}

function pathReach(
  backend: Backend,
  requestParameters: Readonly<Record<string, string>> = {},
  isOverridden: (name: string) => boolean,
): PathReach | undefined {
  const path = 'path' in backend ? backend.path : undefined
  if (path === undefined) return undefined
  if (path.lateBound === '') return { pattern: valueOf('path', path.text), late: NOTHING_LATE }
  const late = lateSources(path, requestParameters, isOverridden)
  return { pattern: reachOf('path', piecesOf(path, late)), late }
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
