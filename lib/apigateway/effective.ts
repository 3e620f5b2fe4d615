import type { Integration } from './integration.ts'

/**
 * What takes effect: every default filled in, so that two spellings of one integration are deeply equal. Absent are
 * only members that have no default: `""` and an absent `credentials` both mean that API Gateway assumes no role.
 */
export interface EffectiveIntegration extends Integration {
  connectionType: 'INTERNET' | 'VPC_LINK'
  requestParameters: Record<string, string>
  requestTemplates: Record<string, string>
  passthroughBehavior: string
  cacheNamespace: string
  /** Sorted, each once. */
  cacheKeyParameters: string[]
  timeoutInMillis: number
  tlsConfig: { insecureSkipVerification: boolean }
  responseTransferMode: 'BUFFERED' | 'STREAM'
}

/**
 * Fills in what API Gateway would. A caller's spelling and API Gateway's answer to it come out equal, which is how an
 * intended integration is compared with an observed one.
 *
 * A `connectionType` on a type that does not use one is kept: API Gateway does not echo it, but policy must see it.
 *
 * @param resourceId the resource of the method: the default cache namespace.
 */
export function effective(integration: Integration, resourceId: string): EffectiveIntegration {
  const backend = integration.type === 'MOCK' ? {} : backendOf(integration)
  return {
    type: integration.type,
    ...backend,
    connectionType: integration.connectionType ?? 'INTERNET',
    ...unlessEmpty('connectionId', integration.connectionId),
    ...unlessEmpty('credentials', integration.credentials),
    requestParameters: sorted(integration.requestParameters, (value) => value),
    requestTemplates: sorted(integration.requestTemplates, (template) => template ?? ''),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    cacheNamespace: integration.cacheNamespace ?? resourceId,
    cacheKeyParameters: [...new Set(integration.cacheKeyParameters)].sort(),
    ...unlessEmpty('contentHandling', integration.contentHandling),
    timeoutInMillis: integration.timeoutInMillis ?? 29_000,
    tlsConfig: { insecureSkipVerification: integration.tlsConfig?.insecureSkipVerification ?? false },
    responseTransferMode: integration.responseTransferMode ?? 'BUFFERED',
    ...unlessEmpty('integrationTarget', integration.integrationTarget),
  }
}

/** The body of API Gateway's answer: the members it fills in, those that are set, and no others. */
export interface IntegrationAnswer<Response> extends Integration {
  integrationResponses?: Record<string, Response>
}

/**
 * What PutIntegration, GetIntegration and UpdateIntegration answer for a stored integration, as recorded: some defaults
 * filled in, `connectionType` for HTTP types only, no `uri` and `httpMethod` for MOCK, empty templates as `null`.
 *
 * @param resourceId the resource of the method: the default cache namespace.
 * @param responses integration responses by status code; left out while there are none.
 */
export function integrationAnswer<Response>(
  integration: Integration,
  resourceId: string,
  responses: Record<string, Response> = {},
): IntegrationAnswer<Response> {
  const { uri: _uri, httpMethod: _httpMethod, connectionType, requestTemplates, ...others } = integration
  const isHttp = integration.type === 'HTTP' || integration.type === 'HTTP_PROXY'
  const answer: IntegrationAnswer<Response> = {
    ...others,
    ...(integration.type === 'MOCK' ? {} : backendOf(integration)),
    ...(isHttp ? { connectionType: connectionType ?? 'INTERNET' } : {}),
    ...(requestTemplates === undefined ? {} : { requestTemplates: sorted(requestTemplates, (text) => text || null) }),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    cacheNamespace: integration.cacheNamespace ?? resourceId,
    cacheKeyParameters: integration.cacheKeyParameters ?? [],
    timeoutInMillis: integration.timeoutInMillis ?? 29_000,
    ...(Object.keys(responses).length === 0 ? {} : { integrationResponses: responses }),
  }
  for (const member of ['connectionId', 'credentials', 'integrationTarget'] as const) {
    if (answer[member] === '') delete answer[member]
  }
  return answer
}

function backendOf({ httpMethod, uri }: Integration): Pick<Integration, 'httpMethod' | 'uri'> {
  return { ...(httpMethod === undefined ? {} : { httpMethod }), ...(uri === undefined ? {} : { uri }) }
}

function unlessEmpty<Name extends string, Value extends string>(name: Name, value: Value | undefined) {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<Name, Value>)
}

/** In the order of its keys and without a prototype: the caller chooses the keys. */
function sorted<From, To>(map: Record<string, From> | undefined, read: (value: From) => To): Record<string, To> {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const result: Record<string, To> = Object.create(null)
  for (const [key, value] of entries) result[key] = read(value)
  return result
}
