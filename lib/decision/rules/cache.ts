import type { CacheLimits } from '../../policy/document/sections.ts'
import { closest } from '../../policy/patterns/closest.ts'
import { deniedForms } from '../../policy/patterns/denied.ts'
import { describe } from '../../policy/patterns/describe.ts'
import { matches, matchesAny } from '../../policy/patterns/matches.ts'
import { mayMeetAny } from '../../policy/patterns/may-meet.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import { valueOf } from '../../policy/patterns/value.ts'
import { fillNamespace } from '../../policy/patterns/variables.ts'
import type { Lists } from '../compile/lists.ts'
import type { Remedy } from '../decision.ts'
import { entryOf, type Finding, listed, oneOf, rangesOf, removing, setting } from '../explain/finding.ts'
import { nearestMatch, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { named, patternsOf } from './entries.ts'
import { IDENTITY_KEYS, tellsCallersApart } from './identity-keys.ts'
import type { CompiledCache } from './limits.ts'
import type { Around, IntegrationRule, Written } from './rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** `cache`: under which namespaces answers are kept, and by which keys. */
export const cache: IntegrationRule<'cache'> = {
  reads: { cacheNamespace: true, cacheKeyParameters: true },
  silent: 'none',
  complete,
  compile: (written, lists) => compile(complete(written), lists),
  compileBounds: compile,
  covers: judge,
  coversBounds: judge,
  speaks: (bounds, { aspect }) =>
    aspect === 'namespaces'
      ? bounds.namespaces !== undefined
      : aspect === 'keyParameters'
        ? (bounds.keyParameters ?? bounds.forbiddenKeys) !== undefined
        : true,
  deny: {
    compile: ({ namespaces, keyParameters }, lists) => ({
      ...named('namespaces', 'namespace', namespaces, lists),
      ...(keyParameters && { keyParameters: denied(keyParameters, lists) }),
    }),
    mayMeet(subject, { namespaces, keyParameters }) {
      const { cacheNamespace, cacheKeyParameters } = subject
      if (namespaces !== undefined && !matchesAny(filled(namespaces, subject), cacheNamespace)) return undefined
      if (keyParameters === undefined) return { field: '/cacheNamespace', value: cacheNamespace }
      const key = cacheKeyParameters.find((name) => isDenied(keyParameters, name, subject))
      return key === undefined ? undefined : { field: fieldOf(key, subject), value: key }
    },
  },
}

/** `none` is the resource's own namespace and no key. */
function complete(written: Written<'cache'>): CacheLimits {
  if (written === 'none') return { namespaces: ['{resourceId}'], keyParameters: [] as unknown as ['*'] }
  const { requireKeys, identityKey, identityKeys = [] } = written
  // Keys that the section asks for are keys that a method may carry; nothing else is, unless it is listed.
  const asked = [
    ...(requireKeys?.allOf ?? []),
    ...(requireKeys?.anyOf ?? []),
    ...identityKeys,
    ...(identityKey === 'required' ? IDENTITY_KEYS : []),
  ]
  return {
    ...written,
    namespaces: written.namespaces ?? ['{resourceId}'],
    keyParameters: [...new Set([...(written.keyParameters ?? []), ...asked])],
  }
}

function compile(written: CacheLimits, lists: Lists): CompiledCache {
  const { requireKeys, identityKey, maxKeyParameters } = written
  return {
    ...named('namespaces', 'namespace', written.namespaces, lists),
    ...named('keyParameters', 'parameter', written.keyParameters, lists),
    ...(written.forbiddenKeys && {
      forbiddenKeys: {
        patterns: denied(written.forbiddenKeys, lists),
        written: patternsOf('parameter', written.forbiddenKeys, lists),
      },
    }),
    ...named('requireAll', 'parameter', requireKeys?.allOf, lists),
    ...named('requireAny', 'parameter', requireKeys?.anyOf, lists),
    ...named('identityKeys', 'parameter', written.identityKeys, lists),
    ...(identityKey && { identityKey }),
    ...(maxKeyParameters !== undefined && { maxKeyParameters }),
  }
}

function denied(entries: readonly string[], lists: Lists): readonly Pattern[] {
  return patternsOf('parameter', entries, lists).flatMap(deniedForms)
}

function judge(subject: Subject, limits: CompiledCache, { scope }: Around, findings: Finding[]): void {
  if (limits.namespaces !== undefined) judgeNamespace(subject, limits.namespaces, scope, findings)
  const { cacheKeyParameters } = subject
  const { maxKeyParameters } = limits
  if (maxKeyParameters !== undefined && cacheKeyParameters.length > maxKeyParameters) {
    findings.push({
      rule: ruleOf(scope, 'cache', 'maxKeyParameters'),
      field: '/cacheKeyParameters',
      part: 'count',
      value: cacheKeyParameters.length,
      allowed: { maxKeyParameters },
      message: `${cacheKeyParameters.length} cache keys are more than ${whose(scope)} limit.`,
      fix: `Name ${maxKeyParameters} cache keys or fewer.`,
      remedy: setting('/cacheKeyParameters', cacheKeyParameters.slice(0, maxKeyParameters)),
      pointer: pointerOf(scope, 'cache', 'maxKeyParameters'),
      aspect: 'maxKeyParameters',
    })
  }
  if (cacheKeyParameters.length > 0) judgeKeys(subject, limits, scope, findings)
  if (limits.requireAll !== undefined || limits.requireAny !== undefined || limits.identityKey === 'required') {
    judgeRequiredKeys(subject, limits, scope, findings)
  }
}

function filled(namespaces: readonly Pattern[], { team, request: { restApiId, resourceId } }: Subject): Pattern[] {
  return namespaces.map((pattern) => fillNamespace(pattern, { team, restApiId, resourceId }))
}

function judgeNamespace(subject: Subject, namespaces: readonly Pattern[], scope: Scope, findings: Finding[]): void {
  const { cacheNamespace, integration, request } = subject
  // The default, under the pattern that allows it, is what nearly every request has: nothing needs filling in.
  if (cacheNamespace === request.resourceId && namespaces.some(({ text }) => text === '{resourceId}')) return
  if (namespaces.some((pattern) => pattern.variables === undefined && matches(pattern, cacheNamespace))) return
  const patterns = filled(namespaces, subject)
  if (matchesAny(patterns, cacheNamespace)) return
  const nearest = nearestMatch(cacheNamespace, patterns)
  const isDefaultAllowed = integration.cacheNamespace !== undefined && matchesAny(patterns, request.resourceId)
  const allowed = listed(patterns)
  findings.push({
    rule: ruleOf(scope, 'cache', 'namespaces'),
    field: '/cacheNamespace',
    value: cacheNamespace,
    allowed,
    nearest: nearest?.isClose === true ? nearest.text : undefined,
    message: `Cache namespace ${cacheNamespace} is not among ${whose(scope)} namespaces.`,
    fix:
      nearest?.isClose === true
        ? `Did you mean ${nearest.text}?`
        : isDefaultAllowed
          ? 'Remove cacheNamespace.'
          : `Use a cacheNamespace that ${oneOf(allowed)} covers.`,
    remedy:
      isDefaultAllowed && nearest?.isClose !== true
        ? removing('/cacheNamespace')
        : setting('/cacheNamespace', nearest?.text),
    pointer: pointerOf(scope, 'cache', 'namespaces'),
    aspect: 'namespaces',
  })
}

/** The method's parameter, context or static value that a key stands for; `undefined` where nothing maps to it. */
function sourceOf(key: string, { integration }: Subject): string | undefined {
  if (!key.startsWith('integration.request.')) return key
  const parameters = integration.requestParameters ?? {}
  return Object.hasOwn(parameters, key) ? parameters[key] : undefined
}

/** By its own name, and by what it stands for. */
function isDenied(patterns: readonly Pattern[], key: string, subject: Subject): boolean {
  const names = new Set([key, sourceOf(key, subject) ?? key])
  return [...names].some((name) => deniedForms(valueOf('parameter', name)).some((form) => mayMeetAny(patterns, form)))
}

/** Another key in the place of one, or none; however often it is named. */
function changedKey(key: string, to: string | undefined, { cacheKeyParameters }: Subject): Remedy | undefined {
  return setting(
    '/cacheKeyParameters',
    cacheKeyParameters.flatMap((each) => (each === key ? (to ?? []) : each)),
  )
}

function fieldOf(key: string, { integration }: Subject): string {
  return entryOf('cacheKeyParameters', (integration.cacheKeyParameters ?? []).indexOf(key))
}

function judgeKeys(
  subject: Subject,
  { keyParameters, forbiddenKeys }: CompiledCache,
  scope: Scope,
  findings: Finding[],
): void {
  for (const key of subject.cacheKeyParameters) {
    const source = sourceOf(key, subject)
    // API Gateway compares names in mappings as spelt: only the exact spelling is the key that is allowed.
    const isAllowed = keyParameters === undefined || (source !== undefined && matchesAny(keyParameters, source))
    const isForbidden = forbiddenKeys !== undefined && isDenied(forbiddenKeys.patterns, key, subject)
    if (isAllowed && !isForbidden) continue
    const leaf = isForbidden ? 'forbiddenKeys' : 'keyParameters'
    const allowed = listed(keyParameters ?? [])
    const isFree = (text: string) =>
      !subject.cacheKeyParameters.includes(text) &&
      (forbiddenKeys === undefined || !isDenied(forbiddenKeys.patterns, text, subject))
    const literals = allowed.filter((text) => !text.includes('*') && isFree(text))
    const nearest = isForbidden ? undefined : nearestOf(key, literals)
    const field = fieldOf(key, subject)
    findings.push({
      rule: ruleOf(scope, 'cache', leaf),
      field,
      part: 'key',
      value: key,
      allowed: isForbidden ? { not: listed(forbiddenKeys?.written ?? []) } : allowed,
      nearest,
      message:
        source === undefined
          ? `Cache key ${key} is mapped from nothing, so it can't be judged.`
          : `${key} may not be a cache key${source === key ? '' : ` (it stands for ${source})`}.`,
      fix: nearest === undefined ? `Remove ${key} from cacheKeyParameters.` : `Did you mean ${nearest}?`,
      remedy: changedKey(key, nearest, subject),
      pointer: pointerOf(scope, 'cache', leaf),
      aspect: 'keyParameters',
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

function judgeRequiredKeys(subject: Subject, limits: CompiledCache, scope: Scope, findings: Finding[]): void {
  if (!mayBeCached(subject)) return
  const { cacheKeyParameters: keys } = subject
  const sources = keys.flatMap((key) => sourceOf(key, subject) ?? [])
  const carries = (pattern: Pattern) => sources.some((source) => matchesAny([pattern], source))
  const { requireAll = [], requireAny, identityKey, identityKeys = [] } = limits
  const missing = requireAll.filter((pattern) => !carries(pattern))
  const isAnyMissing = requireAny !== undefined && !requireAny.some(carries)
  const isShared = identityKey === 'required' && !sources.some((source) => tellsCallersApart(source, identityKeys))
  // One step brings all that is missing, so that no requirement is left for the next attempt.
  const added = [
    ...missing.map((pattern) => closest(pattern, '')),
    ...(isAnyMissing ? [nearestMatch('', requireAny)?.text] : []),
    ...(isShared ? [nearestMatch('', identityKeys)?.text ?? AUTHORIZATION] : []),
  ].filter((key) => key !== undefined)
  const require = (leaf: string, texts: readonly string[], words: string, message: string) =>
    findings.push({
      rule: ruleOf(scope, 'cache', leaf),
      field: '/cacheKeyParameters',
      value: keys,
      allowed: texts,
      message,
      fix: `Add ${words} to cacheKeyParameters.`,
      remedy: setting('/cacheKeyParameters', [...new Set([...keys, ...added])]),
      pointer: pointerOf(scope, 'cache', leaf),
      aspect: leaf,
    })
  for (const pattern of missing) {
    const message = `A cached method must carry the key ${pattern.text}.`
    require('requireKeys.allOf', [pattern.text], describe(pattern), message)
  }
  if (isAnyMissing) {
    const texts = listed(requireAny)
    const message = `A cached method must carry one of the keys ${oneOf(texts)}.`
    require('requireKeys.anyOf', texts, rangesOf(requireAny), message)
  }
  if (!isShared) return
  const message = "Without a key that tells callers apart, one caller's answer is served to the next."
  const words = identityKeys.length === 0 ? AUTHORIZATION : rangesOf(identityKeys)
  require('identityKey', [...listed(identityKeys), AUTHORIZATION], words, message)
}

/** The key that tells callers apart where nothing is known of the policy's own. */
const AUTHORIZATION = 'method.request.header.Authorization'
