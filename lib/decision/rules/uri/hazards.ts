import type { Hazard } from '../../../policy/values/uri-hazard.ts'
import { type Finding, removing, setting } from '../../explain/finding.ts'
import { withoutHazard } from '../../explain/uri-repair.ts'
import type { Subject } from '../../subject.ts'

/** What a part of a uri may be, in words. */
const ALLOWED: Readonly<Record<string, string>> = {
  uri: 'printable ASCII characters of RFC 3986, at most 8192, percent-encoded where they have a meaning',
  scheme: 'https:// or http://, in lower case',
  host: 'a name of letters, digits and hyphens in labels between dots',
  port: 'a number from 1 to 65535 without leading zeros, or none for the default',
  path: 'plain segments, and {name} as a whole segment',
  query: 'literal parameters, and {name}',
  fragment: 'none',
  partition: 'the partition of the ARN, for example aws',
  region: 'the Region of the ARN, for example eu-west-1',
  account: 'the twelve digits of an account',
  function: 'the whole ARN of a Lambda function',
  qualifier: 'an alias, a version or $LATEST',
  service: 'the name of an AWS service, in lower case',
  action: 'one operation, for example SendMessage',
}

/**
 * Findings of what holds of a uri whatever the policy says: rule `intrinsic.uri.<finding>`. Each has a uri without that
 * finding: what was written, repaired where that is clear, else an example of what the team may call.
 */
export function uriFindings(
  { integration, backend, examples, loaded }: Subject,
  hazards: readonly Hazard[],
): Finding[] {
  if (hazards.length === 0) return []
  const isAws = integration.type === 'AWS' || integration.type === 'AWS_PROXY'
  const own = examples().filter(({ kind, type }) => {
    if (backend.kind !== 'unreadable') return kind === backend.kind
    return isAws ? kind !== 'http' && (integration.type === 'AWS' || type === 'AWS_PROXY') : kind === 'http'
  })
  const uris = own.map(({ uri }) => uri)
  return hazards.map((hazard) => {
    const { finding, part, value, message, fix } = hazard
    const to = withoutHazard(integration.uri ?? '', hazard, integration.type, uris, loaded.services?.serviceOf)
    return {
      rule: `intrinsic.uri.${finding}`,
      field: '/uri',
      part,
      value,
      allowed: ALLOWED[part] ?? ALLOWED.uri,
      message,
      fix: fix ?? `Set uri to ${to}.`,
      remedy: setting('/uri', to),
    }
  })
}

/** The same for credentials: rule `intrinsic.credentials.<finding>`. Without any there is nothing to misread. */
export function credentialsFinding({ finding, part, value, message, fix }: Hazard): Finding {
  const [, literal] = /^Set credentials to (\S+)\.$/.exec(fix ?? '') ?? []
  return {
    rule: `intrinsic.credentials.${finding}`,
    field: '/credentials',
    part,
    value,
    allowed: 'the whole ARN of an IAM role: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME',
    message,
    fix: fix ?? 'Remove credentials.',
    remedy: literal === undefined ? removing('/credentials') : setting('/credentials', literal),
  }
}
