import * as z from 'zod'
import { HTTP_METHODS, INTEGRATION_TYPES } from '../apigateway/integration.ts'
import { MOST_TOLD } from '../decision/decision.ts'
import { ROLES } from '../identity/caller.ts'
import { RECORD_KINDS } from '../trail/item-key.ts'
import { RESULTS } from '../trail/record.ts'
import { IntegrationBody } from './integration-schema.ts'

// What the native API takes and answers. For the OpenAPI document, which is made from this when the schemas are
// committed, and for tests, which hold true answers against it: no request waits for zod.

const text = z.string()
const id = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  .describe('ULID of a request')
const instant = z.iso.datetime({ offset: true }).describe('RFC 3339, UTC')
const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .describe('Of the policy document')
const mode = z.enum(['enforce', 'warn', 'dry-run'])
const Position = z.strictObject({
  pointer: text.describe('JSON pointer into the policy document'),
  line: z.int().min(1),
  column: z.int().min(1),
})

export const Problem = z
  .strictObject({
    type: z
      .string()
      .regex(/^\/problems\/[a-z-]+$/)
      .describe('Stable; also the path of a page that says what to do'),
    title: text,
    status: z.int().min(400).max(599),
    detail: text.describe('What is wrong with this request, for a person'),
    instance: z
      .string()
      .regex(/^urn:ulid:[0-9A-Z]{26}$/)
      .describe('The request, as the trail and the log name it'),
  })
  .describe('RFC 9457 problem details')

const check = z.enum(['ok', 'failing'])
export const Health = z.strictObject({ status: z.literal('ok') })
export const Readiness = z.strictObject({
  status: z.enum(['ready', 'not-ready']),
  checks: z.strictObject({ policy: check, table: check, issuerKeys: check }),
})

const OwnTags = z
  .record(z.string(), z.array(text))
  .describe("APIs with all of these tags, each with one of its values, are the team's too")

export const Whoami = z.strictObject({
  issuer: text,
  subject: text,
  clientId: text.optional(),
  roles: z.array(z.enum(ROLES)),
  teams: z.array(
    z.strictObject({
      team: text,
      restApiIds: z.array(text),
      tags: OwnTags.optional(),
      because: z
        .array(z.strictObject({ claim: text, value: text, policyAt: Position }))
        .min(1)
        .describe('The values of the token that make its bearer a member'),
      exceptions: z
        .array(
          z.strictObject({
            id: text,
            rules: z.array(text),
            restApiId: text,
            resourceId: text,
            httpMethod: text,
            notBefore: instant,
            notAfter: instant,
          }),
        )
        .optional()
        .describe('Exceptions for the team that the gate has loaded and that have not ended'),
    }),
  ),
  expiresAt: instant,
  policy: z.strictObject({ revision: z.int(), digest, file: text }),
})

const askedText = z.string().min(1).max(256)
/** Any object is taken: what it holds wrongly is what the decision says. */
const AskedBody = z
  .record(z.string(), z.unknown())
  .describe('The JSON object that PutIntegration takes, see Integration; what it may not hold is denied')
export const AskedRequest = z.strictObject({
  restApiId: askedText.optional().describe('Absent for an API to come, of which tags are given'),
  tags: z
    .record(z.string().min(1).max(256), z.string().max(256))
    .optional()
    .describe('Of an API to come, instead of restApiId: those of one that is there are looked up'),
  resourceId: askedText,
  method: z.enum(HTTP_METHODS).describe("The method's verb, which the API's caller uses"),
  body: AskedBody,
  before: z
    .looseObject({ type: z.enum(INTEGRATION_TYPES) })
    .nullable()
    .optional()
    .describe('The integration it would replace; null where there is none'),
})
export const DryRun = z.union([AskedRequest, z.strictObject({ requests: z.array(AskedRequest).min(1).max(1000) })])

const Step = z.union([
  z.strictObject({ op: z.literal('set'), path: text, value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path: text }),
  z.strictObject({ op: z.literal('httpMethod'), value: text }),
])
export const Violation = z.strictObject({
  rule: text.describe('For example payments.uri'),
  mode,
  field: text.describe('JSON pointer into the body'),
  part: text.optional(),
  value: z.unknown().optional(),
  allowed: z.unknown().optional(),
  nearest: text.optional().describe('The closest thing that would pass'),
  message: text,
  fix: text.optional(),
  remedy: z.array(Step).optional().describe('Steps on the request that clear the violation; absent where none would'),
  error: text.optional().describe('Set where the rule could not be evaluated; it counts as violated'),
  policyAt: Position.optional(),
})
export const Decision = z.strictObject({
  decisionId: z.string().regex(/^[0-9A-Z]{26}(\.[0-9]+)?$/),
  decision: z.enum(['allow', 'deny']),
  policyRevision: z.int(),
  policyDigest: digest,
  evaluatorVersion: text,
  evaluatedAt: instant,
  violations: z
    .array(Violation)
    .max(MOST_TOLD)
    .describe('In mode enforce; empty exactly where the decision is allow. Long texts are told in part'),
  warnings: z.array(Violation).max(MOST_TOLD).describe('In mode warn'),
  more: z.record(text, z.int()).optional().describe('Violations and warnings beyond those told, by rule'),
  exceptionsUsed: z.array(text),
  notEvaluable: z.array(text).optional(),
})
export const DryRunAnswer = z.union([Decision, z.strictObject({ decisions: z.array(Decision) })])

export const Allowed = z.strictObject({
  policyRevision: z.int(),
  policyDigest: digest,
  evaluatedAt: instant,
  teams: z.array(
    z
      .looseObject({
        team: text,
        restApiIds: z.array(text),
        tags: OwnTags.optional(),
        types: z.array(text),
        backends: z.array(z.looseObject({ kind: text })),
      })
      .describe('A member for each thing an integration can have, with what of it the team may use'),
  ),
})

const Reason = z.strictObject({
  rule: text,
  mode,
  field: text,
  part: text.optional(),
  message: text.optional().describe('Left out where it could repeat a value that is not kept in clear'),
  error: text.optional(),
  policyAt: Position.optional(),
})
const summary = {
  id,
  at: instant,
  status: z.enum([
    'denied',
    'refused',
    'pending',
    'read',
    'aggregate',
    ...RESULTS.map((result) => result.toLowerCase()),
  ]),
  actor: z.strictObject({ iss: text, sub: text, clientId: text.optional() }).optional(),
  team: text.optional(),
  action: text.optional().describe('The operation, for example PutIntegration'),
  target: z
    .strictObject({
      account: text,
      region: text,
      restApiId: text.optional(),
      resourceId: text.optional(),
      httpMethod: text.optional(),
      path: text.optional(),
      operationPath: text.optional(),
    })
    .optional(),
  decision: z.enum(['allow', 'deny']).optional(),
  reasons: z.array(Reason).optional(),
  more: z.record(text, z.int()).optional().describe('Reasons beyond those told, by rule'),
  refusal: z.looseObject({ reason: text }).optional(),
  result: z.enum(RESULTS).optional(),
}
export const TrailEntry = z.strictObject({
  ...summary,
  sealed: z.boolean().describe('Whether the log has all there is of it so far'),
})
export const TrailPage = z.strictObject({
  entries: z.array(TrailEntry).describe('Newest first, each request once'),
  next: text.optional().describe('Cursor of the next page; absent at the end'),
  searchedTo: instant.optional(),
})
const TrailRecord = z.looseObject({
  v: z.literal(1),
  id,
  kind: z
    .enum(RECORD_KINDS)
    .describe(
      'D: refused. I: the intent to forward. O: its outcome. R: a read. A: counted requests. V: what a dry run found.',
    ),
  ts: z.int().describe("The writer's clock, Unix milliseconds"),
  commit: text.describe('What the log holds of it'),
  sealed: z.boolean(),
  leaf: z.int().min(0).optional().describe('Its place in the log'),
})
export const Story = z.strictObject({
  ...summary,
  records: z.array(TrailRecord).describe('In the order they were written'),
})

export const LookUp = z.strictObject({
  value: z
    .union([z.string().min(1), z.number(), z.boolean(), z.array(z.unknown()), z.record(z.string(), z.unknown())])
    .describe('What to look for: any JSON value but null and the empty text'),
  team: askedText.optional(),
  restApiId: askedText.optional(),
  actor: askedText.optional(),
  decision: z.enum(['allow', 'deny']).optional(),
  rule: askedText.optional(),
  result: z.enum(RESULTS).optional(),
  from: instant.optional(),
  to: instant.optional(),
  cursor: z.string().min(1).max(512).optional(),
})
export const LookUpAnswer = z.strictObject({
  macs: z.array(text).describe('What the trail keeps instead of the value'),
  occurrences: z.array(
    z.strictObject({
      id,
      at: instant,
      path: text.describe('JSON pointer into the integration'),
      side: z.enum(['before', 'after']),
    }),
  ),
  next: text.optional(),
  searchedTo: instant.optional(),
})
export const Cosigned = z.strictObject({ size: z.int().min(0) })

/** What is sent, by the name it has in the document: an unknown member is refused. */
export const REQUESTS = { AskedRequest, DryRun, Integration: IntegrationBody, LookUp }

/** What is answered: members may be added to it, so that clients must not refuse what they don't know. */
export const ANSWERS = {
  Problem,
  Health,
  Readiness,
  Whoami,
  Violation,
  Decision,
  DryRunAnswer,
  Allowed,
  TrailEntry,
  TrailPage,
  Story,
  LookUpAnswer,
  Cosigned,
}
