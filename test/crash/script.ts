import { createHash } from 'node:crypto'
import type { Integration } from '../../lib/apigateway/integration.ts'

export const BEHAVIOURS = [
  'answers',
  /** Applied, the connection breaks. */
  'silent',
  /** Applied and answered 500. */
  'fails',
  /** The connection breaks, nothing is applied. */
  'drops',
  /** The connection breaks; it is applied later, when nobody waits any more. */
  'late',
  'slow',
  /** Delivered twice by the network, answered once. */
  'twice',
  'throttles',
  'refuses',
] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

/**
 * One line of the journal. `target` is the path of the integration, or of a deployment its description; `tag` names the
 * attempt. A deployment has no `integration`.
 */
export type Entry =
  | { what: 'received'; tag: string; target: string }
  | { what: 'applied'; tag: string; target: string; integration?: Integration }

/** How the upstream behaves. */
export interface Script {
  /** @param uri Of the integration that is put, or what describes a deployment. */
  change(uri: string): Behaviour
  /** What goes wrong with a look at a target, a status or a broken connection; nothing where `undefined`. */
  look(target: string): 429 | 500 | 'drops' | undefined
  /** After how many milliseconds at the latest a late change arrives; 0 where it must be asked for. */
  latestMs: number
  /** Whether everything is answered from now on. */
  calm(isCalm: boolean): void
}

/**
 * Without a seed: as the first part of the URI's path behind `/v1/` says, once for each URI; all later ones are
 * answered. With one: about half goes wrong, as the seed and what is asked say.
 */
export function behaviours(seed: number | undefined): Script {
  const seen = new Map<string, number>()
  const count = (key: string) => {
    const before = seen.get(key) ?? 0
    seen.set(key, before + 1)
    return before
  }
  let isCalm = false
  const calm = (now: boolean) => {
    isCalm = now
  }
  if (seed === undefined) {
    return {
      change(uri) {
        const named = BEHAVIOURS.find((behaviour) => behaviour === /\/v1\/([a-z]+)\//.exec(uri)?.[1])
        return isCalm || count(uri) > 0 || named === undefined ? 'answers' : named
      },
      look: () => undefined,
      latestMs: 0,
      calm,
    }
  }
  /** A number in [0, 1) that depends on seed, thing and how often it was asked for. */
  const roll = (thing: string) =>
    createHash('sha256')
      .update(`${seed} ${thing} ${count(thing)}`)
      .digest()
      .readUInt32BE() /
    2 ** 32
  return {
    change(uri) {
      const rolled = roll(uri)
      if (isCalm || rolled < 0.45) return 'answers'
      return BEHAVIOURS[1 + Math.floor(((rolled - 0.45) / 0.55) * (BEHAVIOURS.length - 1))] ?? 'answers'
    },
    look(target) {
      const rolled = roll(`look ${target}`)
      if (isCalm || rolled > 0.12) return undefined
      return rolled < 0.04 ? 429 : rolled < 0.08 ? 500 : 'drops'
    },
    latestMs: 1_500,
    calm,
  }
}
