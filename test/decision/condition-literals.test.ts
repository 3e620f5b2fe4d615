import { describe, expect, it } from 'vitest'
import { compileConditions } from '../../lib/decision/conditions.ts'

/** What is wrong with one expression, as a policy of the teams payments and search has it. */
function problemsOf(require: string): string[] {
  const compiled = compileConditions([{ id: 'org.c', require, message: 'No.' }], ['payments', 'search'])
  return compiled.ok ? [] : compiled.problems.map(({ message }) => message)
}

const words: [expression: string, meant: string][] = [
  ['integration.backend.kind == "aws"', '"service"'],
  ['integration.backend.kind != "https"', '"http"'],
  ['"HTTP" == integration.backend.kind', '"http"'],
  ['integration.type == "HTTPPROXY"', '"HTTP_PROXY"'],
  ['integration.type == "http-proxy"', '"HTTP_PROXY"'],
  ['integration["type"] != "HttpProxy"', '"HTTP_PROXY"'],
  ['integration.type in ["AWS", "AWSPROXY"]', '"AWS_PROXY"'],
  ['integration.type == "LAMBDA"', '"AWS_PROXY"'],
  ['integration.type.startsWith("aws")', '"AWS"'],
  ['integration.type.endsWith("-PROXY") || true', '"_PROXY"'],
  ['integration.type.lowerAscii() == "HTTP"', '"http"'],
  ['integration.connectionType == "VPCLINK"', '"VPC_LINK"'],
  ['integration.connectionType == "internet"', '"INTERNET"'],
  ['integration.httpMethod == "get"', '"GET"'],
  ['request.httpMethod in ["POST", "Put"]', '"PUT"'],
  ['integration.passthroughBehavior == "Never"', '"NEVER"'],
  ['integration.contentHandling == ""', '"none"'],
  ['integration.contentHandling == "CONVERT_TO_BIN"', '"CONVERT_TO_BINARY"'],
  ['integration.responseTransferMode == "STREAMING"', '"STREAM"'],
  ['integration.backend.scheme == "HTTPS"', '"https"'],
  ['team == "paymnets"', '"payments"'],
  ['integration.backend.host == "API.corp.example"', '"api.corp.example"'],
  ['integration.backend.host.endsWith(".Corp.example")', '".corp.example"'],
  ['integration.backend.host == "*.corp.example"', 'endsWith(".corp.example")'],
  ['integration.backend.path.startsWith("admin")', '"/admin"'],
  ['integration.backend.region == "EU-west-1"', '"eu-west-1"'],
  ['integration.backend.account == "1111-1111-1111"', '"111111111111"'],
  ['integration.backend.function == "arn:aws:lambda:eu-west-1:111111111111:function:pay"', '"pay"'],
  ['integration.backend.service == "SQS"', '"sqs"'],
  ['"method.request.header.X" in integration.requestParameters', '"integration.request.header.X"'],
  ['"integration.request.headers.X" in integration.requestParameters', '"integration.request.header.X"'],
  ['integration.requestParameters["integration.request.header.X"] == "root"', '"\'root\'"'],
  ['integration.requestParameters.exists(k, k == "method.request.header.X")', '"integration.request.header.X"'],
  ['"json" in integration.requestTemplates', '"application/json"'],
  ['claims.email.lowerAscii() == "Ana@acme.example"', '"ana@acme.example"'],
]

const impossible: [what: string, expression: string][] = [
  ['a port beyond the last', 'integration.backend.port == 70000'],
  ['port 0', 'integration.backend.port != 0'],
  ['a port in a list', 'integration.backend.port in [443, 84430]'],
  ['a timeout in seconds', 'integration.timeoutInMillis <= 29'],
  ['a timeout below the least', 'integration.timeoutInMillis == 10'],
  ['a timeout beyond the most', 'integration.timeoutInMillis > 900000'],
  ['a timeout that is compared the other way round', '40 > integration.timeoutInMillis'],
  ['a negative number', 'integration.timeoutInMillis < -5'],
  ['a host with its scheme', 'integration.backend.host == "https://api.corp.example"'],
  ['a host with its port', 'integration.backend.host == "api.corp.example:443"'],
  ['a host with a dot at its end', 'integration.backend.host.endsWith(".example.")'],
  ['a host of Unicode letters', 'integration.backend.host.contains("bücher")'],
  ['a path with its query', 'integration.backend.path == "/v1?x=1"'],
  ['a path that encodes plain letters', 'integration.backend.path == "/%61dmin"'],
  ['a path with dot segments', 'integration.backend.path.contains("/../")'],
  ['a path with a placeholder', 'integration.backend.path == "/v1/{id}"'],
  ['a kind in a list', '!(integration.backend.kind in ["lambda", "sqs"])'],
  ['a team in a list', 'team in ["payments", "nobody"]'],
  ['a part of no type', 'integration.type.contains("QUEUE")'],
  ['an API with capital letters', 'request.restApiId == "A1B2C3D4E5"'],
]

const possible = [
  'integration.type == "HTTP_PROXY" || integration.type.startsWith("AWS")',
  'integration.httpMethod == ""',
  'integration.backend.kind == "http" && integration.backend.host.endsWith(".acme.internal")',
  'integration.backend.host.contains("-") || integration.backend.host.startsWith("a")',
  'integration.backend.path == "/caf%C3%A9" || integration.backend.path.endsWith("/")',
  'integration.backend.query == "a=b&c=%20"',
  'integration.backend.port in [443, 8443]',
  'integration.timeoutInMillis <= 29000 && integration.timeoutInMillis > 0',
  'integration.contentHandling == "none"',
  'integration.backend.qualifier in ["live", "$LATEST"]',
  'team == "payments"',
  'claims.role == "Admin" || "a" in claims.groups',
  '"integration.request.header.X-User" in integration.requestParameters',
  'integration.requestParameters["integration.request.header.X"] == "\'root\'"',
  'integration.requestParameters.all(k, !k.endsWith("X-User"))',
  '"method.request.multivalueheader.X" in integration.cacheKeyParameters',
  'integration.requestTemplates["application/json"].contains("Action=")',
  'integration.cacheKeyParameters.exists(type, type == "method.request.path.id")',
  '[1].exists(integration, integration == 70000)',
  'integration.type.lowerAscii() == "http"',
]

describe('a literal that its member can never equal', () => {
  it.each(words)('is refused: %s (did you mean %s?)', (expression, meant) => {
    const problems = problemsOf(expression)
    expect(problems, expression).toHaveLength(1)
    expect(problems[0]).toMatch(/^At character \d+: /)
    expect(problems[0]).toContain(`Did you mean ${meant}?`)
  })

  it.each(impossible)('is refused: %s', (_, expression) => {
    expect(problemsOf(expression), expression).toHaveLength(1)
  })

  it('is named by its place in the expression', () => {
    expect(problemsOf('team == "search" && integration.type == "HTTPPROXY"')).toEqual([
      'At character 41: integration.type can never be "HTTPPROXY": it is one of HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS. Did you mean "HTTP_PROXY"?',
    ])
  })

  it('is refused each, in the order of the expression', () => {
    const problems = problemsOf('integration.type == "X1" || integration.backend.port == 0 || team == "X2"')
    expect(problems.map((message) => /character (\d+)/.exec(message)?.[1])).toEqual(['21', '57', '70'])
  })
})

describe('a literal that its member can equal', () => {
  it.each(possible)('is taken: %s', (expression) => {
    expect(problemsOf(expression)).toEqual([])
  })
})
