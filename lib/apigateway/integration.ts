import { MEMBERS, type MemberName } from './members.ts'

/** The verbs a method can have, as API Gateway spells them in a path; `ANY` is one of them. */
export const HTTP_METHODS = MEMBERS.httpMethod.values
export type HttpMethod = (typeof HTTP_METHODS)[number]

export const INTEGRATION_TYPES = MEMBERS.type.values
export type IntegrationType = (typeof INTEGRATION_TYPES)[number]

/** The method whose integration is meant; `httpMethod` is the verb the API's caller uses. */
export interface MethodPath {
  restApiId: string
  resourceId: string
  httpMethod: HttpMethod
}

type Row<M extends MemberName> = (typeof MEMBERS)[M]

/** What a member holds on the wire, by its kind. The words of the service model are types; those of the service are texts. */
type Written<R> = R extends { kind: 'enum'; checkedBy: 'model'; values: readonly (infer Word)[] }
  ? Word
  : R extends { kind: 'enum' | 'string' }
    ? string
    : R extends { kind: 'integer' }
      ? number
      : R extends { kind: 'flag'; flag: infer Flag extends string }
        ? { [F in Flag]?: boolean }
        : R extends { kind: 'strings' }
          ? Record<string, string>
          : R extends { kind: 'templates' }
            ? Record<string, string | null>
            : R extends { kind: 'names' }
              ? string[]
              : never

type Required = { [M in MemberName]: Row<M>['default']['is'] extends 'required' ? M : never }[MemberName]

/**
 * An integration as a caller writes it: the members of PutIntegration's body under their wire names, absent where not
 * sent. `httpMethod` is the verb towards the backend (`integrationHttpMethod` in the SDKs).
 */
export type Integration = { [M in Required]: Written<Row<M>> } & {
  [M in Exclude<MemberName, Required>]?: Written<Row<M>>
}
