import type { Integration } from '../../lib/apigateway/integration.ts'

/** Ten backends, three roles and a namespace each; 20 hosts that the organisation denies to everybody. */
const BACKENDS = 10
const ROLES = 3
const DENIED = 20
const ACCOUNT = '111111111111'
const MAX_MILLIS = 10_000

/** One request of the stream. */
export interface Ask {
  team: string
  restApiId: string
  resourceId: string
  integration: Integration
  /** As the generator means it: every engine has to agree. */
  isAllowed: boolean
}

export function teamName(index: number): string {
  return `team${String(index).padStart(5, '0')}`
}

export const apiOf = (team: string): string => `api${team}`

/** A PolicySet of so many teams, as JSON (which is YAML). */
export function policyText(teams: number): string {
  const range = (count: number) => Array.from({ length: count }, (_, index) => index)
  return JSON.stringify({
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'bench' },
    org: {
      bounds: {
        types: ['HTTP_PROXY'],
        uri: { schemes: ['https'], hosts: ['**.acme.internal'], ports: [443], placeholders: { authority: 'never' } },
        credentials: { accounts: [ACCOUNT], rolePath: '/apigw/', callerPassThrough: 'never' },
        connection: { types: ['INTERNET'] },
        tls: { insecureSkipVerification: 'never' },
        timeout: { maxMillis: 29_000 },
      },
      deny: range(DENIED).map((index) => ({
        id: `org.no-legacy-${index}`,
        uri: { hosts: [`legacy${index}.**`] },
        message: 'This backend is being switched off.',
      })),
    },
    teams: Object.fromEntries(
      range(teams).map((index) => {
        const team = teamName(index)
        return [
          team,
          {
            identity: { claim: 'groups', anyOf: [team] },
            apis: { restApiIds: [apiOf(team)] },
            allow: {
              types: ['HTTP_PROXY'],
              uri: range(BACKENDS).map((backend) => ({
                hosts: [`*.svc${backend}.${team}.acme.internal`],
                paths: [`/v${backend}/**`],
                methods: ['GET', 'POST'],
              })),
              credentials: {
                roles: range(ROLES).map((role) => `arn:aws:iam::${ACCOUNT}:role/apigw/${team}-${role}-*`),
              },
              connection: { types: ['INTERNET'] },
              timeout: { maxMillis: MAX_MILLIS },
              cache: { namespaces: ['{resourceId}', `${team}-*`] },
            },
          },
        ]
      }),
    ),
  })
}

/** What is wrong with a request that is to be denied. */
const FAULTS = ['host', 'path', 'method', 'role', 'timeout', 'namespace', 'denied-host', 'two'] as const

/** A stream over all teams, half of it to be denied; the same for the same arguments. */
export function asks(teams: number, count: number): Ask[] {
  const random = pseudoRandom(teams)
  return Array.from({ length: count }, (_, index) => {
    const isAllowed = index % 2 === 0
    const team = teamName(random(teams))
    const backend = random(BACKENDS)
    const fault = isAllowed ? undefined : FAULTS[random(FAULTS.length)]
    const resourceId = `r${random(1_000_000)}`
    const host = fault === 'host' || fault === 'two' ? 'acme.example' : 'acme.internal'
    const label = fault === 'denied-host' ? `legacy${random(DENIED)}` : `host${random(100)}`
    const integration: Integration = {
      type: 'HTTP_PROXY',
      httpMethod: fault === 'method' ? 'DELETE' : random(2) === 0 ? 'GET' : 'POST',
      uri: `https://${label}.svc${backend}.${team}.${host}/v${fault === 'path' ? `${backend}x` : backend}/orders/${random(1000)}`,
      credentials: `arn:aws:iam::${ACCOUNT}:role/apigw/${fault === 'role' ? 'other' : team}-${random(ROLES)}-caller`,
      timeoutInMillis: fault === 'timeout' || fault === 'two' ? MAX_MILLIS + 1 + random(1000) : 50 + random(9000),
      passthroughBehavior: 'WHEN_NO_MATCH',
      ...(fault === 'namespace' && { cacheNamespace: `other-${random(100)}` }),
      ...(isAllowed && random(2) === 0 && { cacheNamespace: `${team}-orders` }),
    }
    return { team, restApiId: apiOf(team), resourceId, integration, isAllowed }
  })
}

/** Marsaglia's xorshift32: integers below a limit. */
function pseudoRandom(seed: number): (below: number) => number {
  let state = seed + 0x9e3779b9
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
