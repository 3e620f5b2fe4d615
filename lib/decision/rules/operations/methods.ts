import { AUTHORIZATION_TYPES } from '../../../control-plane/authorization-types.ts'
import type { Methods, OpenMethods } from '../../../policy/document/sections.ts'
import { type Finding, oneOf } from '../../explain/finding.ts'
import { nearestOf } from '../../explain/nearest.ts'
import type { OperationRule } from '../rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from '../scope.ts'
import { type AskedMethod, patches } from './writes.ts'

/** What PutMethod and UpdateMethod say of who may call the method; what an update leaves as it is isn't there. */
interface Guarding {
  /** `null` where none is named. */
  types: (string | null)[]
  /** `false` where the method may be called without a key in the end, `undefined` where that stays as it is. */
  apiKey: boolean | undefined
}

/** `methods`: who may call the methods that a team sets up. Unnamed: any guard, and no method open. */
export const methods: OperationRule<'methods'> = {
  silent: {},
  complete: (written) => ({ authorizationTypes: [...AUTHORIZATION_TYPES], open: [] as never, ...written }),
  covers: judgeMethod,
}

/**
 * Judges who may call a method, by a team's section or by the bounds: an authorization that is listed, or none where the
 * method is listed as open. Of an update, what it doesn't say is taken for the worst that it could be.
 */
export function judgeMethod(asked: AskedMethod, methods: Methods, scope: Scope): Finding[] {
  const { types, apiKey } = guardingOf(asked)
  // The key may be all that stands before the method, also where the policy doesn't list it as open (any more).
  if (types.length === 0 && apiKey === false) return judgeKeyless(asked, methods, scope)
  return types.flatMap((type) =>
    type === 'NONE' ? judgeOpen(asked, apiKey, methods, scope) : judgeGuard(type, methods, scope),
  )
}

function guardingOf({ operation, body }: AskedMethod): Guarding {
  if (operation === 'PutMethod') {
    const { authorizationType, apiKeyRequired } = body
    return {
      types: [typeof authorizationType === 'string' ? authorizationType : null],
      apiKey: apiKeyRequired === true,
    }
  }
  if (operation !== 'UpdateMethod') return { types: [], apiKey: undefined }
  const steps = patches(body)
  const keys = steps.filter(({ path }) => path === '/apiKeyRequired')
  return {
    types: steps
      .filter(({ path }) => path === '/authorizationType')
      .map(({ op, value = null }) => (op === 'remove' ? null : value)),
    // One spelling, one meaning: what else API Gateway reads as true isn't documented.
    apiKey: keys.length === 0 ? undefined : keys.every(({ op, value }) => op !== 'remove' && value === 'true'),
  }
}

function judgeGuard(type: string | null, { authorizationTypes }: Methods, scope: Scope): Finding[] {
  if (authorizationTypes === undefined || authorizationTypes.some((listed) => listed === type)) return []
  const nearest = type === null ? undefined : nearestOf(type.toUpperCase(), authorizationTypes)
  return [
    {
      rule: ruleOf(scope, 'methods', 'authorizationTypes'),
      field: '/authorizationType',
      value: type,
      allowed: authorizationTypes,
      ...(nearest !== undefined && { nearest }),
      message: `${type === null ? 'No authorization' : 'This'} is not among ${whose(scope)} authorizationTypes.`,
      fix: `Set authorizationType to ${oneOf(authorizationTypes)}.`,
      pointer: pointerOf(scope, 'methods', 'authorizationTypes'),
    },
  ]
}

function judgeOpen(asked: AskedMethod, apiKey: boolean | undefined, methods: Methods, scope: Scope): Finding[] {
  if (methods.open === undefined) return []
  if (methods.open.some((rule) => isFor(rule, asked))) return apiKey === true ? [] : judgeKeyless(asked, methods, scope)
  const { httpMethod = '' } = asked
  const guards = methods.authorizationTypes ?? AUTHORIZATION_TYPES
  const [nearest] = guards
  return [
    {
      rule: ruleOf(scope, 'methods', 'open'),
      field: '/authorizationType',
      value: 'NONE',
      allowed: guards,
      ...(nearest !== undefined && { nearest }),
      message: `Anybody could call this ${httpMethod}, which is not among the methods that ${whose(scope)} policy lists as open.`,
      fix: `Set authorizationType to ${oneOf(guards)}; for a method that is to be public, have ${httpMethod} listed in methods.open.`,
      pointer: pointerOf(scope, 'methods', 'open'),
    },
  ]
}

/** A method that perhaps nothing guards, and no API key either. */
function judgeKeyless(asked: AskedMethod, { open }: Methods, scope: Scope): Finding[] {
  if (open === undefined || open.some((rule) => isFor(rule, asked) && rule.apiKey !== 'required')) return []
  return [
    {
      rule: ruleOf(scope, 'methods', 'open'),
      field: '/apiKeyRequired',
      value: false,
      allowed: true,
      nearest: 'true',
      message: `Without an API key anybody could call this ${asked.httpMethod ?? ''}, if nothing else guards it.`,
      fix: 'Set apiKeyRequired to true, or authorizationType to a guard in the same request.',
      pointer: pointerOf(scope, 'methods', 'open'),
    },
  ]
}

function isFor(
  { httpMethods, restApiIds, resourceIds }: OpenMethods,
  { httpMethod, restApiId, resourceId }: AskedMethod,
) {
  return (
    httpMethods.some((verb) => verb === '*' || verb === httpMethod) &&
    (restApiIds?.includes(restApiId) ?? true) &&
    (resourceIds === undefined || (resourceId !== undefined && resourceIds.includes(resourceId)))
  )
}
