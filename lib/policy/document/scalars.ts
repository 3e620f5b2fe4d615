import * as z from 'zod'
import { HTTP_METHODS, INTEGRATION_TYPES } from '../../apigateway/integration.ts'

/**
 * The words that policy sections are made of. Every string and list is bounded, so that no document can make the
 * evaluator hold or compare more than it was measured with.
 */

/** A list's entries: at most 1,000, at least one (an empty list would allow nothing while looking as if it limits nothing). */
export const listOf = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(1000)

/** A pattern in the grammar of its kind (see `patterns/pattern.ts`), or `@name` for a list of this document. */
const pattern = (maxLength: number, description: string) => z.string().min(1).max(maxLength).describe(description)

export const HostPattern = pattern(
  260,
  'A host: `*` is one or more characters inside one label, `**` one or more whole labels; or `@list`.',
)
export const PathPattern = pattern(
  1024,
  'A path from its leading `/`: `*` is one or more characters inside one segment, `**` one or more whole segments.',
)
export const NamePattern = pattern(200, 'A name: `*` is one or more characters inside it; or `@list`.')
export const RolePattern = pattern(
  600,
  'A whole role ARN, `arn:aws:iam::111111111111:role/path/name`, with `*` inside a segment of path or name, or `**` for whole segments of the path; or `@list`.',
)
export const NamespacePattern = pattern(
  200,
  'A cache namespace, with `*`, `{team}`, `{restApiId}` and `{resourceId}`; or `@list`.',
)
export const ParameterPattern = pattern(
  300,
  'A dotted parameter name: `*` is one or more characters inside one part, and in last place everything below.',
)

const orList = '|@[a-z0-9-]{1,64}'

export const AccountId = z
  .string()
  .regex(new RegExp(`^(?:[0-9]{12}${orList})$`), 'an AWS account id of twelve digits, in quotes')
  .describe('An AWS account id, in quotes: twelve digits.')
export const Partition = z
  .string()
  .regex(new RegExp(`^(?:aws[a-z-]{0,20}${orList})$`), 'an AWS partition, for example aws or aws-cn')
export const Region = z
  .string()
  .regex(
    new RegExp(`^(?:[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}${orList})$`),
    'an AWS Region, for example eu-west-1',
  )
export const Port = z.int().min(1).max(65535)
export const Scheme = z.enum(['https', 'http'])
export const RestApiId = z.string().regex(/^[a-z0-9]{1,64}$/, 'a REST API id: lower-case letters and digits')
export const ResourceId = z.string().regex(/^[a-z0-9]{1,64}$/, 'a resource id: lower-case letters and digits')

/** What API Gateway takes as a tag's key or value, as far as it is ASCII: look-alikes of other scripts are other tags. */
const TAG_TEXT = '[A-Za-z0-9 _.:/=+@-]'
export const TagKey = z
  .string()
  .regex(new RegExp(`^(?!aws:)${TAG_TEXT}{1,128}$`), 'the key of a tag: letters, digits, spaces and _ . : / = + @ -')
export const TagValue = z
  .string()
  .regex(new RegExp(`^${TAG_TEXT}{1,256}$`), 'the value of a tag, as text: letters, digits, spaces and _ . : / = + @ -')

export const Allowed = z.enum(['allowed', 'never'])
/** The query of a backend: none at all, a literal one, or one with placeholders and stage variables. */
export const Query = z.enum(['none', 'literal', 'late-bound'])

export const HttpVerb = z.enum(HTTP_METHODS)
/** `ANY` is the literal ANY; `*` every verb, ANY included. */
export const Verbs = z
  .array(z.enum([...HTTP_METHODS, '*']))
  .min(1)
  .max(9)
export const Types = z.array(z.enum(INTEGRATION_TYPES)).min(1).max(5)

/** A date (`2027-01-15`, its first instant) or an instant in UTC (`2027-01-15T09:00:00Z`), as text. */
export const Instant = z
  .string()
  .regex(
    /^20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?Z)?$/,
    'a date such as 2027-01-15, or an instant in UTC such as 2027-01-15T09:00:00Z',
  )
  .describe('A date (its first instant, UTC) or an instant in UTC.')

/** Text for people. */
export const Prose = z.string().min(1).max(500)
export const TeamName = z
  .string()
  .max(63)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'a team name: lower-case letters, digits and single hyphens')
export const ListName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'a list name: lower-case letters, digits and single hyphens')
/** See `rule-ids.ts` for the scheme. */
export const RuleId = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/, 'a rule id, for example payments.timeout')
export const OrgRuleId = z
  .string()
  .max(100)
  .regex(/^org\.[a-z0-9]+(?:-[a-z0-9]+)*$/, 'an id that begins with org., for example org.no-reserved-hosts')
