import type { Hole } from '../../patterns/pattern.ts'
import type { Piece } from './resource.ts'
import type { Service } from './services.ts'

/** Literal text and holes in turn, as `reachOf` takes them. */
export type PathPieces = readonly (string | { readonly hole: Hole })[]

/** One way to write what a uri addresses: the labels before the service, and the path. */
export interface Spelling {
  /** Absent where no label stands before the service. */
  subdomain?: PathPieces
  /** Absent for an `action/…` that names no resource. */
  path?: PathPieces
}

/** What of a request tells its target. */
export interface Target {
  service: Service
  subdomain?: string
  /** Absent for `action/…`. */
  path?: PathPieces
  /** The values that a member has in the query or the body; none where the request doesn't name it. */
  valuesOf(member: string): readonly (readonly Piece[])[]
  /** The account of the role, where it is known. */
  account?: string
}

const ANYTHING = { hole: 'anything' } as const

/**
 * The spellings of one target, the written one first. A bucket is a virtual host (`shop.s3:path/key`), a path
 * (`s3:path/shop/key`) and a parameter (`s3:action/GetObject&Bucket=shop&Key=key`); a queue is a path and a `QueueUrl`. A
 * denial of one of them is a denial of all.
 */
export function spellingsOf(target: Target): Spelling[] {
  const spellings = targetSpellings(target)
  return [...spellings, ...spellings.flatMap(decoded)]
}

function targetSpellings(target: Target): Spelling[] {
  if (target.service.name === 's3') return bucketSpellings(target)
  const { subdomain, path } = target
  const written: Spelling = { ...(subdomain !== undefined && { subdomain: [subdomain] }), ...(path && { path }) }
  return target.service.name === 'sqs' ? [written, ...queueSpellings(target)] : [written]
}

/** A service decodes its path: `/a%2Bb` is `/a+b`. */
function decoded({ path, ...rest }: Spelling): Spelling[] {
  if (!path?.some((piece) => typeof piece === 'string' && piece.includes('%'))) return []
  const plain = path.map((piece) => (typeof piece === 'string' ? decode(piece) : piece))
  return [{ ...rest, path: plain }]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // the reader of the uri has refused it
  }
}

function bucketSpellings(target: Target): Spelling[] {
  const { subdomain, path } = target
  if (path === undefined) return actionSpellings(target)
  if (subdomain !== undefined) {
    const written: Spelling = { subdomain: [subdomain], path }
    return [written, ...asBucketRoot([`/${subdomain}`], path)]
  }
  const { first, rest } = firstSegment(path)
  const written: Spelling = { path }
  if (first.length === 0) return [written] // the list of buckets
  const isRoot = rest.length === 0
  const hosted: Spelling = { subdomain: first, path: isRoot ? ['/'] : rest }
  // `/bucket` and `/bucket/` are one resource.
  return isRoot ? [written, { path: joined([...path, '/']) }, hosted] : [written, ...withoutSlash(path, rest), hosted]
}

function withoutSlash(path: PathPieces, rest: PathPieces): Spelling[] {
  if (rest.length !== 1 || rest[0] !== '/') return []
  const last = path.at(-1)
  return typeof last === 'string' ? [{ path: joined([...path.slice(0, -1), last.slice(0, -1)]) }] : []
}

function asBucketRoot(bucket: PathPieces, path: PathPieces): Spelling[] {
  const isRoot = path.length === 1 && path[0] === '/'
  return [{ path: joined([...bucket, ...path]) }, ...(isRoot ? [{ path: joined(bucket) }] : [])]
}

function actionSpellings({ valuesOf }: Target): Spelling[] {
  const buckets = valuesOf('Bucket')
  const keys = valuesOf('Key').map((value): PathPieces => ['/', ...toPath(value)])
  if (buckets.length === 0) return [{ path: ['/'] }]
  return buckets.flatMap((value) => {
    const bucket = toPath(value)
    const paths: readonly PathPieces[] = keys.length === 0 ? [['/']] : keys
    return paths.flatMap((path): Spelling[] => [
      ...asBucketRoot(['/', ...bucket], path),
      { subdomain: bucket, path: joined(path) },
    ])
  })
}

function queueSpellings({ valuesOf, account }: Target): Spelling[] {
  return [...valuesOf('QueueUrl'), ...valuesOf('QueueName')].map((value): Spelling => {
    const [text, ...more] = value
    if (typeof text !== 'string' || more.length > 0) return { path: [ANYTHING] }
    const [, written] = /^(?:https?:\/\/[^/]{1,253})?\/?([0-9]{12}\/[A-Za-z0-9_.-]{1,84})$/.exec(text) ?? []
    if (written !== undefined) return { path: [`/${written}`] }
    const [, arnAccount, name] = /^arn:[^:]{1,30}:sqs:[^:]{0,30}:([0-9]{12}):(.{1,84})$/.exec(text) ?? []
    if (name !== undefined) return { path: [`/${arnAccount}/${name}`] }
    return account === undefined ? { path: ['/', { hole: 'segment' }, `/${text}`] } : { path: [`/${account}/${text}`] }
  })
}

/** A bucket or key that a caller fills in may hold slashes; one with a dot segment leads wherever that is resolved to. */
export function toPath(value: readonly Piece[]): PathPieces {
  return value.map((piece) => (typeof piece === 'string' && !DOT_SEGMENT.test(piece) ? piece : ANYTHING))
}

const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/

/** The first segment of a path, and the rest from its slash on; all holes of the segment are single segments. */
function firstSegment(path: PathPieces): { first: PathPieces; rest: PathPieces } {
  const first: (string | { hole: Hole })[] = []
  for (const [index, piece] of path.entries()) {
    if (typeof piece !== 'string') {
      first.push(piece)
      if (piece.hole !== 'segment') return { first: [ANYTHING], rest: [ANYTHING] }
      continue
    }
    const text = index === 0 ? piece.slice(1) : piece
    const slash = text.indexOf('/')
    if (slash < 0) {
      if (text !== '') first.push(text)
      continue
    }
    if (slash > 0) first.push(text.slice(0, slash))
    return { first, rest: joined([text.slice(slash), ...path.slice(index + 1)]) }
  }
  return { first, rest: [] }
}

/** Neighbouring texts as one. */
function joined(pieces: PathPieces): PathPieces {
  const out: (string | { readonly hole: Hole })[] = []
  for (const piece of pieces) {
    const last = out.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') out[out.length - 1] = last + piece
    else if (piece !== '') out.push(piece)
  }
  return out
}
