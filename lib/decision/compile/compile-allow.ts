import { AUTHORIZATION_TYPES } from '../../control-plane/authorization-types.ts'
import { SECTIONS, type Section } from '../../policy/document/rule-ids.ts'
import type { Allow } from '../../policy/document/sections.ts'
import * as compile from './compile-sections.ts'
import type { CredentialsLimits, Sections } from './compiled-sections.ts'
import type { Lists } from './lists.ts'

/** What is allowed before bounds, and where each section that is in force stands in the document. */
export interface Effective {
  /** As written, completed from `org.defaults` and API Gateway's defaults. */
  written: Complete
  sections: Sections
  /** JSON pointers. */
  pointers: Readonly<Record<Section, string>>
}

type Complete = Allow & Required<Omit<Allow, 'mock'>>

/** What passes where a section stands neither with the team nor in `org.defaults`: what API Gateway does by itself. */
const API_GATEWAY_DEFAULTS: Required<Omit<Allow, 'mock'>> = {
  types: [],
  uri: [],
  credentials: 'none',
  connection: { types: ['INTERNET'], vpcLinks: [], integrationTargets: [] },
  tls: { insecureSkipVerification: 'never' },
  timeout: { minMillis: 29_000, maxMillis: 29_000 },
  cache: 'none',
  mapping: { requestParameters: 'forbidden', requestTemplates: 'forbidden' },
  passthrough: ['WHEN_NO_MATCH'],
  contentHandling: ['none'],
  responseTransferMode: ['BUFFERED'],
  operations: [],
  methods: {},
}

/** What a section about methods leaves unsaid: a guard, whichever, and no method open. */
const GUARDED = { authorizationTypes: [...AUTHORIZATION_TYPES], open: [] }

/** What `none` says, member by member. */
export const NO_CACHE = { namespaces: ['{resourceId}'], keyParameters: [] }
export const NO_CREDENTIALS = { roles: [], none: 'allowed', callerPassThrough: 'never' } as const

/** @param pointer JSON pointer of `allow`. */
export function compileAllow(allow: Allow, pointer: string, defaults: Allow | undefined, lists: Lists): Effective {
  const written: Complete = { ...API_GATEWAY_DEFAULTS, ...defaults, ...allow }
  const pointers = {} as Record<Section, string>
  for (const section of SECTIONS) {
    const isDefault = allow[section] === undefined && defaults?.[section] !== undefined
    pointers[section] = isDefault ? `/org/defaults/${section}` : `${pointer}/${section}`
  }
  return {
    written: { ...written, methods: { ...GUARDED, ...written.methods } },
    sections: compileComplete(written, lists),
    pointers,
  }
}

export function compileComplete(written: Complete, lists: Lists): Sections {
  const { credentials, cache } = written
  return {
    types: written.types,
    uri: compile.backends(written.uri, lists),
    credentials: compileCredentials(credentials === 'none' ? NO_CREDENTIALS : credentials, lists),
    connection: compile.connection(written.connection, lists),
    tls: compile.tls(written.tls, lists),
    timeout: written.timeout,
    cache: compile.cache(cache === 'none' ? NO_CACHE : cache, lists),
    mapping: compile.mapping(written.mapping, lists),
    ...(written.mock && { mock: written.mock }),
    passthrough: written.passthrough,
    contentHandling: written.contentHandling,
    responseTransferMode: written.responseTransferMode,
  }
}

function compileCredentials(
  written: { roles?: readonly string[]; none?: 'allowed' | 'never'; callerPassThrough?: 'allowed' | 'never' },
  lists: Lists,
): CredentialsLimits {
  return {
    ...(written.roles && { roles: compile.roles(written.roles, lists) }),
    none: written.none ?? 'allowed',
    callerPassThrough: written.callerPassThrough ?? 'never',
  }
}
