import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { DemoCaller } from './issuer-callers.ts'

/** What somebody at the demo page has agreed to. */
export interface Grant {
  clientId: string
  caller: DemoCaller
  /** Space-separated, as asked for. */
  scope: string
}

/** A code on its way to the token endpoint (RFC 6749 §4.1.2), bound to its client and PKCE challenge (RFC 7636). */
export interface CodeGrant extends Grant {
  redirectUri: string
  /** Base64url SHA-256 of the verifier. */
  challenge: string
}

/** What a poll at the token endpoint is told (RFC 8628 §3.5). */
export type DevicePoll =
  | { kind: 'granted'; grant: Grant }
  | { kind: 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied' }

interface Device {
  userCode: string
  clientId: string
  scope: string
  expiresAt: number
  polledAt: number
  answer?: DemoCaller | 'denied'
}

const CODE_MS = 60_000
export const DEVICE_SECONDS = 600
const REFRESH_MS = 12 * 3_600_000
/** Of each kind; the oldest makes room. Whoever reaches the port can ask without end. */
const MAX_HELD = 1000
/** RFC 8628 §6.1: no vowels, so no words; 20^8 codes against ten minutes of guessing. */
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

/** What the embedded issuer has promised and not yet given, in memory: a restart forgets it. */
export interface Grants {
  issueCode(grant: CodeGrant): string
  /** Each code counts once, also where the rest of the request turns out wrong. */
  redeemCode(code: string, presented: { clientId: string; redirectUri: string; verifier: string }): Grant | undefined
  startDevice(asked: { clientId: string; scope: string }): { deviceCode: string; userCode: string }
  /** @returns `false` where no device waits for this code. Capitals and punctuation don't matter. */
  answerDevice(userCode: string, answer: DemoCaller | 'denied'): boolean
  pollDevice(deviceCode: string, clientId: string): DevicePoll
  issueRefreshToken(grant: Grant): string
  /** Each refresh token counts once: its use brings the next (RFC 9700 §4.14.2). */
  redeemRefreshToken(token: string, clientId: string): Grant | undefined
  revoke(token: string): void
}

/**
 * @param now Unix milliseconds.
 * @param intervalSeconds How long a device has to wait between polls.
 */
export function openGrants(now: () => number, intervalSeconds: number): Grants {
  const codes = held<CodeGrant & { expiresAt: number }>()
  const devices = held<Device>()
  const refreshTokens = held<Grant & { expiresAt: number }>()

  return {
    issueCode: (grant) => codes.add({ ...grant, expiresAt: now() + CODE_MS }),
    redeemCode(code, { clientId, redirectUri, verifier }) {
      const grant = codes.take(code)
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const isRight =
        grant !== undefined &&
        now() < grant.expiresAt &&
        grant.clientId === clientId &&
        grant.redirectUri === redirectUri &&
        grant.challenge === challenge
      return isRight ? grant : undefined
    },
    startDevice({ clientId, scope }) {
      const userCode = newUserCode()
      const expiresAt = now() + DEVICE_SECONDS * 1000
      return { userCode, deviceCode: devices.add({ userCode, clientId, scope, expiresAt, polledAt: -Infinity }) }
    },
    answerDevice(userCode, answer) {
      const wanted = lettersOf(userCode)
      const device = devices.find((each) => lettersOf(each.userCode) === wanted && now() < each.expiresAt)
      if (!device || device.answer !== undefined) return false
      device.answer = answer
      return true
    },
    pollDevice(deviceCode, clientId) {
      const device = devices.get(deviceCode)
      if (!device || device.clientId !== clientId || now() >= device.expiresAt) return { kind: 'expired_token' }
      const isTooSoon = now() - device.polledAt < intervalSeconds * 1000
      device.polledAt = now()
      if (device.answer === undefined) return { kind: isTooSoon ? 'slow_down' : 'authorization_pending' }
      devices.take(deviceCode)
      if (device.answer === 'denied') return { kind: 'access_denied' }
      return { kind: 'granted', grant: { clientId, scope: device.scope, caller: device.answer } }
    },
    issueRefreshToken: ({ clientId, caller, scope }) =>
      refreshTokens.add({ clientId, caller, scope, expiresAt: now() + REFRESH_MS }),
    redeemRefreshToken(token, clientId) {
      const grant = refreshTokens.take(token)
      return grant && grant.clientId === clientId && now() < grant.expiresAt ? grant : undefined
    },
    revoke: (token) => void refreshTokens.take(token),
  }
}

/** Values under names nobody can guess. */
function held<Value>() {
  const entries = new Map<string, Value>()
  return {
    add(value: Value): string {
      const [oldest] = entries.size >= MAX_HELD ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      const name = randomBytes(32).toString('base64url')
      entries.set(name, value)
      return name
    },
    get: (name: string) => entries.get(name),
    find: (test: (value: Value) => boolean) => entries.values().find(test),
    take(name: string): Value | undefined {
      const value = entries.get(name)
      entries.delete(name)
      return value
    },
  }
}

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => USER_CODE_LETTERS.charAt(randomInt(USER_CODE_LETTERS.length)))
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}

function lettersOf(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z]/g, '')
}
