import { type Finding, oneOf, setting } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import type { IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** `types`: what kinds of integration. */
export const types: IntegrationRule<'types'> = {
  reads: { type: true },
  silent: [],
  complete: (written) => written,
  compile: (written) => written,
  compileBounds: (written) => written,
  covers(subject, allowed, { scope, mock }, findings) {
    // A mock section decides about MOCK, whatever `types` lists.
    if (mock !== undefined && subject.integration.type === 'MOCK') return
    judge(subject, allowed, scope, findings)
  },
  coversBounds: (subject, allowed, { scope }, findings) => judge(subject, allowed, scope, findings),
  speaks: () => true,
  deny: {
    compile: (written) => written,
    mayMeet: ({ integration: { type } }, denied) =>
      denied.includes(type) ? { field: '/type', value: type } : undefined,
  },
}

function judge(
  { integration: { type } }: Subject,
  allowed: readonly string[],
  scope: Scope,
  findings: Finding[],
): void {
  if (allowed.includes(type)) return
  const [nearest] = allowed
  findings.push({
    rule: ruleOf(scope, 'types'),
    field: '/type',
    value: type,
    allowed,
    message: `Type ${type} is not among ${whose(scope)} types.`,
    nearest,
    fix: nearest === undefined ? 'No other request would pass: no type is allowed.' : `Set type to ${oneOf(allowed)}.`,
    remedy: setting('/type', nearest),
    pointer: pointerOf(scope, 'types'),
  })
}
