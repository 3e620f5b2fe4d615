import type { CacheLimits } from '../compile/compiled-sections.ts'
import { fillNamespace, matchesNamespace } from '../compile/namespace-pattern.ts'
import { foldHeader, matchesAnyParameter, type ParameterPattern } from '../compile/parameter-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestName, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** What tells one caller from another. `context.identity.sourceIp` and `userAgent` don't: callers share them. */
const IDENTITY_KEYS = [
  'method.request.header.authorization',
  'method.request.multivalueheader.authorization',
  'method.request.header.x-api-key',
  'method.request.header.cookie',
  'context.identity.apikey',
  'context.identity.apikeyid',
  'context.identity.caller',
  'context.identity.cognitoidentityid',
  'context.identity.user',
  'context.identity.userarn',
  'context.identity.clientcert.clientcertpem',
]

export function judgeCache(subject: Subject, limits: CacheLimits, scope: Scope, findings: Finding[]): void {
  judgeNamespace(subject, limits, scope, findings)
  const { cacheKeyParameters } = subject
  if (limits.maxKeyParameters !== undefined && cacheKeyParameters.length > limits.maxKeyParameters) {
    findings.push({
      rule: ruleOf(scope, 'cache', 'maxKeyParameters'),
      field: '/cacheKeyParameters',
      value: cacheKeyParameters.length,
      allowed: { maxKeyParameters: limits.maxKeyParameters },
      message: `${cacheKeyParameters.length} cache keys are more than ${whose(scope)} limit.`,
      fix: `Name ${limits.maxKeyParameters} cache keys or fewer.`,
      pointer: pointerOf(scope, 'cache', 'maxKeyParameters'),
    })
  }
  if (cacheKeyParameters.length > 0) judgeKeys(subject, limits, scope, findings)
  if (limits.requireAll !== undefined || limits.requireAny !== undefined || limits.identityKey === 'required') {
    judgeRequiredKeys(subject, limits, scope, findings)
  }
}

function judgeNamespace(subject: Subject, { namespaces }: CacheLimits, scope: Scope, findings: Finding[]): void {
  const { cacheNamespace } = subject
  if (namespaces === undefined) return
  for (const pattern of namespaces) if (matchesNamespace(pattern, cacheNamespace, subject)) return
  const filled = namespaces.map((pattern) => fillNamespace(pattern, subject))
  const nearest = nearestName(
    cacheNamespace,
    filled.map((text) => ({ text })),
  )
  const fix =
    subject.integration.cacheNamespace === undefined
      ? `Set cacheNamespace to ${oneOf(filled)}.`
      : 'Remove cacheNamespace.'
  findings.push({
    rule: ruleOf(scope, 'cache', 'namespaces'),
    field: '/cacheNamespace',
    value: cacheNamespace,
    allowed: filled,
    nearest,
    message: `Cache namespace ${cacheNamespace} is not among ${whose(scope)} namespaces.`,
    fix:
      nearest !== undefined
        ? `Did you mean ${nearest}?`
        : namespaces.some(({ text }) => text === '{resourceId}')
          ? fix
          : `Set cacheNamespace to ${oneOf(filled)}.`,
    pointer: pointerOf(scope, 'cache', 'namespaces'),
  })
}

/** The method's parameter, context or static value that a key stands for; `undefined` where nothing maps to it. */
function sourceOf(key: string, { integration }: Subject): string | undefined {
  if (!key.startsWith('integration.request.')) return foldHeader(key)
  const parameters = integration.requestParameters ?? {}
  const source = Object.hasOwn(parameters, key) ? parameters[key] : undefined
  return source === undefined ? undefined : foldHeader(source)
}

function judgeKeys(
  subject: Subject,
  { keyParameters, forbiddenKeys }: CacheLimits,
  scope: Scope,
  findings: Finding[],
): void {
  for (const key of subject.cacheKeyParameters) {
    const source = sourceOf(key, subject)
    const isAllowed =
      keyParameters === undefined || (source !== undefined && matchesAnyParameter(keyParameters, source))
    const isForbidden =
      source !== undefined && forbiddenKeys !== undefined && matchesAnyParameter(forbiddenKeys, source)
    if (isAllowed && !isForbidden) continue
    const leaf = isForbidden ? 'forbiddenKeys' : 'keyParameters'
    const allowed = listed(keyParameters ?? [])
    const literals = allowed.filter((text) => !text.includes('*') && !subject.cacheKeyParameters.includes(text))
    const nearest = isForbidden ? undefined : nearestOf(key, literals)
    findings.push({
      rule: ruleOf(scope, 'cache', leaf),
      field: `/cacheKeyParameters/${(subject.integration.cacheKeyParameters ?? []).indexOf(key)}`,
      value: key,
      ...(isForbidden ? { allowed: { not: listed(forbiddenKeys ?? []) } } : { allowed }),
      nearest,
      message:
        source === undefined
          ? `Cache key ${key} is mapped from nothing, so it can't be judged.`
          : `${key} may not be a cache key${source === foldHeader(key) ? '' : ` (it stands for ${source})`}.`,
      fix: nearest === undefined ? `Remove ${key} from cacheKeyParameters.` : `Did you mean ${nearest}?`,
      pointer: pointerOf(scope, 'cache', leaf),
    })
  }
}

/**
 * Whether the method may be cached is a setting of the stage, outside the request. Stages cache GET by default; naming
 * keys or a namespace shows the intention for other verbs.
 */
function mayBeCached({ request, cacheKeyParameters, cacheNamespace }: Subject): boolean {
  const { httpMethod, resourceId } = request
  const isRead = httpMethod === 'GET' || httpMethod === 'HEAD' || httpMethod === 'ANY'
  return isRead || cacheKeyParameters.length > 0 || cacheNamespace !== resourceId
}

function judgeRequiredKeys(subject: Subject, limits: CacheLimits, scope: Scope, findings: Finding[]): void {
  if (!mayBeCached(subject)) return
  const sources = subject.cacheKeyParameters.flatMap((key) => sourceOf(key, subject) ?? [])
  const carries = (pattern: ParameterPattern) => sources.some((source) => matchesAnyParameter([pattern], source))
  const require = (leaf: string, missing: readonly string[], message: string) => {
    findings.push({
      rule: ruleOf(scope, 'cache', leaf),
      field: '/cacheKeyParameters',
      value: subject.cacheKeyParameters,
      allowed: missing,
      message,
      fix: `Add ${oneOf(missing)} to cacheKeyParameters.`,
      pointer: pointerOf(scope, 'cache', leaf),
    })
  }
  for (const pattern of limits.requireAll ?? []) {
    if (!carries(pattern))
      require('requireKeys.allOf', [pattern.text], `A cached method must carry the key ${pattern.text}.`)
  }
  if (limits.requireAny !== undefined && !limits.requireAny.some(carries)) {
    const missing = listed(limits.requireAny)
    require('requireKeys.anyOf', missing, `A cached method must carry one of the keys ${oneOf(missing)}.`)
  }
  if (limits.identityKey === 'required' && !sources.some(tellsCallersApart)) {
    const missing = ['method.request.header.Authorization']
    require('identityKey', missing, "Without a key that tells callers apart, one caller's answer is served to the next.")
  }
}

function tellsCallersApart(source: string): boolean {
  const name = source.toLowerCase()
  return IDENTITY_KEYS.includes(name) || name.startsWith('context.authorizer.')
}
