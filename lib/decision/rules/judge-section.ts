import type { Section } from '../../policy/document/rule-ids.ts'
import type { CompiledBounds } from '../compile/compiled-policy.ts'
import type { Sections } from '../compile/compiled-sections.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { judgeCache } from './judge-cache.ts'
import { judgeConnection } from './judge-connection.ts'
import { judgeCredentials } from './judge-credentials.ts'
import type { HttpFallback } from './judge-http.ts'
import { judgeParameters } from './judge-parameters.ts'
import { judgeLiveBackend, judgeMock, judgeTimeout, judgeTls, judgeType, judgeWords } from './judge-settings.ts'
import { judgeTemplates } from './judge-templates.ts'
import { judgeTeamUri, judgeUriBounds } from './judge-uri.ts'
import { BOUNDS, type Scope } from './scope.ts'

export interface TeamLimits {
  sections: Sections
  bounds: CompiledBounds
  fallback: HttpFallback
  scope: Required<Scope>
}

/** All sections of a team. */
export function judgeTeam(subject: Subject, limits: TeamLimits, findings: Finding[]): void {
  const { sections, scope } = limits
  judgeSection('types', subject, limits, findings)
  judgeSection('uri', subject, limits, findings)
  judgeCredentials(subject, sections.credentials, scope, findings)
  judgeConnection(subject, sections.connection, scope, findings)
  judgeTls(subject, sections.tls, scope, findings)
  judgeTimeout(subject, sections.timeout, scope, findings)
  judgeCache(subject, sections.cache, scope, findings)
  judgeSection('mapping', subject, limits, findings)
  judgeSection('mock', subject, limits, findings)
  judgeWords(subject, sections, scope, findings)
}

/** One section of a team, as {@link judgeTeam} judges it. */
export function judgeSection(section: Section, subject: Subject, limits: TeamLimits, findings: Finding[]): void {
  const { sections, bounds, fallback, scope } = limits
  switch (section) {
    case 'types':
      judgeType(subject, sections.types, sections.mock !== undefined, scope, findings)
      return
    case 'uri':
      judgeTeamUri(subject, sections.uri, bounds, fallback, scope.pointers.uri, findings)
      return
    case 'credentials':
      judgeCredentials(subject, sections.credentials, scope, findings)
      return
    case 'connection':
      judgeConnection(subject, sections.connection, scope, findings)
      return
    case 'tls':
      judgeTls(subject, sections.tls, scope, findings)
      return
    case 'timeout':
      judgeTimeout(subject, sections.timeout, scope, findings)
      return
    case 'cache':
      judgeCache(subject, sections.cache, scope, findings)
      return
    case 'mapping':
      if (sections.mapping.parameters !== undefined && subject.requestParameters.length > 0) {
        judgeParameters(subject, sections.mapping.parameters, scope, findings)
      }
      judgeTemplates(subject, sections.mapping, sections.mock, scope, findings)
      return
    case 'mock':
      if (sections.mock === undefined) judgeLiveBackend(subject, scope, findings)
      else judgeMock(subject, sections.mock, scope, findings)
      return
    case 'operations': // no rules about integrations: see decideOperation()
    case 'methods':
      return
    default:
      judgeWords(subject, { [section]: sections[section] }, scope, findings)
  }
}

/** `org.bounds`: a rule for each member that the bounds name. */
export function judgeBounds(subject: Subject, bounds: CompiledBounds, findings: Finding[]): void {
  const { types, credentials, connection, tls, timeout, cache, mapping, mock } = bounds
  if (types !== undefined) judgeType(subject, types, false, BOUNDS, findings)
  judgeUriBounds(subject, bounds, findings)
  if (credentials !== undefined) judgeCredentials(subject, credentials, BOUNDS, findings)
  if (connection !== undefined) judgeConnection(subject, connection, BOUNDS, findings)
  if (tls !== undefined) judgeTls(subject, tls, BOUNDS, findings)
  if (timeout !== undefined) judgeTimeout(subject, timeout, BOUNDS, findings)
  if (cache !== undefined) judgeCache(subject, cache, BOUNDS, findings)
  if (mapping?.parameters !== undefined && subject.requestParameters.length > 0) {
    judgeParameters(subject, mapping.parameters, BOUNDS, findings)
  }
  judgeTemplates(subject, mapping ?? NO_MAPPING, mock, BOUNDS, findings)
  if (mock !== undefined) judgeMock(subject, mock, BOUNDS, findings)
  judgeWords(subject, bounds, BOUNDS, findings)
}

const NO_MAPPING = {}
