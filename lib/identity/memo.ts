import type { Caller } from './caller.ts'
import type { VerificationKey } from './key-set.ts'
import type { KeySource } from './keys.ts'

/** A verified token, with all that must still hold for it to be taken again. */
export interface MemoEntry {
  caller: Caller
  keys: KeySource
  key: VerificationKey
  /** Unix seconds from which on the token is expired, tolerance included. */
  deadFrom: number
}

/** Tokens that have been verified, by the hash of their one canonical spelling. The tokens themselves are not kept. */
export interface TokenMemo {
  /** The caller, where the token is not expired and its key is the very one its issuer has in force now. */
  recall(tokenHash: string, now: number): Promise<Caller | undefined>
  remember(tokenHash: string, entry: MemoEntry): void
}

/** @param maxEntries The oldest makes room for one more. */
export function tokenMemo(maxEntries: number): TokenMemo {
  const entries = new Map<string, MemoEntry>()
  return {
    async recall(tokenHash, now) {
      const entry = entries.get(tokenHash)
      if (!entry) return undefined
      if (now < entry.deadFrom) {
        // A rotation replaces the key object even where the name stays: a removed key takes its tokens along.
        const found = await entry.keys.find(entry.key.kid)
        if (found.ok && found.key === entry.key) return entry.caller
      }
      entries.delete(tokenHash)
      return undefined
    },
    remember(tokenHash, entry) {
      entries.delete(tokenHash)
      const [oldest] = entries.size >= maxEntries ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(tokenHash, entry)
    },
  }
}
