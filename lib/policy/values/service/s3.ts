import type { PathPieces } from './target.ts'

/**
 * Parameters of S3 that only page, filter or shape an answer. Every other one can choose another operation (`?policy`,
 * `?acl`, `?uploads` …); S3 adds such names, so that the harmless ones are listed. Source: Amazon S3 API Reference.
 */
const HARMLESS = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'marker',
  'max-keys',
  'continuation-token',
  'start-after',
  'fetch-owner',
  'encoding-type',
  'versionId',
  'partNumber',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
])

export function choosesS3Operation(parameter: string): boolean {
  return !HARMLESS.has(parameter)
}

/**
 * The operations that a verb on a path is, by every name that AWS gives them; `undefined` where that can't be told.
 *
 * @param path Of the path-style spelling: `/bucket/key`.
 * @param parameters The names in the query.
 */
export function s3OperationsOf(
  verb: string | undefined,
  path: PathPieces,
  parameters: readonly string[],
): readonly string[] | undefined {
  if (parameters.some(choosesS3Operation)) return undefined
  const level = levelOf(path)
  return level === undefined || verb === undefined ? undefined : OPERATIONS[level][verb]
}

const OPERATIONS: Readonly<Record<'service' | 'bucket' | 'object', Readonly<Record<string, readonly string[]>>>> = {
  service: { GET: ['ListBuckets', 'ListAllMyBuckets'] },
  bucket: {
    GET: ['ListObjects', 'ListObjectsV2', 'ListBucket'],
    HEAD: ['HeadBucket', 'ListBucket'],
    PUT: ['CreateBucket'],
    DELETE: ['DeleteBucket'],
  },
  object: { GET: ['GetObject'], HEAD: ['HeadObject', 'GetObject'], PUT: ['PutObject'], DELETE: ['DeleteObject'] },
}

/** `undefined` where what is filled in decides whether a key follows the bucket. */
function levelOf(path: PathPieces): 'service' | 'bucket' | 'object' | undefined {
  const [first, ...rest] = path
  if (typeof first !== 'string') return undefined
  const slash = first.indexOf('/', 1)
  // A key behind a literal bucket: whatever is filled in there is a key, or climbs, which `covers` tells.
  if (slash > 0) return first.length > slash + 1 || rest.length > 0 ? 'object' : 'bucket'
  if (rest.length === 0) return first === '/' ? 'service' : 'bucket'
  if (rest.some((piece) => typeof piece !== 'string' && piece.hole !== 'segment')) return undefined
  const tail = rest.filter((piece) => typeof piece === 'string').join('')
  const keyAt = tail.indexOf('/')
  if (keyAt < 0) return 'bucket'
  return tail.length > keyAt + 1 || typeof rest.at(-1) !== 'string' ? 'object' : 'bucket'
}
