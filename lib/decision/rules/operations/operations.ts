import type { Finding } from '../../explain/finding.ts'
import type { OperationRule } from '../rule.ts'
import { pointerOf, ruleOf, whose } from '../scope.ts'

/** `operations`: what may be changed beside integrations. */
export const operations: OperationRule<'operations'> = {
  silent: [],
  complete: (written) => written,
  covers({ operation }, allowed, scope): Finding[] {
    if (allowed.some((listed) => listed === operation)) return []
    const pointer = pointerOf(scope, 'operations')
    return [
      {
        rule: ruleOf(scope, 'operations'),
        field: '',
        part: 'operation',
        value: operation,
        allowed,
        message: `${operation} is not among ${whose(scope)} operations.`,
        fix: `No other request would pass: have ${operation} listed in the policy (${pointer}).`,
        pointer,
      },
    ]
  },
}
