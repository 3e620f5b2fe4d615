import { access } from 'node:fs/promises'
import type { AskedPlace } from '../decision/asked-request.ts'
import type { Violation } from '../decision/decision.ts'
import { refusalLine } from '../decision/explain/refusal-line.ts'
import { runSuite, type TestResult } from '../decision/run-suite.ts'
import { readSource, type Source } from '../policy/document/source.ts'
import { loadTestSuite } from '../policy/publish/load.ts'
import { CannotJudge, withProblems } from './cannot-judge.ts'
import { readInput } from './input-file.ts'
import { type Paint, paintFor } from './paint.ts'
import { openPolicy } from './policy-input.ts'
import type { Terminal } from './terminal.ts'
import { plural } from './text-report.ts'

export interface TestOptions extends AskedPlace {
  /** Of all suites; beside each suite unless given. */
  policy?: string
  exceptions: readonly string[]
}

/**
 * Runs test suites of a policy.
 *
 * @returns 0 where every test passed, 1 where one failed.
 * @throws {CannotJudge} where a suite or its policy can't be used; a suite without tests can't.
 */
export async function test(suites: readonly string[], options: TestOptions, terminal: Terminal): Promise<0 | 1> {
  const paint = paintFor(terminal.isColoured)
  let passed = 0
  let failed = 0
  for (const file of suites) {
    const policyFile = options.policy ?? (await policyBeside(file))
    const policy = await openPolicy(policyFile, options.exceptions, terminal)
    const text = await readInput(file, terminal)
    const loaded = loadTestSuite(text, { file, policy: policy.published.document })
    if (!loaded.ok) throw withProblems(loaded.problems)
    const results = runSuite(policy, loaded.suite, options)
    const failures = results.flatMap((result, index) => (result.differences.length === 0 ? [] : [{ result, index }]))
    passed += results.length - failures.length
    failed += failures.length
    const source = readSource(text, { file })
    for (const { result, index } of failures) {
      const [line, column] = source.ok ? placeOf(source.source, index) : [1, 1]
      await terminal.out(`${describe(result, `${file}:${line}:${column}`, paint)}\n\n`)
    }
  }
  const counts =
    failed === 0 ? paint(`${passed} passed`, 'green') : `${passed} passed, ${paint(`${failed} failed`, 'bold', 'red')}`
  await terminal.out(`${plural(passed + failed, 'test')}: ${counts}.\n`)
  return failed === 0 ? 0 : 1
}

function placeOf(source: Source, index: number) {
  return source.place(['tests', index], 'value')
}

/** @throws {CannotJudge} where none is there. */
async function policyBeside(suite: string): Promise<string> {
  const [, name, extension] = /^(.+)\.test(\.(?:yaml|yml|json))$/.exec(suite) ?? []
  const policy = name === undefined ? undefined : `${name}${extension}`
  const isThere = policy !== undefined && (await isReadable(policy))
  if (policy !== undefined && isThere) return policy
  const sought = policy === undefined ? '' : ` There is no ${policy} beside it.`
  throw new CannotJudge(`${suite}: Which policy does it test? Give --policy.${sought}`)
}

async function isReadable(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** What was expected (`-`) beside what came (`+`), as a diff has it. */
function describe({ it, decision, differences }: TestResult, place: string, paint: Paint): string {
  const lines = differences.flatMap(({ of, missing, unexpected }) => {
    const members = of === 'violations' || of === 'warnings' || of === 'dryRun' ? decision[of] : []
    return [
      `  ${of}:`,
      ...missing.map((name) => paint(`    - ${name}`, 'red')),
      ...unexpected.map((name) => paint(`    + ${name}${reasonOf(name, members)}`, 'green')),
    ]
  })
  const isOtherVerdict = differences.some(({ of }) => of === 'decision')
  const why = isOtherVerdict && decision.decision === 'deny' ? [`  ${refusalLine(decision)}`] : []
  return [
    `${place}: ${paint('failed', 'bold', 'red')}: ${it}`,
    paint('  (- expected, + found)', 'dim'),
    ...lines,
    ...why,
  ].join('\n')
}

function reasonOf(rule: string, violations: readonly Violation[]): string {
  const found = violations.find((violation) => violation.rule === rule)
  return found ? `  ${refusalLine({ violations: [found] })}` : ''
}
