import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { DecisionRequest, Violation } from '../../lib/decision/decision.ts'
import type { Bounds } from '../../lib/policy/document/sections.ts'
import { expectWayOut } from './apply-remedy.ts'
import { NOW, published } from './vector-policies.ts'

export const ROLE = 'arn:aws:iam::111111111111:role/apigw/r'
export const BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/n/0123456789abcdef'
export const LINK: Partial<Integration> = { connectionType: 'VPC_LINK', connectionId: 'l1' }

/** A call of the function `f`, with what stands behind its name. */
export function lambda(behind: string): Partial<Integration> {
  const arn = `arn:aws:lambda:eu-west-1:111111111111:function:f${behind}`
  const uri = `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`
  return { type: 'AWS_PROXY', httpMethod: 'POST', uri }
}

/** A call of a queue whose body is closed: without a template, NEVER lets no body through. */
export function sqs(api: string): Partial<Integration> {
  const uri = `arn:aws:apigateway:eu-west-1:sqs:${api}`
  return { type: 'AWS', httpMethod: 'POST', uri, passthroughBehavior: 'NEVER' }
}

const BALANCERS = 'arn:*:elasticloadbalancing:*:*:loadbalancer/*/*/*'

const MAY_DO_ALL = {
  types: ['HTTP', 'HTTP_PROXY', 'AWS', 'AWS_PROXY', 'MOCK'],
  uri: [
    {
      hosts: ['**'],
      schemes: ['http', 'https'],
      ports: [80, 443, 8443],
      methods: ['*'],
      query: 'late-bound',
      placeholders: 'allowed',
    },
    { lambda: { account: '111111111111', functions: ['*'] } },
    {
      aws: { service: 'sqs', subdomains: ['*'], paths: ['/**'], actions: ['*'] },
      query: 'literal',
      placeholders: 'allowed',
    },
    { aws: { service: 'sqs', paths: ['/**'], actions: ['*'] }, query: 'literal', placeholders: 'allowed' },
  ],
  credentials: { roles: [ROLE], callerPassThrough: 'allowed' },
  connection: { types: ['INTERNET', 'VPC_LINK'], vpcLinks: ['*'], integrationTargets: [BALANCERS] },
  tls: { insecureSkipVerification: 'allowed' },
  timeout: { maxMillis: 900_000 },
  cache: { namespaces: ['*'], keyParameters: ['*'], maxKeyParameters: 10 },
  mapping: { requestParameters: { destinations: ['header.*'] }, requestTemplates: 'allowed' },
  mock: { templates: 'allowed', overLiveBackend: 'allowed' },
  passthrough: ['NEVER', 'WHEN_NO_MATCH'],
  contentHandling: ['none', 'CONVERT_TO_TEXT'],
  responseTransferMode: ['BUFFERED', 'STREAM'],
}

/**
 * What the organisation refuses to a team that may do all of what is asked, so that only its own rules decide.
 *
 * @param bounds Publishing refuses a team that reaches past them; a decision must hold them on its own.
 */
export function refusedBy(
  org: { bounds?: Bounds; deny?: object[] },
  members: Partial<Integration>,
  path: Partial<DecisionRequest> = {},
): Promise<Violation[]> {
  return judgeWide(org, {}, members, path)
}

/** What a team refuses whose own sections narrow what it may do otherwise. */
export function refusedToTeam(
  allow: object,
  members: Partial<Integration>,
  path: Partial<DecisionRequest> = {},
): Promise<Violation[]> {
  return judgeWide({}, allow, members, path)
}

async function judgeWide(
  { bounds = {}, ...org }: { bounds?: Bounds; deny?: object[] },
  allow: object,
  members: Partial<Integration>,
  path: Partial<DecisionRequest>,
): Promise<Violation[]> {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'wide' },
    org: { bounds: {}, ...org },
    teams: {
      web: {
        identity: { claim: 'groups', anyOf: ['web'] },
        apis: { restApiIds: ['web0'] },
        allow: { ...MAY_DO_ALL, ...allow },
      },
    },
  }
  const wide = published(JSON.stringify(document), 'wide')
  const bounded = { ...wide.document, org: { ...wide.document.org, bounds } }
  const policy = await compilePolicy({ ...wide, document: bounded })
  const integration: Integration = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/v1', ...members }
  const request = { restApiId: 'web0', resourceId: 'abc', httpMethod: 'GET' as const, ...path }
  const asked = { team: 'web', point: 'request' as const, now: NOW }
  const judge = (each: DecisionRequest) => decide(policy, each, asked).violations
  const asking = { ...request, integration, partition: 'aws', region: 'eu-west-1' }
  const violations = judge(asking)
  for (const violation of violations) expectWayOut(violation, asking, judge)
  return violations
}
