import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { effective } from '../../lib/apigateway/effective.ts'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { boundFault, typeFault, wordFault } from '../../lib/apigateway/member-faults.ts'
import {
  type Judge,
  MEMBER_NAMES,
  MEMBERS,
  type Member,
  type MemberName,
  type MembersJudgedBy,
} from '../../lib/apigateway/members.ts'
import type { Section } from '../../lib/policy/document/rule-ids.ts'
import { readAwsUri } from '../../lib/policy/values/aws-uri.ts'
import { readHttpUri } from '../../lib/policy/values/http-uri.ts'
import { serviceOf } from '../../lib/policy/values/service/services.ts'
import { membersPage } from '../../scripts/members.ts'

const run = promisify(execFile)

/** A row that has all that a row must have: an ordinary text, judged with the connection. */
const ROW = `
  socketPath: {
    kind: 'string',
    maxLength: 64,
    default: { is: 'value', value: '/run/app.sock' },
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'connection',
    trail: 'name',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: null, openApi: 'socketPath', terraform: null },
    about: 'Where the backend listens.',
  },
`

describe('the table of members', () => {
  it.each(MEMBER_NAMES)('has a default of %s that the member may hold', (name) => {
    const { default: absent }: Member = MEMBERS[name]
    if (absent.is !== 'value') return
    expect([typeFault, boundFault].map((fault) => fault(name, absent.value))).toEqual([undefined, undefined])
    expect(wordFault(name, absent.value, 'model') ?? wordFault(name, absent.value, 'service')).toBeUndefined()
  })

  it.each(MEMBER_NAMES)('says of %s what only its kind can be shown as, or be patched by', (name) => {
    const { kind, trail, patch }: Member = MEMBERS[name]
    const shown: Record<Member['kind'], readonly Member['trail'][]> = {
      enum: ['word', 'digest'],
      string: ['name', 'arn', 'uri', 'digest'],
      integer: ['number', 'digest'],
      flag: ['flag', 'digest'],
      names: ['digest'],
      strings: ['sources', 'digest'],
      templates: ['digest'],
    }
    const patched: Record<Member['kind'], Member['patch']['as']> = {
      enum: 'member',
      string: 'member',
      integer: 'member',
      flag: 'flag',
      names: 'names',
      strings: 'entries',
      templates: 'entries',
    }
    expect(shown[kind]).toContain(trail)
    expect(['never', patched[kind]]).toContain(patch.as)
  })

  it('names no member twice, whoever names it', () => {
    for (const who of ['cloudFormation', 'openApi', 'terraform'] as const) {
      const names = MEMBER_NAMES.map((name) => MEMBERS[name].names[who]).filter((name) => name !== null)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('has the bounds that the readers of values have, which know nothing of it', () => {
    const { maxLength } = MEMBERS.uri
    const isTooLong = ({ hazards }: { hazards: readonly { finding: string }[] }) =>
      hazards.some(({ finding }) => finding === 'length')
    const http = 'https://a.example/'
    const arn = 'arn:aws:apigateway:eu-west-1:s3:path/'
    expect(isTooLong(readHttpUri(http + 'x'.repeat(maxLength - http.length)))).toBe(false)
    expect(isTooLong(readHttpUri(http + 'x'.repeat(maxLength - http.length + 1)))).toBe(true)
    expect(isTooLong(readAwsUri(arn + 'x'.repeat(maxLength - arn.length), serviceOf))).toBe(false)
    expect(isTooLong(readAwsUri(arn + 'x'.repeat(maxLength - arn.length + 1), serviceOf))).toBe(true)
  })

  it('is what docs/members.md says (npm run members)', () => {
    expect(readFileSync('docs/members.md', 'utf8')).toBe(membersPage())
  })

  it('types', () => {
    expectTypeOf<Judge>().toExtend<Section>()
    expectTypeOf<MembersJudgedBy<Judge>>().toEqualTypeOf<MemberName>()
    expectTypeOf<MembersJudgedBy<'connection'>>().toEqualTypeOf<
      'connectionType' | 'connectionId' | 'integrationTarget'
    >()
    expectTypeOf<MembersJudgedBy<'operations'>>().toEqualTypeOf<never>()
    expectTypeOf<Integration['type']>().toEqualTypeOf<'HTTP' | 'HTTP_PROXY' | 'AWS' | 'AWS_PROXY' | 'MOCK'>()
    expectTypeOf<Integration>().toExtend<{ type: string; tlsConfig?: { insecureSkipVerification?: boolean } }>()
    expectTypeOf(effective({ type: 'MOCK' }, 'r').timeoutInMillis).toEqualTypeOf<number>()
    expectTypeOf(effective({ type: 'MOCK' }, 'r').credentials).toEqualTypeOf<string | undefined>()
  })
})

/**
 * What someone would write who adds a member in a hurry, compiled with the project's own settings: the table with one row
 * more, and what reads it. Once with the whole of the sections' table above it.
 */
describe('a member that is added', () => {
  const table = readFileSync('lib/apigateway/members.ts', 'utf8')
  const withRow = (row: string) => table.replace('\n} as const satisfies', `${row}} as const satisfies`)
  const without = (line: string) => withRow(ROW.replace(new RegExp(`\n {4}${line}: .*`), ''))
  const withJudge = (text: string) => text.replace("\n  | 'uri'\n", "\n  | 'uri'\n  | 'sockets'\n")
  const withKind = (text: string) =>
    text.replace('\nexport type Default =', "\n  | { kind: 'socket'; port: number }\n\nexport type Default =")
  /** By folder; those that end in `-rule` have all of the evaluator beside them. */
  const variants: Record<string, string> = {
    'nothing-added': table,
    'no-judge': without('judgedBy'),
    'no-default': without('default'),
    'no-trail': without('trail'),
    'no-condition': without('condition'),
    'no-patch': without('patch'),
    'no-bound': without('maxLength'),
    'no-names': without('names'),
    'no-sentence': without('about'),
    'unknown-judge': withRow(ROW.replace("'connection'", "'sockets'")),
    'unknown-kind': withKind(
      withRow(ROW.replace("kind: 'string',\n    maxLength: 64,", "kind: 'socket',\n    port: 1,")),
    ),
    'no-rule': withRow(ROW),
    'no-section-rule': withJudge(withRow(ROW.replace("'connection'", "'sockets'"))),
  }
  const isWhole = (variant: string) => variant.endsWith('-rule')
  let folder: string
  let errors: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'members-'))
    for (const [name, members] of Object.entries(variants)) {
      const copied = isWhole(name) ? 'lib' : 'lib/apigateway'
      cpSync(copied, join(folder, name, copied), { recursive: true })
      writeFileSync(join(folder, name, 'lib/apigateway/members.ts'), members)
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    const files = Object.keys(variants).flatMap((name) =>
      isWhole(name)
        ? [`${name}/lib/decision/rules/table.ts`]
        : ['effective.ts', 'parse.ts', 'patch.ts', 'form.ts'].map((file) => `${name}/lib/apigateway/${file}`),
    )
    const compilerOptions = { typeRoots: [resolve('node_modules/@types')] }
    const config = { extends: resolve('tsconfig.json'), compilerOptions, include: [], files }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const compiled = run(process.execPath, [resolve('node_modules/typescript/lib/tsc.js'), '-p', folder], {
      cwd: folder,
    })
    const output = await compiled.then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    errors = output.split('\n').filter((line) => /^\S/.test(line))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const errorsOf = (variant: string) => errors.filter((line) => line.startsWith(`${variant}/`))

  it('compiles as it stands', () => {
    expect(errorsOf('nothing-added')).toEqual([])
  })

  it('needs a rule that reads it', () => {
    expect(errorsOf('no-rule')).toContainEqual(expect.stringMatching(/rules\/connection\.ts.*'socketPath' is missing/))
  })

  it('needs a section that judges it', () => {
    expect(errorsOf('no-section-rule')).toContainEqual(expect.stringMatching(/rules\/table\.ts/))
  })

  it.each([
    'no-judge',
    'no-default',
    'no-trail',
    'no-condition',
    'no-patch',
    'no-bound',
    'no-names',
    'no-sentence',
    'unknown-judge',
  ])('is refused by the compiler with %s', (variant) => {
    expect(errorsOf(variant)).toContainEqual(expect.stringMatching(/members\.ts.*error/))
  })

  it('is refused by the compiler wherever nobody reads its kind', () => {
    const found = errorsOf('unknown-kind').join('\n')
    for (const file of ['member-faults.ts', 'effective.ts', 'patch.ts']) expect(found).toContain(file)
  })
})

describe('a member that is added with all that it needs', () => {
  const added = {
    kind: 'string',
    maxLength: 64,
    default: { is: 'value', value: '/run/app.sock' },
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'connection',
    trail: 'name',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: null, openApi: 'socketPath', terraform: null },
    about: 'Where the backend listens.',
  } satisfies Member

  beforeAll(() => {
    vi.resetModules()
    vi.doMock('../../lib/apigateway/members.ts', async (original) => {
      const actual = await original<typeof import('../../lib/apigateway/members.ts')>()
      const members = { ...actual.MEMBERS, socketPath: added }
      return {
        ...actual,
        MEMBERS: members,
        MEMBER_NAMES: Object.keys(members),
        isMemberName: (name: string) => Object.hasOwn(members, name),
      }
    })
  })
  afterAll(() => {
    vi.doUnmock('../../lib/apigateway/members.ts')
    vi.resetModules()
  })

  it('is read, bounded, patched, compared, recorded, seen by conditions and described', async () => {
    const { readPutIntegration } = await import('../../lib/apigateway/parse.ts')
    const { applyPatch } = await import('../../lib/apigateway/patch.ts')
    const { effective } = await import('../../lib/apigateway/effective.ts')
    const { difference, membersOf } = await import('../../lib/trail/difference.ts')
    const { CONDITION_MEMBERS } = await import('../../lib/policy/conditions/members.ts')
    const { IntegrationBody } = await import('../../lib/gate/integration-schema.ts')
    const { membersPage: page } = await import('../../scripts/members.ts')
    const body = { type: 'MOCK', socketPath: '/a' } as unknown as Integration & Record<string, unknown>

    expect(readPutIntegration(body)).toEqual({ ok: true, value: body })
    expect(readPutIntegration({ ...body, socketPath: 1 })).toMatchObject({ error: { type: 'SerializationException' } })
    expect(readPutIntegration({ ...body, socketPath: 'x'.repeat(65) })).toMatchObject({
      error: { message: 'Member socketPath has 65 characters; it may have at most 64' },
    })
    expect(applyPatch(body, [{ op: 'replace', path: '/socketPath', value: '/b' }])).toEqual({
      ok: true,
      value: { ...body, socketPath: '/b' },
    })
    expect(effective({ type: 'MOCK' }, 'r')).toHaveProperty('socketPath', '/run/app.sock')
    const members = (integration: object) => membersOf(effective(integration as Integration, 'r'))
    expect(difference(members({ type: 'MOCK' }), members(body), () => 'mac')).toEqual([
      { path: '/socketPath', op: 'replace', beforeMac: 'mac', afterMac: 'mac' },
    ])
    expect(CONDITION_MEMBERS).toHaveProperty('socketPath', 'string')
    expect(IntegrationBody.safeParse(body).success).toBe(true)
    expect(page()).not.toBe(readFileSync('docs/members.md', 'utf8'))
  })
})
