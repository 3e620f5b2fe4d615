import { literalPattern, literalTextOf, rangePattern, sequenceOf, shapeOf } from './build.ts'
import { misplacedStars, type ParsedPattern, type Pattern, type PatternKind, type Sequence, wrong } from './pattern.ts'
import { literalSegment } from './segment.ts'

/** An ARN by its fields, the resource by its segments: `loadbalancer/app/name/id`. */
export function parseTarget(text: string): ParsedPattern {
  return parseArn('target', text)
}

/** A role ARN. Its path and name are one sequence of segments; role names have no slash, so the last one is the name. */
export function parseRole(text: string): ParsedPattern {
  const parsed = parseArn('role', text)
  if (!parsed.ok) return parsed
  const [, , service, region, account = '', resource = ''] = text.split(':')
  if (service !== 'iam' || region !== '' || !resource.startsWith('role/')) {
    return wrong('A role reads arn:aws:iam::111111111111:role/path/name.')
  }
  if (!/^(?:[0-9]{12}|\*)$/.test(account)) return wrong('The account of a role is twelve digits, or *.')
  return parsed
}

function parseArn(kind: PatternKind, text: string): ParsedPattern {
  const [arn, partition = '', service = '', region = '', account = '', ...resources] = text.split(':')
  const [resource = ''] = resources
  if (arn !== 'arn' || resources.length !== 1) {
    return wrong('An ARN has six fields: arn:aws:iam::111111111111:role/x.')
  }
  const segments = resource.split('/')
  const fields = [partition, service, region, account]
  if (fields.some((field) => field.includes('**')) || segments.some((part) => part !== '**' && part.includes('**'))) {
    return misplacedStars(text)
  }
  if (partition === '' || service === '' || segments.includes('')) {
    return wrong('A field or segment of the ARN is empty.')
  }
  if (!/^[A-Za-z0-9+=,.@_*/-]+$/.test([...fields, ...segments].join('/'))) {
    return wrong('A character of the ARN is not one that it can have.')
  }
  if (!text.includes('*')) return { ok: true, pattern: literalPattern(kind, text) }
  return { ok: true, pattern: rangePattern(kind, text, fieldsOf, shapeOf(kind, text)) }
}

/** Where the resource stands among the fields. */
const RESOURCE = 5

function fieldsOf(text: string, kind: PatternKind): Sequence[] {
  return text.split(':').map((field, index) => sequenceOf(kind, index < RESOURCE ? [field] : field.split('/')))
}

/**
 * The paths that the roles of a pattern can have, as a path: `role/apigw/x-*` gives `/apigw/`. What a bound's `rolePath`
 * is compared with: `/apigw/` is exactly that path, `/apigw/**` also what lies below.
 */
export function rolePathOf(role: Pattern): Pattern {
  const { literal, text } = role
  if (literal !== undefined)
    return literalPattern('path', literal.slice(literal.indexOf('/'), literal.lastIndexOf('/') + 1))
  const [, ...segments] = role.fields.at(-1) ?? []
  // `**` in last place is segments of the path and a name: the path has one segment less, and so perhaps none.
  const name = segments.at(-1)?.loop ? segments.length - 2 : segments.length - 1
  const fields = [[...segments.filter((_, index) => index !== name), { loop: false, element: literalSegment('') }]]
  const path = literalTextOf('path', fields)
  return path === undefined ? rangePattern('path', text, fields) : literalPattern('path', path)
}
