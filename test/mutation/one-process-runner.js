import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { DryRunStatus, determineHitLimitReached, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner'
import { build } from 'esbuild'
import { GROUPS } from './groups.js'
import { collect, given, hidingRandomness, importPackage } from './tests-in-memory.js'

const AsyncFunction = (async () => {}).constructor

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
/** The sources without breaks, as they are when the first run begins. */
const PLAIN = 'plain/lib'

/** In milliseconds: a test may take this and so many times what it took without a break. */
const LONGEST_TEST = 3000
const SLOWER = 10
const LONGEST_LOAD = 15_000

/** `SAMPLE=10`: one break in ten, always the same ones. The others count as errors, which are not part of the score. */
const ONE_BREAK_IN = Number(process.env.SAMPLE ?? 1)
const NOT_IN_THE_SAMPLE = { status: MutantRunStatus.Error, errorMessage: 'Not in the sample' }

/** What the first run found out, for the processes that come after it: how long each test takes, what it reaches. */
const FINDINGS = 'findings.json'

/**
 * Runs tests in Stryker's own process. A group's tests and the code below them are bundled into one function, which is
 * called for each break: every module is evaluated anew, so nothing is left over from the break before, and what is
 * computed while modules load is broken as well.
 */
class OneProcessRunner {
  #bundles = new Map()
  #findings

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun({ files = [] }) {
    const asked = files.map((file) => relative(process.cwd(), file))
    cpSync(join(PROJECT, 'lib'), PLAIN, { recursive: true })
    const groups = GROUPS.filter((group) => asked.length === 0 || asked.some((file) => groupOf(file) === group))
    const tests = []
    const mutantCoverage = { static: {}, perTest: {} }
    const findings = {}
    for (const group of groups) {
      const { evaluate, ids } = await bundle(group, (file) => groupOf(file) === group, true)
      activate(undefined)
      const loaded = await load(evaluate)
      for (const test of loaded) {
        globalThis.__stryker__.currentTestId = test.id
        const start = performance.now()
        const failure = await test.run()
        const timeSpentMs = performance.now() - start
        const result = { id: test.id, name: test.id, timeSpentMs }
        tests.push(
          failure === undefined
            ? { ...result, status: TestStatus.Success }
            : { ...result, status: TestStatus.Failed, failureMessage: String(failure?.stack ?? failure) },
        )
      }
      const reached = globalThis.__stryker__.mutantCoverage ?? { static: {}, perTest: {} }
      Object.assign(mutantCoverage.static, only(ids, reached.static))
      for (const [id, counts] of Object.entries(reached.perTest)) mutantCoverage.perTest[id] = only(ids, counts)
    }
    for (const { id, timeSpentMs } of tests) {
      findings[id] = { time: timeSpentMs, reaches: Object.keys(mutantCoverage.perTest[id] ?? {}) }
    }
    writeFileSync(FINDINGS, JSON.stringify(findings))
    return { status: DryRunStatus.Complete, tests, mutantCoverage }
  }

  /** The tests that reach the break come first, quick ones before slow ones. */
  async mutantRun(options) {
    //TMP
    const result = await this.mutantRun2(options) //TMP
    const { activeMutant, sandboxFileName } = options //TMP
    if (result.status !== 'error' || !/sample/.test(result.errorMessage))
      appendFileSync(
        join(PROJECT, 'reports/live.log'),
        `${JSON.stringify({ file: relative(process.cwd(), sandboxFileName), status: result.status, at: activeMutant.location, to: activeMutant.replacement, name: activeMutant.mutatorName, by: (result.killedBy ?? [result.reason])[0] })}\n`,
      ) //TMP
    return result //TMP
  } //TMP

  async mutantRun2({ activeMutant, hitLimit, sandboxFileName, testFilter }) {
    if (Number(activeMutant.id) % ONE_BREAK_IN !== 0) return NOT_IN_THE_SAMPLE
    const broken = relative(process.cwd(), sandboxFileName)
    const group = groupOf(broken)
    this.#bundles.set(broken, this.#bundles.get(broken) ?? bundle(group, (file) => file === broken, false))
    const { evaluate } = await this.#bundles.get(broken)
    this.#findings ??= existsSync(FINDINGS) ? readFindings() : new Map()
    activate(activeMutant.id, hitLimit)
    let tests
    try {
      tests = await inTime(LONGEST_LOAD, () => load(evaluate))
      if (tests.code === TOOK_TOO_LONG) return { status: MutantRunStatus.Timeout, reason: 'Loading' }
    } catch (error) {
      const [first = 'load'] = [...this.#findings.keys()].filter((id) => id.startsWith(`${group.name}: `))
      return this.#killed(first, error, 1)
    }
    const rank = ({ id }) => {
      const found = this.#findings.get(id)
      return (found?.reaches.has(activeMutant.id) ? 0 : 1e9) + (found?.time ?? 0)
    }
    const wanted = group.sharing || testFilter === undefined ? undefined : new Set(testFilter)
    const tried = tests.filter(({ id }) => wanted === undefined || wanted.has(id))
    const ranked = tried.map((test) => [rank(test), test]).sort(([a], [b]) => a - b)
    for (const [index, [, test]] of ranked.entries()) {
      const failure = await inTime(LONGEST_TEST + (this.#findings.get(test.id)?.time ?? 0) * SLOWER, test.run)
      if (failure?.code === TOOK_TOO_LONG) return { status: MutantRunStatus.Timeout, reason: test.id }
      if (failure !== undefined) return this.#killed(test.id, failure, index + 1)
    }
    return (
      determineHitLimitReached(globalThis.__stryker__.hitCount, hitLimit) ?? {
        status: MutantRunStatus.Survived,
        nrOfTests: ranked.length,
      }
    )
  }

  #killed(id, failure, nrOfTests) {
    const { hitCount, hitLimit } = globalThis.__stryker__
    return (
      determineHitLimitReached(hitCount, hitLimit) ?? {
        status: MutantRunStatus.Killed,
        killedBy: [id],
        failureMessage: String(failure?.message ?? failure),
        nrOfTests,
      }
    )
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'one-process', OneProcessRunner)]

const TOOK_TOO_LONG = 'ERR_SCRIPT_EXECUTION_TIMEOUT'
const called = new Script('__called()')

/**
 * Calls what may never end. Only what runs before the first `await` is watched, where all loops are that a break makes
 * endless; Stryker itself watches the rest.
 *
 * @returns What the call gives, or an error with the code `TOOK_TOO_LONG`.
 */
function inTime(milliseconds, call) {
  globalThis.__called = call
  try {
    return called.runInThisContext({ timeout: Math.ceil(milliseconds) })
  } catch (error) {
    if (error?.code === TOOK_TOO_LONG) return error
    throw error
  }
}

function load(evaluate) {
  return collect((vitest, begin) => hidingRandomness(() => evaluate(given(vitest), begin)))
}

function groupOf(file) {
  return GROUPS.find(({ files }) => file.startsWith(files))
}

function activate(id, hitLimit) {
  globalThis.__stryker__ ??= {}
  Object.assign(globalThis.__stryker__, {
    activeMutant: id,
    hitLimit,
    hitCount: hitLimit === undefined ? undefined : 0,
    currentTestId: undefined,
    mutantCoverage: undefined,
  })
}

function only(ids, counts) {
  return Object.fromEntries(Object.entries(counts).filter(([id]) => ids.has(id)))
}

function readFindings() {
  const found = Object.entries(JSON.parse(readFileSync(FINDINGS, 'utf8')))
  return new Map(found.map(([id, { time, reaches }]) => [id, { time, reaches: new Set(reaches) }]))
}

/** Files of tests, in order. */
function testsOf(path) {
  if (path.endsWith('.ts')) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .sort()
}

/**
 * @param hasBreaks Which files come with their breaks: the others are faster without.
 * @param isCounting Whether what is reached is counted: only the first run needs it, and it is slow.
 * @returns A function that evaluates the group's tests and what they import, and the breaks in the group's files.
 */
async function bundle(group, hasBreaks, isCounting) {
  const root = process.cwd()
  const ids = new Set()
  const tests = group.tests.flatMap(testsOf)
  const sources = {
    name: 'sources',
    setup({ onResolve, onLoad }) {
      // Packages and Node's own modules are given, not bundled.
      onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, namespace: 'given' }))
      onLoad({ filter: /.*/, namespace: 'given' }, async ({ path }) => {
        const names = Object.keys(await importPackage(path)).filter((name) => /^[\w$]+$/.test(name))
        const lines = names.map((name, index) => `const x${index} = given.${name}; export { x${index} as ${name} }`)
        return { contents: `const given = __given(${JSON.stringify(path)})\n${lines.join('\n')}` }
      })
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(root, path)
        const isPlain = file.startsWith('lib/') && !hasBreaks(file)
        let contents = readFileSync(isPlain ? join('plain', file) : path, 'utf8').replaceAll(
          'import.meta.url',
          JSON.stringify(pathToFileURL(path).href),
        )
        if (!isPlain) for (const [, id] of contents.matchAll(/stryMutAct_9fa48\("(\d+)"\)/g)) ids.add(id)
        if (!isCounting) contents = contents.replace(/^function stryCov_9fa48\(\) \{$/m, '$&\n  return;')
        if (file.endsWith('.test.ts')) contents = `__begin(${JSON.stringify(`${group.name}: ${file}`)});${contents}`
        return { contents, loader: 'ts' }
      })
    },
  }
  const { outputFiles } = await build({
    stdin: { contents: tests.map((test) => `import ${JSON.stringify(`./${test}`)}`).join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node22',
    define: { 'import.meta.main': 'false' },
    plugins: [sources],
    logLevel: 'error',
  })
  return { evaluate: new AsyncFunction('__given', '__begin', outputFiles[0].text), ids }
}
