import { commitment } from '../trail/canonical.ts'
import { RECORD_KINDS, type RecordKind } from '../trail/item-key.ts'
import { isRecordId } from '../trail/record-id.ts'
import { parseBase64 } from './base64.ts'

/** A record in the log: who it is, and a commitment to its content that reveals nothing of it. */
export interface RecordLeaf {
  k: RecordKind
  /** The record's id. */
  id: string
  /** Base64 SHA-256(salt ‖ JCS(record)). */
  c: string
  /** Found behind the log's cursor, when its place in time had been passed. */
  late?: true
}

/** The first leaf: what the log is of. `policy` is the digest of the policy in force, `sha256:<hex>`. */
export interface GenesisLeaf {
  k: 'GENESIS'
  origin: string
  table: string
  policy: string
  /** Unix milliseconds. */
  ts: number
}

export type Leaf = RecordLeaf | GenesisLeaf

/** A leaf as the one line of JSON that the log holds, without a newline. About 120 bytes for a record. */
export function formatLeaf(leaf: Leaf): Uint8Array {
  const members =
    leaf.k === 'GENESIS'
      ? { v: 1, k: leaf.k, origin: leaf.origin, table: leaf.table, policy: leaf.policy, ts: leaf.ts }
      : { v: 1, k: leaf.k, id: leaf.id, c: leaf.c, ...(leaf.late && { late: true }) }
  return Buffer.from(JSON.stringify(members))
}

/** `undefined` where the bytes are not exactly what {@link formatLeaf} writes. */
export function parseLeaf(bytes: Uint8Array): Leaf | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const leaf = genesisOf(value) ?? recordOf(value)
  return leaf && Buffer.compare(formatLeaf(leaf), bytes) === 0 ? leaf : undefined
}

/** The leaf that commits to a record of which the salt is known. */
export function leafOf(record: { id: string; kind: RecordKind }, salt: string, late = false): RecordLeaf {
  return { k: record.kind, id: record.id, c: commitment(salt, record), ...(late && { late: true as const }) }
}

function genesisOf(value: object): GenesisLeaf | undefined {
  const { k, origin, table, policy, ts } = value as Record<string, unknown>
  if (k !== 'GENESIS' || typeof origin !== 'string' || typeof table !== 'string') return undefined
  return typeof policy === 'string' && typeof ts === 'number' ? { k, origin, table, policy, ts } : undefined
}

function recordOf(value: object): RecordLeaf | undefined {
  const { k, id, c, late } = value as Record<string, unknown>
  const kind = RECORD_KINDS.find((letter) => letter === k)
  if (kind === undefined || typeof id !== 'string' || !isRecordId(id)) return undefined
  if (typeof c !== 'string' || parseBase64(c)?.length !== 32) return undefined
  return { k: kind, id, c, ...(late === true && { late }) }
}
