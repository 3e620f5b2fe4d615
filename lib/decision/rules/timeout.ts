import { MEMBERS } from '../../apigateway/members.ts'
import type { Timeout } from '../../policy/document/sections.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import type { Around, IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf, whose } from './scope.ts'

/** Milliseconds: what API Gateway waits where `timeoutInMillis` is absent. */
const DEFAULT_MILLIS: number = MEMBERS.timeoutInMillis.default.value

/** `timeout`: the least and the most, in milliseconds. A section that names one half leaves the other unlimited. */
export const timeout: IntegrationRule<'timeout'> = {
  reads: { timeoutInMillis: true },
  silent: { minMillis: DEFAULT_MILLIS, maxMillis: DEFAULT_MILLIS },
  complete: ({ minMillis, maxMillis }) => ({
    ...(minMillis !== undefined && { minMillis }),
    // Without a most, a least opens nothing above what API Gateway does by itself.
    maxMillis: maxMillis ?? Math.max(DEFAULT_MILLIS, minMillis ?? 0),
  }),
  compile: (written) => written,
  compileBounds: (written) => written,
  covers: judge,
  coversBounds: judge,
  speaks: () => true,
  deny: {
    compile: (written) => written,
    mayMeet: ({ timeoutInMillis: value, backend }, { minMillis = 0, maxMillis = Number.POSITIVE_INFINITY }) =>
      backend.kind !== 'mock' && value >= minMillis && value <= maxMillis
        ? { field: '/timeoutInMillis', value }
        : undefined,
  },
}

/** A MOCK calls no backend, so that its timeout has no effect. */
function judge(subject: Subject, { minMillis, maxMillis }: Timeout, { scope }: Around, findings: Finding[]): void {
  const value = subject.timeoutInMillis
  if (subject.backend.kind === 'mock') return
  const isAbove = maxMillis !== undefined && value > maxMillis
  const limit = isAbove ? maxMillis : minMillis
  if (limit === undefined || (!isAbove && value >= limit)) return
  const leaf = isAbove ? 'maxMillis' : 'minMillis'
  const direction = minMillis === maxMillis ? '' : isAbove ? ' or less' : ' or more'
  findings.push({
    rule: ruleOf(scope, 'timeout', leaf),
    field: '/timeoutInMillis',
    value,
    allowed: { [leaf]: limit },
    nearest: String(limit),
    message: `Timeout is ${isAbove ? 'above' : 'below'} ${whose(scope)} limit.`,
    fix: `Set timeoutInMillis to ${limit}${direction}.`,
    remedy: [{ op: 'set', path: '/timeoutInMillis', value: limit }],
    pointer: pointerOf(scope, 'timeout', leaf),
  })
}
