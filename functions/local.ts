import { parseArgs } from 'node:util'
import { PolicyUnusable } from '../lib/embedded/policy-file.ts'
import { StartError } from '../lib/embedded/start-error.ts'
import { startSystem } from '../lib/embedded/system.ts'
import { walkthrough } from '../lib/embedded/walkthrough.ts'

const USAGE = `Usage: npm start [-- --aws]

Runs the whole gate on loopback. Without options everything is embedded; nothing leaves this machine.
  --aws   use the real API Gateway and DynamoDB with the credentials of your environment

Environment: PORT (8787), SALLYPORT_HOME (.sallyport), SALLYPORT_POLICY (examples/policy.yaml),
AWS_ENDPOINT_URL_API_GATEWAY and AWS_ENDPOINT_URL_DYNAMODB (used instead of the embedded parts where set),
SALLYPORT_TARGETS (other accounts and Regions, docs/targets.md) and AWS_ENDPOINT_URL_STS (assumes their roles),
SALLYPORT_LOG (json: one line for each request).`

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { aws: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
  if (values.help) return console.log(USAGE)

  const started = performance.now()
  const system = await startSystem({ env: process.env, aws: values.aws ?? false, say: (line) => console.error(line) })
  // One Ctrl-C arrives twice under npm, which passes on what the terminal has sent to everybody: the first one counts.
  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    system.close().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)

  console.log(`Sallyport is ready on ${system.url} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`)
  for (const [part, where] of Object.entries(system.parts)) console.log(`  ${part.padEnd(14)} ${where}`)
  console.log('\nTry it, in another terminal, in this folder:')
  for (const line of exportsOf(process.env)) console.log(`\n${line}`)
  for (const { title, command } of walkthrough(system.url, system.targets)) console.log(`\n# ${title}\n${command}`)
  console.log('\nCtrl-C stops it. The trail stays; the next start finds it.')
}

/** What the other terminal must know as well, so that it makes tokens with the same key and for the same teams. */
function exportsOf(env: NodeJS.ProcessEnv): string[] {
  return ['SALLYPORT_HOME', 'SALLYPORT_POLICY'].flatMap((name) => {
    const value = env[name]
    return value ? [`export ${name}='${value.replaceAll("'", `'\\''`)}'`] : []
  })
}

function fail(error: unknown): never {
  const expected = error instanceof StartError || error instanceof PolicyUnusable
  const badOption = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  console.error(expected ? error.message : badOption ? `${(error as Error).message}\n\n${USAGE}` : error)
  process.exit(1)
}

main().catch(fail)
