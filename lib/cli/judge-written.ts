import type { AskedFault, AskedPlace, AskedRequest } from '../decision/asked-request.ts'
import { readAsked } from '../decision/asked-request.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Decision, Violation } from '../decision/decision.ts'
import type { Finding } from '../decision/explain/finding.ts'
import { type AskedMoment, judgeAsked, refusedFor } from '../decision/judge-asked.ts'
import { didYouMean, type Path } from '../policy/document/problem.ts'
import type { Unreadable, WrittenRequest } from './written-request.ts'

/** What was decided on a request in a file. */
export interface JudgedRequest {
  written: WrittenRequest
  /** Absent where the request couldn't be read. */
  asked?: AskedRequest
  decision: Decision
  /** Where what couldn't be read stands: a place in the text, or a path in the request. */
  fault?: Unreadable | AskedFault
}

/** A request that can't be read is denied by the rule `intrinsic.request`. */
export function judgeWritten(
  policy: CompiledPolicy,
  written: WrittenRequest,
  place: AskedPlace,
  moment: AskedMoment,
): JudgedRequest {
  const data = written.read()
  if (!data.ok) return { written, decision: refused(policy, moment, data), fault: data }
  const read = readAsked(data.value, 'file')
  const fault = read.ok ? unknownTeam(policy, read.asked) : read.fault
  if (!read.ok || fault) return { written, decision: refused(policy, moment, fault), ...(fault && { fault }) }
  return { written, asked: read.asked, decision: judgeAsked(policy, read.asked, place, moment) }
}

function unknownTeam({ published }: CompiledPolicy, { team }: AskedRequest): AskedFault | undefined {
  const { teams } = published.document
  if (team === undefined || Object.hasOwn(teams, team)) return undefined
  const suggestion = didYouMean(team, Object.keys(teams))
  return { path: ['team'], message: `There is no team "${team}".`, ...(suggestion && { suggestion }) }
}

function refused(policy: CompiledPolicy, moment: AskedMoment, fault: Unreadable | AskedFault | undefined): Decision {
  const { message = '' } = fault ?? {}
  const finding: Finding = { rule: 'intrinsic.request', field: '', message }
  if (fault && 'path' in fault) {
    if (fault.path.length > 0) finding.part = fault.path.join('.')
    if (fault.suggestion !== undefined) finding.fix = fault.suggestion
  }
  return refusedFor(policy, moment, finding)
}

/** Where in the request the value stands that a violation is about. */
export function pathOf({ field, part, rule }: Violation): Path {
  if (field !== '') {
    const steps = field.slice(1).split('/')
    return ['body', ...steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))]
  }
  if (rule === 'intrinsic.owner' || part === 'restApiId') return ['restApiId']
  if (rule === 'intrinsic.identity') return ['claims']
  if (part === 'resourceId') return ['resourceId']
  return part === 'httpMethod' ? ['method'] : ['body']
}
