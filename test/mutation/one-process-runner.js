import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { determineHitLimitReached, DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner'
import { GROUPS } from './groups.js'
import { collect, givenModules, hidingRandomness } from './tests-in-memory.js'

const AsyncFunction = (async () => {}).constructor

/** The sources as they are, without breaks. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

/** What the first run found out, for the processes that come after it: how long each test takes, what it reaches. */
const FINDINGS = 'findings.json'

/**
 * Runs tests in Stryker's own process. A group's tests and the code below them are bundled into one function, which is
 * called for each break: every module is evaluated anew, so nothing is left over from the break before, and what is
 * computed while modules load is broken as well.
 */
class OneProcessRunner {
  #bundles = new Map()
  #given
  #findings

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    this.#given = await givenModules(process.cwd())
  }

  async dryRun({ files = [] }) {
    const asked = files.map((file) => relative(process.cwd(), file))
    const groups = GROUPS.filter((group) => asked.length === 0 || asked.some((file) => groupOf(file) === group))
    const tests = []
    const mutantCoverage = { static: {}, perTest: {} }
    const findings = {}
    for (const group of groups) {
      const { call, ids } = await bundle(group, (file) => groupOf(file) === group, true)
      activate(undefined)
      const loaded = await this.#load(call)
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

  /** The tests that reach the break come first, quick ones before slow ones; the rest follows, to be sure. */
  async mutantRun({ activeMutant, hitLimit, sandboxFileName }) {
    const broken = relative(process.cwd(), sandboxFileName)
    const group = groupOf(broken)
    this.#bundles.set(broken, this.#bundles.get(broken) ?? bundle(group, (file) => file === broken, false))
    const { call } = await this.#bundles.get(broken)
    this.#findings ??= existsSync(FINDINGS) ? readFindings() : new Map()
    activate(activeMutant.id, hitLimit)
    let tests
    try {
      tests = await this.#load(call)
    } catch (error) {
      const [first = 'load'] = [...this.#findings.keys()].filter((id) => id.startsWith(`${group.name}: `))
      return this.#killed(first, error, 1)
    }
    const rank = ({ id }) => {
      const found = this.#findings.get(id)
      return (found?.reaches.has(activeMutant.id) ? 0 : 1e9) + (found?.time ?? 0)
    }
    const ranked = tests.map((test) => [rank(test), test]).sort(([a], [b]) => a - b)
    for (const [index, [, test]] of ranked.entries()) {
      const failure = await test.run()
      if (failure !== undefined) return this.#killed(test.id, failure, index + 1)
    }
    appendFileSync(join(PROJECT, 'reports/live.log'), `${JSON.stringify({ file: broken, at: activeMutant.location, to: activeMutant.replacement, name: activeMutant.mutatorName })}\n`)//TMP
    return determineHitLimitReached(globalThis.__stryker__.hitCount, hitLimit) ?? {
      status: MutantRunStatus.Survived,
      nrOfTests: ranked.length,
    }
  }

  async #load(call) {
    return collect((vitest, begin) =>
      hidingRandomness(() => call((name) => (name === 'vitest' ? vitest : this.#given(name)), begin)),
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
  const { build } = createRequire(join(root, 'package.json'))('esbuild')
  const ids = new Set()
  const tests = group.tests.flatMap(testsOf)
  const sources = {
    name: 'sources',
    setup({ onResolve, onLoad }) {
      // Packages and Node's own modules are given, not bundled.
      onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, namespace: 'given' }))
      onLoad({ filter: /.*/, namespace: 'given' }, ({ path }) => ({
        contents: `module.exports = __given(${JSON.stringify(path)})`,
      }))
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(root, path)
        const isPlain = file.startsWith('lib/') && !hasBreaks(file)
        let contents = readFileSync(isPlain ? join(PROJECT, file) : path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
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
  return { call: new AsyncFunction('__given', '__begin', outputFiles[0].text), ids }
}
