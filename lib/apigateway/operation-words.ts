import { MEMBERS } from './members.ts'

/**
 * The enums of what is sent beside integrations. A word in another spelling never reaches a rule of the policy: it is
 * refused, or written as API Gateway stores it.
 *
 * Source: API Gateway service model 2015-07-09; values in the order that API Gateway's messages name them.
 */
export interface Words {
  values: readonly [string, ...string[]]
  /**
   * `exact`: an enum of the service model, which refuses every other spelling. `any case`: a text of the service model
   * that API Gateway reads without regard to case (recorded of `authorizationType`, whose `none` is stored as `NONE`).
   */
  reads: 'exact' | 'any case'
}

export const AUTHORIZATION_WORDS: Words = {
  values: ['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'],
  reads: 'any case',
}
export const LOG_LEVEL_WORDS: Words = { values: ['OFF', 'ERROR', 'INFO'], reads: 'any case' }
export const CONTENT_HANDLING_WORDS: Words = { values: MEMBERS.contentHandling.values, reads: 'exact' }
export const CACHE_SIZE_WORDS: Words = {
  values: ['0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237'],
  reads: 'exact',
}
export const KEY_SOURCE_WORDS: Words = { values: ['HEADER', 'AUTHORIZER'], reads: 'exact' }
export const ENDPOINT_WORDS: Words = { values: ['PRIVATE', 'EDGE', 'REGIONAL'], reads: 'exact' }
export const ADDRESS_WORDS: Words = { values: ['ipv4', 'dualstack'], reads: 'exact' }
export const DOCUMENTED_WORDS: Words = {
  values: [
    'RESPONSE_BODY',
    'RESPONSE',
    'METHOD',
    'MODEL',
    'AUTHORIZER',
    'RESPONSE_HEADER',
    'RESOURCE',
    'PATH_PARAMETER',
    'REQUEST_BODY',
    'QUERY_PARAMETER',
    'API',
    'REQUEST_HEADER',
  ],
  reads: 'exact',
}

/** The word as API Gateway stores it; `undefined` for what is none. */
export function storedWord({ values, reads }: Words, text: string): string | undefined {
  const spelt = reads === 'exact' ? text : text.toUpperCase()
  return values.find((word) => word === spelt)
}
