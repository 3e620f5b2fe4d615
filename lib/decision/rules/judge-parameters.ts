import {
  isClosedHeader,
  isPlainPathValue,
  type RequestParameter,
  readRequestParameter,
} from '../../policy/values/request-parameter.ts'
import type { Opened, ParameterLimits } from '../compile/compiled-sections.ts'
import { matchesAnyParameter } from '../compile/parameter-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** What holds of mappings whatever the policy says, but for names that the team's section opens. */
export function judgeParametersIntrinsic(subject: Subject, open: readonly Opened[], findings: Finding[]): void {
  for (const [key, value] of subject.requestParameters) {
    const parameter = readRequestParameter(key, value)
    if (parameter === 'destination') {
      const message = 'The key is not integration.request.{querystring|path|header}.{name}.'
      findings.push(intrinsic('destination', key, key, message))
    } else if (parameter === 'source') {
      const message = 'The value is none of the forms that API Gateway documents, so what it would map is unknown.'
      findings.push(intrinsic('source', key, value, message))
    } else {
      judgeClosed(parameter, subject, open, findings)
    }
  }
}

function judgeClosed(
  parameter: RequestParameter,
  subject: Subject,
  open: readonly Opened[],
  findings: Finding[],
): void {
  const { key, destination, folded, source } = parameter
  if (source.kind === 'static' && /[\u0000-\u001f\u007f]/.test(source.text)) {
    findings.push(intrinsic('control-character', key, source.text, 'A static value may not hold control characters.'))
  }
  if (source.kind === 'static' && folded.startsWith('path.') && !isPlainPathValue(source.text)) {
    const message = 'A static value in the path may not hold dot segments, encodings or the end of the path.'
    findings.push(intrinsic('path-value', key, source.text, message))
  }
  const isHeader = folded.startsWith('header.')
  // Query-protocol services take the operation from this parameter, whatever path or action the uri names.
  const choosesAction = subject.backend.kind === 'service' && folded.toLowerCase() === 'querystring.action'
  if (!(isHeader && isClosedHeader(folded.slice('header.'.length))) && !choosesAction) return
  if (open.some((opened) => opens(opened, parameter))) return
  const message = choosesAction
    ? 'Mapping onto Action would choose what the AWS service does.'
    : `Mapping onto ${destination.slice('header.'.length)} would change which site, operation or caller the backend sees.`
  const finding = intrinsic('closed-name', key, destination, message)
  findings.push({ ...finding, part: 'destination', fix: `Remove ${key} from requestParameters.` })
}

/** An opening without sources and static values opens the name for whatever the section allows anyway. */
function opens({ destination, sources, staticValues }: Opened, { folded, source }: RequestParameter): boolean {
  if (folded !== destination) return false
  if (sources === undefined && staticValues === undefined) return true
  return source.kind === 'static'
    ? staticValues?.includes(source.text) === true
    : sources !== undefined && matchesAnyParameter(sources, source.folded)
}

export function judgeParameters(subject: Subject, limits: ParameterLimits, scope: Scope, findings: Finding[]): void {
  for (const [key, value] of subject.requestParameters) {
    const parameter = readRequestParameter(key, value)
    if (typeof parameter === 'string') continue // denied already
    if (limits.forbidden) {
      const message = `Request parameters may not be mapped (${parameter.destination}).`
      findings.push(
        refusal(scope, 'requestParameters', key, 'destination', parameter.destination, 'forbidden', message),
      )
    } else if (!limits.open.some((opened) => opens(opened, parameter))) {
      judgeOne(parameter, limits, scope, findings)
    }
  }
}

function judgeOne(parameter: RequestParameter, limits: ParameterLimits, scope: Scope, findings: Finding[]): void {
  const { key, destination, folded, source } = parameter
  const { destinations, sources, staticValues } = limits
  if (destinations !== undefined && !matchesAnyParameter(destinations, folded)) {
    const allowed = listed(destinations)
    const message = `${destination} is not among ${whose(scope)} mapping destinations.`
    findings.push(refusal(scope, 'requestParameters.destinations', key, 'destination', destination, allowed, message))
  }
  if (source.kind === 'static') {
    const isAllowed =
      staticValues === undefined ||
      staticValues === 'allowed' ||
      (staticValues !== 'never' && staticValues.includes(source.text))
    if (isAllowed) return
    const message = 'This static value may not be mapped.'
    findings.push(refusal(scope, 'requestParameters.staticValues', key, 'source', source.text, staticValues, message))
  } else if (sources !== undefined && !matchesAnyParameter(sources, source.folded)) {
    const allowed = listed(sources)
    const message = `${source.name} is not among ${whose(scope)} mapping sources (${oneOf(allowed)}).`
    findings.push(refusal(scope, 'requestParameters.sources', key, 'source', source.name, allowed, message))
  }
}

function refusal(
  scope: Scope,
  leaf: string,
  key: string,
  part: string,
  value: string,
  allowed: unknown,
  message: string,
): Finding {
  return {
    rule: ruleOf(scope, 'mapping', leaf),
    field: fieldOf(key),
    part,
    value,
    allowed,
    message,
    fix: `Remove ${key} from requestParameters.`,
    pointer: pointerOf(scope, 'mapping', leaf),
  }
}

function intrinsic(finding: string, key: string, value: string, message: string): Finding {
  return { rule: `intrinsic.requestParameters.${finding}`, field: fieldOf(key), value, message }
}

function fieldOf(key: string): string {
  return `/requestParameters/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
