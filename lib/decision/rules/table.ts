import type { MemberName, MembersJudgedBy } from '../../apigateway/members.ts'
import type { INTEGRATION_SECTIONS, Section } from '../../policy/document/rule-ids.ts'
import { cache } from './cache.ts'
import { connection } from './connection.ts'
import { credentials } from './credentials.ts'
import { mapping } from './mapping/mapping.ts'
import { mock } from './mock.ts'
import { methods } from './operations/methods.ts'
import { operations } from './operations/operations.ts'
import type { DeniableSection, IntegrationSection, Rule } from './rule.ts'
import { timeout } from './timeout.ts'
import { tls } from './tls.ts'
import { types } from './types.ts'
import { uri } from './uri/uri.ts'
import { contentHandling, passthrough, responseTransferMode } from './words.ts'

/**
 * The one table of sections: teams, `org.defaults`, bounds, denies, exceptions and the rest all go through it. A section
 * that a policy can write and that stands here not, does not compile.
 */
export const RULES: { readonly [S in Section]: Rule<S> } = {
  types,
  uri,
  credentials,
  connection,
  tls,
  timeout,
  cache,
  mapping,
  mock,
  passthrough,
  contentHandling,
  responseTransferMode,
  operations,
  methods,
}

/** Sections that a deny can speak in; a deny's findings cite the last of them that it met. */
export const DENIABLE_SECTIONS = [
  'types',
  'tls',
  'timeout',
  'passthrough',
  'contentHandling',
  'responseTransferMode',
  'mapping',
  'cache',
  'connection',
  'credentials',
  'uri',
] as const satisfies readonly DeniableSection[]

/** Every section that judges integrations, and every one that denies can speak in, is listed above. */
type Listed<All, List extends readonly unknown[]> = Exclude<All, List[number]> extends never ? true : never
export const COMPLETE: [
  Listed<IntegrationSection, typeof INTEGRATION_SECTIONS>,
  Listed<DeniableSection, typeof DENIABLE_SECTIONS>,
] = [true, true]

/** No member of an integration is given to a section that stands nowhere. */
export const JUDGED: Exclude<MemberName, MembersJudgedBy<Section>> extends never ? true : never = true
