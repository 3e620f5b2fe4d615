import type { CompiledBounds } from '../compile/compiled-policy.ts'
import type { Backends, HttpLimits } from '../compile/compiled-sections.ts'
import { matchesAnyHost } from '../compile/host-pattern.ts'
import { coversPathByAny } from '../compile/path-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestHost } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import {
  type HttpFallback,
  judgeHttp,
  lateBoundFinding,
  pathFinding,
  portFinding,
  queryExceeds,
  queryFinding,
  schemeFinding,
} from './judge-http.ts'
import { foreign, hazardFindings } from './judge-intrinsic.ts'
import { judgeLambda, judgeLambdaBounds, judgeLambdaHome } from './judge-lambda.ts'
import { judgeService, judgeServiceBounds, judgeTemplateActions } from './judge-service.ts'
import { verbAllowed } from './judge-verbs.ts'

/** A team's `uri` section. */
export function judgeTeamUri(
  subject: Subject,
  entries: Backends,
  bounds: CompiledBounds,
  fallback: HttpFallback,
  pointer: string,
  findings: Finding[],
): void {
  const { backend, request } = subject
  switch (backend.kind) {
    case 'http':
      judgeHttp(backend, subject, entries, fallback, pointer, findings)
      return
    case 'lambda':
      judgeLambda(backend, subject, entries.lambda, pointer, findings)
      judgeLambdaHome(backend, subject, [bounds.lambda, ...entries.lambda], findings)
      return
    case 'service': {
      const limits = entries.service
      judgeService(backend, subject, limits, pointer, findings)
      judgeTemplateActions(backend, subject, limits, findings)
      const opened = [...limits, ...(bounds.services ?? [])].some(({ regions }) => regions !== undefined)
      if (backend.region !== request.region && !opened) findings.push(foreign('region', backend.region, request.region))
    }
  }
}

/** `org.bounds.uri`: one rule for each member. */
export function judgeUriBounds(
  subject: Subject,
  { http, lambda, services }: CompiledBounds,
  findings: Finding[],
): void {
  const { backend } = subject
  if (backend.kind === 'http' && http !== undefined) judgeHttpBounds(backend, http, findings)
  if (backend.kind === 'lambda' && lambda !== undefined) judgeLambdaBounds(backend, lambda, findings)
  if (backend.kind === 'service' && services !== undefined) judgeServiceBounds(backend, subject, services, findings)
  if (http === undefined || backend.kind === 'mock') return
  const { methods, httpMethods } = http
  const { integration, request } = subject
  if (backend.kind !== 'lambda' && methods !== undefined && !verbAllowed(methods, integration.httpMethod)) {
    findings.push({
      ...bound('methods', '/httpMethod'),
      value: integration.httpMethod,
      allowed: methods,
      message: `The integration may call ${oneOf(methods)}, not ${integration.httpMethod ?? 'nothing'}.`,
      fix: `Set httpMethod to ${oneOf(methods)}.`,
    })
  }
  if (httpMethods !== undefined && !verbAllowed(httpMethods, request.httpMethod)) {
    findings.push({
      ...bound('httpMethods', ''),
      part: 'httpMethod',
      value: request.httpMethod,
      allowed: httpMethods,
      message: `Only methods ${oneOf(httpMethods)} may have a backend, not ${request.httpMethod}.`,
    })
  }
}

function judgeHttpBounds(
  backend: Extract<Subject['backend'], { kind: 'http' }>,
  limits: HttpLimits,
  findings: Finding[],
): void {
  const { schemes, hosts, ports, paths, query, placeholders, stageVariables } = limits
  const { path } = backend
  if (schemes !== undefined && !schemes.includes(backend.scheme)) {
    findings.push({ ...bound('schemes'), ...schemeFinding(backend, schemes) })
  }
  if (hosts !== undefined && !matchesAnyHost(hosts, backend.host)) {
    const nearest = nearestHost(backend.host, hosts)
    findings.push({
      ...bound('hosts'),
      part: 'host',
      value: backend.host,
      allowed: listed(hosts),
      nearest,
      message: `Host ${backend.host} is outside the organisation's backends.`,
      fix: nearest === undefined ? "Use a host of the organisation's." : `Did you mean ${nearest}?`,
    })
  }
  if (ports !== undefined && !ports.includes(backend.port)) {
    findings.push({ ...bound('ports'), ...portFinding(backend, ports) })
  }
  if (path.placeholders && placeholders === 'never') {
    findings.push({ ...bound('placeholders.path'), ...lateBoundFinding(backend) })
  }
  const variables = stageVariables ?? placeholders
  if (path.stageVariables && variables === 'never') {
    const leaf = stageVariables === undefined ? 'placeholders.path' : 'stageVariables.path'
    if (leaf !== 'placeholders.path' || !path.placeholders)
      findings.push({ ...bound(leaf), ...lateBoundFinding(backend) })
  }
  if (paths !== undefined) {
    if (path.hazards.length > 0) findings.push(...hazardFindings('uri', '/uri', path.hazards))
    else if (!coversPathByAny(paths, path)) findings.push({ ...bound('paths'), ...pathFinding(backend, paths) })
  }
  if (query !== undefined && queryExceeds(backend.query, query)) {
    findings.push({ ...bound('query'), ...queryFinding(backend, query) })
  }
}

function bound(leaf: string, field = '/uri'): Pick<Finding, 'rule' | 'field' | 'pointer'> {
  return { rule: `org.bounds.uri.${leaf}`, field, pointer: `/org/bounds/uri/${leaf.replaceAll('.', '/')}` }
}
