import { CONTEXT_MAPS } from './names.ts'
import type { Side, Source } from './template.ts'

/** A set of sources, sorted by nothing, without repeats; small by construction, see {@link unite}. */
export type Sources = readonly Source[]

/** The most sources that one value names. A value of more names whole maps instead, so that work stays linear. */
const MOST = 32

export const NO_SOURCES: Sources = []

export const ALL_PARAMETERS: Sources = [
  'method.request.path.*',
  'method.request.querystring.*',
  'method.request.header.*',
]

/** Everything in either. */
export function unite(one: Sources, other: Sources): Sources {
  if (other.length === 0 || one === other) return one
  if (one.length === 0) return other
  const all = new Set(one)
  // What a whole map covers is not named beside it, so that a set that was made coarse stays so.
  for (const source of other) if (!all.has(wholeMap(source))) all.add(source)
  if (all.size === one.length) return one
  return all.size <= MOST ? [...all] : [...new Set([...all].map(wholeMap))]
}

/** `method.request.header.X` to `method.request.header.*`; `context.a.b` to `context.*`. */
function wholeMap(source: Source): Source {
  if (source.endsWith('.body')) return source
  const [first = '', second = '', third = ''] = source.split('.', 3)
  return first === 'method' ? `${first}.${second}.${third}.*` : `${first}.*`
}

/** A map of API Gateway, or a place below it, by names that are known. */
export interface Place {
  readonly root: 'params' | 'context' | 'stageVariables'
  readonly path: readonly string[]
}

export function below({ root, path }: Place, name: string): Place {
  return { root, path: [...path, name] }
}

/** Whether the place is a map that API Gateway has, rather than a text. */
export function isMap({ root, path }: Place): boolean {
  if (root === 'context') return CONTEXT_MAPS.has(path.join('.'))
  return path.length === 0 || (root === 'params' && path.length === 1)
}

/** What a read of the place reads. */
export function sourcesOf({ root, path }: Place): Sources {
  const [first, second] = path
  switch (root) {
    case 'stageVariables':
      return [`stageVariables.${first ?? '*'}`]
    case 'context': {
      const name = leafOf(path)
      return [CONTEXT_MAPS.has(name) ? `context.${name}.*` : `context.${name || '*'}`]
    }
    case 'params':
      if (first !== 'path' && first !== 'querystring' && first !== 'header') return ALL_PARAMETERS
      return [`method.request.${first}.${second ?? '*'}`]
  }
}

/** What a read of an unknown member of the place, or of all of them, reads. */
export function allBelow({ root, path }: Place): Sources {
  return sourcesOf({ root, path: root === 'params' ? path.slice(0, 1) : root === 'stageVariables' ? [] : path })
}

/** The path as far as it leads through maps: what is no map is read whole, whatever is asked of it. */
function leafOf(path: readonly string[]): string {
  let name = ''
  for (const part of path) {
    name = name === '' ? part : `${name}.${part}`
    if (!CONTEXT_MAPS.has(name)) break
  }
  return name
}

export function bodyOf(side: Side): Source {
  return side === 'request' ? 'method.request.body' : 'integration.response.body'
}

/** `$input.params('x')` looks in the path, the query string and the headers, in this order. */
export function parameterOf(name: string): Sources {
  return [`method.request.path.${name}`, `method.request.querystring.${name}`, `method.request.header.${name}`]
}
