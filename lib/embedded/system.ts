import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Hono } from 'hono'
import { apiGatewayControlPlane } from '../aws/api-gateway.ts'
import { dynamodbClient, dynamodbStore } from '../aws/dynamodb-store.ts'
import { ensureTable, tableExists } from '../aws/dynamodb-table.ts'
import { placedControlPlane } from '../control-plane/places.ts'
import { callerLimit, NO_CALLER_LIMIT } from '../fairness/caller-limit.ts'
import { sharedQuota, UNLIMITED } from '../fairness/quota.ts'
import { createApp } from '../gate/app.ts'
import type { Gate, Invocation } from '../gate/gate.ts'
import { VERSION } from '../gate/version.ts'
import { createVerifier } from '../identity/verify.ts'
import { parseWitnessKeys } from '../log/witness-keys.ts'
import { observedApp } from '../observe/observed-app.ts'
import { problemLine } from '../policy/document/problem.ts'
import { requestCounter } from '../trail/aggregate.ts'
import { openKeyFile } from '../trail/key-file.ts'
import { openLedger } from '../trail/ledger.ts'
import { trailKeys } from '../trail/trail-keys.ts'
import { embeddedControlPlane } from './control-plane.ts'
import { seedDemo } from './control-plane-demo.ts'
import { fileState } from './control-plane-state.ts'
import { type ExceptionFiles, exceptionsInForce } from './exception-files.ts'
import { type HttpServer, listen, PortUnavailable } from './http-server.ts'
import { openIssuer } from './issuer.ts'
import { signInRoutes } from './issuer-sign-in.ts'
import { localKeeper, openLogKey } from './local-keeper.ts'
import { openPolicyFile } from './policy-file.ts'
import { StartError, startingWith } from './start-error.ts'
import { FolderInUse, openTable } from './table.ts'
import { localTargets, type Upstream } from './targets.ts'

export interface SystemOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Use the real API Gateway and DynamoDB. */
  aws: boolean
  /** Lines for the operator. */
  say(line: string): void
}

export interface System {
  url: string
  /** What stands behind the gate, by part. */
  parts: Record<string, string>
  /** Names of other accounts and Regions, as paths call them. */
  targets: readonly string[]
  close(): Promise<void>
}

/** Embedded parts serve one account and Region; their credentials are these words. */
const LOCAL_ACCOUNT = '111111111111'
const LOCAL_REGION = 'eu-west-1'
const LOCAL_CREDENTIALS = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }
const LOCAL_SHARDS = 8
/** Names the log of the trail in its checkpoints; SALLYPORT_LOG_ORIGIN names it otherwise, before the first start. */
const LOCAL_ORIGIN = 'audit.local/sallyport'
/** What an upstream call may take in all; API Gateway's own clients wait about as long. */
const CALL_MS = 20_000

/** An AWS service the gate talks to: embedded, at an endpoint that the environment names, or the real one. */
interface Service {
  name: string
  config: { endpoint?: string; region?: string; credentials?: typeof LOCAL_CREDENTIALS }
  close(): Promise<void>
}

/**
 * Starts the whole gate on loopback: the API, and whatever of DynamoDB, API Gateway and the issuer isn't elsewhere.
 *
 * @throws {StartError} or PolicyUnusable, after closing what was already open.
 */
export async function startSystem({ env, aws, say }: SystemOptions): Promise<System> {
  const opened: { close(): Promise<void> | void }[] = []
  const keep = <Part extends { close(): Promise<void> | void }>(part: Part): Part => {
    opened.unshift(part)
    return part
  }
  const close = async () => {
    for (const part of opened.splice(0)) await part.close()
  }
  try {
    return { ...(await start(env, aws, say, keep)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  env: SystemOptions['env'],
  aws: boolean,
  say: SystemOptions['say'],
  keep: <Part extends { close(): Promise<void> | void }>(part: Part) => Part,
): Promise<Omit<System, 'close'>> {
  const port = portOf(env.PORT)
  const home = env.SALLYPORT_HOME ?? '.sallyport'
  const table = env.SALLYPORT_TABLE ?? 'sallyport'
  const account = env.SALLYPORT_ACCOUNT_ID ?? LOCAL_ACCOUNT
  if (aws && !env.SALLYPORT_ACCOUNT_ID) {
    throw new StartError('With --aws, set SALLYPORT_ACCOUNT_ID to the account whose APIs this gate guards.')
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? LOCAL_REGION
  await makeHome(home)

  const dynamodb = keep(await dynamodbService(env, aws, region, home))
  const client = dynamodbClient(dynamodb.config)
  await prepareTable(client, table, aws && !env.AWS_ENDPOINT_URL_DYNAMODB)
  // The embedded table shares this process's event loop, and test endpoints are slow: both get longer than a real one.
  const store = dynamodbStore({ client, table, tryMs: 2_000 })

  const apiGateway = keep(await apiGatewayService(env, aws, region, home))
  const issuer = await startingWith(() => openIssuer(home))
  const policyFile = env.SALLYPORT_POLICY ?? 'examples/policy.yaml'
  const policy = keep(
    await openPolicyFile(policyFile, {
      onReloaded: ({ published }) => say(`policy: ${policyFile} reloaded, ${published.digest}`),
      onBroken: (lines) =>
        say(`policy: ${policyFile} is broken, the last good version stays in force\n${lines.join('\n')}`),
      onExceptions: (found) => {
        for (const line of exceptionLines(found)) say(line)
      },
    }),
  )
  for (const line of refusedLines(policy.exceptions())) say(line)
  const keys = trailKeys(await startingWith(() => openKeyFile(home)), randomBytes)
  const log = (event: string, members: Record<string, unknown>) => say(JSON.stringify({ event, ...members }))
  const ledger = openLedger({ store, keys, shards: LOCAL_SHARDS, log })
  const counter = requestCounter(ledger)
  const api = { account, partition: 'aws', region }
  const own = { api, controlPlane: apiGatewayControlPlane(apiGateway.config) }
  const others = keep(await localTargets(env.SALLYPORT_TARGETS, upstreamOf(apiGateway, env, aws, region), home))
  const controlPlane = placedControlPlane(own, others.targets.values())
  const signer = await startingWith(() => openLogKey(home, env.SALLYPORT_LOG_ORIGIN ?? LOCAL_ORIGIN))
  const { digest } = policy.current().published
  keep(localKeeper({ ledger, counter, controlPlane, signer, table, policy: digest, log }))

  const gate: Gate = {
    verify: createVerifier({ issuers: [issuer], now: Date.now }),
    policy: policy.current,
    ledger,
    counter,
    controlPlane,
    targets: others.targets,
    quota: aws ? sharedQuota(store, Date.now) : UNLIMITED,
    callers: aws ? callerLimit(Date.now) : NO_CALLER_LIMIT,
    now: Date.now,
    api,
    witnessKeys: await startingWith(() => parseWitnessKeys(env.SALLYPORT_WITNESS_KEYS ?? 'none')),
    version: VERSION,
    log,
  }
  const app = new Hono()
  // Its pages make anybody whom they like: never in front of a control plane that is somebody's.
  const isDemo = apiGateway.name === 'embedded'
  const teams = () => policy.current().published.document.teams
  if (isDemo) app.route('/issuer', signInRoutes(issuer, { now: Date.now, teams }))
  app.route('/issuer', issuer.routes).route('/', gateApp(gate, env.SALLYPORT_LOG, say))
  const server = keep(await listenOrSay(app, port))
  return {
    url: server.url,
    targets: [...others.targets.keys()],
    parts: {
      'API Gateway': apiGateway.name,
      targets: others.name,
      DynamoDB: `${dynamodb.name}, table ${table}`,
      issuer: `embedded, ${isDemo ? `sign in at ${server.url}/issuer` : `keys at ${server.url}/issuer/jwks`}`,
      policy: `${policyFile}, ${policy.current().published.digest.slice(0, 19)}…, reloaded when it changes`,
      exceptions: exceptionsInForce(policy.exceptions(), Date.now()),
      home,
    },
  }
}

/** What became of files with exceptions that have changed. */
function exceptionLines(found: ExceptionFiles): string[] {
  return [`exceptions: ${exceptionsInForce(found, Date.now())}`, ...refusedLines(found)]
}

function refusedLines({ problems }: ExceptionFiles): string[] {
  const byFile = Map.groupBy(problems, ({ file }) => file)
  return [...byFile].map(
    ([file, wrong]) =>
      `exceptions: ${file} is refused where it is wrong, what is good stays in force\n${wrong.map(problemLine).join('\n')}`,
  )
}

/** A line for each request where it is asked for; a demo reads better without. */
function gateApp(gate: Gate, log: string | undefined, say: SystemOptions['say']): Hono {
  if (!log) return createApp(gate, invocationOf)
  if (log !== 'json') throw new StartError(`SALLYPORT_LOG can be json, and is "${log}".`)
  return observedApp(gate, invocationOf, (line) => say(JSON.stringify(line)))
}

function portOf(text: string | undefined): number {
  const port = text === undefined || text === '' ? 8787 : Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new StartError(`PORT must be a number from 0 to 65535, and is "${text}".`)
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 })
    await access(home, constants.W_OK)
  } catch (error) {
    throw new StartError(`The folder ${home} can't be written (${codeOf(error)}); SALLYPORT_HOME names another.`)
  }
}

async function dynamodbService(
  env: SystemOptions['env'],
  aws: boolean,
  region: string,
  home: string,
): Promise<Service> {
  const elsewhere = outside('DynamoDB', env.AWS_ENDPOINT_URL_DYNAMODB, env, aws, region)
  if (elsewhere) return elsewhere
  try {
    const { endpoint, close } = await openTable(home)
    return { name: 'embedded', config: { endpoint, region, credentials: LOCAL_CREDENTIALS }, close }
  } catch (error) {
    if (error instanceof FolderInUse) throw new StartError(error.message)
    throw new StartError(`The table in ${home} can't be opened (${codeOf(error)}).`, { cause: error })
  }
}

async function apiGatewayService(
  env: SystemOptions['env'],
  aws: boolean,
  region: string,
  home: string,
): Promise<Service> {
  const elsewhere = outside('API Gateway', env.AWS_ENDPOINT_URL_API_GATEWAY, env, aws, region)
  if (elsewhere) return elsewhere
  const state = await startingWith(() => fileState(join(home, 'control-plane.json')))
  seedDemo(state)
  const { url, close } = await listen(embeddedControlPlane({ state, now: Date.now, accountId: LOCAL_ACCOUNT }), 0)
  return { name: 'embedded', config: { endpoint: url, region, credentials: LOCAL_CREDENTIALS }, close }
}

/** A role is assumed where there is somebody to ask: AWS itself, or the endpoint that the SDK's own variable names. */
function upstreamOf(
  { name, config }: Service,
  { AWS_ENDPOINT_URL_STS: endpoint }: SystemOptions['env'],
  aws: boolean,
  region: string,
): Upstream {
  if (name === 'embedded') return { kind: 'embedded' }
  if (endpoint && (!/^https?:/i.test(endpoint) || !URL.canParse(endpoint)))
    throw new StartError(`The endpoint for STS is not an http or https URL: "${endpoint}".`)
  const { credentials } = config
  const sts = { region, ...(endpoint && { endpoint }), ...(credentials && { credentials }) }
  return { kind: 'elsewhere', config, ...((aws || endpoint) && { sts }) }
}

/**
 * A service that isn't embedded: at the endpoint that the SDK's own variable names, or with `--aws` the real one.
 * Credentials that merely lie in the environment lead nowhere: without either, nothing is looked up. A test endpoint
 * takes any credentials, so where there are none the local ones serve.
 */
function outside(
  what: string,
  endpoint: string | undefined,
  env: SystemOptions['env'],
  aws: boolean,
  region: string,
): Service | undefined {
  const close = async () => {}
  if (endpoint) {
    if (!/^https?:/i.test(endpoint) || !URL.canParse(endpoint))
      throw new StartError(`The endpoint for ${what} is not an http or https URL: "${endpoint}".`)
    const credentials = aws || env.AWS_ACCESS_KEY_ID ? {} : { credentials: LOCAL_CREDENTIALS }
    return { name: `at ${endpoint}`, config: { endpoint, region, ...credentials }, close }
  }
  return aws ? { name: `AWS, ${region}`, config: { region }, close } : undefined
}

async function prepareTable(client: DynamoDBClient, table: string, isReal: boolean): Promise<void> {
  try {
    if (!isReal) return await ensureTable(client, table)
    if (await tableExists(client, table)) return
  } catch (error) {
    throw new StartError(`DynamoDB can't be used (${error instanceof Error ? error.message : error}).`)
  }
  throw new StartError(
    `There is no table ${table} in this account: deploy the gate first, or name its table in SALLYPORT_TABLE.`,
  )
}

async function listenOrSay(app: Hono, port: number): Promise<HttpServer> {
  try {
    return await listen(app, port)
  } catch (error) {
    if (error instanceof PortUnavailable)
      throw new StartError(`${error.message}: stop what uses it, or set PORT to another.`)
    throw error
  }
}

/** Address and path are the connection's: a header, or a path that was tidied up, would let a caller choose them. */
function invocationOf(env: unknown): Invocation {
  const { incoming } = env as { incoming?: IncomingMessage }
  const sourceIp = incoming?.socket.remoteAddress
  const [rawPath] = (incoming?.url ?? '').split('?', 1)
  return { ...(sourceIp && { sourceIp }), ...(rawPath && { rawPath }), deadline: Date.now() + CALL_MS }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
