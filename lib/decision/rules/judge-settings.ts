import type { Section } from '../../policy/document/rule-ids.ts'
import type { Mock, Timeout } from '../../policy/document/sections.ts'
import type { TlsLimits } from '../compile/compiled-sections.ts'
import { matchesAnyHost } from '../compile/host-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { verbAllowed } from './judge-verbs.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** @param mock Whether a `mock` section is in force: it then decides about MOCK, whatever `types` lists. */
export function judgeType(
  subject: Subject,
  allowed: readonly string[],
  mock: boolean,
  scope: Scope,
  findings: Finding[],
): void {
  const { type } = subject.integration
  if (allowed.includes(type) || (mock && type === 'MOCK')) return
  findings.push({
    rule: ruleOf(scope, 'types'),
    field: '/type',
    value: type,
    allowed,
    message: `Type ${type} is not among ${whose(scope)} types.`,
    ...(allowed.length > 0 && { fix: `Set type to ${oneOf(allowed)}.` }),
    pointer: pointerOf(scope, 'types'),
  })
}

/** A MOCK calls no backend, so that its timeout has no effect. */
export function judgeTimeout(
  subject: Subject,
  { minMillis, maxMillis }: Timeout,
  scope: Scope,
  findings: Finding[],
): void {
  const value = subject.timeoutInMillis
  if (subject.backend.kind === 'mock') return
  if (maxMillis !== undefined && value > maxMillis) {
    findings.push({
      rule: ruleOf(scope, 'timeout', 'maxMillis'),
      field: '/timeoutInMillis',
      value,
      allowed: { maxMillis },
      message: `Timeout is above ${whose(scope)} limit.`,
      fix: `Set timeoutInMillis to ${maxMillis}${minMillis === maxMillis ? '' : ' or less'}.`,
      pointer: pointerOf(scope, 'timeout', 'maxMillis'),
    })
  } else if (minMillis !== undefined && value < minMillis) {
    findings.push({
      rule: ruleOf(scope, 'timeout', 'minMillis'),
      field: '/timeoutInMillis',
      value,
      allowed: { minMillis },
      message: `Timeout is below ${whose(scope)} limit.`,
      fix: `Set timeoutInMillis to ${minMillis}${minMillis === maxMillis ? '' : ' or more'}.`,
      pointer: pointerOf(scope, 'timeout', 'minMillis'),
    })
  }
}

export function judgeTls(
  subject: Subject,
  { insecureSkipVerification, hosts }: TlsLimits,
  scope: Scope,
  findings: Finding[],
): void {
  if (!subject.insecureSkipVerification) return
  const { backend } = subject
  const isListed = hosts === undefined || (backend.kind === 'http' && matchesAnyHost(hosts, backend.host))
  if (insecureSkipVerification === 'allowed' && isListed) return
  const leaf = insecureSkipVerification === 'allowed' ? 'hosts' : 'insecureSkipVerification'
  findings.push({
    rule: ruleOf(scope, 'tls', leaf),
    field: '/tlsConfig/insecureSkipVerification',
    value: true,
    allowed: leaf === 'hosts' ? { hosts: listed(hosts ?? []) } : false,
    message:
      leaf === 'hosts'
        ? "The backend's certificate must be verified, except for the hosts that are listed."
        : "The backend's certificate must be verified.",
    fix: 'Remove tlsConfig.',
    pointer: pointerOf(scope, 'tls', leaf),
  })
}

/** Members whose limit is a plain list of words. */
export function judgeWords(
  { passthroughBehavior, contentHandling, responseTransferMode }: Subject,
  limits: { [Name in WordSection]?: readonly string[] },
  scope: Scope,
  findings: Finding[],
): void {
  judgeWord('passthrough', 'passthroughBehavior', passthroughBehavior, limits.passthrough, scope, findings)
  judgeWord('contentHandling', 'contentHandling', contentHandling, limits.contentHandling, scope, findings)
  judgeWord(
    'responseTransferMode',
    'responseTransferMode',
    responseTransferMode,
    limits.responseTransferMode,
    scope,
    findings,
  )
}

type WordSection = Extract<Section, 'passthrough' | 'contentHandling' | 'responseTransferMode'>

function judgeWord(
  section: WordSection,
  member: string,
  value: string,
  allowed: readonly string[] | undefined,
  scope: Scope,
  findings: Finding[],
): void {
  if (allowed === undefined || allowed.includes(value)) return
  const nearest = nearestOf(value, allowed)
  const isAbsenceAllowed = allowed.includes('none')
  findings.push({
    rule: ruleOf(scope, section),
    field: `/${member}`,
    value,
    allowed,
    nearest: nearest === 'none' ? undefined : nearest,
    message: `${member} ${value} is not among ${whose(scope)} choices.`,
    fix: isAbsenceAllowed ? `Remove ${member}.` : `Set ${member} to ${oneOf(allowed)}.`,
    pointer: pointerOf(scope, section),
  })
}

/** What a `mock` section says of a MOCK; its templates are judged with the others. */
export function judgeMock(
  subject: Subject,
  { httpMethods, overLiveBackend }: Mock,
  scope: Scope,
  findings: Finding[],
): void {
  if (subject.backend.kind !== 'mock') return
  if (!verbAllowed(httpMethods, subject.request.httpMethod)) {
    findings.push({
      rule: ruleOf(scope, 'mock', 'httpMethods'),
      field: '/type',
      part: 'httpMethod',
      value: subject.request.httpMethod,
      allowed: httpMethods,
      message: `A MOCK is allowed on ${oneOf(httpMethods ?? [])} methods only, not on ${subject.request.httpMethod}.`,
      pointer: pointerOf(scope, 'mock', 'httpMethods'),
    })
  }
  // Bounds limit only what they name; a team's section that says nothing keeps live backends safe.
  const isKept = scope.name === undefined ? overLiveBackend === 'never' : overLiveBackend !== 'allowed'
  if (isKept) judgeLiveBackend(subject, scope, findings)
}

/** A MOCK put over a backend takes it away, and whatever authorisation it did, without a DELETE. */
export function judgeLiveBackend(subject: Subject, scope: Scope, findings: Finding[]): void {
  const { before } = subject.request
  if (subject.backend.kind !== 'mock' || before === undefined || before === null || before.type === 'MOCK') return
  findings.push({
    rule: ruleOf(scope, 'mock', 'overLiveBackend'),
    field: '/type',
    part: 'before',
    value: before.type,
    allowed: ['MOCK'],
    message: `A MOCK may not replace a live backend (now ${before.type}).`,
    pointer: pointerOf(scope, 'mock', 'overLiveBackend'),
  })
}
