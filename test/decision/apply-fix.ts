import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest, Violation } from '../../lib/decision/decision.ts'

type Members = Record<string, unknown>

/**
 * Does what a violation's `nearest` or `fix` says, as its reader would; `undefined` where it leaves the choice to the
 * reader. The sentences that are understood here are the language of fixes.
 */
export function applyFix(request: DecisionRequest, violation: Violation): DecisionRequest | undefined {
  const integration = structuredClone(request.integration) as unknown as Members
  const { fix = '', nearest, field } = violation
  const [, removed] = /^Remove (\w+)\.$/.exec(fix) ?? []
  const [, entry, list] = /^Remove (.+) from (\w+)\.$/.exec(fix) ?? []
  const [, member, value] = /^Set (\w+) to (\S+?)(?: or less| or more|,.*| or .*)?\.$/.exec(fix) ?? []
  if (fix === 'Set connectionType to INTERNET and remove connectionId and integrationTarget.') {
    integration.connectionType = 'INTERNET'
    delete integration.connectionId
    delete integration.integrationTarget
  } else if (field === '/uri' && nearest !== undefined) {
    integration.uri = fixUri(String(integration.uri), violation, nearest)
  } else if (field === '/credentials' && nearest !== undefined) {
    integration.credentials = String(integration.credentials).replace(String(violation.value), nearest)
  } else if (nearest !== undefined && field !== '') {
    setAt(integration, field, nearest)
  } else if (removed !== undefined && removed in integration) {
    delete integration[removed]
  } else if (entry !== undefined && list !== undefined) {
    const from = integration[list]
    if (Array.isArray(from)) integration[list] = from.filter((each) => each !== entry)
    else delete (from as Members)[entry]
  } else if (member !== undefined && value !== undefined && member !== 'connectionId') {
    integration[member] = member === 'timeoutInMillis' ? Number(value) : value
  } else {
    return undefined
  }
  return { ...request, integration: integration as unknown as Integration }
}

function fixUri(uri: string, { part, value }: Violation, nearest: string): string {
  switch (part) {
    case 'scheme':
      return uri.replace(/^\w+/, nearest)
    case 'port':
      return /^\w+:\/\/[^/?]*:/.test(uri)
        ? uri.replace(/^(\w+:\/\/[^/?:]*):\d+/, `$1:${nearest}`)
        : uri.replace(/^(\w+:\/\/[^/?:]*)/, `$1:${nearest}`)
    case 'host':
      return uri.replace(/^(\w+:\/\/)[^/?:]*/, `$1${nearest}`)
    case 'path':
      return uri.replace(/^(\w+:\/\/[^/?]*)[^?]*/, (_, origin: string) => origin + nearest)
    case 'function':
      return uri.replace(`:function:${value}`, `:function:${nearest}`)
    case 'qualifier':
      return uri.replace(/(:function:[^:/]*)(?::[^/]*)?/, `$1:${nearest}`)
    case 'service':
      return uri.replace(`${value}:`, `${nearest}:`)
    default:
      return uri.replaceAll(String(value), nearest)
  }
}

function setAt(members: Members, pointer: string, value: string): void {
  const [first = '', ...rest] = pointer.slice(1).split('/')
  const [second] = rest
  if (second === undefined) members[first] = value
  else (members[first] as Members)[second.replaceAll('~1', '/').replaceAll('~0', '~')] = value
}
