import type { IntegrationType } from '../../apigateway/integration.ts'
import { type AwsUriReading, type ProtocolOf, readAwsUri } from '../../policy/values/aws-uri.ts'
import { type HttpUriReading, readHttpUri } from '../../policy/values/http-uri.ts'
import type { Hazard } from '../../policy/values/uri-hazard.ts'

/**
 * A uri without one hazard, as close to what was written as can be told, and with no hazard that wasn't there before.
 *
 * @param examples Whole uris to fall back on, the best first.
 * @param protocolOf As `readAwsUri` takes it.
 * @returns `undefined` where nothing helps.
 */
export function withoutHazard(
  raw: string,
  hazard: Hazard,
  type: IntegrationType,
  examples: readonly string[],
  protocolOf: ProtocolOf | undefined,
): string | undefined {
  const isAws = type === 'AWS' || type === 'AWS_PROXY'
  const hazardsOf = (uri: string) => allHazards(isAws ? readAwsUri(uri, protocolOf) : readHttpUri(uri))
  const known = new Set(hazardsOf(raw).map(keyOf))
  known.delete(keyOf(hazard))
  const isCleaner = (uri: string) => hazardsOf(uri).every((left) => known.has(keyOf(left)))
  const stand = isAws ? 'arn:aws:apigateway:us-east-1:s3:path/bucket/key' : 'https://backend.example/'
  return [...repaired(raw, hazard), ...examples, stand].find(isCleaner)
}

function allHazards({ uri, hazards }: AwsUriReading | HttpUriReading): Hazard[] {
  const ofPath = uri !== undefined && 'path' in uri ? (uri.path?.hazards ?? []) : []
  return [...hazards, ...ofPath]
}

function keyOf({ finding, part }: Hazard): string {
  return `${finding} ${part}`
}

function repaired(raw: string, { finding, value, fix }: Hazard): string[] {
  const [, written] = /^Write (?:the host as )?([!-~]+)\.$/.exec(fix ?? '') ?? []
  const named = written !== undefined && value !== '' ? [raw.replace(String(value), () => written)] : []
  const edit = Object.hasOwn(EDITS, finding) ? EDITS[finding] : undefined
  return edit === undefined ? named : [...named, edit(raw, String(value))]
}

/** What somebody would do about each finding, where the text itself tells it. */
const EDITS: Readonly<Record<string, (raw: string, value: string) => string>> = {
  'control-character': (raw) => raw.replace(/[\u0000-\u001f\u007f]|%(?:[01][0-9a-f]|7f)/gi, ''),
  backslash: (raw) => raw.replaceAll('\\', ''),
  'non-ascii': (raw) => raw.replace(/[^\u0000-\u007f]+/g, encoded),
  character: (raw) => onPath(raw, (rest) => rest.replace(/[ "<>^`|'[\]]/g, encoded)),
  scheme: (raw) => `https://${raw.replace(/^[^/]*\/\//, '')}`,
  userinfo: (raw) => raw.replace(/^(\w+:\/\/)[^/?#]*@/, '$1'),
  port: (raw) => raw.replace(/^(\w+:\/\/[^/?#:]*):[^/?#]*/, '$1'),
  fragment: (raw) => raw.slice(0, raw.indexOf('#')),
  'empty-segment': (raw) =>
    onPath(raw, (rest) => onSegments(rest, (segments) => segments.filter((each) => each !== ''))),
  'path-parameter': (raw) => onPath(raw, (rest) => rest.replaceAll(';', '%3B')),
  'percent-encoding': (raw) => raw.replace(/%(?![0-9a-f]{2})/gi, '%25'),
  placeholder: (raw) => raw.replace(/\{([A-Za-z0-9_.-]{1,64})\+\}/g, '{$1}'),
  joined: (raw) => raw.replaceAll('}{', '}/{').replaceAll('}${', '}/${'),
  wildcard: (raw) => raw.replaceAll('*', '%2A').replaceAll('#', '%23'),
  'dot-segment': withoutSegment,
  'encoded-separator': withoutSegment,
  'look-alike': withoutSegment,
}

function withoutSegment(raw: string, value: string): string {
  return onPath(raw, (rest) => onSegments(rest, (segments) => segments.filter((each) => each !== value)))
}

/** What stands behind the authority, or behind the service of an ARN. */
function onPath(raw: string, change: (rest: string) => string): string {
  const [head = ''] = /^(?:\w+:\/\/[^/?#]*|arn:[^/]*)/.exec(raw) ?? []
  return head + change(raw.slice(head.length))
}

/** Of a path behind its leading slash; a trailing slash stays. */
function onSegments(rest: string, change: (segments: string[]) => string[]): string {
  const end = rest.search(/[?#]/)
  const path = end < 0 ? rest : rest.slice(0, end)
  const segments = change(path.split('/').slice(1))
  const isTrailing = path.endsWith('/') && segments.at(-1) !== ''
  return `/${segments.join('/')}${isTrailing && segments.length > 0 ? '/' : ''}${end < 0 ? '' : rest.slice(end)}`
}

function encoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
