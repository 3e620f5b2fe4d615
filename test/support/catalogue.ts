import { readFileSync } from 'node:fs'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import { mint } from '../identity/minting.ts'
import { send, type TestGate, tokens } from './gate.ts'

/** The example policy's team that owns by tags, an API of its, and what API Gateway says of it. */
export const catalogue = mint({ claims: { groups: ['catalogue'], sub: 'cat' } })
export const mine = { team: 'catalogue', stage: 'test' }
export const API = '/restapis/cata10gue1'
export const INTEGRATION = `${API}/resources/r1/methods/GET/integration`
export const body = {
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://items.catalogue.acme.example/',
  timeoutInMillis: 9000,
}

export const example = readFileSync('examples/policy.yaml', 'utf8')
const upstream = { requestId: 'upstream-1', latencyMs: 1 }
export const done = (document: unknown, status = 200): UpstreamAnswer => ({ kind: 'done', status, document, upstream })
export const tagged = (tags: Record<string, string>, id = 'cata10gue1') => done({ id, name: 'items', tags })
export const refused = (status: number, errorType: string, retryAfter?: string): UpstreamAnswer => ({
  kind: 'refused',
  status,
  errorType,
  message: `said of arn:aws:iam::111111111111:role/gate`,
  ...(retryAfter !== undefined && { retryAfter }),
  upstream,
})
export const silent: UpstreamAnswer = { kind: 'unknown', reason: 'no answer in time', upstream }
export const lookUps = ({ controlPlane }: TestGate) =>
  controlPlane.calls.filter(({ operation }) => operation === 'GetRestApi')

export async function story(gate: TestGate, { headers }: { headers: Headers }, token = tokens.admin) {
  return send(gate, 'GET', `/v1/trail/${headers.get('x-amzn-requestid')}`, { token })
}
