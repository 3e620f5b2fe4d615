import { type Command, InvalidArgumentError, Option } from 'commander'
import { SETTINGS } from '../sign-in/settings.ts'
import { CannotJudge } from './cannot-judge.ts'
import { type GateClient, type GateFlags, gateClient } from './gate-client.ts'
import { processSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'
import type { TrailFilterFlags } from './trail-filter.ts'
import type { VerifyFlags } from './trail-verify.ts'
import type { WitnessFlags } from './witness.ts'

const EXIT_CODES = `
Exit codes: 0 all is well, 1 it does not hold, 2 it could not be done.`

type ReachFlags = GateFlags & { configHome?: string }

/** Adds the commands of whoever reads and checks the trail. */
export function addTrailCommands(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const reach = ({ configHome, ...flags }: ReachFlags): Promise<GateClient> =>
    gateClient(flags, terminal, processSurroundings(configHome))

  const trail = program
    .command('trail')
    .summary('read, export and verify the audit trail')
    .description('Reads the audit trail of a gate, and checks what was exported of it without trusting the gate.')
    .exitOverride()

  withFilter(trail.command('list'))
    .summary('list requests')
    .description('Lists requests, newest first; · marks those that the log does not have yet.')
    .addOption(new Option('-n, --limit <count>', 'how many').argParser(readCount).default(50))
    .option('--json', 'one JSON object a line', false)
    .action(async (flags: ListFlags) => {
      const { trailList } = await import('./trail-list.ts')
      await trailList(flags, await reach(onlyReach(flags)), terminal)
    })

  withGate(trail.command('show'))
    .summary("show one request's whole story")
    .description("Shows one request's records, or the proof that the log has one of them (C2SP tlog-proof@v1).")
    .argument('<id>', "the request's id: x-amzn-requestid of its answer")
    .addOption(new Option('--proof <kind>', 'print a proof instead').choices(['D', 'I', 'O', 'R', 'A', 'V']))
    .option('--json', 'print the answer as it is', false)
    .action(async (id: string, flags: ReachFlags & { json: boolean; proof?: string }) => {
      const { trailShow } = await import('./trail-show.ts')
      await trailShow(id, flags, await reach(onlyReach(flags)), terminal)
    })

  withFilter(trail.command('tail'), false)
    .summary('follow the trail')
    .description('Prints requests as they are recorded, and again when their outcome is known. Ctrl-C ends it.')
    .option('--json', 'one JSON object a line', false)
    .action(async (flags: ListFlags) => {
      const { trailTail } = await import('./trail-tail.ts')
      const stop = new AbortController()
      process.once('SIGINT', () => stop.abort())
      await trailTail(flags, await reach(onlyReach(flags)), terminal, stop.signal)
    })

  withFilter(trail.command('export'))
    .summary('export a bundle for verification, or requests as JSON Lines, CSV or OCSF')
    .description(
      'Without --format, writes a bundle for "trail verify": checkpoint, tiles, entries, and the records behind them.\nWith it, writes requests to the standard output.',
    )
    .option('-o, --out <path>', 'where the bundle goes: a new folder, or a new file ending in .tar')
    .addOption(new Option('--format <format>', 'of requests').choices(['jsonl', 'csv', 'ocsf']).conflicts('out'))
    .option('--cosigned', 'a bundle of the newest checkpoint that a witness has cosigned', false)
    .option('--previous <file>', 'put an earlier checkpoint into the bundle')
    .action(async (flags: ExportFlags) => {
      const gate = await reach(onlyReach(flags))
      const { exportBundleTo, exportRequests } = await import('./trail-export.ts')
      const { format, out, cosigned, previous, endpoint: _e, tokenFile: _t, configHome: _c, ...filter } = flags
      if (format !== undefined) {
        const count = await exportRequests({ ...filter, format }, gate, terminal)
        return terminal.err(`${count} requests.`)
      }
      if (out === undefined) throw new CannotJudge('Where to? Give --out for a bundle, or --format.')
      if (Object.keys(filter).length > 0) throw new CannotJudge('A bundle is of the whole log; filters need --format.')
      terminal.err(await exportBundleTo(out, { cosigned, ...(previous !== undefined && { previous }) }, gate))
    })

  trail
    .command('verify')
    .summary('verify a bundle, offline')
    .description(
      'Verifies a bundle without a network and without trusting who made it: signature, every tile, every entry, every\nrecord, that it continues an earlier checkpoint, witnesses, and that every change has its outcome.',
    )
    .argument('<bundle>', 'a folder or a tar archive')
    .addOption(
      repeated('-k, --key <vkey>', "the log's verifier key, or a file with it, had elsewhere than from the bundle"),
    )
    .option('--previous <file>', 'the last checkpoint you kept: the log must continue it')
    .addOption(repeated('--witness <vkey>', "a witness's verifier key, or a file with it"))
    .addOption(new Option('--quorum <count>', 'how many witnesses must have cosigned').argParser(readCount).default(0))
    .addOption(repeated('--policy <digest>', 'a policy that was in force, sha256:…; none of them: not checked'))
    .option('--allow-missing', 'records may be missing, because they were erased', false)
    .option('--json', 'one JSON object', false)
    .addHelpText('after', EXIT_CODES)
    .action(async (bundle: string, flags: VerifyFlags) => {
      const { trailVerify } = await import('./trail-verify.ts')
      finish(await trailVerify(bundle, flags, terminal))
    })

  withGate(program.command('witness'))
    .summary("cosign the trail's log, if it continues what it was")
    .description(
      'Checks that the log of a gate continues the last checkpoint this witness saw, keeps the new one, cosigns it and\nhands the cosignature in. Run it on a schedule, on a machine that those who run the gate do not control.',
    )
    .requiredOption('--key <file>', "the witness's key")
    .addOption(new Option('--new-key <name>', 'make the key, print its public half, and do nothing else'))
    .option('--state <file>', 'keeps the last checkpoint')
    .addOption(repeated('--log-key <vkey>', "the log's verifier key, or a file with it"))
    .addHelpText('after', EXIT_CODES)
    .action(async (flags: ReachFlags & Partial<WitnessFlags> & { key: string; newKey?: string; logKey: string[] }) => {
      const { newWitnessKey, runWitness } = await import('./witness.ts')
      const { key, state, newKey, logKey } = flags
      if (newKey !== undefined) return newWitnessKey(key, newKey, terminal)
      if (state === undefined || logKey.length === 0) throw new CannotJudge('A witness needs --state and --log-key.')
      const { verifierKeys } = await import('./verifier-keys.ts')
      const logKeys = await verifierKeys(logKey, 1, terminal)
      finish(await runWitness({ key, state }, logKeys, await reach(onlyReach(flags)), terminal))
    })
}

type ListFlags = ReachFlags & TrailFilterFlags & { limit: number; json: boolean }

type ExportFlags = ReachFlags &
  TrailFilterFlags & { format?: 'jsonl' | 'csv' | 'ocsf'; out?: string; cosigned: boolean; previous?: string }

function onlyReach({ endpoint, tokenFile, configHome }: ReachFlags): ReachFlags {
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(configHome !== undefined && { configHome }),
  }
}

function withGate(command: Command): Command {
  return command
    .option('--endpoint <url>', `the gate (${SETTINGS.endpoint})`)
    .option('--token-file <file>', 'holds the token; else SALLYPORT_TOKEN, else that of "sallyport login"')
    .option('--config-home <folder>', 'where settings and session are kept (SALLYPORT_CONFIG_HOME)')
    .addHelpText('after', EXIT_CODES)
}

function withFilter(command: Command, hasTimes = true): Command {
  withGate(command)
    .option('--team <team>', 'of this team')
    .option('--api <id>', 'about this REST API')
    .option('--actor <subject>', "by this token's subject")
    .addOption(new Option('--decision <decision>', 'so decided').choices(['allow', 'deny']))
    .option('--rule <rule>', 'denied by this rule')
    .option('--result <result>', 'with this outcome, SUCCEEDED for example')
  return hasTimes
    ? command.option('--from <time>', 'not before, 2026-12-01T09:00:00Z').option('--to <time>', 'not after')
    : command
}

/** Repeated rather than taking several values: those would swallow what follows. */
function repeated(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`)
    .default([], 'none')
    .argParser((value: string, before: string[]) => [...before, value])
}

function readCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}
