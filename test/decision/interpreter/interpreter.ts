import type { DecisionRequest, EnforcementPoint, Mode } from '../../../lib/decision/decision.ts'
import type { Exception, Modes, PolicySet, Rollout } from '../../../lib/policy/document/document.ts'
import { instantOf } from '../../../lib/policy/document/instant.ts'
import type { Allow, Bounds } from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any, not } from './answer.ts'
import { cacheAllowed, cacheInBounds } from './cache.ts'
import { connectionAllowed, connectionInBounds } from './connection.ts'
import { credentialsAllowed, credentialsInBounds } from './credentials.ts'
import { denyBites } from './deny.ts'
import { type Facts, factsOf } from './facts.ts'
import type { Finding } from './finding.ts'
import { intrinsicallySound } from './intrinsic.ts'
import { closedNamesOpen, mappingInBounds, parametersAllowed } from './mapping.ts'
import { mockAllowed, mockInBounds, typesAllowed } from './mock.ts'
import { softens } from './softening.ts'
import { overridesOpen, templatesAllowed } from './templates.ts'
import { timeoutAllowed, timeoutInBounds } from './timeout.ts'
import { tlsAllowed } from './tls.ts'
import { pathHazard, uriAllowed } from './uri.ts'
import { uriInBounds } from './uri-bounds.ts'

/**
 * A second reading of policy.md section 2, slow and plain, written without a look at the evaluator. It answers with the
 * rules that fail by their first words (`own.uri`, `org.bounds.cache`, `org.no-admin`, `intrinsic`), so that what a
 * finding inside a rule is called stays the evaluator's business. Where policy.md leaves a question open, the rule stands
 * in `open` instead: see {@link Answer}.
 *
 * Not read here: conditions (CEL), operations, methods, bodies of AWS services beyond a small subset, templates beyond a
 * few forms, and rollouts of the organisation's own rules.
 */
export interface Interpretation {
  /** `undefined` where an open rule would decide. */
  decision: 'allow' | 'deny' | undefined
  failed: Record<Mode, Set<string>>
  open: Set<string>
}

export interface Asked {
  team: string
  point: EnforcementPoint
  /** Unix milliseconds. */
  now: number
  exceptions?: readonly Exception[]
}

export function interpret(document: PolicySet, request: DecisionRequest, asked: Asked): Interpretation {
  const facts = factsOf(document, asked.team, request)
  const outcome: Interpretation = {
    decision: undefined,
    failed: { enforce: new Set(), warn: new Set(), 'dry-run': new Set() },
    open: new Set(),
  }
  const enforce = (rule: string, passes: Answer) => {
    if (passes === false) outcome.failed.enforce.add(rule)
    if (passes === undefined) outcome.open.add(rule)
  }
  const own = sectionsOf(facts)
  enforce('intrinsic', intrinsicRules(facts, own))
  for (const [section, passes] of boundsOf(document.org.bounds, facts)) {
    const widened = granted(`org.bounds.${section}`, asked, facts).map((grants) => excepted(section, grants, facts))
    enforce(`org.bounds.${section}`, any([passes, ...widened]))
  }
  for (const rule of document.org.deny ?? []) enforce(rule.id, not(denyBites(rule, facts)))
  for (const section of SECTIONS) {
    const rule = `${asked.team}.${section}`
    const findings = findingsOf(section, own, facts)
    const widened = granted(rule, asked, facts)
    const passes = all(
      ...findings.map(({ aspect, answer }) =>
        any([answer, ...widened.map((grants) => grantAllows(section, aspect, grants, facts))]),
      ),
    )
    if (passes === true) continue
    const mode = modeOf(rule, document, asked)
    if (passes === undefined && mode === 'enforce') outcome.open.add(rule)
    for (const { aspect, answer } of findings) {
      if (answer === true) continue
      const soft = mode === 'enforce' ? false : softens(aspect, facts)
      if (answer === undefined || soft === undefined || passes === undefined) outcome.open.add(rule)
      else outcome.failed[soft ? mode : 'enforce'].add(rule)
    }
  }
  if (outcome.failed.enforce.size > 0) outcome.decision = 'deny'
  else if (outcome.open.size === 0) outcome.decision = 'allow'
  return outcome
}

const SECTIONS = [
  'types',
  'uri',
  'credentials',
  'connection',
  'tls',
  'timeout',
  'cache',
  'mapping',
  'mock',
  'passthrough',
  'contentHandling',
  'responseTransferMode',
] as const
type Section = (typeof SECTIONS)[number]

/** A section that the team lacks comes from `org.defaults`, whole (policy.md 2, rule 1). */
function sectionsOf({ document, team }: Facts): Allow {
  return { ...document.org.defaults, ...document.teams[team]?.allow }
}

function intrinsicRules(facts: Facts, own: Allow): Answer {
  return all(
    intrinsicallySound(facts),
    pathHazard(own.uri ?? [], facts),
    closedNamesOpen(own.mapping, facts),
    overridesOpen(own.mapping?.requestTemplates, facts),
  )
}

function findingsOf(section: Section, own: Allow, facts: Facts): Finding[] {
  const { effective, backend } = facts
  const isMock = effective.integration.type === 'MOCK'
  const mock = own.mock?.templates !== undefined || effective.templates.length === 0 ? true : undefined
  switch (section) {
    case 'types':
      return typesAllowed(own.types, own.mock, facts)
    case 'uri':
      return backend.kind === 'unreadable'
        ? [{ aspect: 'kind', answer: undefined }]
        : [{ aspect: 'kind', answer: uriAllowed(own.uri, facts) }]
    case 'credentials':
      return credentialsAllowed(own.credentials, facts)
    case 'connection':
      return connectionAllowed(own.connection, facts)
    case 'tls':
      return [{ aspect: 'tls', answer: tlsAllowed(own.tls, facts) }]
    case 'timeout':
      return timeoutAllowed(own.timeout, facts)
    case 'cache':
      return cacheAllowed(own.cache, facts)
    case 'mapping':
      return [
        { aspect: 'parameters', answer: parametersAllowed(own.mapping?.requestParameters, facts) },
        // The templates of a MOCK are the business of `mock`, where it speaks of them.
        { aspect: 'templates', answer: isMock ? mock : templatesAllowed(own.mapping?.requestTemplates, facts) },
      ]
    case 'mock':
      return [{ aspect: 'mock', answer: mockAllowed(own.mock, own.mapping, facts) }]
    case 'passthrough':
      return [{ aspect: section, answer: wordAllowed(own.passthrough, 'WHEN_NO_MATCH', effective.passthrough) }]
    case 'contentHandling':
      return [{ aspect: section, answer: wordAllowed(own.contentHandling, 'none', effective.contentHandling) }]
    case 'responseTransferMode':
      return [{ aspect: section, answer: wordAllowed(own.responseTransferMode, 'BUFFERED', effective.transferMode) }]
  }
}

/** Bounds hold in every mode of a team; a member that they don't name is not limited (policy.md 2, rule 2). */
function boundsOf(bounds: Bounds, facts: Facts): (readonly [Section, Answer])[] {
  const { effective } = facts
  const { types, passthrough, contentHandling, responseTransferMode } = bounds
  const isMock = effective.integration.type === 'MOCK'
  return [
    ['types', types === undefined || types.includes(effective.integration.type)],
    ['uri', uriInBounds(bounds.uri, facts)],
    ['credentials', credentialsInBounds(bounds.credentials, facts)],
    ['connection', connectionInBounds(bounds.connection, facts)],
    ['tls', bounds.tls === undefined || tlsAllowed(bounds.tls, facts)],
    ['timeout', timeoutInBounds(bounds.timeout, facts)],
    ['cache', cacheInBounds(bounds.cache, facts)],
    ['mapping', isMock && effective.templates.length > 0 ? undefined : mappingInBounds(bounds.mapping, facts)],
    ['mock', mockInBounds(bounds.mock, facts)],
    ['passthrough', passthrough === undefined || wordAllowed(passthrough, '', effective.passthrough)],
    ['contentHandling', contentHandling === undefined || wordAllowed(contentHandling, '', effective.contentHandling)],
    [
      'responseTransferMode',
      responseTransferMode === undefined || wordAllowed(responseTransferMode, '', effective.transferMode),
    ],
  ]
}

/** The mode of a team's rule: its own line, else the team's default; softer than `enforce` only until its date. */
function modeOf(rule: string, { teams }: PolicySet, { team, point, now }: Asked): Mode {
  const rollout: Rollout = teams[team]?.rollout ?? {}
  const line = rollout.rules?.find(({ id }) => id === rule)
  const modes: Modes = line?.mode ?? rollout.default ?? 'enforce'
  const until = line === undefined ? rollout.until : (line.until ?? rollout.until)
  const mode = typeof modes === 'string' ? modes : (modes[point] ?? 'enforce')
  return until !== undefined && now >= (instantOf(until) ?? 0) ? 'enforce' : mode
}

/** Grants of the exceptions that widen this rule for this method at this time; locked rules have none (rule 9). */
function granted(rule: string, { team, now, exceptions = [] }: Asked, { document, request }: Facts): Allow[] {
  return exceptions.flatMap(({ spec }) => {
    const { match, rules, notBefore, notAfter, grants } = spec
    const names = rules.some((each) => each === rule || each.startsWith(`${rule}.`))
    const isLocked = rules.some((each) => document.org.locked?.includes(each))
    const isHere =
      match.team === team &&
      match.restApiId === request.restApiId &&
      match.resourceId === request.resourceId &&
      match.httpMethod === request.httpMethod
    const isNow = now >= (instantOf(notBefore) ?? Infinity) && now < (instantOf(notAfter) ?? 0)
    return names && isHere && isNow && !isLocked ? [grants] : []
  })
}

/** A grant widens what it names and no other half of its section. */
function grantAllows(section: Section, aspect: Finding['aspect'], grants: Allow, facts: Facts): Answer {
  const grant = grants[section]
  if (grant === undefined || typeof grant !== 'object') return false
  // How a grant joins a limit that is nowhere written is not settled.
  if (section === 'timeout' && !facts.document.teams[facts.team]?.allow.timeout) return undefined
  if (!Array.isArray(grant) && !(MEMBER_OF[aspect] ?? []).some((member) => member in grant)) return false
  const found = findingsOf(section, { [section]: grant }, facts).filter((each) => each.aspect === aspect)
  return found.length > 0 && all(...found.map(({ answer }) => answer))
}

const MEMBER_OF: Partial<Record<Finding['aspect'], readonly string[]>> = {
  role: ['roles'],
  'pass-through': ['callerPassThrough'],
  none: ['none'],
  'connection-type': ['types'],
  link: ['vpcLinks'],
  target: ['integrationTargets'],
  max: ['maxMillis'],
  min: ['minMillis'],
}

/** Of the bounds only the timeout is read: what a grant of the other sections replaces there is not settled. */
function excepted(section: Section, grants: Allow, facts: Facts): Answer {
  return section === 'timeout' ? timeoutInBounds(grants.timeout, facts) : undefined
}

/** The three members that are one word each: absent sections allow API Gateway's default alone. */
function wordAllowed(listed: readonly string[] | undefined, usual: string, word: string): boolean {
  return (listed ?? [usual]).includes(word)
}
