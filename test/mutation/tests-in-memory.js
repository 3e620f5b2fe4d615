import fastCheck from 'fast-check'
import * as vitest from 'vitest'
import { ALL_RUNS, LEFT_OUT } from './groups.js'

/** Of a property's runs, one in so many, at least the fewest: always the same ones, so that scores can be compared. */
const ONE_IN = 10
const FEWEST_RUNS = 20
const DEFAULT_RUNS = 100
const SEED = 1

let hasAllRuns = false
const fewer = ({ numRuns = DEFAULT_RUNS, ...rest } = {}) => ({
  ...rest,
  numRuns: hasAllRuns ? numRuns : Math.max(Math.min(numRuns, FEWEST_RUNS), Math.ceil(numRuns / ONE_IN)),
  seed: SEED,
})
const fewerRuns = {
  ...fastCheck,
  assert: (property, parameters) => fastCheck.assert(property, fewer(parameters)),
  sample: (arbitrary, parameters) =>
    fastCheck.sample(arbitrary, {
      seed: SEED,
      ...(typeof parameters === 'number' ? { numRuns: parameters } : parameters),
    }),
}

/** Packages that a bundle asked for: they keep nothing that a break could change. */
const packages = new Map()

/** Imports a package for a bundle. It is found from here, in the project's packages, with fewer runs for properties. */
export async function importPackage(name) {
  if (!packages.has(name)) packages.set(name, await import(name))
  return packages.get(name)
}

/** @returns What a bundle's imports of packages get. @param standIn For Vitest. */
export function given(standIn) {
  return (name) => {
    if (name === 'vitest') return standIn
    if (name === 'fast-check') return { ...fewerRuns, default: fewerRuns }
    return packages.get(name)
  }
}

/** Runs what draws random numbers with the same ones each time. */
export async function hidingRandomness(run) {
  const real = Math.random
  let state = SEED
  Math.random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  try {
    return await run()
  } finally {
    Math.random = real
  }
}

/**
 * @param load Evaluates files of tests, given what stands for Vitest, and how a file says that its tests begin.
 * @returns Their tests in order; `run` gives what a test failed with.
 */
export async function collect(load) {
  const tests = []
  const seen = new Map()
  let file = ''
  let scope = { titles: [], before: [], beforeEach: [], afterEach: [] }

  const describe = (title, body) => {
    if (LEFT_OUT.includes(title)) return
    const outer = scope
    scope = {
      titles: [...outer.titles, title],
      before: [],
      beforeEach: [...outer.beforeEach],
      afterEach: [...outer.afterEach],
    }
    try {
      body()
    } finally {
      scope = outer
    }
  }
  const it = (title, body) => {
    const name = [file, ...scope.titles, title].join(' > ')
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    tests.push({ id: count === 1 ? name : `${name} (${count})`, run: runner(name, body, scope) })
  }
  const each = (define) => (rows) => (title, body) => {
    for (const row of rows) define(title, () => body(...(Array.isArray(row) ? row : [row])))
  }
  const skip = () => {}
  for (const define of [describe, it]) {
    Object.assign(define, { each: each(define), skip, skipIf: (isSkipped) => (isSkipped ? skip : define) })
  }
  const beforeAlls = []
  const standIn = {
    describe,
    it,
    test: it,
    expect: vitest.expect,
    vi: vitest.vi,
    beforeAll: (body) => beforeAlls.push(body),
    afterAll: () => {},
    beforeEach: (body) => scope.beforeEach.push(body),
    afterEach: (body) => scope.afterEach.push(body),
  }
  await load(standIn, (name) => {
    file = name
    scope = { titles: [], before: [], beforeEach: [], afterEach: [] }
  })
  for (const body of beforeAlls) await body()
  return tests
}

function runner(title, body, { beforeEach, afterEach }) {
  return async () => {
    hasAllRuns = ALL_RUNS.some((part) => title.includes(part))
    try {
      for (const before of beforeEach) await before()
      await body()
    } catch (error) {
      return error ?? new Error('Thrown: nothing')
    } finally {
      for (const after of afterEach) await after()
    }
  }
}
