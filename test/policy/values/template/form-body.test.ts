import { describe, expect, it } from 'vitest'
import { formBody } from '../../../../lib/policy/values/template/form-body.ts'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'
import type { Template } from '../../../../lib/policy/values/template/template.ts'

function parsed(text: string): Template {
  const result = parseTemplate(text, 'request')
  if (!result.ok) throw new Error(JSON.stringify(result.fault))
  return result.template
}

const BODY = { dynamic: true, sources: ['method.request.body'] }
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111111111111/shop-orders'

describe('formBody()', () => {
  it.each<[string, Record<string, unknown[]>]>([
    ['', {}],
    ['Action=SendMessage', { Action: [{ literal: 'SendMessage' }] }],
    [
      'Action=SendMessage&MessageBody=$util.urlEncode($input.body)',
      { Action: [{ literal: 'SendMessage' }], MessageBody: [BODY] },
    ],
    ['#set($m = $util.urlEncode($input.body))Action=A&M=$m', { Action: [{ literal: 'A' }], M: [BODY] }],
    [
      `Action=A##\n&QueueUrl=$util.urlEncode('${QUEUE}')##\n`,
      { Action: [{ literal: 'A' }], QueueUrl: [{ literal: QUEUE }] },
    ],
    ['%41ction=A', { Action: [{ literal: 'A' }] }],
    ['\n  Action=A\n&B=c+d%21\n', { Action: [{ literal: 'A' }], B: [{ literal: 'c d!' }] }],
    ['#set($k="Act")${k}ion=A', { Action: [{ literal: 'A' }] }],
    ['Action=A&&B&C=', { Action: [{ literal: 'A' }], B: [{ literal: '' }], C: [{ literal: '' }] }],
    ['Action=A&Action=B', { Action: [{ literal: 'A' }, { literal: 'B' }] }],
    ['action=A&Action=B', { action: [{ literal: 'A' }], Action: [{ literal: 'B' }] }],
    ['Action=#if($x)A#{else}B#end', { Action: [{ literal: 'A' }, { literal: 'B' }] }],
    ['Action=A#if($x)&D=5#end&M=m', { Action: [{ literal: 'A' }], D: [{ literal: '5' }], M: [{ literal: 'm' }] }],
    ['A=x$util.urlEncode($input.body)y', { A: [BODY] }],
    [
      'A=$util.base64Encode($input.body)&B=$context.requestId',
      { A: [BODY], B: [{ dynamic: true, sources: ['context.requestId'] }] },
    ],
    [
      "A=1#foreach($x in $input.path('$'))&N=$util.urlEncode($x)#end",
      { A: [{ dynamic: true, sources: [] }], N: [BODY] },
    ],
    ["#foreach($x in $input.path('$'))N=$util.urlEncode($x)&#end", { N: [BODY] }],
    ['A=$unknown', { A: [{ literal: '$unknown' }] }],
  ])('reads %j', (text, want) => {
    const form = formBody(parsed(text))
    if (!form.ok) throw new Error(JSON.stringify(form.fault))
    expect(Object.fromEntries(form.parameters)).toEqual(want)
  })

  it.each<[string, string, number, number]>([
    ['Action=SendMessage&MessageBody=$input.body', 'form-unencoded', 1, 32],
    ["Action=A&\nB=$util.escapeJavaScript($input.path('$.a'))", 'form-unencoded', 2, 3],
    ["Action=A&B=$input.json('$')", 'form-unencoded', 1, 12],
    ['#set($m = $input.body)\nAction=A&M=$m', 'form-unencoded', 1, 11],
    ['A=$util.urlDecode($util.urlEncode($input.body))', 'form-unencoded', 1, 3],
    ["A=$util.urlEncode($input.params('&Action=B&'))", 'form-unencoded', 1, 3],
    ['A=$util.urlEncode($input.body).replaceAll("a","&")', 'form-unencoded', 1, 3],
    ['#if($x)$input.body#{end}=1', 'form-name', 1, 8],
    ['$input.body', 'form-name', 1, 1],
    ['Action=A&$util.urlEncode($input.body)=b', 'form-name', 1, 10],
    ['Action=A&\n$util.urlEncode($input.body)', 'form-name', 2, 1],
    ['Act ion=A', 'form-name', 1, 1],
    ['Action=A&\n  {"b": 1}=2', 'form-name', 2, 3],
    ['=A', 'form-name', 1, 1],
    ['%zz=A', 'form-name', 1, 1],
    ['A=1#foreach($x in $input.path("$"))&B#end=2', 'form-name', 1, 36],
    ['A=1;Action=B', 'form-semicolon', 1, 4],
    ['A=1\n\n;B', 'form-semicolon', 3, 1],
    [
      'A=#if($a)1#elseif($a)2#elseif($a)3#elseif($a)4#elseif($a)5#elseif($a)6#elseif($a)7#elseif($a)8#{else}9#end',
      'form-branches',
      1,
      10,
    ],
  ])('refuses %j: %s at %i:%i', (text, finding, line, column) => {
    const form = formBody(parsed(text))
    expect(form).toMatchObject({ ok: false, fault: { finding, line, column } })
  })

  it('gives a fix that clears the fault', () => {
    const form = formBody(parsed('Action=A&M=$input.body'))
    if (form.ok) throw new Error('it parses')
    expect(form.fault).toMatchObject({ value: '$input.body', fix: 'Write $util.urlEncode($input.body).' })
    expect(formBody(parsed('Action=A&M=$util.urlEncode($input.body)')).ok).toBe(true)
  })
})
