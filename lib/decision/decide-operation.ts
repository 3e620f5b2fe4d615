import { TREATMENTS } from '../control-plane/treatment.ts'
import { teamOf } from './compile/compile.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { Decision } from './decision.ts'
import { activeExceptions, widened } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import { nearestOf } from './explain/nearest.ts'
import { type Asked, Judged } from './judged.ts'
import { modeOfOperations } from './modes.ts'
import { type AskedMethod, judgeMethod } from './rules/judge-method.ts'
import { judgeWrite, patches } from './rules/judge-operation.ts'
import { BOUNDS } from './rules/scope.ts'
import { isOwner, type OwnedApi } from './team.ts'

export interface OperationRequest extends AskedMethod, OwnedApi {}

/**
 * Decides a write beside integrations: the team's `operations` must list it, the bounds' too where there are some, and
 * what it would bring about must not undo what integrations were judged by. Who may then call a method is for `methods`.
 *
 * Pure, like `decide`. Exceptions are for one method: they widen `methods`, and nothing else here.
 */
export function decideOperation(policy: CompiledPolicy, request: OperationRequest, asked: Asked): Decision {
  const judged = new Judged(policy, asked)
  const team = teamOf(policy, asked.team)
  if (team === undefined || !isOwner(policy, team, request)) {
    judged.add({ rule: 'intrinsic.owner', field: '', message: 'The team has no such API.' }, 'enforce')
    return judged.decision()
  }
  judgeListed(request.operation, team, policy, asked, judged)
  judged.addAll([...judgePaths(request), ...judgeWrite(request)], 'enforce')
  judgeMethods(request, team, policy, asked, judged)
  return judged.decision()
}

function judgeListed(
  operation: string,
  { name, written, pointers, rollout }: CompiledTeam,
  { bounds, published }: CompiledPolicy,
  asked: Asked,
  judged: Judged,
): void {
  const finding = (rule: string, allowed: readonly string[], pointer: string, whose: string): Finding => ({
    rule,
    field: '',
    part: 'operation',
    value: operation,
    allowed,
    message: `${operation} is not among ${whose} operations.`,
    fix: `No other request would pass: have ${operation} listed in the policy (${pointer}).`,
    pointer,
  })
  if (bounds.operations !== undefined && !bounds.operations.some((listed) => listed === operation)) {
    judged.add(
      finding('org.bounds.operations', bounds.operations, '/org/bounds/operations', "the organisation's"),
      'enforce',
    )
  }
  if (written.operations.some((listed) => listed === operation)) return
  const rule = `${name}.operations`
  const mode = modeOfOperations(rule, rollout, published.document.org.rollout, asked.point, asked.now)
  judged.add(finding(rule, written.operations, pointers.operations, "the team's"), mode)
}

function judgeMethods(
  request: OperationRequest,
  { name, written, pointers, rollout }: CompiledTeam,
  policy: CompiledPolicy,
  asked: Asked,
  judged: Judged,
): void {
  const { bounds, published } = policy
  const scope = { name, pointers }
  const findings = [
    ...(bounds.methods === undefined ? [] : judgeMethod(request, bounds.methods, BOUNDS)),
    ...judgeMethod(request, written.methods, scope),
  ]
  if (findings.length === 0) return
  const active = activeExceptions(policy, name, request, asked.now)
  for (const finding of findings) {
    const { rule } = finding
    const exception = active.find(({ rules, grants }) => {
      if (grants.methods === undefined || !rules.includes(rule)) return false
      // A team's section is widened by the grant; a rule of the bounds gives way to the grant alone.
      const granted = rule.startsWith('org.')
        ? { authorizationTypes: [], open: [], ...grants.methods }
        : widened('methods', written.methods, grants.methods)
      return granted !== undefined && judgeMethod(request, granted, scope).length === 0
    })
    if (exception !== undefined) {
      judged.useException(exception.id)
      continue
    }
    const isOwn = rule === `${name}.methods`
    const { point, now } = asked
    judged.add(finding, isOwn ? modeOfOperations(rule, rollout, published.document.org.rollout, point, now) : 'enforce')
  }
}

/** An update may touch the places that the table of operations names; what isn't known there can't be judged. */
function judgePaths(request: OperationRequest): Finding[] {
  const treatment = TREATMENTS[request.operation]
  if (treatment.kind !== 'write' || treatment.body.kind !== 'patch') return []
  const { paths } = treatment.body
  return patches(request.body).flatMap(({ path }): Finding[] => {
    if (paths.some((pattern) => isAt(path, pattern))) return []
    const nearest = nearestOf(path, paths)
    return [
      {
        rule: 'intrinsic.operation.path',
        field: path,
        allowed: paths,
        ...(nearest !== undefined && { nearest }),
        message: `${request.operation} may not change this here${treatment.note === undefined ? '.' : `. ${treatment.note}`}`,
      },
    ]
  })
}

/** `*` is one whole segment, whatever stands in it. */
function isAt(path: string, pattern: string): boolean {
  const [places, expected] = [path.split('/'), pattern.split('/')]
  return (
    places.length === expected.length &&
    expected.every((place, index) => (place === '*' ? places[index] !== '' : place === places[index]))
  )
}
