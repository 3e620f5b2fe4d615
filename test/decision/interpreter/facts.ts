import type { Integration } from '../../../lib/apigateway/integration.ts'
import type { DecisionRequest } from '../../../lib/decision/decision.ts'
import type { PolicySet } from '../../../lib/policy/document/document.ts'
import { resolveList } from '../../../lib/policy/document/lists.ts'
import { type Backend, backendOf } from './backend.ts'

/** One question: what is judged, by which document, for which team. */
export interface Facts {
  document: PolicySet
  team: string
  request: DecisionRequest
  effective: Effective
  backend: Backend
  /** `@name` replaced by the entries of that list. */
  expand: (entries: readonly string[]) => string[]
}

/** The integration that would result: an absent member is API Gateway's default (policy.md 2, rule 1). */
export interface Effective {
  integration: Integration
  verb: string
  connectionType: string
  credentials: string
  timeout: number
  namespace: string
  keys: readonly string[]
  parameters: readonly (readonly [destination: string, source: string])[]
  templates: readonly (readonly [contentType: string, template: string])[]
  passthrough: string
  contentHandling: string
  transferMode: string
  insecure: boolean
}

export function factsOf(document: PolicySet, team: string, request: DecisionRequest): Facts {
  const { integration } = request
  return {
    document,
    team,
    request,
    backend: backendOf(integration),
    expand: (entries) =>
      entries.flatMap((entry) =>
        entry.startsWith('@') ? (resolveList(entry.slice(1), document.lists)?.entries ?? []) : [entry],
      ),
    effective: {
      integration,
      verb: integration.httpMethod ?? '',
      connectionType: integration.connectionType ?? 'INTERNET',
      credentials: integration.credentials ?? '',
      timeout: integration.timeoutInMillis ?? 29_000,
      namespace: integration.cacheNamespace ?? request.resourceId,
      keys: [...new Set(integration.cacheKeyParameters ?? [])],
      parameters: Object.entries(integration.requestParameters ?? {}).map(
        ([key, source]) => [key.slice('integration.request.'.length), source] as const,
      ),
      templates: Object.entries(integration.requestTemplates ?? {}).map(
        ([contentType, template]) => [contentType, template ?? ''] as const,
      ),
      passthrough: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
      contentHandling: integration.contentHandling ?? 'none',
      transferMode: integration.responseTransferMode ?? 'BUFFERED',
      insecure: integration.tlsConfig?.insecureSkipVerification === true,
    },
  }
}
