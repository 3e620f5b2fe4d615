import type { Mock } from '../../policy/document/sections.ts'
import { type Finding, oneOf, onMethod } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { judgeMockTemplates } from './mapping/templates.ts'
import type { IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf, type Scope } from './scope.ts'
import { verbAllowed } from './uri/verbs.ts'

/** `mock`: on which methods a MOCK may stand, in place of what, and with which templates. */
export const mock: IntegrationRule<'mock'> = {
  reads: {},
  silent: undefined,
  complete: (written) => ({ overLiveBackend: 'never', ...written }),
  compile: (written) => written,
  compileBounds: (written) => written,
  covers: (subject, limits, { scope }, findings) => judge(subject, limits, scope, findings),
  coversBounds: (subject, limits, { scope }, findings) => judge(subject, limits, scope, findings),
  speaks: (bounds, { aspect }) => aspect === undefined || bounds[aspect as keyof Mock] !== undefined,
  deny: undefined,
}

function judge(
  subject: Subject,
  { httpMethods, templates, overLiveBackend }: Mock,
  scope: Scope,
  findings: Finding[],
): void {
  if (subject.backend.kind !== 'mock') return
  if (templates !== undefined) judgeMockTemplates(subject, templates, scope, findings)
  if (!verbAllowed(httpMethods, subject.request.httpMethod)) {
    const [nearest] = httpMethods ?? []
    findings.push({
      rule: ruleOf(scope, 'mock', 'httpMethods'),
      field: '/type',
      part: 'httpMethod',
      value: subject.request.httpMethod,
      allowed: httpMethods,
      message: `A MOCK is allowed on ${oneOf(httpMethods ?? [])} methods only, not on ${subject.request.httpMethod}.`,
      fix: `Put the MOCK on a method ${oneOf(httpMethods ?? [])}.`,
      remedy: onMethod(nearest),
      pointer: pointerOf(scope, 'mock', 'httpMethods'),
      aspect: 'httpMethods',
    })
  }
  if (overLiveBackend === 'never') judgeLiveBackend(subject, scope, findings)
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
    fix: `Keep the type ${before.type}, or delete the integration first.`,
    remedy: [
      { op: 'set', path: '/type', value: before.type },
      ...(before.uri === undefined ? [] : [{ op: 'set' as const, path: '/uri', value: before.uri }]),
      ...(before.httpMethod === undefined
        ? []
        : [{ op: 'set' as const, path: '/httpMethod', value: before.httpMethod }]),
    ],
    pointer: pointerOf(scope, 'mock', 'overLiveBackend'),
    aspect: 'overLiveBackend',
  })
}
