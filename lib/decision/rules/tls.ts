import { matchesAny } from '../../policy/patterns/matches.ts'
import { type Finding, listed } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { patternsOf } from './entries.ts'
import type { TlsLimits } from './limits.ts'
import type { Around, IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf } from './scope.ts'

/** `tls`: whether the backend's certificate may go unverified, and for which hosts. */
export const tls: IntegrationRule<'tls'> = {
  reads: { tlsConfig: true },
  silent: { insecureSkipVerification: 'never' },
  complete: (written) => written,
  compile,
  compileBounds: compile,
  covers: judge,
  coversBounds: judge,
  speaks: () => true,
  deny: {
    compile: (written) => written,
    mayMeet: ({ insecureSkipVerification }) =>
      insecureSkipVerification ? { field: '/tlsConfig/insecureSkipVerification', value: true } : undefined,
  },
}

function compile(
  { insecureSkipVerification, hosts }: { insecureSkipVerification: 'allowed' | 'never'; hosts?: readonly string[] },
  lists: Parameters<typeof patternsOf>[2],
): TlsLimits {
  return { insecureSkipVerification, ...(hosts && { hosts: patternsOf('host', hosts, lists) }) }
}

function judge(
  { insecureSkipVerification: isAsked, backend }: Subject,
  { insecureSkipVerification, hosts }: TlsLimits,
  { scope }: Around,
  findings: Finding[],
): void {
  if (!isAsked) return
  const isListed = hosts === undefined || (backend.kind === 'http' && matchesAny(hosts, backend.host))
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
    remedy: [{ op: 'remove', path: '/tlsConfig' }],
    pointer: pointerOf(scope, 'tls', leaf),
  })
}
