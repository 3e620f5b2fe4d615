import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy, withExceptions } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Decision, DecisionRequest, Violation } from '../../lib/decision/decision.ts'
import type { Exception, PolicySet } from '../../lib/policy/document/document.ts'
import { conditionsOf, expectWayOut } from './apply-remedy.ts'
import { becomes } from './becomes.ts'
import { interpret } from './interpreter/interpreter.ts'
import { denies, document, exceptions, publish } from './policy-generators.ts'
import { request } from './request-generators.ts'
import { NOW } from './vector-policies.ts'

const asked = { team: 'own', claims: {}, point: 'request', now: NOW } as const

async function judge(
  policy: PolicySet,
  asking: DecisionRequest,
  excepting: readonly Exception[] = [],
): Promise<Decision> {
  return decide(await withExceptions(await compilePolicy(publish(policy)), [...excepting]), asking, asked)
}

const rules = (violations: readonly Violation[]) => [...new Set(violations.map(({ rule }) => rule))].sort()

const CLAIMED: Readonly<Record<string, string>> = {
  roles: 'own.credentials',
  vpcLinks: 'own.connection',
  integrationTargets: 'own.connection',
  namespaces: 'own.cache',
}

/** The first words of a rule's id, as the interpreter names it; a neighbour's claim is a matter of the team's own rule. */
function shortened(rule: string): string {
  const [, claimed] = /^intrinsic\.claims\.(.*)$/.exec(rule) ?? []
  if (claimed !== undefined) return CLAIMED[claimed] ?? 'own.uri'
  if (rule.startsWith('intrinsic.')) return 'intrinsic'
  const parts = rule.split('.')
  return parts.slice(0, rule.startsWith('org.bounds.') ? 3 : 2).join('.')
}

describe('decide(), for any policy and request', () => {
  it('agrees with a slow, plain interpreter of the same document', async () => {
    const verdicts = { allow: 0, deny: 0, open: 0 }
    await fc.assert(
      fc.asyncProperty(document, request, exceptions, async (policy, asking, excepting) => {
        const decision = await judge(policy, asking, excepting)
        const want = interpret(policy, asking, { ...asked, exceptions: excepting })
        verdicts[want.decision ?? 'open']++
        if (want.decision !== undefined) expect(decision.decision).toBe(want.decision)
        // What is not sound in itself need not be judged any further.
        if (want.failed.enforce.has('intrinsic') || want.open.has('intrinsic')) return
        const unsound = decision.violations.flatMap(
          ({ rule }) => /^intrinsic\.(?!claims)([A-Za-z]+)/.exec(rule)?.[1] ?? [],
        )
        const isBodyUnsound = unsound.some((subject) => subject.startsWith('request'))
        // A body that may say anything also names whatever resource a deny or the bounds do.
        const isLeft = (rule: string) =>
          rule === 'intrinsic' ||
          want.open.has(rule) ||
          // The templates of a MOCK are told of under `mock` or under `mapping`.
          (rule === 'own.mock' && want.open.has('own.mapping')) ||
          (rule.endsWith('.uri') && (isBodyUnsound || unsound.includes('uri'))) ||
          (/^org\.d\d|\.mapping$/.test(rule) && isBodyUnsound)
        const settled = (names: Iterable<string>) => [...new Set(names)].filter((rule) => !isLeft(rule)).sort()
        const found = (violations: readonly Violation[]) => violations.map(({ rule }) => shortened(rule))
        const { enforce, warn, 'dry-run': dryRun } = want.failed
        expect(settled(found(decision.violations))).toEqual(settled(enforce))
        // A rule of several findings may name its soft ones beside those that stay enforced.
        const all = [decision.violations, decision.warnings, decision.dryRun].flatMap(found)
        expect(settled(all)).toEqual(settled([...enforce, ...warn, ...dryRun]))
      }),
      { numRuns: 3000 },
    )
    const share = verdicts.allow / (verdicts.allow + verdicts.deny + verdicts.open)
    expect(share).toBeGreaterThan(0.15)
    expect(share).toBeLessThan(0.6)
  })

  it('lets a deny win over every allow', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        const rule = { id: 'org.all', message: 'No.', types: [asking.integration.type] }
        const denying = { ...policy, org: { ...policy.org, deny: [...(policy.org.deny ?? []), rule] } }
        const { decision, violations } = await judge(denying, asking)
        expect(decision).toBe('deny')
        expect(rules(violations)).toContain('org.all')
      }),
      { numRuns: 300 },
    )
  })

  it('lets a deny bite on whatever can become what it denies, or says the same in another spelling', async () => {
    let bites = 0
    await fc.assert(
      fc.asyncProperty(document, denies, request, async (policy, rules, asking) => {
        const { bounds: _, ...org } = policy.org
        const denying: PolicySet = { ...policy, org: { ...org, bounds: {}, deny: rules } }
        const compiled = await compilePolicy(publish(denying))
        const denied = (each: DecisionRequest) =>
          decide(compiled, each, asked).violations.filter(({ rule }) => rules.some(({ id }) => id === rule))
        const judged = decide(compiled, asking, asked)
        const isUnsound = judged.violations.some(({ rule }) => rule.startsWith('intrinsic.'))
        for (const each of becomes(asking)) {
          for (const { rule } of denied(each)) {
            bites++
            expect(judged.decision, JSON.stringify(each)).toBe('deny')
            if (!isUnsound) expect(judged.violations.map((violation) => violation.rule)).toContain(rule)
          }
        }
      }),
      { numRuns: 2000 },
    )
    expect(bites).toBeGreaterThan(1000)
  })

  it('does not depend on the order of anything', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        const one = await judge(policy, asking)
        const other = await judge(reversed(policy) as PolicySet, {
          ...asking,
          integration: reversedMembers(asking.integration),
        })
        for (const member of ['violations', 'warnings', 'dryRun'] as const) {
          const byFinding = ({ rule, field, part }: Violation) => `${rule} ${field.replace(/\/\d+$/, '')} ${part}`
          const isOwn = ({ rule }: Violation) => rule.startsWith('own.uri') || rule.startsWith('intrinsic.uri')
          const sorted = (each: Decision) =>
            each[member]
              .filter((violation) => !isOwn(violation))
              .map(byFinding)
              .sort()
          expect(sorted(other)).toEqual(sorted(one))
        }
        expect(other.decision).toBe(one.decision)
      }),
      { numRuns: 500 },
    )
  })

  it('allows nothing more where a list of a team is narrowed', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, fc.nat(), async (policy, asking, choice) => {
        const { own } = policy.teams
        if (own === undefined) return
        const { decision } = await judge({ ...policy, teams: { ...policy.teams, own: narrowed(own, choice) } }, asking)
        if (decision === 'allow') expect((await judge(policy, asking)).decision).toBe('allow')
      }),
      { numRuns: 1000 },
    )
  })

  it('allows nothing more under narrower bounds', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        // What bounds are silent on is enforced, however soft the team: softened, a team may do more where they speak.
        const { bounds, rollout: _, ...org } = policy.org
        const teams = Object.fromEntries(
          Object.entries(policy.teams).map(([name, { rollout: __, ...team }]) => [name, team]),
        )
        const bounded = { ...policy, org: { ...org, bounds }, teams }
        const unbounded = { ...bounded, org: { ...org, bounds: keepFallbacks(policy) } }
        if ((await judge(bounded, asking)).decision !== 'allow') return
        expect((await judge(unbounded, asking)).decision).toBe('allow')
      }),
      { numRuns: 1000 },
    )
  })

  it('allows nothing with a member that it does not know', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, fc.string(), fc.jsonValue(), async (policy, asking, member, value) => {
        fc.pre(!(member in asking.integration) && !['type', 'credentials'].includes(member))
        const integration = Object.assign(Object.create(null), asking.integration, { [`x${member}`]: value })
        expect((await judge(policy, { ...asking, integration })).decision).toBe('deny')
      }),
      { numRuns: 300 },
    )
  })

  it('takes an explicit default for an absent member', async () => {
    const defaults: Partial<Integration> = {
      connectionType: 'INTERNET',
      credentials: '',
      passthroughBehavior: 'WHEN_NO_MATCH',
      cacheNamespace: 'res1',
      cacheKeyParameters: [],
      timeoutInMillis: 29_000,
      tlsConfig: { insecureSkipVerification: false },
      responseTransferMode: 'BUFFERED',
      requestParameters: {},
      requestTemplates: {},
    }
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        const explicit = { ...asking, integration: { ...defaults, ...asking.integration } }
        const verdict = ({ decision, violations }: Decision) => ({ decision, rules: rules(violations) })
        expect(verdict(await judge(policy, explicit))).toEqual(verdict(await judge(policy, asking)))
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same bytes for the same question', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        const one = await judge(policy, asking)
        const other = await judge(structuredClone(policy), JSON.parse(JSON.stringify(asking)))
        expect(JSON.stringify(other)).toBe(JSON.stringify(one))
      }),
      { numRuns: 300 },
    )
  })

  it('names of every violation a way out that removes it', async () => {
    await fc.assert(
      fc.asyncProperty(document, request, async (policy, asking) => {
        const compiled = await compilePolicy(publish(policy))
        const all = (each: DecisionRequest) => {
          const { violations, warnings, dryRun } = decide(compiled, each, asked)
          return [...violations, ...warnings, ...dryRun]
        }
        for (const violation of all(asking)) expectWayOut(violation, asking, all, conditionsOf(policy))
      }),
      { numRuns: 1000 },
    )
  })
})

/** The same document with every list in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed).reverse()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([member, child]) => [member, reversed(child)]))
}

function reversedMembers(integration: Integration): Integration {
  return Object.fromEntries(Object.entries(integration).reverse()) as unknown as Integration
}

/** The same team with one entry of one of its lists removed. */
function narrowed<T>(value: T, choice: number): T {
  const copy = structuredClone(value)
  const lists: unknown[][] = []
  const collect = (each: unknown) => {
    if (typeof each !== 'object' || each === null) return
    if (Array.isArray(each)) lists.push(each)
    for (const child of Object.values(each)) collect(child)
  }
  collect((copy as { allow: unknown }).allow)
  const list = lists[choice % Math.max(1, lists.length)]
  list?.splice(choice % list.length, 1)
  return copy
}

/**
 * Schemes, ports and Regions that the bounds name are open to teams that name none: without the bounds they are not. A
 * block about backends closes the kinds that it doesn't name, so that this one names them all.
 */
function keepFallbacks({ org }: PolicySet): PolicySet['org']['bounds'] {
  const { schemes, ports, lambda, aws } = org.bounds.uri ?? {}
  return {
    ...(org.bounds.uri && {
      uri: {
        hosts: ['**'],
        ...(schemes && { schemes }),
        ...(ports && { ports }),
        lambda: { ...(lambda?.regions && { regions: lambda.regions }) },
        ...(aws && { aws }),
      },
    }),
    ...(org.bounds.cache?.namespaces && { cache: { namespaces: ['*'] } }),
  }
}
