import { matchesAny } from '../../policy/patterns/matches.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'

/**
 * Keys that differ between any two callers, as API Gateway spells them: it compares names in mappings as spelt, so that a
 * header in another case would be an empty key for ordinary callers. What callers share (`context.identity.sourceIp`,
 * `userAgent`), what is the same for all of them (`context.authorizer.claims.iss`) and measurements
 * (`context.authorizer.integrationLatency`) tell nobody apart.
 *
 * Source: API Gateway Developer Guide, "Variables for data models, authorizers, mapping templates, and CloudWatch access
 * logging".
 */
export const IDENTITY_KEYS = [
  'method.request.header.Authorization',
  'method.request.multivalueheader.Authorization',
  'method.request.header.x-api-key',
  'method.request.header.X-API-Key',
  'method.request.header.Cookie',
  'context.identity.apiKey',
  'context.identity.apiKeyId',
  'context.identity.caller',
  'context.identity.cognitoIdentityId',
  'context.identity.user',
  'context.identity.userArn',
  'context.identity.clientCert.clientCertPem',
  'context.authorizer.principalId',
  'context.authorizer.claims.sub',
] as const

/** @param listed What the policy lists beside those. */
export function tellsCallersApart(source: string, listed: readonly Pattern[] = []): boolean {
  return IDENTITY_KEYS.some((key) => key === source) || matchesAny(listed, source)
}
