import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../lib/gate/openapi-document.ts'
import { EXAMPLES } from '../../lib/gate/openapi-examples.ts'
import { type Document, documentPage } from '../../lib/gate/openapi-page.ts'
import { ANSWERS, REQUESTS } from '../../lib/gate/openapi-schemas.ts'
import { PROBLEMS } from '../../lib/gate/problem.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const committed = JSON.parse(readFileSync('schemas/openapi.json', 'utf8')) as Document
const codes = Object.keys(PROBLEMS)

describe('the OpenAPI document', () => {
  it('is committed as scripts/schema.ts writes it', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
  })

  it('has every route of the native API, and no other', async () => {
    const { app } = await testGate()
    const pages = ['/', '/openapi.json', '/docs', '/docs/', '/problems', '/problems/', '/problems/:code']
    const routed = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !pages.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:\w+|\*/g, '{}')}`)
    const documented = Object.entries(committed.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replace(/\{\w+\}/g, '{}')}`),
    )
    expect(documented.sort()).toEqual([...new Set(routed)].sort())
  })

  it('refers to nothing that it does not have', () => {
    const pointers = [...JSON.stringify(committed).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = '']) => pointer)
    expect(pointers.length).toBeGreaterThan(50)
    for (const pointer of pointers) {
      const found = pointer
        .split('/')
        .slice(1)
        .reduce((at: unknown, name) => Object(at)[name], committed)
      expect({ pointer, found: typeof found }).toEqual({ pointer, found: 'object' })
    }
  })

  it('has an example of every operation', () => {
    const ids = Object.values(committed.paths).flatMap((verbs) => Object.values(verbs).map((each) => each.operationId))
    expect(Object.keys(EXAMPLES).sort()).toEqual(ids.sort())
  })

  const schemas: Record<string, { safeParse(value: unknown): { error?: unknown } }> = { ...REQUESTS, ...ANSWERS }
  const examples = Object.values(committed.paths).flatMap((verbs) =>
    Object.values(verbs).flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, responses[200]].flatMap((body) =>
        Object.values(body?.content ?? {}).flatMap(({ schema, example }) =>
          example === undefined
            ? []
            : [{ operationId, name: schema.$ref?.replace('#/components/schemas/', '') ?? schema.type, example }],
        ),
      ),
    ),
  )
  it.each(examples)('gives an example of $name for $operationId that is one', ({ name = '', example }) => {
    if (name === 'string') expect(example).toBeTypeOf('string')
    else expect(schemas[name]?.safeParse(example).error).toBeUndefined()
  })

  it.each(['path', 'query'])('gives examples of what stands in the %s that are taken', (where) => {
    const given = Object.values(committed.paths)
      .flatMap((verbs) => Object.values(verbs).flatMap(({ parameters = [] }) => parameters))
      .filter((parameter) => parameter.in === where && (where === 'path' || parameter.example !== undefined))
    expect(given.length).toBeGreaterThan(2)
    for (const { example, schema } of given) {
      const taken = schema.enum ? schema.enum.includes(example) : new RegExp(schema.pattern ?? '').test(String(example))
      expect({ example, taken }).toEqual({ example, taken: true })
    }
  })

  it('is served to anybody', async () => {
    const { status, headers, json } = await send(await testGate(), 'GET', '/openapi.json')
    expect({ status, json }).toEqual({ status: 200, json: committed })
    expect(headers.get('content-type')).toContain('application/json')
  })
})

describe('what the gate answers is what the document says:', () => {
  const asked = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', method: 'POST', body: good }
  const typo = { ...asked, body: { ...good, uri: 'https://core.paymnets.acme.internal/v1/orders' } }
  const { payments, admin } = tokens
  /** A change, a denial, a refusal and a read, so that the trail has one of each. */
  async function used(): Promise<TestGate> {
    const gate = await testGate()
    await send(gate, 'PUT', PATH, { token: payments, body: good })
    await send(gate, 'PUT', PATH, { token: payments, body: typo.body })
    await send(gate, 'PUT', PATH, { token: payments, body: '{' })
    await send(gate, 'GET', PATH, { token: payments })
    return gate
  }
  const rows: {
    schema: keyof typeof ANSWERS
    method?: string
    path: string
    token?: string
    body?: unknown
    status?: number
  }[] = [
    { schema: 'Health', path: '/healthz' },
    { schema: 'Readiness', path: '/readyz' },
    { schema: 'Whoami', path: '/v1/whoami', token: payments },
    { schema: 'Allowed', path: '/v1/allowed', token: payments },
    { schema: 'DryRunAnswer', method: 'POST', path: '/v1/decisions', token: payments, body: typo },
    {
      schema: 'DryRunAnswer',
      method: 'POST',
      path: '/v1/decisions',
      token: payments,
      body: { requests: [asked, typo] },
    },
    { schema: 'TrailPage', path: '/v1/trail', token: admin },
    { schema: 'TrailPage', path: '/v1/trail?limit=1', token: admin },
    { schema: 'LookUpAnswer', method: 'POST', path: '/v1/trail/lookup', token: admin, body: { value: 'x' } },
    { schema: 'Problem', path: '/v1/whoami', status: 401 },
    { schema: 'Problem', path: '/v1/trail', token: payments, status: 403 },
    { schema: 'Problem', path: '/v1/trail?limit=0', token: admin, status: 400 },
    { schema: 'Problem', path: '/v1/nothing', token: admin, status: 404 },
    { schema: 'Problem', path: '/problems/nothing', status: 404 },
  ]

  it.each(rows)('$schema at $path', async ({ schema, method = 'GET', path, token, body, status = 200 }) => {
    const answer = await send(await used(), method, path, {
      ...(token && { token }),
      ...(body !== undefined && { body }),
    })
    expect(answer.status).toBe(status)
    expect(ANSWERS[schema].safeParse(answer.json).error).toBeUndefined()
    if (schema === 'Problem') expect(codes.map((code) => `/problems/${code}`)).toContain(answer.json.type)
  })

  it('every story of the trail', async () => {
    const gate = await used()
    const { json } = await send(gate, 'GET', '/v1/trail', { token: admin })
    const entries = json.entries as { id: string; status: string }[]
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set(['succeeded', 'denied', 'refused', 'read']))
    for (const { id } of entries) {
      const story = await send(gate, 'GET', `/v1/trail/${id}`, { token: admin })
      expect(ANSWERS.Story.safeParse(story.json).error).toBeUndefined()
    }
  })
})

const CSP =
  /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/

async function html(path: string): Promise<{ status: number; headers: Headers; text: string }> {
  const { app } = await testGate()
  const response = await app.request(path)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe.each(['/docs', '/problems', ...codes.map((code) => `/problems/${code}`)])('the page %s', (path) => {
  it('needs nothing from anywhere, and says so', async () => {
    const { status, headers, text } = await html(path)
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toMatch(CSP)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(text).not.toMatch(/<script|<img|<iframe|<link|<form|\sstyle=|\son[a-z]+=|\ssrc=|href="[^"#/]/)
    expect(/<style>(.*)<\/style>/s.exec(text)?.[1]).not.toMatch(/url\(|@import/)
  })

  it('can be read with a keyboard and without eyes', async () => {
    const { text } = await html(path)
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(text.match(/<h1[ >]/g)).toHaveLength(1)
    expect(text).toMatch(/<title>[^<]{8,} – Sallyport<\/title>/)
    expect(text).toMatch(/<a class="skip" href="#main">/)
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const levels = [...text.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1)
  })

  it('links to what is there', async () => {
    const { text } = await html(path)
    const links = new Set([...text.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link))
    const anchors = new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => `#${id}`))
    for (const link of links) {
      if (link.startsWith('#')) expect(anchors).toContain(link)
      else expect({ link, status: (await html(link)).status }).toEqual({ link, status: 200 })
    }
  })
})

describe('/docs', () => {
  it('shows how each operation is called, in commands that a shell takes', async () => {
    const { text } = await html('/docs')
    const commands = [...text.matchAll(/<pre><code>(curl .*?)<\/code><\/pre>/gs)].map(([, command = '']) =>
      unescaped(command),
    )
    expect(commands).toHaveLength(Object.keys(EXAMPLES).length)
    expect(commands).toContain('curl -s "$GATE/v1/trail?limit=1&decision=deny" \\\n  -H "Authorization: Bearer $TOKEN"')
    expect(commands).toContain('curl -s "$GATE/healthz"')
    for (const command of commands) expect(() => execFileSync('sh', ['-n', '-c', command])).not.toThrow()
    const [asked = ''] = commands.filter((command) => command.includes('/v1/decisions'))
    expect(JSON.parse(/-d '(.*)'$/s.exec(asked)?.[1] ?? '')).toEqual(EXAMPLES.judgeRequests?.request)
  })

  it('says how one gets in, and what it answers as one reads it', async () => {
    const { text } = await html('/docs')
    expect(text).toContain('<h2 id="authentication">')
    expect(text).toContain('sallyport login')
    const shown = [...text.matchAll(/<pre><code>(\{.*?)<\/code><\/pre>/gs)].map(([, json = '']) =>
      JSON.parse(unescaped(json)),
    )
    expect(shown.filter((each) => ANSWERS.Problem.safeParse(each).success)).toHaveLength(1)
    for (const id of ['whoami', 'judgeRequests', 'readTrail']) expect(shown).toContainEqual(EXAMPLES[id]?.answer)
  })
})

it.each([
  ['/', '/docs'],
  ['/docs/', '/docs'],
  ['/problems/', '/problems'],
])('%s leads to %s', async (typed, page) => {
  const { app } = await testGate()
  const { status, headers } = await app.request(typed)
  expect({ status, location: headers.get('location') }).toEqual({ status: 308, location: page })
})

describe('a page', () => {
  it('shows markup that a document holds as text', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&'
    const page = documentPage({
      ...committed,
      info: { title: evil, version: evil, description: evil },
      tags: [{ name: evil }],
      components: {
        securitySchemes: { token: { description: evil } },
        responses: { [evil]: { description: evil } },
        schemas: { [evil]: { enum: [evil], description: evil } },
      },
    })
    const text = await page.text()
    expect(text).toContain('&lt;img src=x')
    expect(text).not.toContain('<img')
    expect(text).not.toMatch(/"[^"]*"'&"/)
  })
})

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
