import type { Hole } from '../patterns/pattern.ts'
import type { LateBound } from './late-bound.ts'
import type { UriPath } from './uri-path.ts'

/** Who fills a late-bound part of a path. */
export type Origin =
  | 'path'
  | 'querystring'
  | 'header'
  | 'body'
  | 'context'
  | 'stageVariables'
  | 'static'
  | 'template'
  | 'unmapped'

/** A late-bound part of a path, with where its value comes from. */
export interface LateSource {
  /** As written in the uri: `{id}`. */
  text: string
  origin: Origin
  /** The key in `requestParameters` that maps onto it; absent where none does. */
  key?: string
  /** What its value can be; a text where it is a static value. */
  reach: Hole | { text: string }
}

/**
 * What a path parameter of the method can hold: one segment, never empty and never `.` or `..`, since API Gateway itself
 * matches the request's path segment by segment. The greedy `{proxy+}`, under the name that every guide gives it, holds
 * several. Source: API Gateway Developer Guide, "Set up a proxy integration with a proxy resource". To be verified on an
 * account; this is the one place that assumes it.
 */
function pathParameterReach(name: string): Hole {
  return name === 'proxy' ? 'segments' : 'segment'
}

/**
 * Of each late-bound part, in the order in which they stand.
 *
 * @param isOverridden Whether a template sets a placeholder, whatever is mapped onto it (`requestOverride.path.NAME`).
 */
export function lateSources(
  path: UriPath,
  requestParameters: Readonly<Record<string, string>>,
  isOverridden: (name: string) => boolean,
): LateSource[] {
  return path.pieces.flatMap((piece) => {
    if (typeof piece === 'string') return []
    return piece.kind === 'placeholder' && isOverridden(piece.name)
      ? [{ text: piece.text, origin: 'template', reach: 'anything' } satisfies LateSource]
      : [sourceOf(piece, requestParameters)]
  })
}

/** The path as text and holes, as `reachOf` takes them. */
export function piecesOf(path: UriPath, late: readonly LateSource[]): (string | { hole: Hole })[] {
  let at = 0
  return path.pieces.map((piece) => {
    if (typeof piece === 'string') return piece
    const reach = late[at++]?.reach ?? 'anything'
    return typeof reach === 'string' ? { hole: reach } : reach.text
  })
}

function sourceOf({ kind, name, text }: LateBound, requestParameters: Readonly<Record<string, string>>): LateSource {
  if (kind === 'stageVariable') return { text, origin: 'stageVariables', reach: 'anything' }
  const key = `integration.request.path.${name}`
  const mapped = Object.hasOwn(requestParameters, key) ? requestParameters[key] : undefined
  if (mapped === undefined) return { text, origin: 'unmapped', reach: pathParameterReach(name) }
  if (mapped.startsWith("'") && mapped.endsWith("'") && mapped.length >= 2) {
    return { text, origin: 'static', key, reach: { text: mapped.slice(1, -1) } }
  }
  const [root, , location = '', ...rest] = mapped.split('.')
  if (root === 'stageVariables') return { text, origin: 'stageVariables', key, reach: 'anything' }
  if (root !== 'method') return { text, origin: 'context', key, reach: 'anything' }
  if (location === 'path') return { text, origin: 'path', key, reach: pathParameterReach(rest.join('.')) }
  const origin = location.endsWith('querystring') ? 'querystring' : location.endsWith('header') ? 'header' : 'body'
  return { text, origin, key, reach: 'anything' }
}
