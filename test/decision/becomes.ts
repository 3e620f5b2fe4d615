import type { HttpMethod, Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'

/**
 * Requests that this one can become once its late-bound parts are filled in, and requests that say the same in another
 * spelling (policy.md 2, rules 3 and 6). One step each: a deny that bites on any of them has to bite on the request.
 */
export function becomes(request: DecisionRequest): DecisionRequest[] {
  const { integration } = request
  const uri = integration.uri ?? ''
  const as = (changes: Partial<Integration>): DecisionRequest => ({
    ...request,
    integration: { ...integration, ...changes },
  })
  return [
    ...uris(uri, integration).map((each) => as({ uri: each })),
    ...(request.httpMethod === 'ANY' ? VERBS.map((httpMethod) => ({ ...request, httpMethod })) : []),
    ...(integration.httpMethod === 'ANY' ? VERBS.map((httpMethod) => as({ httpMethod })) : []),
    ...targets(integration.integrationTarget).map((integrationTarget) => as({ integrationTarget })),
    ...spelledKeys(integration).map((cacheKeyParameters) => as({ cacheKeyParameters })),
    ...spelledParameters(integration).map((requestParameters) => as({ requestParameters })),
  ]
}

const VERBS: readonly HttpMethod[] = ['GET', 'POST', 'DELETE']
const SEGMENTS = ['a', 'z', 'v1', 'bkt', 'k', 'q']
const PATHS = ['/', '/v1', '/v1/', '/v1/a/z', '/v1/a/z/q', '/z', '/v2/b', '/bkt/k', '/111111111111/q']

function uris(uri: string, integration: Integration): string[] {
  const found: string[] = []
  const [before = '', after] = uri.split(/\{p\}|\$\{stageVariables\.q\}/)
  if (after !== undefined) {
    const isInPath = !before.includes('?')
    for (const word of words(uri, integration)) {
      // Where the value is any text, it climbs: the path it leads to stands for what a server makes of it.
      if (isInPath && word.startsWith('/')) found.push(origin(uri) + word)
      else if (isInPath) found.push(before + word + after)
    }
  }
  if (/:function:[^:/]+\/invocations$/.test(uri)) found.push(uri.replace('/invocations', ':$LATEST/invocations'))
  if (uri.includes(':$LATEST/')) found.push(uri.replace(':$LATEST/', '/'))
  const [, bucket, key] = /:s3:path\/([^/{]+)\/([^?{]+)$/.exec(uri) ?? []
  if (bucket !== undefined) found.push(uri.replace(`s3:path/${bucket}/${key}`, `${bucket}.s3:path/${key}`))
  const [, host, rest] = /:([^:.]+)\.s3:path\/([^?]+)$/.exec(uri) ?? []
  if (host !== undefined) found.push(uri.replace(`${host}.s3:path/${rest}`, `s3:path/${host}/${rest}`))
  const [, named, object] = /:s3:action\/GetObject&Bucket=([^&]+)&Key=([^&]+)$/.exec(uri) ?? []
  if (named !== undefined) found.push(uri.replace(/s3:action.*$/, `s3:path/${named}/${object}`))
  if (/%[67][0-9a-f]/i.test(uri)) found.push(uri.replaceAll(/%[67][0-9a-f]/gi, (code) => decodeURIComponent(code)))
  return found
}

/** The scheme and host, or the ARN up to its path. */
function origin(uri: string): string {
  return uri.startsWith('arn:') ? uri.replace(/:path\/.*$/, ':path') : uri.replace(/^(\w+:\/\/[^/]*).*$/, '$1')
}

function words(uri: string, { requestParameters = {} }: Integration): readonly string[] {
  const source = uri.includes('{p}') ? requestParameters['integration.request.path.p'] : 'stageVariables.q'
  if (source === undefined || source === 'method.request.path.p') return SEGMENTS
  if (source === 'method.request.path.proxy') return [...SEGMENTS, 'a/z', 'z/q', 'k/k']
  if (source.startsWith("'")) return /^'[a-z/]+'$/.test(source) ? [source.slice(1, -1)] : []
  return [...SEGMENTS, ...PATHS]
}

function targets(target: string | undefined): string[] {
  const balancer = target?.replace(/:listener\/(.*)\/[^/]*$/, ':loadbalancer/$1')
  return balancer === undefined || balancer === target ? [] : [balancer]
}

function spellings(name: string): string[] {
  const isHeader = /(?:^|\.)(?:multivalue)?header\./.test(name)
  const others = [
    name.replace('.multivalue', '.'),
    isHeader ? name.replaceAll('_', '-') : name,
    name.replace(/[^.]+$/, (last) => last.toLowerCase()),
    name.replace(/[^.]+$/, (last) => last.toUpperCase()),
  ]
  return others.filter((other) => other !== name)
}

function spelledKeys({ cacheKeyParameters = [], requestParameters = {} }: Integration): string[][] {
  return cacheKeyParameters.flatMap((key, index) => {
    const others = key.startsWith('integration.') ? [] : spellings(key)
    const source = requestParameters[key]
    if (source !== undefined && !source.startsWith("'")) others.push(source)
    return others.map((other) => cacheKeyParameters.with(index, other))
  })
}

function spelledParameters({ requestParameters = {} }: Integration): Record<string, string>[] {
  return Object.entries(requestParameters).flatMap(([key, source]) => {
    const { [key]: _, ...rest } = requestParameters
    const sources = source.startsWith("'") ? [] : spellings(source)
    const keys = spellings(key).filter((other) => !(other in requestParameters))
    return [
      ...sources.map((other) => ({ ...requestParameters, [key]: other })),
      ...keys.map((other) => ({ ...rest, [other]: source })),
    ]
  })
}
