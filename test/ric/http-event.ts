import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

export interface HttpRequest {
  method: string
  /** Path and, behind `?`, query, percent-encoded as on the wire. */
  url: string
  headers?: Record<string, string>
  body?: string
}

/** The event an HTTP API (payload format 2.0) sends for a request. */
export function httpEvent({ method, url, headers = {}, body }: HttpRequest): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = url.split('?')
  const lowerCased = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: { host: 'gate.example', ...lowerCased },
    requestContext: {
      accountId: '111111111111',
      apiId: 'gateapi',
      domainName: 'gate.example',
      domainPrefix: 'gate',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:08:00:00 +0000',
      timeEpoch: 1_795_334_400_000,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  }
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** What a function's answer to {@link httpEvent} becomes on the wire. */
export function httpAnswer(result: unknown): HttpAnswer {
  const { statusCode = 200, headers = {}, body = '', isBase64Encoded } = result as APIGatewayProxyStructuredResultV2
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: isBase64Encoded ? Buffer.from(body, 'base64').toString() : body,
  }
}
