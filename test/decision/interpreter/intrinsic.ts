import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'
import { isRole, roleParts } from './role.ts'

/** What policy.md 2a refuses whatever the policy says, and what API Gateway itself refuses. */
export function intrinsicallySound(facts: Facts): Answer {
  const { effective, backend, request } = facts
  const { integration } = effective
  const isLink = effective.connectionType === 'VPC_LINK'
  return all(
    Object.keys(integration).every((member) => MEMBERS.includes(member)),
    backend.kind !== 'unreadable',
    integration.type !== 'AWS_PROXY' || backend.kind === 'lambda',
    isLink ? integration.connectionId !== undefined : integration.connectionId === undefined,
    isLink || integration.integrationTarget === undefined,
    credentialsSound(effective.credentials, request.partition),
    backend.kind !== 'service' || effective.credentials !== '',
    Number.isInteger(effective.timeout) && effective.timeout >= 50,
    effective.timeout <= 300_000 ? true : undefined,
    /^[A-Za-z0-9._/-]{1,128}$/.test(effective.namespace),
    effective.keys.every((key) => !key.startsWith('integration.') || key in (integration.requestParameters ?? {})),
    // The plain invocation path does not stream.
    effective.transferMode === 'BUFFERED' || backend.kind !== 'lambda' ? true : undefined,
  )
}

const MEMBERS: readonly string[] = [
  'type',
  'httpMethod',
  'uri',
  'connectionType',
  'connectionId',
  'credentials',
  'requestParameters',
  'requestTemplates',
  'passthroughBehavior',
  'cacheNamespace',
  'cacheKeyParameters',
  'contentHandling',
  'timeoutInMillis',
  'tlsConfig',
  'responseTransferMode',
  'integrationTarget',
]

/** Nothing, a role of the API's partition, or the caller pass-through as that partition spells it. */
function credentialsSound(credentials: string, partition: string): Answer {
  if (credentials === '' || credentials === `arn:${partition}:iam::*:user/*`) return true
  if (!isRole(credentials)) return false
  return roleParts(credentials).partition === partition ? true : undefined
}
