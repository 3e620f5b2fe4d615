import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inEffect } from '../../../lib/apigateway/effective.ts'
import type { Integration } from '../../../lib/apigateway/integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName } from '../../../lib/apigateway/members.ts'
import { compilePolicy } from '../../../lib/decision/compile/compile.ts'
import { decide } from '../../../lib/decision/decide.ts'
import { DENIABLE_SECTIONS, RULES } from '../../../lib/decision/rules/table.ts'
import { INTEGRATION_SECTIONS, SECTIONS } from '../../../lib/policy/document/rule-ids.ts'
import { NOW, published } from '../vector-policies.ts'

const run = promisify(execFile)

describe('the table of sections', () => {
  it('has a rule for every section, and judges integrations by all but two', () => {
    expect(Object.keys(RULES).sort()).toEqual([...SECTIONS].sort())
    expect([...INTEGRATION_SECTIONS, 'operations', 'methods'].sort()).toEqual([...SECTIONS].sort())
  })

  it('names for every member the section that reads it', () => {
    const read = INTEGRATION_SECTIONS.flatMap((section) =>
      Object.keys(RULES[section].reads).map((member) => [member, section] as const),
    )
    const judged = MEMBER_NAMES.map((name: MemberName) => [name, MEMBERS[name].judgedBy] as const)
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(judged))
  })

  it('can deny in every section but the ones that say so', () => {
    const undeniable = INTEGRATION_SECTIONS.filter((section) => RULES[section].deny === undefined)
    expect(undeniable).toEqual(['mock'])
    expect([...DENIABLE_SECTIONS, ...undeniable].sort()).toEqual([...INTEGRATION_SECTIONS].sort())
  })
})

/** Of each kind of member something else than API Gateway's default. */
function other(member: Member, isDefault: (value: unknown) => boolean): unknown {
  switch (member.kind) {
    case 'enum':
      return member.values.find((value) => !isDefault(value))
    case 'string':
      return 'other'
    case 'integer':
      return 12_345
    case 'flag':
      return { [member.flag]: true }
    case 'names':
      return ['method.request.querystring.page']
    case 'strings':
      return { 'integration.request.querystring.page': 'method.request.querystring.page' }
    case 'templates':
      return { 'application/json': '{}' }
  }
}

describe('a policy that says nothing', () => {
  const policy = published(
    JSON.stringify({
      apiVersion: 'sallyport/v1',
      kind: 'PolicySet',
      metadata: { name: 'silent' },
      org: { bounds: {} },
      teams: {
        web: {
          identity: { claim: 'groups', anyOf: ['web'] },
          apis: { restApiIds: ['web0'] },
          allow: { types: ['HTTP'], uri: [{ hosts: ['a.example'], methods: ['GET'] }] },
        },
      },
    }),
    'silent',
  )
  const base = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/' } as const
  const judge = async (members: object) => {
    const integration = { ...base, ...members } as Integration
    const request = {
      restApiId: 'web0',
      resourceId: 'abc',
      httpMethod: 'POST',
      partition: 'aws',
      region: 'eu-west-1',
    } as const
    return decide(await compilePolicy(policy), { ...request, integration }, { team: 'web', point: 'request', now: NOW })
  }

  it('allows what API Gateway does by itself', async () => {
    expect((await judge({})).decision).toBe('allow')
  })

  it.each(MEMBER_NAMES)('refuses %s that is not the default, and names it', async (name) => {
    const plain = Object.hasOwn(base, name) ? base[name as keyof typeof base] : inEffect(name, undefined, 'abc')
    const { decision, violations } = await judge({ [name]: other(MEMBERS[name], (value) => value === plain) })
    expect(decision).toBe('deny')
    expect(violations.map(({ field }) => field)).toContainEqual(expect.stringMatching(new RegExp(`^/${name}(?:/|$)`)))
  })
})

/** What someone would do who adds to the policy or to the integration in a hurry, compiled with the project's settings. */
describe('what is added and judged by nobody', () => {
  let folder: string
  let errors: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sections-'))
    cpSync('lib', join(folder, 'lib'), { recursive: true })
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const change = (file: string, from: string, to: string) => {
      const text = readFileSync(join(folder, file), 'utf8')
      expect(text, file).toContain(from)
      writeFileSync(join(folder, file), text.replace(from, to))
    }
    // A section that a policy can write.
    change('lib/policy/document/rule-ids.ts', "  'types',\n", "  'types',\n  'sockets',\n")
    change(
      'lib/policy/document/sections.ts',
      '  types: Types.exactOptional(),\n  connection',
      '  types: Types.exactOptional(),\n  sockets: Types.exactOptional(),\n  connection',
    )
    // A section that a deny can write.
    change(
      'lib/policy/document/sections.ts',
      'const Deny = z.strictObject(DenyMatch)',
      'const Deny = z.strictObject({ ...DenyMatch, mock: Mock.exactOptional() })',
    )
    // A member of the integration that says who judges it.
    const uri = /\n {2}uri: \{\n[\s\S]*?\n {2}\},/.exec(readFileSync('lib/apigateway/members.ts', 'utf8'))?.[0] ?? ''
    const row = uri.replace('\n  uri:', '\n  socketPath:').replace("judgedBy: 'uri'", "judgedBy: 'timeout'")
    change('lib/apigateway/members.ts', uri, `${uri}${row}`)
    const config = {
      extends: resolve('tsconfig.json'),
      compilerOptions: { typeRoots: [resolve('node_modules/@types')] },
      include: ['lib/decision', 'lib/policy'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const compiler = resolve('node_modules/typescript/lib/tsc.js')
    const output = await run(process.execPath, [compiler, '-p', folder], { cwd: folder }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    errors = output.split('\n').filter((line) => /^\S/.test(line))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const errorsOf = (file: string) => errors.filter((line) => line.startsWith(`lib/decision/rules/${file}`)).join('\n')

  it('does not compile for a section without a rule', () => {
    expect(errorsOf('table.ts')).toMatch(/sockets/)
  })

  it('does not compile for a section that a deny names and no rule meets', () => {
    expect(errorsOf('mock.ts')).toMatch(/DenyOf/)
  })

  it('does not compile for a member that its section does not read', () => {
    expect(errorsOf('timeout.ts')).toMatch(/socketPath/)
  })
})
