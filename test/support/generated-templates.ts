import fc from 'fast-check'

/** Names of the template's own variables: few, so that they meet. */
const variable = fc.constantFrom('a', 'b', 'c', 'list', 'action')
const text = fc.constantFrom(
  'x',
  ' ',
  '\n',
  '  ',
  'Action=Send&Body=',
  '{"k": "',
  '"}',
  ', ',
  '$',
  '$1 ',
  'a.b',
  '.',
  ')',
  '}',
  '#fff ',
  '# ',
  '\\n',
  '\\\\',
  '(',
  '[1]',
  ' - ',
)
const word = fc.constantFrom('x', '', 'a b', '&', '"q"', "it's", 'authorizer', 'p', '$.p', '$', '@@', '1')

/** `'…'` or `"…"`; the latter may hold references. */
function quoted(depth: number): fc.Arbitrary<string> {
  const single = word.map((content) => `'${content.replaceAll("'", "''")}'`)
  if (depth <= 0) return single
  const inside = fc.oneof(
    word.map((content) => content.replaceAll('"', '""')),
    printed(depth - 1).map((content) => content.replaceAll('"', '""')),
  )
  return fc.oneof(
    single,
    fc.array(inside, { maxLength: 3 }).map((parts) => `"${parts.join(' ')}"`),
  )
}

function reference(depth: number): fc.Arbitrary<string> {
  const arg = argument(depth - 1)
  const root = fc.oneof(
    { weight: 4, arbitrary: variable },
    fc.constantFrom(
      'input.body',
      'input.params()',
      'input.params().header',
      'context.requestId',
      'context.authorizer',
      'context.authorizer.p',
      'context.identity.sourceIp',
      'context.nothing',
      'stageVariables',
      'stageVariables.v',
      'foreach.count',
      'velocityCount',
      'unknown',
    ),
    arg.map((one) => `input.path(${one})`),
    arg.map((one) => `input.json(${one})`),
    arg.map((one) => `input.params(${one})`),
    fc
      .tuple(
        fc.constantFrom('escapeJavaScript', 'urlEncode', 'urlDecode', 'base64Encode', 'base64Decode', 'parseJson'),
        arg,
      )
      .map(([name, one]) => `util.${name}(${one})`),
  )
  if (depth <= 0) return root
  const step = fc.oneof(
    fc.constantFrom(
      '.p',
      '.header',
      '.keySet()',
      '.size()',
      '.length()',
      '.toString()',
      '.isEmpty()',
      '.trim()',
      '.entrySet()',
    ),
    arg.map((one) => `.get(${one})`),
    arg.map((one) => `[${one}]`),
    fc.tuple(arg, arg).map(([one, other]) => `.replaceAll(${one}, ${other})`),
    fc.constant('.replaceAll("\\\\\'","\'")'),
    fc.constant('.substring(0, 1)'),
    fc.constant(".split('&')"),
  )
  return fc.tuple(root, fc.array(step, { maxLength: 2 })).map(([start, steps]) => start + steps.join(''))
}

function argument(depth: number): fc.Arbitrary<string> {
  if (depth <= 0)
    return fc.oneof(
      quoted(0),
      variable.map((name) => `$${name}`),
      fc.constantFrom('0', '1', 'true'),
    )
  return fc.oneof(
    quoted(depth),
    reference(depth - 1).map((name) => `$${name}`),
    fc.constantFrom('0', '1', 'true'),
  )
}

function printed(depth: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('$', '$!', '${', '${', '$!{', '$!{'), reference(depth))
    .map(([open, name]) => `${open}${name}${open.endsWith('{') ? '}' : ''}`)
}

function expression(depth: number): fc.Arbitrary<string> {
  const value = fc.oneof(
    { weight: 3, arbitrary: argument(depth) },
    fc.array(argument(depth - 1), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(argument(0), argument(depth - 1)).map(([key, one]) => `{${key} : ${one}}`),
    fc.constantFrom('[1..3]', 'false', '5', '-1', '1.5'),
  )
  if (depth <= 0) return value
  const operator = fc.constantFrom('==', '!=', '&&', '||', '+', ' and ', ' or ', '<', ' - ', '*')
  return fc.oneof(
    { weight: 3, arbitrary: value },
    fc.tuple(value, operator, value).map(([one, between, other]) => `${one} ${between} ${other}`),
    value.map((one) => `!${one}`),
    expression(depth - 1).map((one) => `(${one})`),
  )
}

function statement(depth: number): fc.Arbitrary<string> {
  const simple = fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 4, arbitrary: printed(2) },
    { weight: 4, arbitrary: fc.tuple(variable, expression(2)).map(([name, value]) => `#set($${name} = ${value})`) },
    fc
      .tuple(fc.constantFrom('header.X-A', 'path.p', 'querystring.q', "header['X-B']"), expression(1))
      .map(([name, value]) => `#set($context.requestOverride.${name} = ${value})`),
    fc.constantFrom('## comment\n', '#* comment *#', '#** doc *#'),
  )
  if (depth <= 0) return simple
  const body = block(depth - 1)
  return fc.oneof(
    { weight: 6, arbitrary: simple },
    fc.tuple(expression(2), body).map(([condition, one]) => `#if(${condition})${one}#end`),
    fc
      .tuple(expression(1), body, expression(1), body, body)
      .map(([one, a, other, b, c]) => `#if (${one})${a}#elseif(${other})${b}#{else}${c}#{end}`),
    fc
      .tuple(variable, expression(0), body)
      .map(([name, list, one]) => `#foreach($${name} in ${list})${one}#if($foreach.hasNext),#end#end`),
    fc
      .tuple(
        variable,
        fc.oneof(
          reference(1).map((name) => `$${name}`),
          fc.constant('["x", "y"]'),
        ),
        body,
      )
      .map(([name, list, one]) => `#foreach( $${name} in ${list} )\n${one}#end\n`),
    fc.tuple(variable, body).map(([name, one]) => `#define($${name})${one}#end`),
  )
}

function block(depth: number): fc.Arbitrary<string> {
  return fc.array(statement(depth), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
}

/** Templates, most of which the grammar accepts. */
export const templates: fc.Arbitrary<string> = fc
  .array(statement(2), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.join(''))

/** Pieces that someone who wants to write to `$context` unseen would try. */
const hostile = fc.constantFrom(
  '$context',
  '.requestOverride',
  '.header',
  '.put("Host", "x")',
  "['Host']",
  '#set($context.requestOverride.header.Host = "x")',
  '#set($context.authorizer.p = "x")',
  '#set($a = $context)',
  '#set($a = $context.requestOverride)',
  '#set($a.header.Host = "x")',
  '#set($a.p = "x")',
  '$a.put("p", "x")',
  '$a.header.put("Host", "x")',
  '$a.remove("p")',
  '$a.clear()',
  '$context.keySet().clear()',
  '$context.values()',
  '$context.get("requestOverride")',
  '$context.entrySet()',
  '#foreach($a in $context)',
  '#foreach($context in [1])',
  '#foreach($a in $context.values())',
  '#end',
  '#define($context)',
  '#macro(m $a)#set($context.requestOverride.header.Host = "x")#end',
  '#m("x")',
  '#evaluate("',
  '\\u0024context.requestOverride.header.Host',
  '"',
  "'",
  '""',
  '\\',
  '$\\!',
  '$!',
  '{',
  '}',
  '#',
  '##',
  '#*',
  '*#',
  '#**',
  '*',
  '#[[',
  ']]#',
  '(',
  ')',
  '#set(',
  ' = ',
  '#{set}(',
  '$foreach.parent.info',
  '$a.class.forName("java.lang.Runtime")',
  '$input.params().put("header", "x")',
  '$util.class',
  '#set($input = $context)',
  '#if(',
  '\r',
  '\n',
  ' ',
  '$$',
  '##\r',
)

/** A template with hostile pieces put in, and parts taken out, at any place or between two statements. */
export const mutations: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      templates,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), fc.oneof({ weight: 3, arbitrary: hostile }, printed(1))), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([template, edits]) =>
      edits.reduce((whole, [place, length, piece]) => {
        const at = whole.length === 0 ? 0 : place % whole.length
        return whole.slice(0, at) + piece + whole.slice(at + length)
      }, template),
    ),
  fc.array(fc.oneof(statement(1), hostile), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  fc.array(hostile, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
)

/** What a rendering is given. */
export const given = fc.record({
  body: fc.constantFrom(
    '',
    '{"p": "it\'s & \\"q\\"", "a": [1, 2], "x": {"p": "y"}}',
    '["a", "b"]',
    '"a&b"',
    'not json',
  ),
  path: fc.constantFrom({}, { p: 'p/1' }),
  querystring: fc.constantFrom({}, { p: 'a&Action=b', x: '"' }),
  header: fc.constantFrom({}, { p: 'H', 'X-Z': '\\' }),
  context: fc.constant({
    requestId: 'c6af9ac6-7b61',
    authorizer: { p: 'P&"', claims: { sub: 's' } },
    identity: { sourceIp: '192.0.2.1' },
  }),
  stageVariables: fc.constantFrom({}, { v: 'V' }),
})
