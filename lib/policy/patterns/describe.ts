import type { Pattern, PatternKind } from './pattern.ts'

/** What one of the kind is called. */
const NOUN: Readonly<Record<PatternKind, string>> = {
  host: 'host',
  path: 'path',
  name: 'name',
  role: 'role',
  target: 'ARN',
  parameter: 'parameter',
  namespace: 'namespace',
}

/** What `*` and `**` mean, for patterns that words don't tell shorter. */
const STARS: Readonly<Record<PatternKind, string>> = {
  host: '* is one or more characters of a label, ** one or more labels',
  path: '* is one or more characters of a segment, ** one or more segments',
  name: '* is one or more characters',
  role: '* is one or more characters of a field or segment, ** one or more segments',
  target: '* is one or more characters of a field or segment, ** one or more segments',
  parameter: '* is one or more characters of a part, at the end everything below',
  namespace: '* is one or more characters',
}

/**
 * The pattern in words, for a person. A literal is given as it is. A range is described, so that nobody takes the words
 * for a value: they have spaces, which no value of a request has.
 */
export function describe(pattern: Pattern): string {
  const { kind, text, literal, shape, end, whole } = pattern
  if (literal !== undefined) return literal
  if (text === '*' || text === '**' || (kind === 'path' && text === '/**')) return `any ${NOUN[kind]}`
  if (kind === 'role') return describeRole(text) ?? inGeneral(kind, text)
  if (shape === 'head') {
    if (kind === 'path' && end.endsWith('/')) {
      return whole ? `any path below ${end}` : `any path of one segment below ${end}`
    }
    if (kind === 'parameter' && end.endsWith('.')) return `any parameter below ${end.slice(0, -1)}`
    if (kind === 'name' || kind === 'parameter') return `any ${NOUN[kind]} that begins with ${end}`
  }
  if (shape === 'tail') {
    if (kind === 'host' && end.startsWith('.')) {
      return whole ? `any host below ${end.slice(1)}` : `any host one label below ${end.slice(1)}`
    }
    if (kind === 'name') return `any name that ends with ${end}`
  }
  return inGeneral(kind, text)
}

function inGeneral(kind: PatternKind, text: string): string {
  return text.includes('*')
    ? `any ${NOUN[kind]} like ${text} (${STARS[kind]})`
    : `any ${NOUN[kind]} that ${text} becomes`
}

/** `…:role/apigw/payments-*`: a role by account, path and the beginning of its name. */
function describeRole(text: string): string | undefined {
  const [, , , , account = '', resource = ''] = text.split(':')
  const segments = resource.split('/').slice(1)
  const name = segments.pop() ?? ''
  const path = `/${segments.map((segment) => `${segment}/`).join('')}`
  if (path.includes('*') || !resource.startsWith('role/') || text.slice(0, text.indexOf(':', 4)).includes('*'))
    return undefined
  const whose = account === '*' ? 'of any account' : `of account ${account}`
  if (name === '**') return `any role ${whose} below ${path}`
  const [prefix = '', suffix = '', ...more] = name.split('*')
  if (more.length > 0) return undefined
  const named = [prefix && `begins with ${prefix}`, suffix && `ends with ${suffix}`].filter((part) => part !== '')
  if (!name.includes('*')) return `the role ${name} ${whose} in ${path}`
  return `any role ${whose} in ${path}${named.length > 0 ? ` whose name ${named.join(' and ')}` : ''}`
}
