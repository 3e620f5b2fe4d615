import { MEMBERS } from '../../apigateway/members.ts'
import { type CelExpression, conditionEnvironment, namesIn, parseExpression } from '../conditions/expression.ts'
import { literalFaults } from '../conditions/literals.ts'
import { canNeverHold, type Known, type Wanted } from '../conditions/satisfiable.ts'
import type { Condition, PolicySet, Team } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { expandEntry } from '../document/lists.ts'
import type { Path } from '../document/problem.ts'
import type { Allow } from '../document/sections.ts'
import { isSofter } from './check-rules.ts'

/** Conditions that can't be used, or can't be met; and those that are said in vain. */
export interface CheckedConditions {
  problems: Finding[]
  warnings: Finding[]
}

/** One condition that parses, with its place. */
interface Read {
  condition: Condition
  path: Path
  when?: CelExpression
  require: CelExpression
}

/** What is wrong with the conditions of a policy, by themselves and for its teams. */
export function checkConditions(document: PolicySet): CheckedConditions {
  const { conditions } = document.org
  const checked: CheckedConditions = { problems: [], warnings: [] }
  if (conditions === undefined) return checked
  const read = readConditions(conditions, Object.keys(document.teams), checked.problems)
  for (const each of read) {
    const vain = vainFinding(each)
    if (vain !== undefined) checked[vain.isCertain ? 'problems' : 'warnings'].push(vain.finding)
    else if (isForNoTeam(each, document)) {
      const finding = at(
        [...each.path, 'when'],
        `No team may have an integration for which "${each.condition.id}" asks.`,
      )
      checked.warnings.push(finding)
    }
  }
  for (const [name, team] of Object.entries(document.teams)) checkTeam(name, team, document, read, checked)
  return checked
}

function readConditions(conditions: readonly Condition[], teams: readonly string[], problems: Finding[]): Read[] {
  const environment = conditionEnvironment()
  const parse = (text: string, path: Path): CelExpression | undefined => {
    const parsed = parseExpression(environment, text)
    if (!parsed.ok) {
      problems.push(at(path, parsed.message))
      return undefined
    }
    const faults = literalFaults(parsed.expression.ast, teams)
    for (const { column, message, suggestion } of faults) {
      problems.push(at(path, `At character ${column}: ${message}`, suggestion))
    }
    return faults.length > 0 ? undefined : parsed.expression
  }
  return conditions.flatMap((condition, index): Read[] => {
    const path = ['org', 'conditions', index]
    const when = condition.when === undefined ? undefined : parse(condition.when, [...path, 'when'])
    const require = parse(condition.require, [...path, 'require'])
    if (require === undefined || (condition.when !== undefined && when === undefined)) return []
    return [{ condition, path, require, ...(when && { when }) }]
  })
}

/** A condition that never asks for anything, or asks for what always is. */
function vainFinding({ condition, path, when, require }: Read): { finding: Finding; isCertain: boolean } | undefined {
  const asks = when === undefined ? [] : [{ ast: when.ast, isSo: true }]
  if (when !== undefined && canNeverHold(asks)) {
    const message = `This can never hold, so that "${condition.id}" never asks for anything.`
    return { finding: at([...path, 'when'], message), isCertain: true }
  }
  // What isn't known is an error, and bites although the comparison would hold either way.
  const reads = [require, when].flatMap((each) => (each === undefined ? [] : namesIn(each.ast)))
  if (reads.includes('path') || reads.includes('query')) return undefined
  if (!canNeverHold([...asks, { ast: require.ast, isSo: false }], { isAbsenceOpen: true })) return undefined
  const message = `This always holds${when === undefined ? '' : ' where `when` does'}: "${condition.id}" never refuses anything.`
  return { finding: at([...path, 'require'], message), isCertain: false }
}

/** Whether `when` asks for types that the bounds and every team's lists leave out. */
function isForNoTeam({ when }: Read, document: PolicySet): boolean {
  if (when === undefined) return false
  const teams = Object.values(document.teams)
  if (teams.length === 0) return false
  return teams.every((team) =>
    canNeverHold([{ ast: when.ast, isSo: true }], { words: { 'integration.type': typesOf(team, document) } }),
  )
}

/** Types that a team may have; while its lists aren't enforced, all that the bounds leave. */
function typesOf({ allow, rollout }: Team, { org }: PolicySet): readonly string[] {
  const bounds: readonly string[] = org.bounds.types ?? MEMBERS.type.values
  // Lists that aren't enforced yet, or not everywhere, limit nothing for certain.
  if (rollout !== undefined || (org.rollout?.default !== undefined && isSofter(org.rollout.default))) return bounds
  const types: readonly string[] = allow.types ?? org.defaults?.types ?? bounds
  const mock = allow.mock === undefined && org.defaults?.mock === undefined ? [] : ['MOCK']
  return bounds.filter((type) => types.includes(type) || mock.includes(type))
}

/** Backends of a team for which nothing in the team's own lists meets a condition. */
function checkTeam(
  name: string,
  team: Team,
  document: PolicySet,
  read: readonly Read[],
  checked: CheckedConditions,
): void {
  if (read.length === 0) return
  const { lists } = document
  const limits = limitsOf(team, document)
  const types = typesOf(team, document)
  for (const [index, backend] of (team.allow.uri ?? []).entries()) {
    const path = ['teams', name, 'allow', 'uri', index]
    const entries = 'hosts' in backend ? backend.hosts : [undefined]
    for (const [position, entry] of entries.entries()) {
      // An entry that is a list is at fault where all of the list is.
      const hosts = entry === undefined ? [undefined] : expandEntry(entry, lists)
      const kind = 'hosts' in backend ? 'http' : 'lambda' in backend ? 'lambda' : 'service'
      const within = (host: string | undefined) => backendOf(name, types, kind, host?.replaceAll('{team}', name))
      const failing = read.find((each) => hosts.length > 0 && hosts.every((host) => fails(each, within(host), limits)))
      if (failing === undefined) continue
      const isForbidden = hosts.every((host) => fails(failing, within(host), {}))
      const place = entry === undefined ? path : [...path, 'hosts', position]
      const { finding, isSoft } = refusal(failing, place, entry ?? 'this backend', isForbidden, team, document)
      checked[isForbidden || isSoft ? 'warnings' : 'problems'].push(finding)
    }
  }
}

type Kind = 'http' | 'lambda' | 'service'
const TYPES_OF: Readonly<Record<Kind, readonly string[]>> = {
  http: ['HTTP', 'HTTP_PROXY'],
  lambda: ['AWS', 'AWS_PROXY'],
  service: ['AWS', 'AWS_PROXY'],
}

/** What an entry says by itself: the kind of backend with its types, and the host. */
function backendOf(team: string, types: readonly string[], kind: Kind, host: string | undefined): Known {
  const own = types.filter((type) => TYPES_OF[kind].includes(type))
  return {
    words: { team: [team], 'integration.type': own, 'integration.backend.kind': [kind] },
    ...(host !== undefined && { host }),
  }
}

/** Whether the condition asks for everything that a backend and limits leave, and nothing of it meets the condition. */
function fails({ when, require }: Read, backend: Known, limits: Known): boolean {
  const known: Known = { ...backend, ...limits, words: { ...limits.words, ...backend.words } }
  // Lists under which nothing passes are another finding.
  if (canNeverHold([], known)) return false
  const wanted = (expression: CelExpression, isSo: boolean): Wanted => ({ ast: expression.ast, isSo })
  if (when !== undefined && !canNeverHold([wanted(when, false)], known)) return false
  return canNeverHold([...(when ? [wanted(when, true)] : []), wanted(require, true)], known)
}

/** What the lists of a team leave of the members that conditions speak of. */
function limitsOf({ allow, apis }: Team, { org }: PolicySet): Known {
  const { defaults = {}, bounds } = org
  const own = <S extends keyof Allow>(section: S): Allow[S] => allow[section] ?? defaults[section]
  const connection = own('connection')
  const connections = connection?.types ?? (connection?.vpcLinks ? ['INTERNET', 'VPC_LINK'] : ['INTERNET'])
  const within = (words: readonly string[], outer: readonly string[] | undefined) =>
    outer === undefined ? words : words.filter((word) => outer.includes(word))
  const { min, max, default: byDefault } = MEMBERS.timeoutInMillis
  const millis = own('timeout') ?? { minMillis: byDefault.value, maxMillis: byDefault.value }
  return {
    words: {
      'integration.connectionType': within(connections, bounds.connection?.types),
      'integration.passthroughBehavior': within(
        own('passthrough') ?? [MEMBERS.passthroughBehavior.default.value],
        bounds.passthrough,
      ),
      'integration.responseTransferMode': within(
        own('responseTransferMode') ?? [MEMBERS.responseTransferMode.default.value],
        bounds.responseTransferMode,
      ),
      ...(apis.tags === undefined && { 'request.restApiId': apis.restApiIds ?? [] }),
    },
    numbers: {
      'integration.timeoutInMillis': [
        BigInt(Math.max(millis.minMillis ?? min, bounds.timeout?.minMillis ?? min)),
        BigInt(Math.min(millis.maxMillis ?? max, bounds.timeout?.maxMillis ?? max)),
      ],
    },
  }
}

/** A backend for which nothing meets a condition; soft while either the condition or the team's lists aren't enforced. */
function refusal(
  { condition: { id } }: Read,
  path: Path,
  what: string,
  isForbidden: boolean,
  team: Team,
  { org }: PolicySet,
): { finding: Finding; isSoft: boolean } {
  const softened = org.rollout?.rules?.find((rule) => rule.id === id && isSofter(rule.mode))
  const from = softened?.until === undefined ? '' : ` from ${softened.until} on`
  const why = isForbidden ? '' : ": nothing in this team's lists meets it"
  const finding = at(path, `"${id}" refuses every request to ${what}${from}${why}.`)
  const areListsSoft = [team.rollout, org.rollout].some(
    (rollout) => rollout?.default !== undefined && isSofter(rollout.default),
  )
  const isSoft = softened !== undefined || areListsSoft || team.rollout?.rules !== undefined
  return { finding, isSoft }
}

function at(path: Path, message: string, suggestion?: string): Finding {
  return { path, at: 'value', message, ...(suggestion !== undefined && { suggestion }) }
}
