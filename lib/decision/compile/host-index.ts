import type { HostPattern } from './host-pattern.ts'

/**
 * What is kept by host patterns, found without trying each: by what a host begins or ends with. Kept in the document's
 * order, which every answer keeps.
 */
export interface HostIndex<Item> {
  all: readonly Item[]
  /** By the host from its first dot on, where one label or none stands before it: `*.acme.example`, `api.acme.example`. */
  byTail: ReadonlyMap<string, readonly Item[]>
  /** By the first label: `legacy.**`. */
  byHead: ReadonlyMap<string, readonly Item[]>
  /** What has to be tried for every host. */
  others: readonly Item[]
}

/** @param hostsOf The patterns that an item is kept by; without any it is tried for every host. */
export function indexByHost<Item>(
  all: readonly Item[],
  hostsOf: (item: Item) => readonly HostPattern[] | undefined,
): HostIndex<Item> {
  const byTail = new Map<string, Item[]>()
  const byHead = new Map<string, Item[]>()
  const others: Item[] = []
  for (const item of all) {
    const places = hostsOf(item)?.map((pattern) => placeOf(pattern, byTail, byHead))
    if (places === undefined || places.includes(undefined)) {
      others.push(item)
      continue
    }
    for (const place of places) {
      if (place === undefined) continue
      const items = place.map.get(place.key)
      if (items === undefined) place.map.set(place.key, [item])
      else if (items.at(-1) !== item) items.push(item)
    }
  }
  return { all, byTail, byHead, others }
}

/** Every item that could match the host, in order, and perhaps more: each is still to be compared. */
export function candidates<Item>({ all, byTail, byHead, others }: HostIndex<Item>, host: string): readonly Item[] {
  const tail = byTail.size === 0 ? undefined : byTail.get(tailOf(host))
  const head = byHead.size === 0 ? undefined : byHead.get(headOf(host))
  if (head === undefined) return tail === undefined ? others : others.length === 0 ? tail : all
  return tail === undefined && others.length === 0 ? head : all
}

function placeOf<Item>(
  { text, shape, suffix }: HostPattern,
  byTail: Map<string, Item[]>,
  byHead: Map<string, Item[]>,
): { map: Map<string, Item[]>; key: string } | undefined {
  if (shape === 'literal') return { map: byTail, key: tailOf(text) }
  if (shape === 'one-label') return { map: byTail, key: suffix }
  const head = headOf(text)
  return head.includes('*') ? undefined : { map: byHead, key: head }
}

function tailOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? host : host.slice(dot)
}

function headOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? host : host.slice(0, dot)
}
