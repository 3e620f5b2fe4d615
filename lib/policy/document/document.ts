import * as z from 'zod'
import {
  HttpVerb,
  Instant,
  ListName,
  listOf,
  OrgRuleId,
  Prose,
  ResourceId,
  RestApiId,
  RuleId,
  TagKey,
  TagValue,
  TeamName,
} from './scalars.ts'
import { Allow, Bounds, DenyMatch } from './sections.ts'

/**
 * The three documents of the policy model. Evaluator code takes the types alone (`import type`), so that a request never
 * loads the schema library; a document is checked where it is published.
 */

const ApiVersion = z.literal('sallyport/v1')

/** Named entries that patterns refer to as `@name`. Teams may claim the same entry only through a `shared` list. */
const List = z.strictObject({
  description: Prose.exactOptional(),
  shared: z.boolean().exactOptional(),
  entries: listOf(z.string().min(1).max(600)),
})

const Mode = z.enum(['enforce', 'warn', 'dry-run'])
/** One mode for every enforcement point, or one each; a point that isn't named enforces. */
const Modes = z.union([
  Mode,
  z.strictObject({ request: Mode.exactOptional(), ci: Mode.exactOptional(), scan: Mode.exactOptional() }),
])

/** How hard rules bite. What is softer than `enforce` carries `until`, and enforces by itself from that instant on. */
const Rollout = z.strictObject({
  default: Modes.exactOptional(),
  until: Instant.exactOptional(),
  rules: listOf(z.strictObject({ id: RuleId, mode: Modes, until: Instant.exactOptional() })).exactOptional(),
})

const DenyRule = z.strictObject({ id: OrgRuleId, ...DenyMatch, message: Prose, fix: Prose.exactOptional() })

const Expression = z.string().min(1).max(2000).describe('A CEL expression that gives true or false.')
/** Where `when` holds (always, if absent), `require` must. An error in either counts as a violation. */
const Condition = z.strictObject({
  id: OrgRuleId,
  when: Expression.exactOptional(),
  require: Expression,
  message: Prose,
  fix: Prose.exactOptional(),
})

const Org = z.strictObject({
  defaults: Allow.exactOptional().describe('What a team has without asking, inside the bounds.'),
  bounds: Bounds.describe('Nobody can widen these.'),
  deny: listOf(DenyRule).exactOptional(),
  conditions: z.array(Condition).min(1).max(100).exactOptional(),
  locked: listOf(RuleId).exactOptional().describe('Rules that no exception may widen.'),
  rollout: Rollout.exactOptional(),
})

/** Whom a team's tokens name: the claim, a string or an array of strings, holds one of these, whole and as spelt. */
const Identity = z.strictObject({
  claim: z.string().min(1).max(200),
  anyOf: listOf(z.string().min(1).max(256)),
})

/** Tags that an API must all have, each with this value or one of these. */
const TagSelector = z
  .record(TagKey, z.union([TagValue, z.array(TagValue).min(1).max(100)]))
  .describe('Tags that an API must all have, each with this value or one of these.')
  .meta({ minProperties: 1, maxProperties: 10 })

/** At least one of the two. An id that stands in the policy decides alone, whatever the API's tags. */
const Apis = z
  .strictObject({ restApiIds: listOf(RestApiId).exactOptional(), tags: TagSelector.exactOptional() })
  .describe("The team's APIs: by their ids, by their tags, or by both.")
  .meta({ minProperties: 1 })

const Team = z.strictObject({
  description: Prose.exactOptional(),
  identity: Identity,
  apis: Apis,
  rollout: Rollout.exactOptional(),
  allow: Allow,
})

/** The policy of an organisation. Revision, digest and author are stamped at publish, never typed. */
export const PolicySet = z.strictObject({
  apiVersion: ApiVersion,
  kind: z.literal('PolicySet'),
  metadata: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'a name: lower-case letters, digits and hyphens')
      .max(63),
    owner: z.string().min(1).max(200).exactOptional(),
    label: z.string().min(1).max(100).exactOptional().describe("The organisation's own name for this version."),
    description: Prose.exactOptional(),
  }),
  lists: z.record(ListName, List).exactOptional(),
  org: Org,
  teams: z.record(TeamName, Team),
})

/** Widens bounds of named rules for one method until a date; stored apart from the policy. */
export const Exception = z.strictObject({
  apiVersion: ApiVersion,
  kind: z.literal('Exception'),
  metadata: z.strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id of letters, digits, dots, hyphens, underscores'),
  }),
  spec: z.strictObject({
    rules: z.array(RuleId).min(1).max(20),
    match: z.strictObject({ team: TeamName, restApiId: RestApiId, resourceId: ResourceId, httpMethod: HttpVerb }),
    grants: Allow.omit({ operations: true }).describe('A wider bound, not "off": one section for each rule.'),
    reason: Prose,
    ticket: z.string().min(1).max(100),
    requestedBy: z.string().min(1).max(200),
    approvedBy: z.array(z.string().min(1).max(200)).min(1).max(10),
    notBefore: Instant,
    notAfter: Instant,
  }),
})

const Json = z.json()

/** A request to be judged in a test. The body may hold anything: what it takes to be refused is the test's business. */
const TestRequest = z.strictObject({
  restApiId: z.string().min(1).max(100),
  resourceId: z.string().min(1).max(100),
  method: HttpVerb,
  body: z.record(z.string(), Json),
  before: z
    .union([z.null(), z.record(z.string(), Json)])
    .exactOptional()
    .describe('The integration it would replace.'),
  partition: z.string().min(1).max(30).exactOptional(),
  region: z.string().min(1).max(40).exactOptional(),
  tags: z.record(z.string().max(128), z.string().max(256)).exactOptional().describe('All tags of the API.'),
})

const Expectation = z.strictObject({
  decision: z.enum(['allow', 'deny']),
  violations: z.array(RuleId).max(100).exactOptional(),
  warnings: z.array(RuleId).max(100).exactOptional(),
  dryRun: z.array(RuleId).max(100).exactOptional(),
  exceptionsUsed: z.array(z.string().max(64)).max(100).exactOptional(),
})

const TestCase = z.strictObject({
  it: Prose,
  as: z.record(z.string(), Json).describe('The claims of the token.'),
  request: z.union([z.string().min(1).max(100), TestRequest]).describe('A fixture, or a request in place.'),
  with: z.record(z.string(), Json).exactOptional().describe("Members of the body that differ from the fixture's."),
  point: z.enum(['request', 'ci', 'scan']).exactOptional().describe('Enforcement point; request unless said.'),
  now: Instant.exactOptional(),
  expect: Expectation.exactOptional().describe('deny, whatever the violations, unless said.'),
})

/** Tests of a policy. The clock stands at `now`; a suite without tests is refused. */
export const TestSuite = z.strictObject({
  apiVersion: ApiVersion,
  kind: z.literal('TestSuite'),
  now: Instant,
  fixtures: z.record(z.string().min(1).max(100), TestRequest).exactOptional(),
  tests: z.array(TestCase).min(1).max(10_000),
})

export type PolicySet = z.infer<typeof PolicySet>
export type Exception = z.infer<typeof Exception>
export type TestSuite = z.infer<typeof TestSuite>
export type TestRequest = z.infer<typeof TestRequest>
export type TestCase = z.infer<typeof TestCase>
export type Org = z.infer<typeof Org>
export type Team = z.infer<typeof Team>
export type TagSelector = z.infer<typeof TagSelector>
export type List = z.infer<typeof List>
export type Modes = z.infer<typeof Modes>
export type Rollout = z.infer<typeof Rollout>
export type DenyRule = z.infer<typeof DenyRule>
export type Condition = z.infer<typeof Condition>
