/**
 * `@aws-endpoints`: host names that AWS owns, under which any AWS customer can put a service of their own. An HTTP
 * integration to one of them reaches AWS without an ARN, past every rule about ARNs. Apexes included.
 *
 * Version 1. Sources: endpoint partitions of the SDKs, the Public Suffix List's section on Amazon.
 */
const SUFFIXES = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'api.aws',
  'api.amazonwebservices.com.cn',
  'aws.dev',
  'on.aws',
  'cloudfront.net',
  'cloudfront.cn',
  'elb.amazonaws.com',
  'elasticbeanstalk.com',
  'amplifyapp.com',
  'awsapprunner.com',
  'awsglobalaccelerator.com',
  'awsapps.com',
  'amazoncognito.com',
  'vpclattice.com',
  'aws.amazon.com',
  'amazonaws-us-gov.com',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'csp.hci.ic.gov',
  'cloud.adc-e.uk',
] as const

export const AWS_ENDPOINTS: readonly string[] = SUFFIXES.flatMap((suffix) => [suffix, `**.${suffix}`])
