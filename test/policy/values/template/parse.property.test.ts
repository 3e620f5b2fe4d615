import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formBody } from '../../../../lib/policy/values/template/form-body.ts'
import { jsonBody } from '../../../../lib/policy/values/template/json-body.ts'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'
import { Work } from '../../../../lib/policy/values/template/work.ts'

/** Signs of the language and what stands between them, so that many texts get far into the grammar. */
const sign = fc.oneof(
  fc.constantFrom(
    ...['$', '$!', '${', '}', '#', '##', '#*', '*#', '#set(', '#if(', '#elseif(', '#else', '#end', '#foreach('],
    ...['#define(', ' in ', ')', '(', '[', ']', '{', '"', "'", '""', '\\', '\\u', '=', '==', '&&', '!', ',', ':', '.'],
    ...['a', 'b', '$a', '$b', '${a}', '$context', 'requestOverride', 'header', '$input.body', '$util.urlEncode(', '\n'],
    ...[' ', '1', '..', '-', '&', 'true', '$a = ', '{"x": "', '"}', 'Action=', '&B=', '.get(', '.class', '#{end}'],
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const soup = fc.array(sign, { maxLength: 40 }).map((parts) => parts.join(''))

describe('parseTemplate()', () => {
  it('never throws, and places each fault inside the text', () => {
    fc.assert(
      fc.property(soup, fc.constantFrom('request' as const, 'response' as const), (text, side) => {
        const result = parseTemplate(text, side)
        if (result.ok) {
          formBody(result.template)
          jsonBody(result.template)
          return
        }
        const { line, column, value, finding } = result.fault
        const lines = text.split('\n')
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
        expect(value.length).toBeLessThanOrEqual(80)
        expect(finding).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
      }),
      { numRuns: 3_000 },
    )
  })

  it('gives the same for the same text', () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(parseTemplate(text, 'request')).toEqual(parseTemplate(text, 'request'))
      }),
      {
        numRuns: 300,
      },
    )
  })

  /** Texts that make a careless reader work more than in proportion, by how often their part is repeated. */
  it.each<[string, (times: number) => string]>([
    ['text', (times) => 'x$'.repeat(times)],
    ['blanks', (times) => ' \t'.repeat(times)],
    ['blanks before directives', (times) => '  \t #fff'.repeat(times)],
    ['backslashes', (times) => '\\\\x'.repeat(times)],
    ['references', (times) => '$a.b.get("c")[0] '.repeat(times)],
    ['a long reference', (times) => `$a${'.b'.repeat(times)}`],
    ['a long path of $context', (times) => `$context.authorizer${'.b'.repeat(times)}`],
    ['doubling', (times) => `#set($a = "x")${'#set($a = "$a$a")'.repeat(times)}$a`],
    ['doubling of holes', (times) => `#set($a = $input.body)${'#set($a = "$a$a")'.repeat(times)}$a`],
    ['branches', (times) => `${'#if($x)#set($a = "x$a")#end'.repeat(times)}$a`],
    [
      'branches that all set',
      (times) => `#if($x)${'#elseif($x)#set($a = $input.body)#set($b = "$a$b")'.repeat(times)}#end$b`,
    ],
    ['many sources', (times) => many(times, (at) => `#set($a = "$a$context.m${at}")`)],
    ['many variables', (times) => many(times, (at) => `#set($v${at} = "$v${at - 1}x")`)],
    [
      'variables set in a loop',
      (times) => `#foreach($i in $l)${many(times, (at) => `#set($v${at} = "$v${at - 1}$i")`)}#end`,
    ],
    ['loops', (times) => '#foreach($i in $l)#set($a = "$a$i")#end'.repeat(times)],
    [
      'loops of a large value',
      (times) => `#set($a = "${'x$b'.repeat(500)}")${'#foreach($i in $l)#set($a = "$a")#end'.repeat(times)}`,
    ],
    ['definitions', (times) => `#define($d)#set($a = 1)${'x'.repeat(300)}#end${'$d '.repeat(times)}`],
    ['definitions of definitions', (times) => many(times, (at) => `#define($d${at})$d${at - 1}$d${at - 1}#end`)],
    ['strings', (times) => `#set($a = "${'""$b""'.repeat(times)}")`],
    ['strings in strings', (times) => `#set($a = "$b.get(""${'x'.repeat(times)}$c"")")`],
    ['lists', (times) => `#foreach($i in [${'"a$b",'.repeat(times)}1])$i#end`],
    ['operators', (times) => `#if($a${' && !$a == 1'.repeat(times)})x#end`],
    ['negations', (times) => `#if(${'!'.repeat(times)}$a)x#end`],
    ['comments', (times) => '#* x *###\n'.repeat(times)],
    ['a fault at the end', (times) => `${'$a\n'.repeat(times)}#stop`],
    ['form parameters', (times) => '&A=$util.urlEncode($a)'.repeat(times)],
    ['form branches', (times) => `A=${'#if($x)&B=1#end'.repeat(times)}`],
    ['a JSON array', (times) => `{"a": [${'{"b": "$c"},'.repeat(times)}1]}`],
    ['JSON branches', (times) => `{"a": "${'#if($x)y#end'.repeat(times)}"}`],
    ['JSON objects of one name', (times) => '{"a": "b"}'.repeat(times)],
  ])('costs in proportion to its length: %s', (_what, text) => {
    const [once, twice] = [2_000, 4_000].map((times) => {
      const work = new Work()
      const result = parseTemplate(text(times), 'request', work)
      if (result.ok) {
        formBody(result.template)
        jsonBody(result.template)
      }
      return work.steps / text(times).length
    })
    expect(once).toBeLessThan(60)
    expect(twice).toBeLessThan(Math.max(2, (once ?? 0) * 1.3))
  })
})

function many(times: number, part: (at: number) => string): string {
  return Array.from({ length: times }, (_, at) => part(at)).join('')
}
