import type { RequestParameters } from '../../../policy/document/sections.ts'
import { matchesAny } from '../../../policy/patterns/matches.ts'
import {
  foldHeader,
  isClosedHeader,
  type RequestParameter,
  readRequestParameter,
} from '../../../policy/values/request-parameter.ts'
import { isPlainPathValue } from '../../../policy/values/uri-path.ts'
import { expand, type Lists } from '../../compile/lists.ts'
import { entryOf, type Finding, listed, oneOf, removing } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import { named, patternsOf } from '../entries.ts'
import type { Opened, ParameterLimits } from '../limits.ts'
import { pointerOf, ruleOf, type Scope, whose } from '../scope.ts'

/** `mapping.requestParameters`: what may be mapped onto what. */
export function compileParameters(written: RequestParameters | 'forbidden', lists: Lists): ParameterLimits {
  if (written === 'forbidden') return { forbidden: true, open: [] }
  const staticValues = written.staticValues ?? (written.sources ? 'never' : undefined)
  return {
    forbidden: false,
    // Destinations are the backend's, and to a backend a header is one header in any case.
    ...(written.destinations && {
      destinations: {
        patterns: patternsOf('parameter', expand(written.destinations, lists).map(foldHeader), undefined),
        written: patternsOf('parameter', written.destinations, lists),
      },
    }),
    ...named('sources', 'parameter', written.sources, lists),
    ...(staticValues && { staticValues }),
    open: (written.open ?? []).map(({ destination, sources, staticValues: values }) => ({
      destination: foldHeader(destination),
      ...named('sources', 'parameter', sources, lists),
      ...(values && { staticValues: values }),
    })),
  }
}

/** What holds of mappings whatever the policy says, but for names that the team's section opens. */
export function judgeParametersIntrinsic(subject: Subject, open: readonly Opened[], findings: Finding[]): void {
  for (const [key, value] of subject.requestParameters) {
    const parameter = readRequestParameter(key, value)
    if (parameter === 'destination') {
      const message = 'The key is not integration.request.{querystring|path|header}.{name}.'
      findings.push(intrinsic('destination', key, key, DESTINATIONS, message))
    } else if (parameter === 'source') {
      const message = 'The value is none of the forms that API Gateway documents, so what it would map is unknown.'
      findings.push(intrinsic('source', key, value, SOURCES, message))
    } else {
      judgeClosed(parameter, subject, open, findings)
    }
  }
}

const DESTINATIONS = [
  'integration.request.querystring.NAME',
  'integration.request.path.NAME',
  'integration.request.header.NAME',
]
const SOURCES = [
  'method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME',
  'method.request.body',
  'context.NAME',
  'stageVariables.NAME',
  "'text'",
]

function judgeClosed(
  { key, ...parameter }: RequestParameter,
  subject: Subject,
  open: readonly Opened[],
  findings: Finding[],
): void {
  const { destination, source } = parameter
  if (source.kind === 'static' && /[\u0000-\u001f\u007f]/.test(source.text)) {
    const message = 'A static value may not hold control characters.'
    findings.push(intrinsic('control-character', key, source.text, 'printable characters', message))
  }
  const isPath = destination.startsWith('path.')
  if (source.kind === 'static' && isPath && !isPlainPathValue(source.text)) {
    const message =
      'A static value in the path is whole, plain segments: no empty or dot segments, encodings, other scripts or end of the path.'
    findings.push(intrinsic('path-value', key, source.text, 'letters, digits and - . _ ~ in segments', message))
  }
  // Query-protocol services take the operation from this parameter, whatever path or action the uri names. A text that is
  // written out is judged with the service's actions.
  const isAction = subject.backend.kind === 'service' && destination.toLowerCase() === 'querystring.action'
  const choosesAction = isAction && source.kind !== 'static'
  const isClosed = destination.startsWith('header.') && isClosedHeader(destination.slice('header.'.length))
  if (!isClosed && !choosesAction) return
  if (open.some((opened) => opens(opened, parameter))) return
  const message = choosesAction
    ? 'Mapping onto Action would choose what the AWS service does.'
    : `Mapping onto ${destination.slice('header.'.length)} would change which site, operation or caller the backend sees.`
  const finding = intrinsic('closed-name', key, destination, 'a name that nothing rests on', message)
  findings.push({ ...finding, part: 'destination' })
}

/** An opening without sources and static values opens the name for whatever the section allows anyway. */
function opens(opened: Opened, { destination, source }: Omit<RequestParameter, 'key'>): boolean {
  const { sources, staticValues } = opened
  if (opened.destination !== foldHeader(destination)) return false
  if (sources === undefined && staticValues === undefined) return true
  return source.kind === 'static'
    ? staticValues?.includes(source.text) === true
    : sources !== undefined && matchesAny(sources, source.name)
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

function judgeOne(
  { key, destination, source }: RequestParameter,
  limits: ParameterLimits,
  scope: Scope,
  findings: Finding[],
): void {
  const { destinations, sources, staticValues } = limits
  if (destinations !== undefined && !matchesAny(destinations.patterns, foldHeader(destination))) {
    const allowed = listed(destinations.written)
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
  } else if (sources !== undefined && !matchesAny(sources, source.name)) {
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
    field: entryOf('requestParameters', key),
    part,
    value,
    allowed,
    message,
    fix: `Remove ${key} from requestParameters.`,
    remedy: removing(entryOf('requestParameters', key)),
    pointer: pointerOf(scope, 'mapping', leaf),
    aspect: 'requestParameters',
  }
}

function intrinsic(finding: string, key: string, value: string, allowed: unknown, message: string): Finding {
  const field = entryOf('requestParameters', key)
  return {
    rule: `intrinsic.requestParameters.${finding}`,
    field,
    value,
    allowed,
    message,
    fix: `Remove ${key} from requestParameters.`,
    remedy: removing(field),
  }
}
