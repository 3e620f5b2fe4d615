import { hash } from 'node:crypto'
import { type EffectiveIntegration, effective } from '../apigateway/effective.ts'
import type { Integration } from '../apigateway/integration.ts'
import type { Decision, Violation } from '../decision/decision.ts'
import { isShortened, LONGEST_TOLD } from '../decision/telling.ts'
import type { Role } from '../identity/caller.ts'
import { canonicalJson } from './canonical.ts'
import { difference, disclosesAll, hiddenTexts, type Members, membersOf } from './difference.ts'
import type { MethodTarget } from './item-key.ts'
import type {
  Actor,
  ChangeMembers,
  DecisionMembers,
  Fingerprint,
  GateInfo,
  OwnershipMembers,
  Reason,
  RecordTarget,
  RequestMembers,
} from './record.ts'
import { clip, toReason } from './redact.ts'
import type { TrailKeys } from './trail-keys.ts'

/** One authenticated request, as its gate knows it before anything is decided. */
export interface Attempt {
  /** From `newId`, drawn when the request arrived. */
  id: string
  /** Unix milliseconds. */
  receivedAt: number
  actor: Actor
  /** Absent where the caller's claims give none. */
  team?: string
  /** Absent where the API's tags were not asked for. */
  ownership?: OwnershipMembers
  roles: readonly Role[]
  target: RecordTarget
  /** The operation's name, for example `PutIntegration`. */
  action: string
  client: {
    userAgent?: string
    /** `Idempotency-Key` or `amz-sdk-invocation-id`, as the caller chose it. */
    idempotencyKey?: string
  }
  gate: GateInfo
  /** Of the policy in force; `digest` is `sha256:<hex>`. */
  policy: { revision: number; digest: string }
  /** Hash of everything the caller chose: operation, target and body. Equal requests have equal hashes. */
  requestHash: string
}

/** An attempt of a known team at what is its own. */
export interface OperationAttempt extends Attempt {
  team: string
}

/** An attempt at a change to one method's integration. */
export interface ChangeAttempt extends OperationAttempt {
  target: MethodTarget & { path?: string }
}

/** Names a caller's idempotency key: hex SHA-256, so one caller can't reach another's. */
export function idempotencyScope(actor: Actor, key: string): string {
  const scope = [actor.iss, actor.sub, actor.clientId ?? '', key].map((text) => text.toWellFormed())
  return hash('sha256', canonicalJson(scope))
}

export function requestMembers(attempt: Attempt, keys: TrailKeys): RequestMembers {
  const { actor, target, client, gate, team, ownership, policy } = attempt
  return {
    receivedAt: attempt.receivedAt,
    actor: {
      iss: clip(actor.iss),
      sub: clip(actor.sub),
      ...(actor.clientId !== undefined && { clientId: clip(actor.clientId) }),
      ...(actor.amr && { amr: actor.amr.slice(0, 16).map((method) => clip(method, 64)) }),
      tokenHash: actor.tokenHash,
      ...(actor.sourceIp !== undefined && { sourceIp: clip(actor.sourceIp, 64) }),
    },
    ...(team !== undefined && { team: clip(team) }),
    ...(ownership && { ownership: { ...ownership, tags: clippedTags(ownership.tags) } }),
    roles: [...attempt.roles],
    target: clippedTarget(target),
    action: clip(attempt.action, 128),
    requestMac: keys.mac(attempt.requestHash),
    policy: { revision: policy.revision, digest: policy.digest },
    gate: {
      version: gate.version,
      ...(gate.functionVersion !== undefined && { functionVersion: gate.functionVersion }),
      ...(gate.awsRequestId !== undefined && { awsRequestId: gate.awsRequestId }),
      ...(gate.coldStart !== undefined && { coldStart: gate.coldStart }),
    },
    client: {
      ...(client.userAgent !== undefined && { userAgent: clip(client.userAgent) }),
      ...(client.idempotencyKey !== undefined && {
        idempotencyKeyHash: idempotencyScope(actor, client.idempotencyKey),
      }),
    },
  }
}

/** Keys are the policy's; values are as long as API Gateway lets them be. */
function clippedTags(tags: OwnershipMembers['tags']): OwnershipMembers['tags'] {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, clip(value, 256)]))
}

export function clippedTarget(target: RecordTarget): RecordTarget {
  const { account, region, restApiId, resourceId, httpMethod, path, operationPath } = target
  return {
    account: clip(account, 64),
    region: clip(region, 64),
    ...(restApiId !== undefined && { restApiId: clip(restApiId, 64) }),
    ...(resourceId !== undefined && { resourceId: clip(resourceId, 64) }),
    ...(httpMethod !== undefined && { httpMethod: clip(httpMethod, 64) }),
    ...(path !== undefined && { path: clip(path, 512) }),
    ...(operationPath !== undefined && { operationPath: clip(operationPath, 512) }),
  }
}

/** An integration there would be, and the one there is. */
export interface AskedChange {
  /** `null` where there is none, absent where it was not read. */
  before?: Integration | null
  /** `null` for a deletion. */
  intended: Integration | null
}

/** The policy that a decision was made under; the one in force when the request arrived can be an older one. */
export function policyOf({ policyRevision, policyDigest }: Decision): RequestMembers['policy'] {
  return { revision: policyRevision, digest: policyDigest }
}

/** @param asked Absent where the decision was made without an integration; its messages are then kept out. */
export function decisionMembers(decision: Decision, asked: AskedChange | undefined): DecisionMembers {
  const reasons = (violations: Decision['violations']) => (violations.length > 0 ? reasonsOf(violations, asked) : [])
  return {
    decision: decision.decision,
    evaluatorVersion: decision.evaluatorVersion,
    reasons: reasons(decision.violations),
    warnings: reasons(decision.warnings),
    dryRun: reasons(decision.dryRun),
    ...(decision.more && { more: decision.more }),
    ...(decision.moreDryRun && { moreDryRun: decision.moreDryRun }),
    exceptionsUsed: [...decision.exceptionsUsed],
  }
}

function reasonsOf(violations: Decision['violations'], asked: AskedChange | undefined): Reason[] {
  const members = asked && [membersOf(asked.intended), membersOf(asked.before ?? null)]
  const hidden = members?.flatMap((each) => hiddenTexts(tellable(each))) ?? []
  const disclosing = members?.map(disclosesAll)
  const discloses = (field: string, part?: string) => disclosing?.every((each) => each(field, part)) ?? false
  return violations.map((violation) => toReason(violation, isWhole(violation) ? discloses : nothing, hidden))
}

/** What is told in part can hold a part of a hidden text, which isn't found by looking for the whole of it. */
function isWhole({ field, message, error = '' }: Violation): boolean {
  return [field, message, error].every((text) => text.length <= LONGEST_TOLD && !isShortened(text))
}

/** The members that a whole message can repeat. It is shorter than most templates; of a uri it can repeat a part. */
function tellable(members: Members): Members {
  const isTellable = ([path, value]: [string, unknown]) =>
    typeof value !== 'string' || value.length <= LONGEST_TOLD || path === '/uri'
  return new Map([...members].filter(isTellable))
}

function nothing(): boolean {
  return false
}

export function changeMembers(asked: AskedChange, resourceId: string, keys: TrailKeys): ChangeMembers {
  const before = inEffect(asked.before ?? null, resourceId)
  const intended = inEffect(asked.intended, resourceId)
  return {
    ...(asked.before !== undefined && { before: macOf(before, keys) }),
    intended: macOf(intended, keys),
    diff: difference(membersOf(before), membersOf(intended), keys.mac),
  }
}

/** Names what takes effect, so that two spellings of one integration have one fingerprint. */
export function fingerprint(integration: Integration | null, resourceId: string, keys: TrailKeys): Fingerprint {
  return macOf(inEffect(integration, resourceId), keys)
}

function inEffect(integration: Integration | null, resourceId: string): EffectiveIntegration | null {
  return integration && effective(integration, resourceId)
}

function macOf(effect: EffectiveIntegration | null, keys: TrailKeys): Fingerprint {
  return effect ? { present: true, mac: keys.mac(effect) } : { present: false }
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.present === b.present && a.mac === b.mac
}
