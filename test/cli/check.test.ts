import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { bodyWith, files, good, POLICY, sallyport, typo } from './session.ts'

const check = ['check', '--policy', POLICY]
const lines = (...requests: unknown[]) => requests.map((request) => `${JSON.stringify(request)}\n`).join('')

/** Decisions printed by `--format json`. */
async function decisions(stdin: string, ...options: string[]) {
  const { out, code } = await sallyport([...check, '--format', 'json', ...options, '-'], { stdin })
  const printed = out.trimEnd().split('\n')
  return { code, decisions: printed.map((line): Record<string, unknown> => JSON.parse(line)) }
}

const rulesOf = ({ violations }: Record<string, unknown>) => (violations as { rule: string }[]).map(({ rule }) => rule)

describe('exit code', () => {
  it.each([
    { it: '0 where everything is allowed', stdin: lines(good, good), code: 0 },
    { it: '1 where one of many is denied', stdin: lines(good, typo, good), code: 1 },
    { it: '1 where one is no request', stdin: `${lines(good)}{"team":\n`, code: 1 },
    { it: '2 where there is nothing to judge', stdin: ' \n\n', code: 2 },
    { it: '2 where a list is empty', stdin: '[]', code: 2 },
  ])('is $it', async ({ stdin, code }) => {
    expect((await sallyport([...check, '-'], { stdin })).code).toBe(code)
  })

  it.each([
    { args: ['check', '-'], says: "required option '-p, --policy <file>'" },
    { args: ['check', '--policy', POLICY], says: "missing required argument 'file'" },
    { args: ['check', '--policy', 'nowhere.yaml', '-'], says: 'nowhere.yaml: There is no such file.' },
    { args: ['check', '--policy', 'package.json', '-'], says: 'package.json:2:3: ' },
    { args: [...check, 'nowhere.json'], says: 'nowhere.json: There is no such file.' },
    { args: [...check, 'test'], says: 'test: This is a folder, not a file.' },
    { args: [...check, '--format', 'xml', '-'], says: 'Allowed choices are text, json, sarif.' },
    { args: [...check, '--now', '2026-02-30', '-'], says: 'Give a date or an instant in UTC' },
    { args: [...check, '--pont', 'ci', '-'], says: 'Did you mean --point?' },
    { args: [...check, '--exceptions', 'examples/policy.yaml', '-'], says: 'examples/policy.yaml:' },
    { args: ['chekc'], says: 'Did you mean check?' },
    { args: [], says: 'Usage: sallyport' },
  ])('is 2 for $args, and one line says why', async ({ args, says }) => {
    const { code, out, err } = await sallyport(args, { stdin: lines(good) })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(says)
    expect(err).not.toContain('    at ')
  })

  it('is 0 for --help', async () => {
    const { code, out } = await sallyport(['check', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('restApiId: a1b2c3d4e5')
  })
})

describe('--format json', () => {
  it('prints one decision a line in the order of the requests, whatever they are', async () => {
    const stdin = `${lines(good)}\n{"team":"payments"}\nnot json\n${lines(typo)}${lines(good)}`
    const { code, decisions: found } = await decisions(stdin)
    expect(code).toBe(1)
    expect(found.map(({ line, decision }) => [line, decision])).toEqual([
      [1, 'allow'],
      [3, 'deny'],
      [4, 'deny'],
      [5, 'deny'],
      [6, 'allow'],
    ])
    expect(found.map(rulesOf)).toEqual([[], ['intrinsic.request'], ['intrinsic.request'], ['payments.uri'], []])
    expect(found[0]).toMatchObject({ file: '-', team: 'payments', evaluatedAt: '2026-12-01T09:00:00.000Z' })
  })

  it.each([
    {
      it: 'a member that stands twice',
      stdin: '{"team":"payments","team":"search"}',
      says: '"team" occurs more than once',
    },
    { it: 'a list in place of a request', stdin: lines([1]).replace(/^\[1\]/, '{"a":1}'), says: 'no member "a"' },
    { it: 'a team that is none', stdin: lines({ ...good, team: 'paymets' }), says: 'There is no team "paymets".' },
    { it: 'claims and a team', stdin: lines({ ...good, claims: {} }), says: 'not both' },
    { it: 'a missing body', stdin: lines({ ...good, body: undefined }), says: 'not nothing' },
    { it: 'a verb in lower case', stdin: lines({ ...good, method: 'post' }), says: 'method is one of GET' },
    { it: 'no id', stdin: lines({ ...good, restApiId: 7 }), says: 'not a number' },
  ])('denies $it and says why', async ({ stdin, says }) => {
    const { code, decisions: found } = await decisions(stdin)
    expect(code).toBe(1)
    expect(found.map(rulesOf)).toEqual([['intrinsic.request']])
    expect(JSON.stringify(found[0]?.violations)).toContain(says.replaceAll('"', '\\"'))
  })

  it.each([
    {
      it: 'an unknown member of the body',
      request: bodyWith({ integrationHttpMethod: 'GET' }),
      rules: ['intrinsic.members.unknown'],
    },
    { it: 'null', request: bodyWith({ timeoutInMillis: null }), rules: ['intrinsic.members.member'] },
    {
      it: 'a form API Gateway refuses',
      request: bodyWith({ cacheKeyParameters: ['method.request.body'] }),
      rules: ['intrinsic.form', 'payments.cache'],
    },
    { it: "another team's API", request: { ...good, team: 'search' }, rules: ['intrinsic.owner'] },
    {
      it: 'claims that name no team',
      request: { ...good, team: undefined, claims: { groups: ['x'] } },
      rules: ['intrinsic.identity'],
    },
    {
      it: 'claims that name another team',
      request: { ...good, team: undefined, claims: { groups: ['search'] } },
      rules: ['intrinsic.owner'],
    },
    {
      it: 'an API nobody owns',
      request: { ...good, team: undefined, restApiId: 'nobodys' },
      rules: ['intrinsic.owner'],
    },
  ])('names the rule for $it', async ({ request, rules }) => {
    const { decisions: found } = await decisions(lines(request))
    expect(found.map(rulesOf)).toEqual([rules])
  })

  it('judges by claims as by team, and for the owner where neither is given', async () => {
    const { decisions: found } = await decisions(
      lines(good, { ...good, team: undefined, claims: { groups: ['payments-ci'] } }, { ...good, team: undefined }),
    )
    expect(found.map(({ decision, team }) => [decision, team])).toEqual(Array(3).fill(['allow', 'payments']))
  })

  it('judges by the point and the clock it is given', async () => {
    const open = bodyWith({ connectionType: 'INTERNET', connectionId: undefined })
    const modes = async (...options: string[]) => {
      const { decisions: found } = await decisions(lines(open), ...options)
      return found.map(({ decision, warnings, dryRun }) => ({ decision, warnings, dryRun }))
    }
    const denied = [{ decision: 'deny', warnings: [], dryRun: [] }]
    const rule = [expect.objectContaining({ rule: 'org.private-backends-need-vpclink' })]
    expect(await modes('--point', 'request')).toEqual([{ decision: 'allow', warnings: rule, dryRun: [] }])
    expect(await modes('--point', 'scan')).toEqual([{ decision: 'allow', warnings: [], dryRun: rule }])
    expect(await modes()).toEqual(denied)
    expect(await modes('--point', 'request', '--now', '2027-01-15')).toEqual(denied)
  })

  it('lets an exception count while it lasts', async () => {
    const slow = lines(bodyWith({ timeoutInMillis: 20000 }))
    const options = ['--exceptions', 'examples/exception.yaml']
    expect((await decisions(slow)).code).toBe(1)
    expect(await decisions(slow, ...options)).toMatchObject({
      code: 0,
      decisions: [{ exceptionsUsed: ['EX-2026-0117'] }],
    })
    expect((await decisions(slow, ...options, '--now', '2027-01-31')).code).toBe(1)
  })
})

describe('files', () => {
  const yaml = `team: payments\nrestApiId: a1b2c3d4e5\nresourceId: 9x8y7z\nmethod: POST\nbody:\n  type: HTTP_PROXY\n`

  it('tells the format by the extension or else by the content', async () => {
    const pretty = JSON.stringify([good, typo], null, 2)
    const paths = await files({
      'one.json': JSON.stringify(good),
      'list.json': pretty,
      'lines.ndjson': lines(good, typo),
      'documents.yaml': `${yaml}---\n- ${JSON.stringify(good)}\n- ${JSON.stringify(typo)}\n---\n`,
      lines: lines(good, typo),
      list: pretty,
      yaml,
      flow: `{ team: payments, restApiId: a1b2c3d4e5, resourceId: x, method: GET, body: {} }`,
    })
    const { out } = await sallyport([...check, '--format', 'json', ...Object.values(paths)])
    const found = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(found.map(({ file, line, decision }) => [file.split('/').at(-1), line, decision])).toEqual([
      ['one.json', 1, 'allow'],
      ['list.json', 2, 'allow'],
      ['list.json', 16, 'deny'],
      ['lines.ndjson', 1, 'allow'],
      ['lines.ndjson', 2, 'deny'],
      ['documents.yaml', 1, 'deny'],
      ['documents.yaml', 8, 'allow'],
      ['documents.yaml', 9, 'deny'],
      ['lines', 1, 'allow'],
      ['lines', 2, 'deny'],
      ['list', 2, 'allow'],
      ['list', 16, 'deny'],
      ['yaml', 1, 'deny'],
      ['flow', 1, 'deny'],
    ])
  })

  it.each([
    { it: 'JSON that breaks off', name: 'a.json', text: '[\n  {"team":\n', at: '2:11' },
    { it: 'YAML that is none', name: 'a.yaml', text: 'team: payments\nbody: [\n', at: '3:1' },
    { it: 'an alias', name: 'a.yaml', text: 'team: &a payments\nbody: *a\n', at: '1:1' },
    { it: 'a key that stands twice', name: 'a.yaml', text: 'team: payments\nteam: search\n', at: '2:1' },
    { it: 'a tag', name: 'a.yaml', text: 'team: !secret payments\n', at: '1:7' },
  ])('denies $it at its place', async ({ name, text, at }) => {
    const { [name]: path = '' } = await files({ [name]: text })
    const { code, out } = await sallyport([...check, path])
    expect(code).toBe(1)
    expect(out).toContain('error[intrinsic.request]')
    expect(out).toContain(`${path}:${at}`)
  })

  it('reads a byte order mark and CRLF as editors on Windows write them', async () => {
    const { decisions: found } = await decisions(`\uFEFF${lines(good, good).replaceAll('\n', '\r\n')}`)
    expect(found.map(({ decision }) => decision)).toEqual(['allow', 'allow'])
  })
})

describe('--format text', () => {
  it('shows the value, the part of it that is wrong, the rule, what is allowed and the fix', async () => {
    const { 'r.yaml': path } = await files({
      'r.yaml': `team: payments
restApiId: a1b2c3d4e5
resourceId: 9x8y7z
method: POST
body:
  type: HTTP_PROXY
  httpMethod: POST
  uri: https://core.paymnets.acme.internal/v1/orders
  connectionType: VPC_LINK
  connectionId: vl-pay01
`,
    })
    expect((await sallyport([...check, path])).out.replaceAll(path, 'r.yaml')).toBe(`\
r.yaml:1:1: denied: POST a1b2c3d4e5/9x8y7z for payments

error[payments.uri]: Host core.paymnets.acme.internal is not a payments backend.
 --> r.yaml:8:16
  |
8 |   uri: https://core.paymnets.acme.internal/v1/orders
  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ host
  = rule:    examples/policy.yaml:53:7 /teams/payments/allow/uri
  = allowed: *.payments.acme.internal, api.partner.example
  = fix:     Did you mean core.payments.acme.internal?

error[payments.timeout]: Timeout is above the team's limit.
 --> r.yaml:5:1
  |
5 | body:
  | ^^^^
  = value:   29000, since timeoutInMillis is absent
  = rule:    examples/policy.yaml:59:7 /teams/payments/allow/timeout
  = allowed: maxMillis 10000
  = fix:     Set timeoutInMillis to 10000 or less.

1 request: 0 allowed, 1 denied (2 violations).
`)
  })

  it('cuts a long line around the value', async () => {
    const { out } = await sallyport([...check, '-'], {
      stdin: lines(bodyWith({ uri: typo.body.uri, requestTemplates: {} })),
    })
    const excerpt = out.split('\n').find((line) => line.startsWith('1 | ')) ?? ''
    expect(excerpt).toMatch(/^1 \| ….*core\.paymnets\.acme\.internal.*…$/)
    const carets = out.split('\n').find((line) => line.includes('^')) ?? ''
    expect(excerpt.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('core.paymnets.acme.internal')
  })

  it('lets no control character of a request reach the terminal', async () => {
    const request = bodyWith({
      uri: 'https://core.payments.acme.internal/\u001b[31m\u202ex',
      cacheNamespace: '\u009b2J',
    })
    const { out } = await sallyport([...check, '-'], { stdin: lines(request).replace('\\u001b', '\\u001b') })
    expect(out).toContain('denied')
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  })

  it('counts what is allowed without a word on each', async () => {
    expect((await sallyport([...check, '-'], { stdin: lines(good, good) })).out).toBe('2 requests: 2 allowed.\n')
  })

  it('uses colours on a terminal', async () => {
    expect((await sallyport([...check, '-'], { stdin: lines(typo), isColoured: true })).out).toContain('\u001b[31m')
  })
})

describe('--format sarif', () => {
  it('is SARIF 2.1.0 with a result for each violation at its place', async () => {
    const { 'two words.jsonl': path } = await files({ 'two words.jsonl': lines(good, typo) })
    const { code, out } = await sallyport([...check, '--format', 'sarif', path])
    const sarif = JSON.parse(out)
    expect(code).toBe(1)
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ columnKind: 'utf16CodeUnits' }] })
    const [run] = sarif.runs
    expect(run.tool.driver).toMatchObject({ name: 'Sallyport', rules: [{ id: 'payments.uri' }] })
    expect(run.results).toHaveLength(1)
    const [result] = run.results
    const text = (await readFile(path, 'utf8')).split('\n')[1] ?? ''
    const startColumn = text.indexOf('core.paymnets') + 1
    expect(result).toMatchObject({ ruleId: 'payments.uri', ruleIndex: 0, level: 'error' })
    expect(result.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
      region: { startLine: 2, startColumn, endColumn: startColumn + 'core.paymnets.acme.internal'.length },
    })
    expect(result.relatedLocations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'examples/policy.yaml' },
      region: { startLine: 53, startColumn: 7 },
    })
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId)
  })

  it('has no results where all is allowed', async () => {
    const { code, out } = await sallyport([...check, '--format', 'sarif', '-'], { stdin: lines(good) })
    expect(code).toBe(0)
    expect(JSON.parse(out).runs[0].results).toEqual([])
  })
})
