import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CelExpression, conditionEnvironment, parseExpression } from '../../../lib/policy/conditions/expression.ts'
import { canNeverHold, type Known } from '../../../lib/policy/conditions/satisfiable.ts'

const environment = conditionEnvironment()

function parsed(text: string): CelExpression {
  const read = parseExpression(environment, text)
  if (!read.ok) throw new Error(`${text}: ${read.message}`)
  return read.expression
}

const HOSTS = ['a.x', 'b.x', 'a.y', 'ab.x', 'x']
const PIECES = ['a', 'b', 'x', 'y', '.x', 'a.', '.']
const CONNECTIONS = ['INTERNET', 'VPC_LINK']
const TYPES = ['HTTP', 'HTTP_PROXY', 'AWS', 'AWS_PROXY', 'MOCK']
const KINDS: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['http'],
  HTTP_PROXY: ['http'],
  AWS: ['lambda', 'service'],
  AWS_PROXY: ['lambda', 'service'],
  MOCK: ['mock'],
}
const PORTS = [1, 80, 81, 82, 443, 65_535]

const quoted = (text: string) => JSON.stringify(text)
const hostAtom = fc
  .tuple(
    fc.constantFrom('integration.backend.host', 'claims.host'),
    fc.constantFrom('==', '!=', 'startsWith', 'endsWith', 'contains', 'in'),
    fc.constantFrom(...HOSTS, ...PIECES),
    fc.constantFrom(...HOSTS),
  )
  .map(([member, how, text, other]) => {
    if (how === 'in') return `${member} in [${quoted(text)}, ${quoted(other)}]`
    if (how === '==') return `${quoted(text)} == ${member}`
    return how === '!=' ? `${member} != ${quoted(text)}` : `${member}.${how}(${quoted(text)})`
  })
const wordAtom = fc.oneof(
  fc.constantFrom(...CONNECTIONS).map((word) => `integration.connectionType == ${quoted(word)}`),
  fc.constantFrom(...TYPES).map((word) => `integration.type == ${quoted(word)}`),
  fc.constantFrom('http', 'lambda', 'mock').map((word) => `integration.backend.kind != ${quoted(word)}`),
  fc.constantFrom('AWS', '_PROXY', 'HTTP').map((word) => `integration.type.endsWith(${quoted(word)})`),
)
const numberAtom = fc
  .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), fc.constantFrom(...PORTS), fc.boolean())
  .map(([how, value, isMirrored]) =>
    isMirrored ? `${value} ${how} integration.backend.port` : `integration.backend.port ${how} ${value}`,
  )
const atom = fc.oneof(
  hostAtom,
  wordAtom,
  numberAtom,
  fc.constantFrom('true', 'false', 'size(claims) > 0', '!(size(claims) > 0)', '"a" == "b"', '2 != 1'),
)
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    atom,
    tie('expression').map((one) => `!(${one})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression'))
      .map(([left, how, right]) => `(${left}) ${how} (${right})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([condition, then, otherwise]) => `(${condition}) ? (${then}) : (${otherwise})`),
  ),
}))

/** Every request of a small world, as expressions see it. */
const world = TYPES.flatMap((type) =>
  (KINDS[type] ?? []).flatMap((kind) =>
    CONNECTIONS.flatMap((connectionType) =>
      (kind === 'http' ? HOSTS : ['']).flatMap((host) =>
        (kind === 'http' ? PORTS : [0]).flatMap((port) =>
          ['a.x', 'b.x'].map((claim) => ({
            integration: {
              type,
              connectionType,
              backend: kind === 'http' ? { kind, host, port: BigInt(port) } : { kind },
            },
            claims: { host: claim },
          })),
        ),
      ),
    ),
  ),
)

function holds(expression: CelExpression, context: (typeof world)[number]): boolean | 'error' {
  try {
    return expression(context) === true
  } catch {
    return 'error'
  }
}

describe('canNeverHold()', () => {
  it('is right wherever it says so', () => {
    let said = 0
    fc.assert(
      fc.property(expression, fc.boolean(), (text, isSo) => {
        const one = parsed(text)
        if (!canNeverHold([{ ast: one.ast, isSo }])) return
        said++
        expect(world.filter((context) => holds(one, context) === isSo)).toEqual([])
      }),
      { numRuns: 1_500 },
    )
    expect(said).toBeGreaterThan(50)
  })

  it('is right within what is known', () => {
    const known = fc.record({
      words: fc.record({
        'integration.type': fc.subarray(TYPES, { minLength: 1 }),
        'integration.connectionType': fc.subarray(CONNECTIONS, { minLength: 1 }),
      }),
      host: fc.constantFrom('*.x', 'a.*', 'a.x', '**.y', '**'),
      numbers: fc.constantFrom<Record<string, readonly [bigint, bigint]>>(
        { 'integration.backend.port': [80n, 82n] },
        { 'integration.backend.port': [443n, 443n] },
      ),
    })
    const isWithin = ({ integration }: (typeof world)[number], { words = {}, host = '**', numbers = {} }: Known) => {
      const { type, connectionType, backend } = integration
      if (!words['integration.type']?.includes(type)) return false
      if (!words['integration.connectionType']?.includes(connectionType)) return false
      const [start = '', end = ''] = host.split(/\*+/)
      const [min = 0n, max = 0n] = numbers['integration.backend.port'] ?? []
      const { host: own, port } = backend
      if (own === undefined || port === undefined) return true
      const isHost = host.includes('*') ? own.startsWith(start) && own.endsWith(end) : own === host
      return isHost && port >= min && port <= max
    }
    fc.assert(
      fc.property(expression, fc.boolean(), known, (text, isSo, within) => {
        const one = parsed(text)
        if (!canNeverHold([{ ast: one.ast, isSo }], within)) return
        const found = world.filter((context) => isWithin(context, within) && holds(one, context) === isSo)
        expect(found).toEqual([])
      }),
      { numRuns: 1_500 },
    )
  })

  it('counts an error as either, where absence is open', () => {
    fc.assert(
      fc.property(expression, fc.boolean(), (text, isSo) => {
        const one = parsed(text)
        if (!canNeverHold([{ ast: one.ast, isSo }], { isAbsenceOpen: true })) return
        expect(world.map((context) => holds(one, context)).filter((is) => is === isSo || is === 'error')).toEqual([])
      }),
      { numRuns: 1_500 },
    )
  })
})
