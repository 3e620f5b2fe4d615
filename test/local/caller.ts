import { openIssuer, ROLE_GROUPS } from '../../lib/embedded/issuer.ts'

/** Tokens that the embedded issuer of a home folder signs, as `npm run token` does. */
export async function tokensOf(home: string): Promise<{ payments: string; admin: string }> {
  const issuer = await openIssuer(home)
  const sign = (sub: string, group: string) => issuer.sign({ sub, groups: [group] }, { expiresInSeconds: 3600 })
  return { payments: await sign('payments-demo', 'payments-dev'), admin: await sign('admin-demo', ROLE_GROUPS.admin) }
}

export const INTEGRATION = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'

/** What the team payments may have on its POST /orders by the example policy. */
export const ALLOWED = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 9000,
}

export interface Answer {
  status: number
  headers: Headers
  json: Record<string, unknown>
}

export async function call(
  url: string,
  token: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text === '' ? {} : JSON.parse(text) }
}

export interface Entry {
  id: string
  status: string
  action: string
  target: Record<string, string>
}

/** The trail as an admin reads it, newest first, without the readings of the trail itself. */
export async function trailOf(url: string, admin: string): Promise<Entry[]> {
  const { json } = await call(`${url}/v1/trail`, admin)
  return (json.entries as Entry[]).filter(({ action }) => action !== 'ListTrail')
}
