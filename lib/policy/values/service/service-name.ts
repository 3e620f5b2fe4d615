/** Other names that API Gateway's uris use for a service. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['ses', 'email'],
  ['cloudwatch', 'monitoring'],
  ['stepfunctions', 'states'],
  ['eventbridge', 'events'],
  ['sync-states', 'states'],
  ['queue', 'sqs'],
])

/**
 * The one name of a service that a uri can name in several ways: a denial of one is a denial of all. S3 has endpoints of
 * its own for access points, other Regions and faster transfers (`s3-accesspoint`, `s3-eu-west-1`, `s3-accelerate`).
 */
export function serviceName(name: string): string {
  return ALIASES.get(name) ?? (name.startsWith('s3-') ? 's3' : name)
}
