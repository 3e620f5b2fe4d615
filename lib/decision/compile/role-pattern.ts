import type { RoleArn } from '../../policy/values/arn.ts'
import { compileName, matchesName, type NamePattern } from './name-pattern.ts'
import { compileSequence, matchesSequence, type SequencePattern } from './sequence-pattern.ts'

/** A role ARN pattern, compared by field: partition, account, then the segments of path and name. */
export interface RolePattern {
  text: string
  partition: NamePattern
  account: NamePattern
  /** The segments after `role/`; the last one is the name. */
  resource: SequencePattern
  /** Set where the path holds no star: the path from `/` to `/`, and the name. */
  plain?: { path: string; name: NamePattern }
}

/** @param text `arn:{partition}:iam::{account}:role/{path/}{name}` with stars inside fields and segments. */
export function compileRole(text: string): RolePattern {
  const [, partition = '', , , account = '', resource = ''] = text.split(':')
  const segments = resource.split('/').slice(1)
  const path = segments.slice(0, -1)
  const isPlain = !path.some((segment) => segment.includes('*')) && segments.at(-1) !== '**'
  return {
    text,
    ...(isPlain && {
      plain: { path: ['', ...path, ''].join('/'), name: compileName(segments.at(-1) ?? '') },
    }),
    partition: compileName(partition),
    account: compileName(account),
    resource: compileSequence(segments),
  }
}

export function matchesRole(pattern: RolePattern, role: Omit<RoleArn, 'kind'>): boolean {
  const { plain } = pattern
  // A team's roles differ in their names most of all.
  if (plain !== undefined && !(matchesName(plain.name, role.name) && role.path === plain.path)) return false
  if (!matchesName(pattern.account, role.account) || !matchesName(pattern.partition, role.partition)) return false
  if (plain !== undefined) return true
  const resource = `${role.path.slice(1)}${role.name}`.split('/')
  return matchesSequence(pattern.resource, resource)
}

export function matchesAnyRole(patterns: readonly RolePattern[], role: Omit<RoleArn, 'kind'>): boolean {
  for (const pattern of patterns) if (matchesRole(pattern, role)) return true
  return false
}

/** `/apigw/` is exactly that path; `/apigw/**` also what lies below. */
export function matchesRolePath(rolePath: string, path: string): boolean {
  return rolePath.endsWith('/**') ? path.startsWith(rolePath.slice(0, -2)) : path === rolePath
}

/** A load balancer ARN pattern, compared field by field and segment by segment. */
export interface TargetPattern {
  text: string
  fields: SequencePattern[]
}

export function compileTarget(text: string): TargetPattern {
  return { text, fields: text.split(':').map((field) => compileSequence(field.split('/'))) }
}

export function matchesTarget(pattern: TargetPattern, arn: string): boolean {
  const fields = arn.split(':')
  return (
    fields.length === pattern.fields.length &&
    pattern.fields.every((field, index) => matchesSequence(field, (fields[index] ?? '').split('/')))
  )
}
