import type { Integration } from '../apigateway/integration.ts'
import type { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Decision } from '../decision/decision.ts'
import { type AskedChange, type Attempt, changeMembers, decisionMembers, policyOf, requestMembers } from './attempt.ts'
import { withoutUndefined } from './canonical.ts'
import { bytesOf, shortened } from './fit.ts'
import {
  type Ledger,
  type RecordItem,
  recordItem,
  type SealedBlob,
  sealedBytes,
  sealedText,
  writeBlob,
  writeRecord,
} from './ledger.ts'
import type { AskedMembers, DeniedRecord, JudgedMembers, ReadRecord, TrailRecord, UpstreamMembers } from './record.ts'
import { StoreUnavailable } from './store.ts'

/** Why a request is refused, and what for. One of `decision` and `refusal` is there. */
export interface Denial {
  decision?: Decision
  refusal?: Refusal
  /** The integration there would be; absent where the request could not be read so far. `null` for a deletion. */
  intended?: Integration | null
  /** The one there is: `null` where there is none, absent where it was not read. */
  before?: Integration | null
}

export interface Refusal {
  /** A word of the caller's own vocabulary, kept in clear. Never a text that holds a value of the request. */
  reason: string
  /** What the caller is answered. The message is kept as a MAC. */
  type?: string
  status?: number
  message?: string
  upstream?: UpstreamMembers
}

export interface Recorded {
  /** Names the record; a new one where the first id's shard was throttled. */
  id: string
  /** `false` where the record is in the log alone, as `audit_not_recorded`. */
  recorded: boolean
}

/**
 * Records a refusal. Never throws: refusing needs no durable record to be safe. Where the store does not take the
 * record, all of it goes to the log in one line. Where its caller's denials have taken their room of the table, it is
 * recorded in short.
 */
export async function recordDenial(ledger: Ledger, attempt: Attempt, denial: Denial): Promise<Recorded> {
  const { record, copy } = recordWithCopy(ledger, attempt, denial)
  let item = recordItem(ledger, record)
  try {
    try {
      await writeWithCopy(ledger, item, copy)
    } catch (error) {
      if (!(error instanceof StoreUnavailable && error.throttled)) throw error
      // Nothing was recorded under the first id: another one lies in another shard.
      item = recordItem(ledger, { ...record, id: ledger.newId() })
      await writeWithCopy(ledger, item, copy)
    }
    return { id: item.record.id, recorded: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    ledger.log('audit_not_recorded', { reason, salt: item.salt, record: item.record })
    return { id: item.record.id, recorded: false }
  }
}

/** What is to be written of a refusal: all of it with a copy of the request, or what there is room for. */
function recordWithCopy(
  ledger: Ledger,
  attempt: Attempt,
  denial: Denial,
): { record: TrailRecord; copy?: SealedBlob | undefined } {
  const asked = askedChange(denial)
  const record = deniedRecord(ledger, attempt, denial, asked)
  const request = asked && JSON.stringify({ action: attempt.action, ...asked })
  const bytes = bytesOf(record) + (request === undefined ? 0 : sealedBytes(request))
  if (!ledger.room.take(attempt.actor, bytes)) return { record: shortened(withoutUndefined(record), ledger.keys.mac) }
  const copy = request === undefined ? undefined : sealedText(ledger, request)
  return { record: copy ? { ...record, sealed: copy.name } : record, copy }
}

/** The sealed copy is written at the same time: it costs a refusal no second round trip, and is not worth failing for. */
async function writeWithCopy(ledger: Ledger, item: RecordItem, copy: SealedBlob | undefined): Promise<void> {
  const [written] = await Promise.allSettled([writeRecord(ledger, item), copy && writeBlob(ledger.store, copy)])
  if (written.status === 'rejected') throw written.reason
  if (!written.value) throw new StoreUnavailable(`Cannot write ${item.sk}: the id is taken`)
}

/** Records that nothing was sent, for want of the target's role. @returns The error, which knows its record. */
export async function recordRoleNotAssumed(
  ledger: Ledger,
  attempt: Attempt,
  error: RoleNotAssumed,
): Promise<RoleNotAssumed> {
  const refusal = { reason: 'role_not_assumed', status: 503, upstream: { errorCode: error.reason } }
  const { id } = await recordDenial(ledger, attempt, { refusal })
  return error.recordedAs(id)
}

function askedChange({ intended, before }: Denial): AskedChange | undefined {
  return intended === undefined ? undefined : { intended, ...(before !== undefined && { before }) }
}

function deniedRecord(
  ledger: Ledger,
  attempt: Attempt,
  { decision, refusal }: Denial,
  asked: AskedChange | undefined,
): DeniedRecord {
  return {
    v: 1,
    id: attempt.id,
    kind: 'D',
    ts: ledger.now(),
    ...requestMembers(attempt, ledger.keys),
    ...(decision && { policy: policyOf(decision), ...decisionMembers(decision, asked) }),
    ...(refusal && { refusal: refusalMembers(ledger, refusal) }),
    ...(asked && changeMembers(asked, attempt.target.resourceId ?? '', ledger.keys)),
  }
}

function refusalMembers(ledger: Ledger, { reason, type, status, message, upstream }: Refusal) {
  return {
    reason,
    ...(type !== undefined && { type }),
    ...(status !== undefined && { status }),
    ...(message !== undefined && { messageMac: ledger.keys.mac(message) }),
    ...(upstream && { upstream }),
  }
}

/**
 * Records that something is about to be read.
 *
 * @param asked Where that is what the policy says of requests that are not made.
 * @throws {StoreUnavailable} where it isn't recorded: then nothing may be read.
 */
export async function recordRead(ledger: Ledger, attempt: Attempt, asked?: AskedMembers): Promise<Recorded> {
  const { id } = attempt
  const members = requestMembers(attempt, ledger.keys)
  const record: ReadRecord = { v: 1, id, kind: 'R', ts: ledger.now(), ...members, ...(asked && { asked }) }
  await mustWrite(ledger, recordItem(ledger, record))
  return { id, recorded: true }
}

/**
 * Records what a dry run found, whose asking {@link recordRead} has recorded under the same id.
 *
 * @throws {StoreUnavailable} where it isn't recorded: then nothing may be told.
 */
export async function recordVerdicts(ledger: Ledger, id: string, judged: JudgedMembers): Promise<void> {
  await mustWrite(ledger, recordItem(ledger, { v: 1, id, kind: 'V', ts: ledger.now(), judged }))
}

async function mustWrite(ledger: Ledger, item: RecordItem): Promise<void> {
  if (!(await writeRecord(ledger, item))) throw new StoreUnavailable(`Cannot write ${item.sk}: the id is taken`)
}
