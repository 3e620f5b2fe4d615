import type { Ask } from './workload.ts'

/** A request taken apart for engines that can't read a URI or an ARN; they get it for free. */
export interface Parts {
  team: string
  resourceId: string
  type: string
  method: string
  scheme: string
  host: string
  labels: number
  port: number
  path: string
  account: string
  role: string
  timeout: number
  namespace: string
  connection: string
}

export function partsOf({ team, resourceId, integration }: Ask): Parts {
  const { hostname, protocol, port, pathname } = new URL(integration.uri ?? '')
  const fields = (integration.credentials ?? '').split(':')
  return {
    team,
    resourceId,
    type: integration.type,
    method: integration.httpMethod ?? '',
    scheme: protocol.slice(0, -1),
    host: hostname,
    labels: hostname.split('.').length,
    port: port === '' ? 443 : Number(port),
    path: pathname,
    account: fields[4] ?? '',
    role: fields[5] ?? '',
    timeout: integration.timeoutInMillis ?? 29_000,
    namespace: integration.cacheNamespace ?? resourceId,
    connection: integration.connectionType ?? 'INTERNET',
  }
}
