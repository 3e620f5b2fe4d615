import type { CredentialsBounds } from '../../policy/document/sections.ts'
import { deniedArn } from '../../policy/patterns/denied.ts'
import { matches, matchesAny } from '../../policy/patterns/matches.ts'
import { parsePattern, patternOf } from '../../policy/patterns/parse.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import { callerPassThroughOf, type RoleArn } from '../../policy/values/arn.ts'
import { expand, type Lists } from '../compile/lists.ts'
import { type Finding, listed, oneOf, setting } from '../explain/finding.ts'
import { nearestMatch, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { named, patternsOf } from './entries.ts'
import type { CompiledCredentialsBounds } from './limits.ts'
import type { IntegrationRule, Written } from './rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

type Complete = { roles: string[]; none: 'allowed' | 'never'; callerPassThrough: 'allowed' | 'never' }

/** `credentials`: the role that API Gateway takes on, the API caller's own identity, or none. */
export const credentials: IntegrationRule<'credentials'> = {
  reads: { credentials: true },
  silent: 'none',
  complete,
  compile(written, lists) {
    const { roles, none, callerPassThrough } = complete(written)
    return { roles: patternsOf('role', roles, lists), none, callerPassThrough }
  },
  compileBounds,
  covers(subject, limits, { scope, bounds }, findings) {
    judgePartition(subject, [limits.roles, bounds.credentials?.roles], findings)
    judge(subject, limits, scope, findings)
  },
  coversBounds(subject, limits, { scope }, findings) {
    judge(subject, limits, scope, findings)
  },
  speaks(bounds, { aspect }) {
    switch (aspect) {
      case 'roles':
        return (bounds.accounts ?? bounds.roles) !== undefined
      case 'callerPassThrough':
        return bounds.callerPassThrough !== undefined
      default:
        return true
    }
  },
  deny: {
    compile: ({ accounts, roles, callerPassThrough }, lists) => ({
      ...(accounts && { accounts: expand(accounts, lists) }),
      ...(roles && { roles: patternsOf('role', roles, lists).map(deniedArn) }),
      callerPassThrough: callerPassThrough === true,
    }),
    mayMeet({ credentials: read, integration }, denied) {
      const met = { field: '/credentials', value: integration.credentials }
      if (read.kind === 'caller') return denied.callerPassThrough ? met : undefined
      if (read.kind !== 'role' || (denied.accounts ?? denied.roles) === undefined) return undefined
      if (denied.accounts !== undefined && !denied.accounts.includes(read.account)) return undefined
      if (denied.roles !== undefined && !matchesAny(denied.roles, integration.credentials ?? '')) return undefined
      return { ...met, part: denied.roles === undefined ? 'account' : 'role' }
    },
  },
}

/** What `none` says, member by member; a section that names one of the three keeps the others as they are by default. */
function complete(written: Written<'credentials'>): Complete {
  const { roles = [], none = 'allowed', callerPassThrough = 'never' } = written === 'none' ? {} : written
  return { roles, none, callerPassThrough }
}

function compileBounds(written: CredentialsBounds, lists: Lists): CompiledCredentialsBounds {
  const { accounts, rolePath, roles, callerPassThrough } = written
  return {
    ...(accounts && { accounts: expand(accounts, lists) }),
    ...(rolePath !== undefined && { rolePath: { text: rolePath, pattern: rolePathPattern(rolePath) } }),
    ...named('roles', 'role', roles, lists),
    ...(callerPassThrough && { callerPassThrough }),
  }
}

/** `/apigw/` is exactly that path; `/apigw/**` also what lies below, and `/apigw/` itself. */
function rolePathPattern(rolePath: string) {
  const parsed = parsePattern('path', rolePath)
  return parsed.ok ? parsed.pattern : patternOf('path', '/')
}

interface Judged {
  accounts?: readonly string[]
  rolePath?: CompiledCredentialsBounds['rolePath']
  roles?: CompiledCredentialsBounds['roles']
  none?: 'allowed' | 'never'
  callerPassThrough?: 'allowed' | 'never'
}

function judge(subject: Subject, limits: Judged, scope: Scope, findings: Finding[]): void {
  const { credentials: read } = subject
  switch (read.kind) {
    case 'unreadable':
      return
    case 'none':
      if (limits.none === 'never') findings.push(missing(subject, limits, scope))
      return
    case 'caller':
      if (limits.callerPassThrough === 'never') findings.push(passThrough(subject, scope))
      return
    case 'role':
      judgeRole(read, subject, limits, scope, findings)
  }
}

function judgeRole(
  role: RoleArn,
  { integration: { credentials: text = '' } }: Subject,
  { accounts, rolePath, roles }: Judged,
  scope: Scope,
  findings: Finding[],
): void {
  const field = '/credentials'
  const set = (value: string | undefined) =>
    value === undefined ? undefined : [{ op: 'set' as const, path: field, value }]
  if (accounts !== undefined && !accounts.includes(role.account)) {
    const nearest = nearestOf(role.account, accounts) ?? accounts[0]
    findings.push({
      rule: ruleOf(scope, 'credentials', 'accounts'),
      field,
      part: 'account',
      value: role.account,
      allowed: accounts,
      nearest,
      message: `Account ${role.account} is not among ${whose(scope)} accounts.`,
      fix: `Use a role of account ${oneOf(accounts)}.`,
      remedy: nearest === undefined ? undefined : set(text.replace(`::${role.account}:`, `::${nearest}:`)),
      pointer: pointerOf(scope, 'credentials', 'accounts'),
      aspect: 'roles',
    })
  }
  if (rolePath !== undefined && !matches(rolePath.pattern, role.path)) {
    const nearest = rolePath.text.endsWith('/**') ? rolePath.text.slice(0, -2) : rolePath.text
    findings.push({
      rule: ruleOf(scope, 'credentials', 'rolePath'),
      field,
      part: 'role path',
      value: role.path,
      allowed: rolePath.text,
      nearest,
      message: `Role path ${role.path} is not ${rolePath.text}.`,
      fix: `Use a role under ${nearest}.`,
      remedy: nearest.includes('*')
        ? undefined
        : set(`arn:${role.partition}:iam::${role.account}:role${nearest}${role.name}`),
      pointer: pointerOf(scope, 'credentials', 'rolePath'),
      aspect: 'roles',
    })
  }
  if (roles !== undefined && !matchesAny(roles, text)) findings.push(otherRole(text, role, roles, scope))
}

/** A role of another partition than the API's, where no role pattern that covers it spells that partition out. */
function judgePartition(
  { credentials: read, integration: { credentials: text = '' }, request }: Subject,
  lists: readonly (readonly Pattern[] | undefined)[],
  findings: Finding[],
): void {
  if (read.kind !== 'role' || read.partition === request.partition) return
  const isSpelt = (pattern: Pattern) => pattern.text.startsWith(`arn:${read.partition}:`) && matches(pattern, text)
  if (lists.some((roles) => roles?.some(isSpelt))) return
  findings.push({
    rule: 'intrinsic.credentials.partition',
    field: '/credentials',
    part: 'partition',
    value: read.partition,
    allowed: [request.partition],
    nearest: request.partition,
    message: `The role is of partition ${read.partition}, but the API is in ${request.partition}.`,
    fix: `Did you mean ${request.partition}?`,
    remedy: [
      { op: 'set', path: '/credentials', value: text.replace(`arn:${read.partition}:`, `arn:${request.partition}:`) },
    ],
  })
}

function otherRole(text: string, role: RoleArn, roles: NonNullable<Judged['roles']>, scope: Scope): Finding {
  const nearest = nearestMatch(text, roles)
  const allowed = listed(roles)
  const isAbsenceAllowed = roles.length === 0
  return {
    rule: ruleOf(scope, 'credentials', 'roles'),
    field: '/credentials',
    part: 'role',
    value: text,
    allowed: isAbsenceAllowed ? 'none' : allowed,
    nearest: nearest?.isClose === true ? nearest.text : undefined,
    message: isAbsenceAllowed
      ? 'The integration may not have credentials.'
      : `Role ${role.path}${role.name} of account ${role.account} is not among ${whose(scope)} roles.`,
    fix: isAbsenceAllowed
      ? 'Remove credentials.'
      : nearest?.isClose === true
        ? `Did you mean ${nearest.text}?`
        : `Use a role that ${oneOf(allowed)} covers.`,
    remedy: isAbsenceAllowed ? [{ op: 'remove', path: '/credentials' }] : setting('/credentials', nearest?.text),
    pointer: pointerOf(scope, 'credentials', 'roles'),
    aspect: 'roles',
  }
}

function missing({ request }: Subject, { roles = [], callerPassThrough }: Judged, scope: Scope): Finding {
  const caller = callerPassThrough === 'allowed' ? callerPassThroughOf(request.partition) : undefined
  const allowed = listed(roles)
  const nearest = nearestMatch('', roles)
  return {
    rule: ruleOf(scope, 'credentials', 'none'),
    field: '/credentials',
    value: '',
    allowed,
    message: 'The integration must have credentials: without them access rests on the target alone.',
    fix:
      roles.length > 0
        ? `Use a role that ${oneOf(allowed)} covers.`
        : caller === undefined
          ? 'No other request would pass: no role is allowed.'
          : `Set credentials to ${caller}.`,
    remedy: setting('/credentials', nearest?.text ?? caller),
    pointer: pointerOf(scope, 'credentials', 'none'),
    aspect: 'none',
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
    remedy: [{ op: 'remove', path: '/credentials' }],
    pointer: pointerOf(scope, 'credentials', 'callerPassThrough'),
    aspect: 'callerPassThrough',
  }
}
