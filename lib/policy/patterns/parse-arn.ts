import { literalPattern, rangePattern, sequenceOf, shapeOf } from './build.ts'
import { misplacedStars, type ParsedPattern, wrong } from './parsed.ts'
import type { PatternKind } from './pattern.ts'

/** An ARN by its fields, the resource by its segments: `loadbalancer/app/name/id`. */
export function parseTarget(text: string): ParsedPattern {
  return parseArn('target', text)
}

/** A role ARN. Its path and name are one sequence of segments; role names have no slash, so the last one is the name. */
export function parseRole(text: string): ParsedPattern {
  const parsed = parseArn('role', text)
  if (!parsed.ok) return parsed
  const match = /^arn:[^:]+:iam::([^:]*):role\/(.+)$/.exec(text)
  if (!match) return wrong('A role reads arn:aws:iam::111111111111:role/path/name.')
  if (!/^(?:[0-9]{12}|\*)$/.test(match[1] ?? '')) return wrong('The account of a role is twelve digits, or *.')
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
  const sequences = [[arn], ...fields.map((field) => [field]), segments].map((texts) => sequenceOf(kind, texts))
  return { ok: true, pattern: rangePattern(kind, text, sequences, shapeOf(kind, text)) }
}
