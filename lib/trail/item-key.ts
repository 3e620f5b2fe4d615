import { hash } from 'node:crypto'
import type { MethodPath } from '../apigateway/integration.ts'
import type { RecordTarget } from './record.ts'
import { shardOf } from './record-id.ts'

/**
 * What a record says of its request.
 * - `D`: refused, nothing was forwarded. - `I`: the intent to forward. - `O`: what became of an intent.
 * - `R`: something was read. - `A`: requests that are counted, not itemised. - `V`: what a dry run found.
 */
export const RECORD_KINDS = ['D', 'I', 'O', 'R', 'A', 'V'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

export interface ItemKey {
  pk: string
  sk: string
}

/** Where in AWS a method lives. */
export interface MethodTarget extends MethodPath {
  account: string
  region: string
}

/** How many partitions the claims are spread over. */
export const CLAIM_PARTITIONS = 8

export function shardKey(shard: number): string {
  return `S#${shard}`
}

export function recordKey(id: string, kind: RecordKind, shards: number): ItemKey {
  return { pk: shardKey(shardOf(id, shards)), sk: `${id}#${kind}` }
}

export function claimPartition(index: number): string {
  return `OPEN#${index}`
}

/**
 * What one attempt keeps others from: a method with its integration, whichever operation is about it, or else the one
 * thing that the operation's path names. No id is empty, so that the two can't meet.
 *
 * @param unit Tells things apart that have no id yet.
 */
export function claimKey(target: RecordTarget, unit = ''): ItemKey {
  const { account, region, restApiId, resourceId, httpMethod, operationPath } = target
  const place =
    operationPath === undefined || operationPath.endsWith(`/methods/${httpMethod}`)
      ? [resourceId, httpMethod]
      : ['', operationPath, unit]
  const sk = [account, region, restApiId, ...place].join('/')
  return { pk: claimPartition(hash('sha256', sk, 'buffer').readUInt8(0) % CLAIM_PARTITIONS), sk }
}

/** @param scope Names caller and key together; see `idempotencyScope`. */
export function idempotencyItemKey(scope: string): ItemKey {
  return { pk: `IDEM#${scope}`, sk: '-' }
}

/** @param sha256 Hex digest of the sealed bytes. */
export function blobPartition(sha256: string): string {
  return `B#${sha256}`
}

/** Points at an outcome written behind the log's cursor, so that the sequencer finds it. */
export function latePointerKey(id: string): ItemKey {
  return { pk: 'LATE', sk: `${id}#O` }
}

export const TABLE_KEY: ItemKey = { pk: 'META', sk: 'TABLE' }
export const SWEEP_KEY: ItemKey = { pk: 'KEEPER', sk: 'SWEEP' }
