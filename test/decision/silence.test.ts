import { describe, expect, it } from 'vitest'
import type { HttpMethod, Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { PolicySet } from '../../lib/policy/document/document.ts'
import { publish } from './policy-generators.ts'
import { NOW } from './vector-policies.ts'

/**
 * Silence closes (policy.md 2, rule 1): a section of which one member stands opens what that member names, and nothing
 * that its other members would have to name. Each table has the members of one section, requests that need one of them,
 * and what each member opens by itself.
 */
interface Halves {
  /** How one member is written into the team's `allow`. */
  write: (member: unknown) => object
  members: Record<string, unknown>
  requests: Record<string, Asking>
  opens: Record<string, readonly string[]>
}
interface Asking {
  body: Partial<Integration>
  method?: HttpMethod
  live?: true
}

const BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/shop'
const ROLE = 'arn:aws:iam::111111111111:role/apigw/shop'
const mapped = (destination: string, source: string): Asking => ({
  body: { requestParameters: { [`integration.request.${destination}`]: source } },
})
const template = (text: string): Asking => ({ body: { requestTemplates: { 'application/json': text } } })
const uri = (text: string, more: Partial<Integration> = {}): Asking => ({ body: { uri: text, ...more } })
const lambda = (region: string, name: string, more: Partial<Integration> = {}): Asking =>
  uri(
    `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:111111111111:function:${name}/invocations`,
    { type: 'AWS_PROXY', ...more },
  )
const service = (text: string, more: Partial<Integration> = {}): Asking =>
  uri(`arn:aws:apigateway:${text}`, { type: 'AWS', httpMethod: 'GET', ...more })

const TABLES: Record<string, Halves> = {
  credentials: {
    write: (credentials) => ({ credentials }),
    members: {
      roles: { roles: [`${ROLE}-*`] },
      none: { none: 'allowed' },
      'none: never': { none: 'never' },
      callerPassThrough: { callerPassThrough: 'allowed' },
    },
    requests: {
      role: { body: { credentials: `${ROLE}-a` } },
      'another role': { body: { credentials: 'arn:aws:iam::999999999999:role/Admin' } },
      'pass-through': { body: { credentials: 'arn:aws:iam::*:user/*' } },
    },
    opens: { roles: ['role'], callerPassThrough: ['pass-through'] },
  },
  connection: {
    write: (connection) => ({ connection }),
    members: {
      types: { types: ['INTERNET', 'VPC_LINK'] },
      vpcLinks: { vpcLinks: ['l1'] },
      integrationTargets: { integrationTargets: [`${BALANCER}/*`] },
      'types and targets': { types: ['INTERNET', 'VPC_LINK'], integrationTargets: [`${BALANCER}/*`] },
    },
    requests: {
      link: { body: { connectionType: 'VPC_LINK', connectionId: 'l1' } },
      'another link': { body: { connectionType: 'VPC_LINK', connectionId: 'l2' } },
      target: { body: { connectionType: 'VPC_LINK', connectionId: 'l1', integrationTarget: `${BALANCER}/1` } },
    },
    opens: { vpcLinks: ['link'] },
  },
  cache: {
    write: (cache) => ({ cache }),
    members: {
      namespaces: { namespaces: ['n'] },
      keyParameters: { keyParameters: ['method.request.querystring.*'] },
      forbiddenKeys: { forbiddenKeys: ['method.request.header.X-B'] },
      'requireKeys.anyOf': { requireKeys: { anyOf: ['method.request.header.X-A'] } },
      'requireKeys.allOf': { requireKeys: { allOf: ['method.request.header.X-A'] } },
      'identityKey: required': { identityKey: 'required' },
      identityKeys: { identityKeys: ['method.request.header.X-A'] },
      maxKeyParameters: { maxKeyParameters: 10 },
    },
    requests: {
      namespace: { body: { cacheNamespace: 'n' } },
      'another namespace': { body: { cacheNamespace: 'm' } },
      query: { body: { cacheKeyParameters: ['method.request.querystring.q'] } },
      header: { body: { cacheKeyParameters: ['method.request.header.X-A'] } },
      identity: { body: { cacheKeyParameters: ['method.request.header.Authorization'] } },
      'identity and query': {
        body: { cacheKeyParameters: ['method.request.header.Authorization', 'method.request.querystring.q'] },
      },
    },
    opens: {
      namespaces: ['namespace'],
      keyParameters: ['query'],
      'requireKeys.anyOf': ['header'],
      'requireKeys.allOf': ['header'],
      'identityKey: required': ['identity'],
      identityKeys: ['header'],
    },
  },
  mapping: {
    write: (mapping) => ({ mapping }),
    members: {
      'requestParameters: forbidden': { requestParameters: 'forbidden' },
      destinations: { requestParameters: { destinations: ['header.*'] } },
      sources: { requestParameters: { sources: ['method.request.querystring.*'] } },
      staticValues: { requestParameters: { staticValues: 'allowed' } },
      'sources and static values': {
        requestParameters: { sources: ['method.request.querystring.*'], staticValues: 'allowed' },
      },
      'destinations and sources': {
        requestParameters: { destinations: ['header.*'], sources: ['method.request.querystring.*'] },
      },
      open: {
        requestParameters: { open: [{ destination: 'header.Authorization', sources: ['context.authorizer.token'] }] },
      },
      'requestTemplates: forbidden': { requestTemplates: 'forbidden' },
      'requestTemplates: static': { requestTemplates: 'static' },
      'requestTemplates: allowed': { requestTemplates: 'allowed' },
      'static with overrides': { requestTemplates: { use: 'static', overrides: ['header.X-A'] } },
      'of one content type': { requestTemplates: { use: 'allowed', contentTypes: ['text/plain'] } },
    },
    requests: {
      query: mapped('header.X-A', 'method.request.querystring.q'),
      static: mapped('header.X-A', "'root'"),
      path: mapped('path.p', 'method.request.path.p'),
      opened: mapped('header.Authorization', 'context.authorizer.token'),
      'opened to another source': mapped('header.Authorization', 'method.request.querystring.q'),
      closed: mapped('header.Host', "'a.example'"),
      'static template': template('{}'),
      template: template('$input.body'),
      override: template('#set($context.requestOverride.header.X-A = "x")'),
    },
    opens: {
      destinations: ['query', 'static'],
      'destinations and sources': ['query'],
      open: ['opened'],
      'requestTemplates: static': ['static template'],
      'requestTemplates: allowed': ['static template', 'template'],
      'static with overrides': ['static template'],
    },
  },
  mock: {
    write: (mock) => ({ mock }),
    members: {
      httpMethods: { httpMethods: ['POST'] },
      'templates: static': { templates: 'static' },
      'templates: forbidden': { templates: 'forbidden' },
      overLiveBackend: { overLiveBackend: 'allowed' },
    },
    requests: {
      plain: { body: { type: 'MOCK' } },
      template: { body: { type: 'MOCK', requestTemplates: { 'application/json': '{}' } } },
      'over a live backend': { body: { type: 'MOCK' }, live: true },
    },
    opens: {
      httpMethods: ['plain'],
      'templates: static': ['plain', 'template'],
      'templates: forbidden': ['plain'],
      overLiveBackend: ['plain', 'over a live backend'],
    },
  },
  timeout: {
    write: (timeout) => ({ timeout }),
    members: { minMillis: { minMillis: 100 }, maxMillis: { maxMillis: 60_000 } },
    requests: { long: { body: { timeoutInMillis: 30_000 } }, least: { body: { timeoutInMillis: 50 } } },
    opens: { maxMillis: ['long', 'least'] },
  },
  'an HTTP entry': {
    write: (member) => ({ uri: [{ hosts: ['api.example'], ...(member as object) }] }),
    members: {
      placeholders: { placeholders: 'allowed', query: 'none' },
      stageVariables: { stageVariables: 'allowed' },
      'query: late-bound': { query: 'late-bound' },
      ports: { ports: [8443] },
      schemes: { schemes: ['http'] },
      methods: { methods: ['*'] },
      httpMethods: { httpMethods: ['*'] },
      paths: { paths: ['/**'] },
    },
    requests: {
      placeholder: uri('https://api.example/{p}'),
      variable: uri('https://api.example/${stageVariables.v}'),
      port: uri('https://api.example:8443/'),
      'plain http': uri('http://api.example:443/'),
      'another host': uri('https://other.example/'),
      function: lambda('eu-west-1', 'f'),
    },
    opens: {
      placeholders: ['placeholder', 'variable'],
      stageVariables: ['variable'],
      ports: ['port'],
      schemes: ['plain http'],
    },
  },
  'a Lambda entry': {
    write: (member) => ({
      uri: [
        {
          lambda: { account: '111111111111', functions: ['f'], ...(member as { lambda?: object }).lambda },
          ...('methods' in (member as object) ? (member as object) : {}),
        },
      ],
    }),
    members: {
      qualifiers: { lambda: { qualifiers: ['live'] } },
      unqualified: { lambda: { unqualified: 'allowed' } },
      'unqualified: never': { lambda: { qualifiers: ['live'], unqualified: 'never' } },
      regions: { lambda: { regions: ['us-east-1'] } },
      methods: { methods: ['GET'] },
    },
    requests: {
      plain: lambda('eu-west-1', 'f'),
      live: lambda('eu-west-1', 'f:live'),
      region: lambda('us-east-1', 'f'),
      verb: lambda('eu-west-1', 'f', { httpMethod: 'GET' }),
      'another function': lambda('eu-west-1', 'g'),
      host: uri('https://api.example/'),
    },
    opens: {
      qualifiers: ['live'],
      unqualified: ['plain', 'live'],
      'unqualified: never': ['live'],
      regions: ['region'],
      methods: ['verb'],
    },
  },
  'a service entry': {
    write: (member) => {
      const { entry, ...aws } = member as { entry?: object }
      return { uri: [{ aws: { service: 's3', ...aws }, ...entry }], credentials: { roles: [`${ROLE}-*`] } }
    },
    members: {
      nothing: {},
      subdomains: { subdomains: ['bkt'] },
      paths: { paths: ['/bkt/**'] },
      actions: { actions: ['ListBuckets'] },
      buckets: { buckets: ['bkt'] },
      regions: { regions: ['us-east-1'] },
      query: { entry: { query: 'literal' } },
      placeholders: { entry: { placeholders: 'allowed' } },
      'subdomains and paths': { subdomains: ['bkt'], paths: ['/**'] },
      'paths and regions': { paths: ['/bkt/**'], regions: ['us-east-1'] },
      'paths and buckets': { paths: ['/bkt/**'], buckets: ['other'] },
    },
    requests: Object.fromEntries(
      Object.entries({
        path: 'eu-west-1:s3:path/bkt/k',
        'another path': 'eu-west-1:s3:path/other/k',
        query: 'eu-west-1:s3:path/bkt/k?acl',
        placeholder: 'eu-west-1:s3:path/bkt/{p}',
        action: 'eu-west-1:s3:action/ListBuckets',
        'virtual host': 'eu-west-1:bkt.s3:path/k',
        region: 'us-east-1:s3:path/bkt/k',
        'another service': 'eu-west-1:iam:action/CreateUser',
      }).map(([name, text]) => [name, service(text, { credentials: `${ROLE}-a` })]),
    ),
    opens: {
      paths: ['path'],
      actions: ['action'],
      'subdomains and paths': ['virtual host'],
      'paths and regions': ['region'],
      'paths and buckets': ['path'],
    },
  },
}

const cases = Object.entries(TABLES).flatMap(([section, { members, requests }]) =>
  Object.keys(members).flatMap((member) => Object.keys(requests).map((request) => ({ section, member, request }))),
)

describe('one member of a section', () => {
  it.each(Object.keys(TABLES))('%s: without the section, everything in the table is refused', async (section) => {
    const { requests, write } = halvesOf(section)
    for (const [name, asking] of Object.entries(requests)) {
      const isEntry = 'uri' in write({})
      if (!isEntry) expect(await verdict({}, asking), name).toBe('deny')
    }
  })

  it.each(cases)('$section, $member: opens for "$request" what it names, and nothing else', async (each) => {
    const { write, members, requests, opens } = halvesOf(each.section)
    const asking = requests[each.request]
    const opened = opens[each.member] ?? []
    if (asking === undefined) throw new Error(`Cannot find request ${each.request}`)
    expect(await verdict(write(members[each.member]), asking)).toBe(opened.includes(each.request) ? 'allow' : 'deny')
  })
})

function halvesOf(section: string): Halves {
  const found = TABLES[section]
  if (found === undefined) throw new Error(`Cannot find section ${section}`)
  return found
}

async function verdict(allow: object, { body, method = 'POST', live }: Asking): Promise<string> {
  const document: PolicySet = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'silence' },
    org: { bounds: {} },
    teams: {
      shop: {
        identity: { claim: 'groups', anyOf: ['shop'] },
        apis: { restApiIds: ['api1'] },
        allow: { types: ['HTTP', 'AWS', 'AWS_PROXY'], uri: [{ hosts: ['api.example'] }], ...allow },
      },
    },
  }
  const integration: Integration = { type: 'HTTP', httpMethod: 'POST', uri: 'https://api.example/', ...body }
  const request = {
    restApiId: 'api1',
    resourceId: 'res1',
    httpMethod: method,
    integration,
    before: live ? ({ type: 'HTTP', httpMethod: 'POST', uri: 'https://api.example/' } as const) : null,
    partition: 'aws',
    region: 'eu-west-1',
  }
  const asked = { team: 'shop', claims: {}, point: 'request', now: NOW } as const
  return decide(await compilePolicy(publish(document)), request, asked).decision
}
