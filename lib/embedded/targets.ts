import { join } from 'node:path'
import type { APIGatewayClientConfig } from '@aws-sdk/client-api-gateway'
import { apiGatewayControlPlane } from '../aws/api-gateway.ts'
import { stsSessions } from '../aws/scoped-sessions.ts'
import { targetControlPlane } from '../aws/target-control-plane.ts'
import type { Place } from '../control-plane/places.ts'
import { parseTargets, placeOf, type Target, type Targets } from '../control-plane/targets.ts'
import { embeddedControlPlane } from './control-plane.ts'
import { seedDemo } from './control-plane-demo.ts'
import { fileState } from './control-plane-state.ts'
import { listen } from './http-server.ts'
import { StartError, startingWith } from './start-error.ts'

/** What the local system has beside its own account and Region, unless `SALLYPORT_TARGETS` says otherwise. */
const DEMO_TARGETS: Targets = {
  'prod-eu': demoTarget('222222222222', 'eu-central-1'),
  staging: demoTarget('333333333333', 'eu-west-1'),
}

/** Where the gate's own API Gateway is: in this process, or at its `config` elsewhere. */
export type Upstream = { kind: 'embedded' } | { kind: 'elsewhere'; config: APIGatewayClientConfig; sts?: Sts }

/** How a target's role is assumed. Without one, no role is, and each target is called with the gate's own credentials. */
interface Sts {
  endpoint?: string
  region: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export interface LocalTargets {
  targets: ReadonlyMap<string, Place>
  /** For the operator. */
  name: string
  close(): Promise<void>
}

/**
 * The targets of the local system. Beside an embedded API Gateway each is an embedded one with REST APIs of its own, kept
 * in `<home>/control-plane.<name>.json`; two are there without being asked for.
 *
 * @param text `SALLYPORT_TARGETS`.
 * @throws {StartError} where it isn't valid.
 */
export async function localTargets(text: string | undefined, upstream: Upstream, home: string): Promise<LocalTargets> {
  const asked = text === undefined || text === '' ? undefined : readTargets(text)
  const entries = Object.entries(asked ?? (upstream.kind === 'embedded' ? DEMO_TARGETS : {}))
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    for (const part of opened.splice(0)) await part.close()
  }
  try {
    const targets = new Map<string, Place>()
    for (const [name, target] of entries) {
      const { account, region } = target
      const api = placeOf(target)
      if (upstream.kind === 'elsewhere') {
        targets.set(name, { api, controlPlane: elsewhere(target, upstream) })
        continue
      }
      const server = await embedded(join(home, `control-plane.${name}.json`), account)
      opened.push(server)
      const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }
      targets.set(name, { api, controlPlane: apiGatewayControlPlane({ endpoint: server.url, region, credentials }) })
    }
    return { targets, name: described([...targets.keys()], upstream), close }
  } catch (error) {
    await close()
    throw error
  }
}

function readTargets(text: string): Targets {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new StartError('SALLYPORT_TARGETS is not JSON.')
  }
  const parsed = parseTargets(json)
  if (!parsed.ok) throw new StartError(`SALLYPORT_TARGETS is not valid: ${parsed.message.replaceAll(/\s+/g, ' ')}.`)
  return parsed.value
}

function elsewhere(target: Target, { config, sts }: Extract<Upstream, { kind: 'elsewhere' }>): Place['controlPlane'] {
  if (!sts) return apiGatewayControlPlane({ ...config, region: target.region })
  const { endpoint } = config
  return targetControlPlane(target, stsSessions(sts), endpoint === undefined ? {} : { endpoint })
}

async function embedded(file: string, accountId: string): Promise<{ url: string; close(): Promise<void> }> {
  const state = await startingWith(() => fileState(file))
  if (state.read().restApis.length === 0) {
    seedDemo(state)
    // The same APIs as at home, so that the same teams own them; in the target's account.
    state.write({ restApis: state.read().restApis.map((api) => ({ ...api, accountId })) })
  }
  return listen(embeddedControlPlane({ state, now: Date.now, accountId }), 0)
}

function described(names: readonly string[], upstream: Upstream): string {
  if (names.length === 0) return 'none'
  if (upstream.kind === 'embedded') return `${names.join(', ')}: embedded`
  return `${names.join(', ')}: ${upstream.sts ? 'each under its role' : 'no role assumed, AWS_ENDPOINT_URL_STS is not set'}`
}

function demoTarget(account: string, region: string): Target {
  return { account, region, partition: 'aws', roleArn: `arn:aws:iam::${account}:role/sallyport-target` }
}
