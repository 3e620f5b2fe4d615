import type { PolicySet } from './document.ts'
import type { Allow } from './sections.ts'

/** Sections that judge integrations, in the order in which their findings are told. */
export const INTEGRATION_SECTIONS = [
  'types',
  'uri',
  'credentials',
  'connection',
  'tls',
  'timeout',
  'cache',
  'mapping',
  'mock',
  'passthrough',
  'contentHandling',
  'responseTransferMode',
] as const satisfies readonly (keyof Allow)[]

/**
 * What rules are called. Violations, exceptions, rollouts, locks and "did you mean" share this one scheme:
 *
 * - `intrinsic.<subject>.<finding>`, for example `intrinsic.uri.userinfo`: holds whatever the policy says. The evaluator
 *   names them; a policy can't soften, lock or except them.
 * - `org.bounds.<path>`: one rule for each leaf of `org.bounds`, named by its place: `org.bounds.types`,
 *   `org.bounds.uri.hosts`, `org.bounds.uri.placeholders.path`, `org.bounds.uri.lambda.accounts`,
 *   `org.bounds.timeout.maxMillis`, `org.bounds.mapping.requestParameters.destinations`. A leaf is a member whose value
 *   is no plain object: a word, a number or a list.
 * - `org.<name>`: a deny rule or a condition, under the id that it states itself; one id, one rule.
 * - `<team>.<section>`: one rule for each section of a team, that is each member `allow` can have (`payments.uri`,
 *   `payments.mapping`), also where the section comes from `org.defaults` or stands nowhere.
 * - `<team>.identity` and `<team>.apis` are no rules: who doesn't own an API is refused before any rule runs.
 */
export const SECTIONS = [...INTEGRATION_SECTIONS, 'operations', 'methods'] as const satisfies readonly (keyof Allow)[]
export type Section = (typeof SECTIONS)[number]

/** Every rule id of a document, bounds first, then denies, conditions and teams in the document's order. */
export function ruleIds(document: PolicySet): string[] {
  return [...orgRuleIds(document), ...Object.keys(document.teams).flatMap(teamRuleIds)]
}

/** The rules of the organisation: leaves of the bounds, denies and conditions. */
export function orgRuleIds(document: PolicySet): string[] {
  const { bounds, deny = [], conditions = [] } = document.org
  return [...leaves(bounds, 'org.bounds'), ...deny.map(({ id }) => id), ...conditions.map(({ id }) => id)]
}

export function teamRuleIds(team: string): string[] {
  return SECTIONS.map((section) => `${team}.${section}`)
}

function leaves(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([member, child]) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? leaves(child, `${path}.${member}`)
      : [`${path}.${member}`],
  )
}
