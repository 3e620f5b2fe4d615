import { TREATMENTS } from '../control-plane/treatment.ts'
import type { Bounds } from '../policy/document/sections.ts'
import { teamOf } from './compile/compile.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { Decision } from './decision.ts'
import { activeExceptions } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import { nearestOf } from './explain/nearest.ts'
import { withWayOut } from './explain/operation-way-out.ts'
import { type Asked, Judged } from './judged.ts'
import { modeOfOperations } from './modes.ts'
import { type AskedMethod, judgeWrite, patches } from './rules/operations/writes.ts'
import type { OperationRule, OperationSection, Written } from './rules/rule.ts'
import { BOUNDS } from './rules/scope.ts'
import { RULES } from './rules/table.ts'
import { isOwner, type OwnedApi } from './team.ts'
import { widened, widenedBounds } from './widened.ts'

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
  judgeSection('operations', request, team, policy, asked, judged)
  for (const finding of [...judgePaths(request), ...judgeWrite(request)]) {
    judged.add(withWayOut(finding, request.body), 'enforce')
  }
  judgeSection('methods', request, team, policy, asked, judged)
  return judged.decision()
}

const JUDGING: { readonly [S in OperationSection]: OperationRule<S> } = RULES

/** One section about operations, by the bounds and by the team. */
function judgeSection<S extends OperationSection>(
  section: S,
  request: OperationRequest,
  { name, written, pointers, rollout }: CompiledTeam,
  policy: CompiledPolicy,
  asked: Asked,
  judged: Judged,
): void {
  const { org } = policy.published.document
  const bounds = org.bounds[section] as Written<S> | undefined
  const scope = { name, pointers }
  const own = (written[section] ?? JUDGING[section].silent) as Written<S>
  const findings = [
    ...(bounds === undefined ? [] : JUDGING[section].covers(request, bounds, BOUNDS)),
    ...JUDGING[section].covers(request, own, scope),
  ]
  if (findings.length === 0) return
  const active = activeExceptions(policy, name, request, asked.now)
  for (const finding of findings) {
    const { rule } = finding
    const isOwn = rule === `${name}.${section}`
    const exception = active.find(({ rules, grants }) => {
      const granted = (grants as Readonly<Record<string, unknown>>)[section] as Written<S> | undefined
      if (granted === undefined || !rules.includes(rule)) return false
      if (isOwn) return JUDGING[section].covers(request, widened(own, granted), scope).length === 0
      const wider = widenedBounds<S>(bounds as Bounds[S], granted) as Written<S>
      return !JUDGING[section].covers(request, wider, BOUNDS).some((left) => left.rule === rule)
    })
    if (exception !== undefined) judged.useException(exception.id)
    else
      judged.add(
        withWayOut(finding, request.body),
        isOwn ? modeOfOperations(rule, rollout, org.rollout, asked.point, asked.now) : 'enforce',
      )
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
