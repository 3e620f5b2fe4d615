import { describe, expect, it } from 'vitest'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'
import { literalText, type Piece, type Side, type Template } from '../../../../lib/policy/values/template/template.ts'

function parsed(text: string, side: Side = 'request'): Template {
  const result = parseTemplate(text, side)
  if (!result.ok) throw new Error(JSON.stringify(result.fault))
  return result.template
}

function faultOf(text: string, side: Side = 'request') {
  const result = parseTemplate(text, side)
  if (result.ok) throw new Error(`${text} parses`)
  return result.fault
}

describe('parseTemplate()', () => {
  it.each<[string, string]>([
    ['', ''],
    ['{ statusCode: 200 }', '{ statusCode: 200 }'],
    ['a ## b\nc', 'a c'],
    ['a#* $context \n *#b', 'ab'],
    ['#** doc *#x', 'x'],
    ['#set($a = "x")$a', 'x'],
    ["#set($a = 'x')${a}y$!a$!{a}", 'xyxx'],
    ["#set( $a = 'it''s' )$a \"\" $a", 'it\'s "" it\'s'],
    ['#set($a = "say ""x""")$a', 'say "x"'],
    ['#set($a = "x")#set($b = "<$a$a>")$b', '<xx>'],
    ['#set($action = "buy")$action', 'buy'],
    ["#set($k='Action')$k=DeleteQueue", 'Action=DeleteQueue'],
    ["#set($a='Act')${a}ion=DeleteQueue", 'Action=DeleteQueue'],
    ['Act$!{x}ion=DeleteQueue', 'Action=DeleteQueue'],
    ['$unknown ${unknown.a} $!unknown.get(1).', '$unknown ${unknown.a} .'],
    ['#set($a = $unknown)$a', '$a'],
    ["#set($a = 'x')#set($a = $unknown)$a", 'x'],
    ['#set($n = 5)${n} #set($n = -12)$n', '5-12'],
    ['a  #set($x = 1)  \nb', 'a  b'],
    ['\n  #set($x = 1)\nb', '\n  b'],
    ['#set($x = 1)\n  #set($y = 2)\n$x$y', '12'],
    ['#if(true)a#{else}b#end', 'a'],
    ['#set($f = false)#if($f)a#elseif(!$f)b#{else}c#{end}', 'b'],
    ['#if(false)$input.body#end', ''],
    ['$ $1 $.x 5$', '$ $1 $.x 5$'],
    ['#fff # x #1', '#fff # x #1'],
    ["#set($D = '$')${D}context.requestOverride", '$context.requestOverride'],
    ["#set($H = '#')${H}evaluate('x')", "#evaluate('x')"],
    ["$util.urlEncode('a&b=c d')", 'a%26b%3Dc+d'],
    ['\\u0024input.body', '\\u0024input.body'],
    ['a\\nb \\"c\\" \\\\', 'a\\nb \\"c\\" \\\\'],
    ["#foreach($x in ['a'])#end", ''],
    ['#define($d)x#{end}$d$d', 'xx'],
  ])('%j always renders %j', (text, want) => {
    const template = parsed(text)
    expect({ text: literalText(template.body), isLiteral: template.isLiteral }).toEqual({ text: want, isLiteral: true })
  })

  it.each<[string, boolean, boolean]>([
    ['{"a": 1}', true, true],
    ['#set($a = 1)$a', false, true],
    ['price: 5 $', false, true],
    ['$input.body', false, false],
    ['#if($x)a#end', false, false],
    ['#foreach($i in [1..3])a#end', false, false],
  ])('%j is static: %s, literal: %s', (text, isStatic, isLiteral) => {
    expect(parsed(text)).toMatchObject({ isStatic, isLiteral })
  })

  it.each<[string, string[]]>([
    ['$input.body', ['method.request.body']],
    ["$input.json('$.a') $input.path('$')", ['method.request.body']],
    ["$input.params('x')", ['method.request.header.x', 'method.request.path.x', 'method.request.querystring.x']],
    [
      "#set($n = 'x')$input.params($n)",
      ['method.request.header.x', 'method.request.path.x', 'method.request.querystring.x'],
    ],
    [
      '$input.params($input.body)',
      ['method.request.body', 'method.request.header.*', 'method.request.path.*', 'method.request.querystring.*'],
    ],
    ["$input.params().header.get('X')", ['method.request.header.X']],
    ['$input.params().path.id', ['method.request.path.id']],
    ["$input.params()['querystring']['q']", ['method.request.querystring.q']],
    ['$input.params().header', ['method.request.header.*']],
    ['#set($p = $input.params())$p.header.X-Y', ['method.request.header.X-Y']],
    ['#set($p = $input.params().header)#foreach($k in $p.keySet())$k#end', ['method.request.header.*']],
    ['#set($p = $input.params())unused', []],
    ['$context.requestId', ['context.requestId']],
    ['$context.identity.sourceIp', ['context.identity.sourceIp']],
    ['#foreach($k in $context.authorizer.keySet())$k#end', ['context.authorizer.*']],
    [
      '#foreach($k in $context.authorizer.keySet())$context.authorizer[$k] $context.authorizer.get($k)#end',
      ['context.authorizer.*'],
    ],
    ['$context.authorizer.claims.sub', ['context.authorizer.claims.sub']],
    ['$context.identity.clientCert.subjectDN.replaceAll("a", "b")', ['context.identity.clientCert.subjectDN']],
    ['$stageVariables.x', ['stageVariables.x']],
    ['$stageVariables', ['stageVariables.*']],
    ['#if($input.body == "x")a#end', ['method.request.body']],
    ['#if(false)$input.body#end', []],
    ['#set($a = "$input.body")#set($b = "$a")$b', ['method.request.body']],
  ])('%s reads %j', (text, sources) => {
    expect(parsed(text).sources).toEqual(sources)
  })

  it("reads the integration's answer in a response template", () => {
    expect(parsed("$input.path('$.a')", 'response').sources).toEqual(['integration.response.body'])
  })

  it.each<[Side, string, string[]]>([
    ['request', "#set($context.requestOverride.header.X-Tenant = 'a')", ['header.X-Tenant']],
    ['request', "#set($context.requestOverride.header['Content-Type'] = 'a')", ['header.Content-Type']],
    ['request', '#set(${context.requestOverride.path.id} = $input.body)', ['path.id']],
    ['request', '#if(false)#set($context.requestOverride.querystring.q = 1)#end', ['querystring.q']],
    ['request', '#define($d)#set($context.requestOverride.header.Host = 1)#end', ['header.Host']],
    ['response', '#set($context.responseOverride.status = 500)', ['status']],
    ['response', '#set($context.responseOverride.header.X = 1)', ['header.X']],
  ])('in a %s template %s is an override', (side, text, names) => {
    expect(parsed(text, side).overrides.map(({ name }) => name)).toEqual(names)
  })

  it('says what an override is set to, and where', () => {
    const [override] = parsed('a\n #set($context.requestOverride.header.X = $input.body)').overrides
    const sources = ['method.request.body']
    const value = [{ kind: 'hole', encoded: 'none', sources, line: 2, column: 43 }]
    expect(override).toEqual({ side: 'request', name: 'header.X', line: 2, column: 7, value })
  })

  it.each<[string, string]>([
    ['$util.urlEncode($input.body)', 'url'],
    ['$util.escapeJavaScript($input.body)', 'javascript'],
    [`$util.escapeJavaScript($input.body).replaceAll("\\\\'","'")`, 'javascript'],
    ['$util.base64Encode($input.body)', 'base64'],
    ["$input.json('$')", 'json'],
    ['$input.body', 'none'],
    ['$util.urlDecode($util.urlEncode($input.body))', 'none'],
    ['$util.escapeJavaScript($util.urlEncode($input.body))', 'url'],
    ['$util.escapeJavaScript($input.body).replaceAll("a","b")', 'none'],
    ['$util.escapeJavaScript($input.body).substring(1)', 'none'],
    ["$util.urlEncode($input.params('a&Action=b'))", 'none'],
    ["$input.path('$.a').size()", 'url'],
    ['$context.requestId', 'url'],
  ])('%s is encoded as %s', (text, encoded) => {
    expect(parsed(text).body).toMatchObject([{ kind: 'hole', encoded }])
  })

  it.each<[string, string, string]>([
    ['a branch', "#set($a = 'x')#if($input.body)#set($a = 'y')#end$a", 'x|y'],
    ['a variable that is set in a branch', "#if($input.body)#set($a = 'y')#end$a", 'y|$a'],
    ['a variable that is set to nothing in a branch', "#if($input.body)#set($a = '')#end$a", '|$a'],
    ['a definition in a branch', '#if($input.body)#define($a)#end#end$a', '|$a'],
    ['a value that may be null', "#set($a = 'x')#set($a = $input.path('$.p'))$a", 'x|?'],
    ['a loop over texts', "#foreach($i in ['x', 'y'])$i#end", '(x|y)*'],
    [
      'a loop that goes on with its own variable',
      "#set($a = 'x')#foreach($i in [1..2])${a}#set($a = $input.body)#end",
      '(?)*',
    ],
    [
      'the variable of a loop that the body sets',
      '#foreach($i in $list)#set($i = true)#if($i)a#{else}b#end#end',
      '(a|b)*',
    ],
    ['a variable after a loop', "#set($a = 'x')#foreach($i in [1..2])#set($a = 'y')#end$a", 'x|y'],
  ])('covers %s', (_what, text, want) => {
    expect(outline(parsed(text).body)).toBe(want)
  })

  it.each<[string, string, number, number]>([
    ['#set($a = "\\u0024context.request\\u004fverride")', 'unicode-escape', 1, 12],
    ["x\n#set($a = '\\u0024')", 'unicode-escape', 2, 12],
    ['#macro(m)x#end', 'macro', 1, 1],
    ['a #m("x")', 'macro', 1, 3],
    ['#@m("x")x#end', 'macro', 1, 1],
    ['#evaluate("x")', 'directive', 1, 1],
    ['#{parse}("x")', 'directive', 1, 1],
    ['#include("x")', 'directive', 1, 1],
    ['#foreach($i in [1])#break#end', 'directive', 1, 20],
    ['#stop', 'directive', 1, 1],
    ['#[[ $x ]]#', 'directive', 1, 1],
    ['$x.class', 'reflection', 1, 4],
    ['$x.Class.forName("y")', 'reflection', 1, 4],
    ['"$input.body.getClass()"', 'reflection', 1, 14],
    ['#set($a = "$b.class")', 'reflection', 1, 15],
    ['$context', 'context-whole', 1, 1],
    ['#set($c = $context)', 'context-whole', 1, 11],
    ['#foreach($i in $context)x#end', 'context-whole', 1, 16],
    ["$context['requestOverride']", 'computed-context', 1, 1],
    ["$context.get('requestOverride')", 'computed-context', 1, 1],
    ['$context.keySet()', 'computed-context', 1, 1],
    ['#set($o = $context.requestOverride)', 'override-read', 1, 11],
    ['$context.RequestOverride.header', 'override-read', 1, 1],
    ["$context.requestOverride.header.put('Host', 'x')", 'override-read', 1, 1],
    ['$context.responseOverride.status', 'response-override', 1, 1],
    ['#set($context.responseOverride.status = 200)', 'response-override', 1, 6],
    ['#set($context.requestOverride.header[$x] = 1)', 'computed-context', 1, 6],
    ['#set($context.requestOverride.header["$x"] = 1)', 'computed-context', 1, 6],
    ['#set($context["requestOverride"].header.get("a") = 1)', 'computed-context', 1, 6],
    ['#set($context.requestOverride.header = 1)', 'context-write', 1, 6],
    ['#set($context.requestOverride.Header.X = 1)', 'context-write', 1, 6],
    ['#set($context.requestOverride.header.X.Y = 1)', 'context-write', 1, 6],
    ['#set($context.requestOverride.status = 1)', 'context-write', 1, 6],
    ["#set($context.authorizer.principalId = 'root')", 'context-write', 1, 6],
    ['#set($context = 1)', 'context-write', 1, 6],
    ['#set($input = 1)', 'reserved-name', 1, 6],
    ['#foreach($context in [1])#end', 'reserved-name', 1, 10],
    ['#define($util)#end', 'reserved-name', 1, 9],
    ['#set($a.b = 1)', 'member-write', 1, 6],
    ['#set($a[0] = 1)', 'member-write', 1, 6],
    ["#set($m = $context.authorizer)$m.put('a', 'b')", 'method', 1, 31],
    ['$list.add($x)', 'method', 1, 1],
    ['$input.foo', 'input-member', 1, 1],
    ['$input', 'input-member', 1, 1],
    ['$util.toJson($x)', 'util-member', 1, 1],
    ['$util', 'util-member', 1, 1],
    ['$foreach.info', 'loop-member', 1, 1],
    ['a \\$input.body', 'escape', 1, 3],
    ['\\#if', 'escape', 1, 1],
    ['\\\\$input.body', 'escape', 1, 1],
    ['\\\\ndefine', 'escape', 1, 1],
    ['#set($a = "x ## y")', 'comment-in-string', 1, 14],
    ['#set($a = "b, #set($c = 1)")', 'directive-in-string', 1, 15],
    ['#* never closed', 'comment', 1, 1],
    ['#*#*#set($a = 1)', 'comment', 1, 1],
    ['#* a #* b *#c', 'comment', 1, 1],
    ['x## a #**\nb', 'comment', 1, 2],
    ['#set($a = "x)', 'string', 1, 11],
    ['#if($a)x', 'syntax', 1, 1],
    ['x#end', 'syntax', 1, 2],
    ['#if($a)x#{else}y#{else}z#end', 'syntax', 1, 17],
    ['#set($a 1)', 'syntax', 1, 9],
    ['#set\t($a = 1)', 'syntax', 1, 1],
    ['#set(a = 1)', 'syntax', 1, 6],
    ['#foreach($a of $b)x#end', 'syntax', 1, 13],
    ['$x[', 'syntax', 1, 4],
    ['${x', 'reference', 1, 1],
    ['${AWS::Region}', 'reference', 1, 6],
    ['$!', 'reference', 1, 1],
    ['$$x', 'reference', 1, 1],
    ['#$x', 'hash', 1, 1],
    ['$x{a}', 'glued', 1, 1],
    ['$x.b$c', 'glued', 1, 1],
    ['$x.b## no comment', 'glued', 1, 1],
    ['$x #set($y = 1)a.b', 'glued', 1, 1],
    ['$x#* *#a.b', 'glued', 1, 1],
    ['$x.a().b[0](', 'syntax', 1, 12],
  ])('refuses %j: %s at %i:%i', (text, finding, line, column) => {
    const { value, message, fix, ...fault } = faultOf(text)
    expect(fault).toMatchObject({ finding, line, column })
    expect([value, message, fix].every((words) => words.length > 0)).toBe(true)
    const [shown = ''] = text.split('\n').slice(line - 1)
    expect(fault.excerpt).toBe(shown.replaceAll('\t', ' '))
    expect(fault.caret).toBe(`${' '.repeat(column - 1)}^`)
  })

  it('refuses a requestOverride in a response template', () => {
    expect(faultOf('#set($context.requestOverride.header.X = 1)', 'response').finding).toBe('request-override')
  })

  it('places a fault inside a string with doubled quotes', () => {
    expect(faultOf('x\n  #set($a = "a ""b"" $c.class")')).toMatchObject({ line: 2, column: 25, finding: 'reflection' })
  })

  it('shortens a long line around the fault', () => {
    const { excerpt, caret, column } = faultOf(`${'x'.repeat(500)}$a.class ${'y'.repeat(500)}`)
    expect(column).toBe(504)
    expect(excerpt).toHaveLength(102)
    expect(excerpt.slice(caret.length - 1, caret.length + 4)).toBe('class')
  })

  it('refuses more than 307,200 bytes', () => {
    expect(parseTemplate('x'.repeat(307_200), 'request').ok).toBe(true)
    expect(faultOf('é'.repeat(153_601)).finding).toBe('size')
  })

  it.each([
    ['a reference of many members', `$a${'.b'.repeat(10_000)}`],
    ['many operators in parentheses', `#if(${'('.repeat(50)}$a${`${' + 1'.repeat(50)})`.repeat(50)})x#end`],
    ['many operators', `#if($a${' && $b'.repeat(10_000)})x#end`],
  ])('refuses %s', (_what, text) => {
    expect(faultOf(text).finding).toBe('depth')
  })

  it.each([
    ['blocks', '#if($a)', '#end'],
    ['parentheses', '#if(', ')x#end'],
    ['arguments', '$a.get(', ')'],
    ['lists', '#set($a = [', '])'],
  ])('refuses %s that nest too deep', (_what, open, close) => {
    const depth = 5_000
    const nested = _what === 'blocks' ? open.repeat(depth) + close.repeat(depth) : open + nest(_what, depth) + close
    expect(faultOf(nested).finding).toBe('depth')
  })
})

function nest(what: string, depth: number): string {
  if (what === 'parentheses') return `${'('.repeat(depth)}$a${')'.repeat(depth)}`
  if (what === 'arguments') return `${'$a.get('.repeat(depth)}1${')'.repeat(depth)}`
  return `${'['.repeat(depth)}1${']'.repeat(depth)}`
}

/** Pieces as a short expression: `?` for a hole, `|` between branches, `*` after a loop. */
function outline(pieces: readonly Piece[]): string {
  return pieces.map(outlineOf).join('')
}

function outlineOf(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
      return piece.text
    case 'hole':
      return '?'
    case 'choice':
      return piece.branches.map(outline).join('|')
    case 'repeat':
      return `(${outline(piece.body)})*`
  }
}
