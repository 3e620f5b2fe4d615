import { formFault } from '../apigateway/form.ts'
import type { Integration } from '../apigateway/integration.ts'
import type { MemberName } from '../apigateway/members.ts'
import { readPutIntegration } from '../apigateway/parse.ts'
import type { AskedPlace, AskedRequest } from './asked-request.ts'
import { teamOf } from './compile/compile.ts'
import type { CompiledPolicy } from './compile/compiled-policy.ts'
import { teamsByTags } from './compile/tag-owners.ts'
import { decide } from './decide.ts'
import type { Decision, DecisionRequest, EnforcementPoint, Remedy, Violation } from './decision.ts'
import { after, inWords } from './explain/deny-way-out.ts'
import { examplesOf, usingExample } from './explain/examples.ts'
import { type Finding, TO_INTERNET } from './explain/finding.ts'
import { nearestMatch } from './explain/nearest.ts'
import { Judged } from './judged.ts'
import { type ResolvedTeam, resolveTeam } from './team.ts'

export interface AskedMoment {
  point: EnforcementPoint
  /** Unix milliseconds. */
  now: number
}

/**
 * What the gate would decide on a PutIntegration, without one: for dry runs, for checks in a pipeline, for tests of a
 * policy. Where API Gateway itself would refuse the integration, that is one more violation, `intrinsic.form`.
 *
 * A request that names neither claims nor a team is judged for the API's owner, as a scan does.
 */
export function judgeAsked(
  policy: CompiledPolicy,
  asked: AskedRequest,
  place: AskedPlace,
  { point, now }: AskedMoment,
): Decision {
  const { restApiId, resourceId, method, body, before, claims, tags } = asked
  const owner = ownerOf(policy, asked)
  if (owner.kind !== 'team') return refusedFor(policy, { point, now }, NOT_OWNER[owner.kind])
  const request: DecisionRequest = {
    restApiId: restApiId === '' ? TO_COME : restApiId,
    resourceId,
    httpMethod: method,
    ...(tags && { tags }),
    // Members of any kind: what isn't an integration is the first thing that is judged.
    integration: body as unknown as Integration,
    ...(before !== undefined && { before }),
    partition: asked.partition ?? place.partition,
    region: asked.region ?? place.region,
  }
  const decision = decide(policy, request, { team: owner.team, ...(claims && { claims }), point, now })
  const [first] = decision.violations
  const isToldAlready = first?.rule === 'intrinsic.owner' || first?.rule.startsWith('intrinsic.members.') === true
  const form = isToldAlready ? undefined : formViolation(policy, owner.team, request, place)
  return form ? { ...decision, decision: 'deny', violations: [form, ...decision.violations] } : decision
}

/** Stands for the id of an API that has none yet: API Gateway's are ten characters long. */
const TO_COME = 'new'

/** The decision on a request that can't be judged for what it asks. */
export function refusedFor(policy: CompiledPolicy, { point, now }: AskedMoment, finding: Finding): Decision {
  const judged = new Judged(policy, { team: '', point, now })
  judged.add(finding, 'enforce')
  return judged.decision()
}

const NOT_OWNER: Record<Exclude<ResolvedTeam['kind'], 'team'>, Finding> = {
  'no-team': {
    rule: 'intrinsic.identity',
    field: '',
    message: "The policy maps none of the caller's claims to a team.",
  },
  'not-owner': { rule: 'intrinsic.owner', field: '', message: 'The team has no such API.' },
  contested: {
    rule: 'intrinsic.owner',
    field: '',
    message: "The API's tags are those of several teams, so that it is nobody's until it is tagged anew.",
  },
  'depends-on-tags': {
    rule: 'intrinsic.owner',
    field: '',
    message: "Whose API this is depends on its tags, which aren't known.",
    fix: 'State the tags of the API.',
  },
}

function ownerOf(policy: CompiledPolicy, { team, claims, restApiId, tags }: AskedRequest): ResolvedTeam {
  if (claims !== undefined) return resolveTeam(policy, claims, { restApiId, ...(tags && { tags }) })
  const { owners, tagged } = policy.identities
  const owner = owners.get(restApiId)
  const isOpen = owner === undefined && tags === undefined
  if (team !== undefined)
    return isOpen && tagged?.selectors.has(team) ? { kind: 'depends-on-tags', teams: [team] } : { kind: 'team', team }
  if (owner !== undefined) return { kind: 'team', team: owner }
  if (tagged === undefined) return { kind: 'not-owner' }
  if (tags === undefined) return { kind: 'depends-on-tags', teams: [...tagged.selectors.keys()].sort() }
  const [first, ...others] = teamsByTags(tagged, tags)
  if (first === undefined) return { kind: 'not-owner' }
  return others.length > 0 ? { kind: 'contested', tags } : { kind: 'team', team: first }
}

function formViolation(
  policy: CompiledPolicy,
  team: string,
  request: DecisionRequest,
  { maxTimeoutMillis }: AskedPlace,
): Violation | undefined {
  const known = maxTimeoutMillis === undefined ? {} : { maxTimeoutMillis }
  const faultOf = ({ integration }: DecisionRequest) => {
    const read = readPutIntegration(integration)
    return read.ok ? formFault(read.value, known) : { member: undefined, error: read.error }
  }
  const fault = faultOf(request)
  if (fault === undefined) return undefined
  const { member, error } = fault
  const candidates = formSteps(policy, team, member, request)
  const isOf = ([step]: Remedy) => step !== undefined && 'path' in step && step.path === `/${member}`
  // What else is wrong has its own turn, as API Gateway names one thing at a time.
  const remedy =
    candidates.find((steps) => faultOf(after(request, steps)) === undefined) ??
    candidates.find((steps) => isOf(steps) && faultOf(after(request, steps))?.member !== member)
  const value: unknown = member === undefined ? undefined : Reflect.get(request.integration, member)
  return {
    rule: 'intrinsic.form',
    mode: 'enforce',
    field: member === undefined ? '' : `/${member}`,
    part: error.type,
    value: typeof value === 'string' || typeof value === 'number' ? value : null,
    allowed: 'what API Gateway stores',
    message: `API Gateway would refuse this: ${error.message}`,
    fix: remedy === undefined ? 'No other request would pass that asks for the same.' : inWords(remedy),
    ...(remedy && { remedy }),
  }
}

/** Steps that might make API Gateway take it, the smallest first. */
function formSteps(
  policy: CompiledPolicy,
  team: string,
  member: MemberName | undefined,
  request: DecisionRequest,
): Remedy[] {
  if (member === undefined) return []
  const limits = teamOf(policy, team)?.limits
  const role = limits && nearestMatch('', limits.credentials.roles)?.text
  const examples = limits ? examplesOf(limits.uri, limits.types, request) : []
  return [
    [{ op: 'remove', path: `/${member}` }],
    ...(member === 'httpMethod' ? [[{ op: 'set' as const, path: '/httpMethod', value: 'POST' }]] : []),
    ...(member === 'responseTransferMode' ? [[{ op: 'set' as const, path: `/${member}`, value: 'STREAM' }]] : []),
    ...(member === 'connectionId' ? [TO_INTERNET] : []),
    ...(role === undefined ? [] : [[{ op: 'set' as const, path: '/credentials', value: role }]]),
    ...examples.map(usingExample),
    [{ op: 'set', path: '/type', value: 'AWS' }],
  ]
}
