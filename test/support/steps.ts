import { Session } from 'node:inspector/promises'

/**
 * How many steps a call takes: how often each block of the named source files ran, and how much was handed to the
 * built-in functions that go through all of what they are given. Counted, so that a test of how work grows needs no
 * clock. The files must be imported inside {@link counted}, since blocks are counted of code compiled while it looks.
 *
 * What is not seen is the work of spreads (`{...x}`) outside of loops.
 */
export async function counted<T>(files: readonly string[], load: () => Promise<T>): Promise<StepCounter<T>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const loaded = await load()
  /** Resets the counts as well. */
  const blocks = async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    let count = 0
    for (const { url, functions } of result) {
      if (!files.some((file) => url.endsWith(file))) continue
      for (const { ranges } of functions) for (const range of ranges) count += range.count
    }
    return count
  }
  return {
    loaded,
    async steps(call) {
      await blocks()
      const handed = watchBuiltIns(call)
      return { blocks: await blocks(), handed }
    },
    async close() {
      await session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}

export interface StepCounter<T> {
  loaded: T
  steps(call: () => void): Promise<{ blocks: number; handed: number }>
  close(): Promise<void>
}

/** Built-in functions that may go through the whole of what they are called on. */
const ON_ARRAYS = [
  'includes',
  'indexOf',
  'find',
  'findIndex',
  'some',
  'every',
  'filter',
  'map',
  'flatMap',
  'sort',
  'join',
] as const
const ON_STRINGS = ['includes', 'split', 'replaceAll', 'isWellFormed', 'toWellFormed'] as const
const OF_OBJECTS = ['entries', 'keys', 'values', 'fromEntries'] as const

/** Calls, and sums up how much each of those functions went through. */
function watchBuiltIns(call: () => void): number {
  let handed = 0
  const restore: (() => void)[] = []
  const watch = (owner: object, name: string, cost: (self: unknown, args: unknown[], result: unknown) => number) => {
    const original = Object.getOwnPropertyDescriptor(owner, name)
    const run = original?.value
    if (original === undefined || typeof run !== 'function') throw new Error(`There is no ${name}`)
    const watched = function (this: unknown, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(run, this, args)
      handed += cost(this, args, result)
      return result
    }
    Object.defineProperty(owner, name, { ...original, value: watched })
    restore.push(() => Object.defineProperty(owner, name, original))
  }
  const length = (value: unknown) => (typeof value === 'string' || Array.isArray(value) ? value.length : 0)
  const size = (value: unknown): number => {
    if (Array.isArray(value)) return value.length
    let members = 0
    for (const _ in Object(value)) members++
    return members
  }
  for (const name of ON_ARRAYS) watch(Array.prototype, name, length)
  for (const name of ON_STRINGS) watch(String.prototype, name, length)
  // These go through what they pass or give back, not through the whole.
  watch(String.prototype, 'slice', (_, __, result) => length(result))
  watch(String.prototype, 'indexOf', (self, [, from], result) => {
    const end = Number(result) < 0 ? length(self) : Number(result)
    return end - Number(from ?? 0)
  })
  // The first alone: as callbacks they are given an index and the whole list as well.
  for (const name of OF_OBJECTS) watch(Object, name, (_, [given], result) => size(given) + size(result))
  watch(Object, 'assign', (_, args) => args.reduce((sum: number, each) => sum + size(each), 0))
  try {
    call()
  } finally {
    for (const undo of restore) undo()
  }
  return handed
}
