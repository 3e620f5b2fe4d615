import { type Command, InvalidArgumentError, Option } from 'commander'
import type { EnforcementPoint } from '../decision/decision.ts'
import { instantOf } from '../policy/document/instant.ts'
import type { FmtOptions } from './fmt.ts'
import { FORMATS, type Format } from './report.ts'
import type { Terminal } from './terminal.ts'

const POINTS = ['request', 'ci', 'scan'] as const satisfies readonly EnforcementPoint[]

const EXIT_CODES = `
Exit codes: 0 all is well, 1 something is denied or failed, 2 it could not be judged.`

/** Adds the commands of whoever writes a policy, or asks what it says. */
export function addPolicyCommands(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('check')
    .summary('judge requests')
    .description('Judges requests from files, as the gate would on arrival.')
    .argument('<file...>', 'JSON (one request or a list), YAML (documents) or JSON Lines; - for the standard input')
    .addOption(policyOption().makeOptionMandatory())
    .addOption(exceptionsOption())
    .addOption(nowOption(terminal))
    .addOption(pointOption('ci'))
    .addOption(new Option('--format <format>', 'how decisions are printed').choices(FORMATS).default('text'))
    .addOption(regionOption())
    .addOption(partitionOption())
    .addHelpText(
      'after',
      `
A request:
  team: payments              # or claims: { groups: [payments-dev] }; neither: the API's owner
  restApiId: a1b2c3d4e5
  resourceId: 9x8y7z
  method: POST
  body: { type: HTTP_PROXY, httpMethod: POST, uri: "https://core.payments.acme.internal/v1/orders" }
  before: null                # optional: the integration it would replace; partition and region of the API, too
${EXIT_CODES}`,
    )
    .action(async (files: string[], options: CheckFlags) => {
      const { check } = await import('./check.ts')
      finish(await check(files, options, terminal))
    })

  program
    .command('test')
    .summary("run a policy's tests")
    .description('Runs test suites of a policy, each with its clock standing still.')
    .argument('<suite...>', 'test suites, YAML or JSON')
    .addOption(policyOption('the policy under test; NAME.yaml beside a suite NAME.test.yaml unless given'))
    .addOption(exceptionsOption())
    .addOption(regionOption())
    .addOption(partitionOption())
    .addHelpText('after', EXIT_CODES)
    .action(async (suites: string[], options: TestFlags) => {
      const { test } = await import('./test.ts')
      finish(await test(suites, options, terminal))
    })

  program
    .command('explain')
    .summary('say what a team may do')
    .description('Says what a team may do, in plain words, within the bounds.')
    .addOption(policyOption().makeOptionMandatory())
    .requiredOption('-t, --team <team>', 'the team')
    .addOption(exceptionsOption())
    .addOption(nowOption(terminal))
    .addOption(pointOption('request'))
    .addOption(new Option('--format <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .action(async (options: ExplainFlags) => {
      const { explain } = await import('./explain.ts')
      await explain(options, terminal)
    })

  program
    .command('lint')
    .summary('find what a policy says in vain')
    .description(
      'Checks policies as publishing does, and finds what they say in vain: rules that others cover, patterns\nthat match nothing, lists that nothing uses, softenings that have ended.',
    )
    .argument('<policy...>', 'policies, YAML or JSON')
    .addOption(nowOption(terminal))
    .addHelpText('after', EXIT_CODES)
    .action(async (files: string[], options: { now: number }) => {
      const { lint } = await import('./lint.ts')
      finish(await lint(files, options, terminal))
    })

  program
    .command('fmt')
    .summary('bring documents into one layout')
    .description('Prints documents (policies, exceptions, test suites) in one layout; comments and meaning stay.')
    .argument('<file...>', 'documents; - for the standard input')
    .option('--check', 'print the names of files that are not in that layout; exit code 1 if there are any')
    .addOption(new Option('--write', 'change the files').conflicts('check'))
    .action(async (files: string[], options: FmtOptions) => {
      const { fmt } = await import('./fmt.ts')
      finish(await fmt(files, options, terminal))
    })
}

interface ExplainFlags {
  policy: string
  team: string
  exceptions: string[]
  now: number
  point: EnforcementPoint
  format: 'text' | 'json'
}

interface TestFlags {
  policy?: string
  exceptions: string[]
  region: string
  partition: string
}

interface CheckFlags extends Required<TestFlags> {
  now: number
  point: EnforcementPoint
  format: Format
}

function policyOption(description = 'the policy'): Option {
  return new Option('-p, --policy <file>', description)
}

/** Repeated rather than taking several values: those would swallow the files that follow. */
function exceptionsOption(): Option {
  return new Option('-e, --exceptions <file>', 'an exception in force; may be repeated')
    .default([], 'none')
    .argParser((file: string, before: string[]) => [...before, file])
}

function nowOption({ now }: Terminal): Option {
  return new Option('--now <time>', 'the clock, for example 2026-12-01T09:00:00Z')
    .default(now(), 'now')
    .argParser(readNow)
}

function readNow(text: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z)?$/.test(text)
  const millis = isInstant ? instantOf(text) : undefined
  if (millis === undefined) throw new InvalidArgumentError('Give a date or an instant in UTC, 2026-12-01T09:00:00Z.')
  return millis
}

function pointOption(point: EnforcementPoint): Option {
  return new Option('--point <point>', 'where rules are taken to be enforced').choices(POINTS).default(point)
}

function regionOption(): Option {
  return new Option('--region <region>', 'of the APIs, where a request does not say').default('eu-west-1')
}

function partitionOption(): Option {
  return new Option('--partition <partition>', 'of the APIs, where a request does not say').default('aws')
}
