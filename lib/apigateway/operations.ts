import { notFound, type Parsed, refuse } from './api-error.ts'
import { HTTP_METHODS, type HttpMethod, type MethodPath } from './integration.ts'
import { OPERATIONS, type OperationName } from './operation-table.ts'

export interface FoundOperation {
  operation: OperationName
  /** The labels of the path, decoded, under their names in the model: `restapi_id`, `http_method` … */
  params: Readonly<Record<string, string>>
}

interface Template {
  operation: OperationName
  segments: string[]
  query: string
  /** Whether only the query tells it from another operation. */
  isTwin: boolean
}

/** API Gateway's own bound on a URL is 10,240; no path of the model comes near. */
const MAX_PATH = 8_192

/** Labels that are not ids that API Gateway made up, with what may stand in them. All others are `ID`. */
const ID = /^[a-z0-9]+$/
const NAME = /^(?!\.+$)[A-Za-z0-9._*()-]+$/
const LABELS: Readonly<Record<string, RegExp>> = {
  http_method: new RegExp(`^(?:${HTTP_METHODS.join('|')})$`),
  status_code: /^[1-5][0-9][0-9]$/,
  resource_arn: /^arn:[A-Za-z0-9:/._*()-]+$/,
  domain_name_access_association_arn: /^arn:[A-Za-z0-9:/._*()+-]+$/,
  api_Key: NAME,
  base_path: NAME,
  doc_version: NAME,
  domain_name: NAME,
  export_type: NAME,
  keyId: NAME,
  model_name: NAME,
  response_type: NAME,
  sdk_type: NAME,
  sdktype_id: NAME,
  stage_name: NAME,
}

/** By verb and number of segments. */
const TEMPLATES = new Map<string, Template[]>()
for (const [operation, verb, path] of OPERATIONS) {
  const [pathname = '', query = ''] = path.split('?')
  const segments = pathname.slice(1).split('/')
  const shape = `${verb} ${segments.length}`
  TEMPLATES.set(shape, [...(TEMPLATES.get(shape) ?? []), { operation, segments, query, isTwin: false }])
}
for (const alike of TEMPLATES.values()) {
  for (const { segments, query } of alike) {
    for (const other of alike) other.isTwin ||= other.query !== query && other.segments.join() === segments.join()
  }
}

/**
 * Which of API Gateway's operations a request line means; `undefined` where none, or where two readers of the path
 * could differ: dot segments, empty segments, double encoding, encoded slashes, a verb in lower case.
 *
 * @param verb the request's method, upper case.
 * @param rawPath the path as it came in, not decoded, without the query.
 * @param rawQuery the query without `?`: it tells ImportRestApi from CreateRestApi, ImportApiKeys from CreateApiKey.
 */
export function findOperation(verb: string, rawPath: string, rawQuery = ''): FoundOperation | undefined {
  if (!rawPath.startsWith('/') || rawPath.length > MAX_PATH) return undefined
  const segments = rawPath.slice(1).split('/')
  const candidates = TEMPLATES.get(`${verb} ${segments.length}`) ?? []
  for (const { operation, segments: template, query, isTwin } of candidates) {
    const params = matchSegments(template, segments)
    if (params !== undefined && (!isTwin || modesOf(rawQuery) === query)) return { operation, params }
  }
  return undefined
}

function modesOf(rawQuery: string): string {
  const modes = new URLSearchParams(rawQuery).getAll('mode')
  return modes.map((mode) => `mode=${mode}`).join()
}

/** The method a path of PutIntegration, GetIntegration, UpdateIntegration or DeleteIntegration names. */
export function parseMethodPath(rawPath: string): Parsed<MethodPath> {
  const found = findOperation('GET', rawPath)
  const method = found?.operation === 'GetIntegration' ? methodPath(found.params) : undefined
  return method === undefined
    ? refuse(notFound('The path does not name the integration of a method'))
    : { ok: true, value: method }
}

/** The method that the labels of a path name; `undefined` where the operation is not about one method. */
export function methodPath(params: FoundOperation['params']): MethodPath | undefined {
  const { restapi_id: restApiId, resource_id: resourceId, http_method: verb } = params
  const httpMethod = HTTP_METHODS.find((method: HttpMethod) => method === verb)
  return restApiId === undefined || resourceId === undefined || httpMethod === undefined
    ? undefined
    : { restApiId, resourceId, httpMethod }
}

/** Whether API Gateway could have made up this id. */
export function isId(text: string): boolean {
  return ID.test(text)
}

function matchSegments(template: string[], segments: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null)
  for (const [index, expected] of template.entries()) {
    const segment = segments[index]
    if (segment === undefined) return undefined
    if (!expected.startsWith('{')) {
      if (segment !== expected) return undefined
      continue
    }
    const name = expected.slice(1, -1)
    const label = decodeOnce(segment)
    if (label === undefined || !(LABELS[name] ?? ID).test(label) || label.includes('..')) return undefined
    params[name] = label
  }
  return params
}

function decodeOnce(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
