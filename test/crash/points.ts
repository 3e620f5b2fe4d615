import type { ChangeOptions, ControlPlane, UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import { type Store, StoreUnavailable } from '../../lib/trail/store.ts'
import type { Fault } from './orders.ts'

/** Counts the points a process passes, and makes the fault happen at its own. */
export interface Points {
  /** What lay at each point so far, `before create S#` and the like. */
  passed: string[]
  /** @param lost What the caller gets in place of a reply that is lost; it may throw. */
  through<Result>(name: string, act: () => Promise<Result>, lost: () => Result): Promise<Result>
}

export function points(
  fault: Fault | undefined,
  happen: { die(): Promise<never>; killTable(): Promise<void> },
): Points {
  const passed: string[] = []

  async function pass(name: string): Promise<boolean> {
    const point = passed.push(name)
    if (!fault) return false
    const { how } = fault
    if (how === 'loses-and-dies' && point === fault.point + 1) return happen.die()
    if (point !== fault.point) return false
    if (how === 'dies') return happen.die()
    if (how === 'table-dies') await happen.killTable()
    return how === 'loses' || how === 'loses-and-dies'
  }

  return {
    passed,
    async through(name, act, lost) {
      await pass(`before ${name}`)
      const result = await act()
      return (await pass(`after ${name}`)) ? lost() : result
    },
  }
}

/** The kind of thing at a key: what stands before its first `#`. */
function kindOf(pk: string): string {
  return pk.split('#', 1)[0] ?? pk
}

export function storeWithPoints(store: Store, { through }: Points): Store {
  const lost = () => {
    throw new StoreUnavailable('the reply was lost')
  }
  return {
    create: (item) => through(`create ${kindOf(item.pk)}`, () => store.create(item), lost),
    read: (pk, sk) => through(`read ${kindOf(pk)}`, () => store.read(pk, sk), lost),
    list: (query) => through(`list ${kindOf(query.pk)}`, () => store.list(query), lost),
    replace: (item, rev) => through(`replace ${kindOf(item.pk)}`, () => store.replace(item, rev), lost),
    remove: (pk, sk, rev) => through(`remove ${kindOf(pk)}`, () => store.remove(pk, sk, rev), lost),
  }
}

export function controlPlaneWithPoints(controlPlane: ControlPlane, { through }: Points): ControlPlane {
  const lost = (): UpstreamAnswer => ({ kind: 'unknown', reason: 'the answer was lost', upstream: { latencyMs: 0 } })
  const fenced = (options: ChangeOptions): ChangeOptions => ({
    ...options,
    fence: () =>
      through('fence', options.fence, () => {
        throw new Error('the call broke behind its fence')
      }),
  })
  return {
    getIntegration: (target, signal) =>
      through('GetIntegration', () => controlPlane.getIntegration(target, signal), lost),
    change: (change, options) => through(change.operation, () => controlPlane.change(change, fenced(options)), lost),
    read: (call, signal) => through(call.operation, () => controlPlane.read(call, signal), lost),
    perform: (call, options) => through(call.operation, () => controlPlane.perform(call, fenced(options)), lost),
  }
}
