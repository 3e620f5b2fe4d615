import type { Hazard } from './uri-hazard.ts'
import { hazard } from './uri-hazard.ts'

/**
 * ARNs, read field by field in their one canonical spelling. `*` and every character a field can't hold is refused as
 * written: nothing in a request is a pattern.
 */

export interface LambdaArn {
  partition: string
  region: string
  account: string
  function: string
  /** An alias, a version or `$LATEST`; absent for the unqualified function. */
  qualifier?: string
}

export interface RoleArn {
  kind: 'role'
  partition: string
  account: string
  /** From `/` to `/`; `/` where the role has no path. */
  path: string
  name: string
}

/** The one literal that lends the API caller's own identity to the backend; each partition spells its own. */
export function callerPassThroughOf(partition: string): string {
  return `arn:${partition}:iam::*:user/*`
}

/** Whether credentials are that literal, spelt for the API's own partition. */
export function isCallerPassThrough(text: string, partition: string): boolean {
  return text === `arn:${partition}:iam::*:user/*`
}

const PARTITION = /^aws(?:-[a-z]{1,12}){0,3}$/
const REGION = /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}$/
const ACCOUNT = /^[0-9]{12}$/
const FUNCTION = /^[A-Za-z0-9_-]{1,64}$/
const QUALIFIER = /^(?:\$LATEST|[A-Za-z0-9_-]{1,128})$/
const ROLE_NAME = /^[A-Za-z0-9_+=,.@-]{1,64}$/
const ROLE_PATH = /^\/(?:[!-.0-~]{1,128}\/){0,20}$/
const LOAD_BALANCER =
  /^arn:(aws[a-z-]{0,30}):elasticloadbalancing:([a-z0-9-]{1,30}):([0-9]{12}):(?:loadbalancer|listener)\/(?:app|net)\/[A-Za-z0-9-]{1,32}\/[a-f0-9]{1,32}(?:\/[a-f0-9]{1,32})?$/

export function isPartition(text: string): boolean {
  return PARTITION.test(text)
}

export function isRegion(text: string): boolean {
  return REGION.test(text)
}

/** Reads `arn:{partition}:lambda:{region}:{account}:function:{name}[:{qualifier}]`, or says what is wrong with it. */
export function readLambdaArn(text: string): LambdaArn | Hazard {
  const fields = text.split(':')
  const [arn, partition = '', service, region = '', account = '', kind, name = '', qualifier] = fields
  if (text.replace(/:\$LATEST$/, '').includes('$') || text.includes('{')) {
    const message = 'Which function is called must be written out: whoever can fill in the rest later would choose it.'
    return hazard('late-bound', 'function', text, message, 'Write the whole function ARN literally.')
  }
  if (arn !== 'arn' || service !== 'lambda' || kind !== 'function' || fields.length < 7 || fields.length > 8) {
    const message = 'A Lambda function is named by its whole ARN: partial ARNs and bare names are not accepted.'
    const fix = 'Write arn:aws:lambda:{Region}:{account}:function:{name}, with the real Region, account and name.'
    return hazard('lambda-arn', 'function', text, message, fix)
  }
  const wrong =
    wrongField('partition', partition, PARTITION) ??
    wrongField('region', region, REGION) ??
    wrongField('account', account, ACCOUNT) ??
    wrongField('function', name, FUNCTION) ??
    (qualifier === undefined ? undefined : wrongField('qualifier', qualifier, QUALIFIER))
  if (wrong !== undefined) return wrong
  return { partition, region, account, function: name, ...(qualifier !== undefined && { qualifier }) }
}

/**
 * Reads `arn:{partition}:iam::{account}:role{/path/}{name}`, or says what is wrong with it.
 *
 * @param own The API's partition: the pass-through literal of another one is told as that.
 */
export function readRoleArn(text: string, own = 'aws'): RoleArn | Hazard {
  if (/^arn:aws[a-z-]{0,30}:iam::\*:user\/\*$/.test(text)) {
    const right = callerPassThroughOf(own)
    const message = `Caller pass-through is spelt per partition, and the API is in ${own}.`
    return hazard('pass-through', 'partition', text, message, `Set credentials to ${right}.`)
  }
  if (text.includes('$') || text.includes('{')) {
    const message = 'The role must be written out: whoever can fill in the rest later would choose it.'
    return hazard('late-bound', 'role', text, message, 'Write the whole role ARN literally.')
  }
  const [arn, partition = '', service, region, account = '', resource = '', ...more] = text.split(':')
  if (arn !== 'arn' || service !== 'iam' || region !== '' || more.length > 0 || !resource.startsWith('role/')) {
    const fix = `Write arn:${own}:iam::{account}:role/{name}, with the real account and name.`
    return hazard('role-arn', 'role', text, 'credentials must be the whole ARN of an IAM role.', fix)
  }
  const nameAt = resource.lastIndexOf('/') + 1
  const path = resource.slice('role'.length, nameAt)
  const name = resource.slice(nameAt)
  const wrong =
    wrongField('partition', partition, PARTITION) ??
    wrongField('account', account, ACCOUNT) ??
    wrongField('role path', path, ROLE_PATH) ??
    wrongField('role name', name, ROLE_NAME)
  return (
    wrong ?? (path.includes('*') ? wildcardHazard('role path', path) : { kind: 'role', partition, account, path, name })
  )
}

/** Whether this is the whole ARN of a load balancer or of one of its listeners. */
export function isLoadBalancerArn(text: string): boolean {
  return LOAD_BALANCER.test(text)
}

function wildcardHazard(part: string, value: string): Hazard {
  const message = `A * in a request is no pattern: the ${part} must be written out.`
  return hazard('wildcard', part, value, message, `Write the ${part} without *.`)
}

function wrongField(part: string, value: string, shape: RegExp): Hazard | undefined {
  if (shape.test(value)) return undefined
  if (value.includes('*')) return wildcardHazard(part, value)
  const message = `${value === '' ? 'An empty string' : value} is no ${part} of an ARN.`
  return hazard('arn-field', part, value, message, `Write the real ${part}.`)
}
