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

/** What a read of the place reads. */
export function sourcesOf({ root, path }: Place): Sources {
  const [first, second] = path
  switch (root) {
    case 'stageVariables':
      return [`stageVariables.${first ?? '*'}`]
    case 'context': {
      const name = path.join('.')
      return [CONTEXT_MAPS.has(name) ? `context.${name}.*` : `context.${name || '*'}`]
    }
    case 'params':
      if (first !== 'path' && first !== 'querystring' && first !== 'header') return ALL_PARAMETERS
      return [`method.request.${first}.${second ?? '*'}`]
  }
}

/** What a read of an unknown member of the place, or of all of them, reads. */
export function allBelow({ root, path }: Place): Sources {
  if (root === 'params') return sourcesOf({ root, path: path.slice(0, 1) })
  if (root === 'stageVariables') return ['stageVariables.*']
  return [`context.${path.join('.')}.*`]
}

export function bodyOf(side: Side): Source {
  return side === 'request' ? 'method.request.body' : 'integration.response.body'
}

/** `$input.params('x')` looks in the path, the query string and the headers, in this order. */
export function parameterOf(name: string): Sources {
  return [`method.request.path.${name}`, `method.request.querystring.${name}`, `method.request.header.${name}`]
}
