import { recordKey } from './item-key.ts'
import { commitmentOf, type Ledger, type RecordItem } from './ledger.ts'
import type {
  Actor,
  DeniedRecord,
  IntentRecord,
  OutcomeRecord,
  Reason,
  RecordTarget,
  RefusalMembers,
  Result,
  TrailRecord,
} from './record.ts'
import { isRecordId, recordTime } from './record-id.ts'

/** What became of a request, in one word. */
export type Status =
  /** Refused by policy. */
  | 'denied'
  /** Refused for another reason, for example its form. */
  | 'refused'
  /** Sent or about to be sent; its outcome is not recorded yet. */
  | 'pending'
  /** Something was read. */
  | 'read'
  /** Counted requests of one minute. */
  | 'aggregate'
  | Lowercase<Result>

/** One line of the trail. */
export interface Summary {
  id: string
  /** Unix milliseconds. */
  at: number
  status: Status
  actor?: Pick<Actor, 'iss' | 'sub' | 'clientId'>
  team?: string
  action?: string
  target?: RecordTarget
  decision?: 'allow' | 'deny'
  /** Violated in mode `enforce`; also by what was allowed at first, where it was stopped before it was sent. */
  reasons?: Reason[]
  /** Beyond those told, by rule. */
  more?: Readonly<Record<string, number>>
  refusal?: RefusalMembers
  result?: Result
}

/** Everything recorded of one request. */
export interface Story extends Summary {
  /** In the order they were written: the refusal or the intent, then the outcome. */
  records: (TrailRecord & {
    /** What the log holds of it. */
    commit: string
  })[]
}

/** @throws {StoreUnavailable} */
export async function readStory(ledger: Ledger, id: string): Promise<Story | undefined> {
  if (!isRecordId(id)) return undefined
  const { pk } = recordKey(id, 'D', ledger.shards)
  const page = await ledger.store.list({ pk, from: `${id}#`, to: `${id}#~` })
  const items = page.items as RecordItem[]
  const summary = summarise(items)
  return summary && { ...summary, records: items.map((item) => ({ ...item.record, commit: commitmentOf(item) })) }
}

/** @param items All records of one request. */
export function summarise(items: readonly RecordItem[]): Summary | undefined {
  const [first] = items
  if (!first) return undefined
  const records = items.map((item) => item.record)
  const denied = records.find((record): record is DeniedRecord => record.kind === 'D')
  const intent = records.find((record): record is IntentRecord => record.kind === 'I')
  const outcome = records.find((record): record is OutcomeRecord => record.kind === 'O')
  const request = denied ?? intent ?? records.find((record) => record.kind === 'R')
  const decided = denied ?? intent
  const judged = outcome?.denied ?? decided
  return {
    id: first.record.id,
    at: request?.receivedAt ?? recordTime(first.record.id),
    status: statusOf(denied, intent, outcome, first.record),
    ...(request ? who(request) : outcome?.claim),
    ...(decided?.decision && { decision: decided.decision }),
    ...(judged?.reasons && { reasons: judged.reasons }),
    ...(judged?.more && { more: judged.more }),
    ...(denied?.refusal && { refusal: denied.refusal }),
    ...(outcome && { result: outcome.result }),
  }
}

function who({ actor, team, action, target }: Pick<DeniedRecord, 'actor' | 'team' | 'action' | 'target'>) {
  const { iss, sub, clientId } = actor
  return {
    actor: { iss, sub, ...(clientId !== undefined && { clientId }) },
    ...(team !== undefined && { team }),
    action,
    target,
  }
}

function statusOf(
  denied: DeniedRecord | undefined,
  intent: IntentRecord | undefined,
  outcome: OutcomeRecord | undefined,
  first: TrailRecord,
): Status {
  if (denied) return denied.refusal ? 'refused' : 'denied'
  if (outcome) return outcome.result.toLowerCase() as Lowercase<Result>
  if (intent) return 'pending'
  return first.kind === 'A' ? 'aggregate' : 'read'
}
