/** The verbs a method can have, as API Gateway spells them in a path; `ANY` is one of them. */
export const HTTP_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY'] as const
export type HttpMethod = (typeof HTTP_METHODS)[number]

export const INTEGRATION_TYPES = ['HTTP', 'AWS', 'MOCK', 'HTTP_PROXY', 'AWS_PROXY'] as const
export type IntegrationType = (typeof INTEGRATION_TYPES)[number]

/** The method whose integration is meant; `httpMethod` is the verb the API's caller uses. */
export interface MethodPath {
  restApiId: string
  resourceId: string
  httpMethod: HttpMethod
}

/**
 * An integration as a caller writes it: the members of PutIntegration's body under their wire names, absent where not
 * sent. `httpMethod` is the verb towards the backend (`integrationHttpMethod` in the SDKs).
 *
 * Source: API Gateway service model 2015-07-09, PutIntegrationRequest.
 */
export interface Integration {
  type: IntegrationType
  httpMethod?: string
  uri?: string
  connectionType?: 'INTERNET' | 'VPC_LINK'
  connectionId?: string
  credentials?: string
  requestParameters?: Record<string, string>
  /** Content type to template; a stored `""` reads back as `null`. */
  requestTemplates?: Record<string, string | null>
  passthroughBehavior?: string
  cacheNamespace?: string
  cacheKeyParameters?: string[]
  contentHandling?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT'
  /** Milliseconds. */
  timeoutInMillis?: number
  tlsConfig?: { insecureSkipVerification?: boolean }
  responseTransferMode?: 'BUFFERED' | 'STREAM'
  integrationTarget?: string
}
