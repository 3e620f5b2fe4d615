import type { RoleArn } from '../../policy/values/arn.ts'
import type { CredentialsLimits } from '../compile/compiled-sections.ts'
import { matchesAnyRole, matchesRolePath, type RolePattern } from '../compile/role-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { fillIn, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** Roles, the caller's own identity, or none, against a team's section or the bounds. */
export function judgeCredentials(
  subject: Subject,
  limits: Partial<CredentialsLimits>,
  scope: Scope,
  findings: Finding[],
): void {
  const { credentials } = subject
  switch (credentials.kind) {
    case 'unreadable':
      return
    case 'none':
      if (limits.none === 'never') findings.push(missing(limits, scope))
      return
    case 'caller':
      if (limits.callerPassThrough === 'never') findings.push(passThrough(subject, scope))
      return
    case 'role':
      judgeRole(credentials, subject, limits, scope, findings)
  }
}

function judgeRole(
  role: RoleArn,
  subject: Subject,
  { accounts, rolePath, roles }: Partial<CredentialsLimits>,
  scope: Scope,
  findings: Finding[],
): void {
  const field = '/credentials'
  if (accounts !== undefined && !accounts.includes(role.account)) {
    const nearest = nearestOf(role.account, accounts)
    findings.push({
      rule: ruleOf(scope, 'credentials', 'accounts'),
      field,
      part: 'account',
      value: role.account,
      allowed: accounts,
      nearest,
      message: `Account ${role.account} is not among ${whose(scope)} accounts.`,
      fix: `Use a role of account ${oneOf(accounts)}.`,
      pointer: pointerOf(scope, 'credentials', 'accounts'),
    })
  }
  if (rolePath !== undefined && !matchesRolePath(rolePath, role.path)) {
    const nearest = rolePath.endsWith('/**') ? rolePath.slice(0, -2) : rolePath
    findings.push({
      rule: ruleOf(scope, 'credentials', 'rolePath'),
      field,
      part: 'role path',
      value: role.path,
      allowed: rolePath,
      nearest,
      message: `Role path ${role.path} is not ${rolePath}.`,
      fix: `Use a role under ${nearest}.`,
      pointer: pointerOf(scope, 'credentials', 'rolePath'),
    })
  }
  if (roles !== undefined && !matchesAnyRole(roles, role)) {
    findings.push(otherRole(subject, role, roles, scope))
  }
}

function otherRole(subject: Subject, role: RoleArn, roles: readonly RolePattern[], scope: Scope): Finding {
  const value = subject.integration.credentials ?? ''
  const candidates = roles.slice(0, 200).flatMap(({ text }) => fillIn(text, value, '/') ?? [])
  const nearest = nearestOf(value, candidates)
  const allowed = listed(roles)
  const isAbsenceAllowed = roles.length === 0
  return {
    rule: ruleOf(scope, 'credentials', 'roles'),
    field: '/credentials',
    part: 'role',
    value,
    allowed: isAbsenceAllowed ? 'none' : allowed,
    nearest,
    message: isAbsenceAllowed
      ? 'The integration may not have credentials.'
      : `Role ${role.path}${role.name} of account ${role.account} is not among ${whose(scope)} roles.`,
    fix: isAbsenceAllowed
      ? 'Remove credentials.'
      : nearest === undefined
        ? `Use a role that ${oneOf(allowed)} covers.`
        : `Did you mean ${nearest}?`,
    pointer: pointerOf(scope, 'credentials', 'roles'),
  }
}

function missing({ roles = [] }: Partial<CredentialsLimits>, scope: Scope): Finding {
  const allowed = listed(roles)
  return {
    rule: ruleOf(scope, 'credentials', 'none'),
    field: '/credentials',
    value: '',
    allowed,
    message: 'The integration must have credentials: without them access rests on the target alone.',
    fix: `Use a role that ${oneOf(allowed)} covers.`,
    pointer: pointerOf(scope, 'credentials', 'none'),
  }
}

function passThrough({ integration }: Subject, scope: Scope): Finding {
  return {
    rule: ruleOf(scope, 'credentials', 'callerPassThrough'),
    field: '/credentials',
    part: 'callerPassThrough',
    value: integration.credentials,
    allowed: 'never',
    message: "The API caller's own identity may not be passed to the backend.",
    fix: 'Remove credentials.',
    pointer: pointerOf(scope, 'credentials', 'callerPassThrough'),
  }
}

/** A role of another partition than the API's, where no role pattern of the policy spells that partition out. */
export function judgeRolePartition(
  subject: Subject,
  lists: readonly (readonly RolePattern[] | undefined)[],
  findings: Finding[],
): void {
  const { credentials, request } = subject
  if (credentials.kind !== 'role' || credentials.partition === request.partition) return
  if (lists.some((roles) => roles?.some(({ partition }) => partition.text === credentials.partition))) return
  findings.push({
    rule: 'intrinsic.credentials.partition',
    field: '/credentials',
    part: 'partition',
    value: credentials.partition,
    allowed: [request.partition],
    nearest: request.partition,
    message: `The role is of partition ${credentials.partition}, but the API is in ${request.partition}.`,
    fix: `Did you mean ${request.partition}?`,
  })
}
