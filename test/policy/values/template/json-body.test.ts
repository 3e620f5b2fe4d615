import { describe, expect, it } from 'vitest'
import { jsonBody } from '../../../../lib/policy/values/template/json-body.ts'
import type { JsonNode } from '../../../../lib/policy/values/template/json-node.ts'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'
import type { Template } from '../../../../lib/policy/values/template/template.ts'

function parsed(text: string): Template {
  const result = parseTemplate(text, 'request')
  if (!result.ok) throw new Error(JSON.stringify(result.fault))
  return result.template
}

/** Nodes as short JSON: `?` for what is not known, `?!` where it is put in as it comes, `…` for an open object. */
function short(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return { ...members(node.members), ...(node.isOpen && { '…': true }) }
    case 'array':
      return node.items.map(short)
    case 'string':
    case 'scalar':
      return node.literal
    case 'hole':
      return `?${node.unescaped ? '!' : ''}`
  }
}

function members(all: ReadonlyMap<string, readonly JsonNode[]>): Record<string, unknown> {
  return Object.fromEntries(
    [...all].map(([name, nodes]) => [name, nodes.length === 1 && nodes[0] ? short(nodes[0]) : nodes.map(short)]),
  )
}

describe('jsonBody()', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['', {}, false],
    ['{}', {}, false],
    [
      '{"a": "x", "b": -1.5e3, "c": [true, null, {"d": "e"}]}',
      { a: 'x', b: -1500, c: [true, null, { d: 'e' }] },
      false,
    ],
    ['{"Tabl\\u0065Name": "a\\n\\"b\\"\\\\"}', { TableName: 'a\n"b"\\' }, false],
    ['#set($t = "shop")\n{"TableName": "${t}-orders"}', { TableName: 'shop-orders' }, false],
    ['{"a": "$input.path(\'$.x\')"}', { a: '?!' }, true],
    ['{"a": "$util.escapeJavaScript($input.body)"}', { a: '?' }, false],
    ['{"a": "x $util.base64Encode($input.body) y"}', { a: '?' }, false],
    ['{"a": $input.json(\'$.x\')}', { a: '?' }, false],
    ['{"Item": {"id": {"S": "$input.body"}}, "TableName": "t"}', { Item: { id: { S: '?!' } }, TableName: 't' }, true],
    ['{"a": {"$util.escapeJavaScript($input.body)": 1, "b": 2}}', { a: { b: 2, '…': true } }, false],
    ['{"a": "x", "a": "y"}', { a: ['x', 'y'] }, false],
    ['{"a": #if($x)"b"#{else}"c"#end}', { a: ['b', 'c'] }, false],
    ['{"a": "#if($x)b#{else}c#{end}d"}', { a: ['bd', 'cd'] }, false],
    ['{#if($x)"a": 1,#end "b": 2}', { a: 1, b: 2 }, false],
    ['#if($x){"a": 1}#{else}{"b": 2}#end', { a: 1, b: 2 }, false],
    ['#if($x){"a": "mine"}#end{"a": "other"}', { a: ['mine', 'other'] }, false],
    ['{"a": #if($x)"mine", "b":#end "other"}', { a: ['mine', 'other'], b: 'other' }, false],
    ['{"a": #if($x)1#{else}"b"#end}', { a: ['b', '?'] }, false],
    [
      '{"E": [#foreach($e in $input.path("$")){"B": "bus", "D": "$e"}#if($foreach.hasNext),#end#end]}',
      { E: [{ B: 'bus', D: '?!' }] },
      true,
    ],
    ['{"a": "#foreach($e in [1..3])x#end"}', { a: '?' }, false],
    ['{"a": "$unknown"}', { a: '$unknown' }, false],
  ])('reads %j', (text, want, unescaped) => {
    const json = jsonBody(parsed(text))
    if (!json.ok) throw new Error(JSON.stringify(json.fault))
    expect({ members: members(json.members), unescaped: json.unescaped }).toEqual({ members: want, unescaped })
  })

  it('names what a value reads', () => {
    const json = jsonBody(parsed('{"a": "$context.stage/$input.params().path.id"}'))
    const sources = ['context.stage', 'method.request.path.id']
    expect(json.ok && json.members.get('a')).toEqual([
      { kind: 'hole', dynamic: true, sources, isString: true, unescaped: true },
    ])
  })

  it.each<[string, string, number, number]>([
    ['$input.body', 'json-body', 1, 1],
    [" \n$input.json('$')", 'json-body', 2, 1],
    ['{"a": 1}$input.body', 'json-body', 1, 9],
    ['[1]', 'json-body', 1, 1],
    ['{$input.body}', 'json-member', 1, 2],
    ['{"a": 1, $input.body}', 'json-member', 1, 10],
    ['{"$input.body": 1}', 'json-member', 1, 14],
    ['{#foreach($k in $input.path("$"))"$k": 1#end}', 'json-member', 1, 37],
    ['{"a" $input.body 1}', 'json-member', 1, 6],
    ['{"a": $input.path(\'$.x\')}', 'json-bare', 1, 7],
    ['{"a": $util.escapeJavaScript($input.body)}', 'json-bare', 1, 7],
    ['{"a": 1$input.body}', 'json-bare', 1, 8],
    ['{"a": {$input.body}}', 'json-bare', 1, 8],
    ['{"a": [1, $input.body]}', 'json-bare', 1, 11],
    ['{ statusCode: 200 }', 'json-syntax', 1, 3],
    ["{'a': 1}", 'json-syntax', 1, 2],
    ['{"a": maybe}', 'json-syntax', 1, 7],
    ['{"a"\n: "b\\x"}', 'json-syntax', 2, 6],
    ['{"a": "b\\#if($x)n#end"}', 'json-syntax', 1, 9],
    ['{"a": 1', 'json-syntax', 1, 8],
    ['{"a": "x', 'json-syntax', 1, 9],
    ['{"a": 1]', 'json-syntax', 1, 8],
    ['{#if($x)"a": {#end "b": 1}', 'json-branches', 1, 9],
    ['{"a": #foreach($i in [1..2])"x", "b": #end"y"}', 'json-branches', 1, 29],
    [`{"a": ${'['.repeat(100)}`, 'depth', 1, 70],
  ])('refuses %j: %s at %i:%i', (text, finding, line, column) => {
    const result = parseTemplate(text, 'request')
    if (!result.ok) expect(result.fault.finding).toBe('escape')
    else expect(jsonBody(result.template)).toMatchObject({ ok: false, fault: { finding, line, column } })
  })
})
