import type { PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { didYouMean, type Path } from '../document/problem.ts'
import type {
  Allow,
  AwsTarget,
  Backend,
  Bounds,
  LambdaBackend,
  Methods,
  OpenMethods,
  UriBounds,
} from '../document/sections.ts'
import { rolePathOf } from '../patterns/arn.ts'
import { covers, coversAny } from '../patterns/covers.ts'
import { parsePattern } from '../patterns/parse.ts'
import { holdsPatterns, type Patterns } from './entries.ts'

/** What one block is compared with: its place, and whose it is (the defaults are no team's). */
interface Block {
  path: Path
  team: string | undefined
}

/** Blocks of `org.defaults` and of teams that reach past the bounds. */
export function checkBounds(document: PolicySet, patterns: Patterns): Finding[] {
  const { bounds, defaults } = document.org
  const reach = new Reach(patterns)
  if (defaults) reach.allow(bounds, defaults, { path: ['org', 'defaults'], team: undefined })
  for (const [team, { allow }] of Object.entries(document.teams)) {
    reach.allow(bounds, allow, { path: ['teams', team, 'allow'], team })
  }
  return reach.found
}

/** Whether `value`, members named alike, allows anything that `bound` doesn't. Members that `bound` lacks don't limit. */
export function reachesPast(bound: unknown, value: unknown, patterns: Patterns, team: string): boolean {
  const reach = new Reach(patterns)
  reach.member('', bound, value, { path: [], team })
  return reach.found.length > 0
}

/** Words of one member, from the narrowest on. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  query: ['none', 'literal', 'late-bound'],
  use: ['forbidden', 'static', 'allowed', 'anything'],
  templates: ['forbidden', 'static', 'allowed', 'anything'],
}
const ALLOWED = ['never', 'allowed']

/** Members that a rule may write out, with the word that they are then compared as. */
const IN_FULL: Readonly<Record<string, string>> = { query: 'literal', placeholders: 'allowed' }

/** Members whose values only narrow: whatever a team says of them stays inside the bounds. */
const NARROWING = new Set(['forbiddenKeys', 'requireKeys', 'identityKey'])

class Reach {
  readonly found: Finding[] = []
  readonly #patterns: Patterns

  constructor(patterns: Patterns) {
    this.#patterns = patterns
  }

  allow(bounds: Bounds, allow: Allow, { path, team }: Block): void {
    const { uri, credentials, cache, mapping, methods, ...rest } = allow
    for (const [member, value] of Object.entries(rest)) {
      this.member(member, bounds[member as keyof Bounds], value, { path: [...path, member], team })
    }
    for (const [index, backend] of (uri ?? []).entries()) {
      if (bounds.uri) this.#backend(bounds.uri, backend, { path: [...path, 'uri', index], team })
    }
    if (credentials !== undefined && credentials !== 'none') {
      this.member('credentials', bounds.credentials, credentials, { path: [...path, 'credentials'], team })
      this.#roles(bounds, credentials.roles ?? [], { path: [...path, 'credentials', 'roles'], team })
    }
    if (cache !== 'none') this.member('cache', bounds.cache, cache, { path: [...path, 'cache'], team })
    if (methods) this.#methods(bounds.methods, methods, { path: [...path, 'methods'], team })
    if (mapping) this.#mapping(bounds.mapping, mapping, { path: [...path, 'mapping'], team })
  }

  /** Compares the member of a block with that of the bounds; members of one name mean the same in both. */
  member(member: string, bound: unknown, value: unknown, block: Block): void {
    if (bound === undefined || value === undefined || NARROWING.has(member)) return
    if (isRecord(value) && typeof bound === 'string' && member in IN_FULL) {
      this.member(member, bound, IN_FULL[member], block)
      return
    }
    const order = ORDERS[member] ?? (ALLOWED.includes(String(value)) ? ALLOWED : undefined)
    if (Array.isArray(value) && Array.isArray(bound)) this.#list(member, bound, value, block)
    else if (typeof value === 'number' && typeof bound === 'number') this.#number(member, bound, value, block)
    else if (order && typeof value === 'string' && order.indexOf(value) > order.indexOf(String(bound))) {
      this.#past(block, `"${value}"`, String(bound))
    } else if (isRecord(value) && isRecord(bound)) {
      for (const [name, child] of Object.entries(value)) {
        this.member(name, bound[name], child, { ...block, path: [...block.path, name] })
      }
    }
  }

  #list(member: string, bound: readonly unknown[], value: readonly unknown[], { path, team }: Block): void {
    if (!holdsPatterns(member) && bound.includes('*')) return
    const allowed = holdsPatterns(member) ? this.#patterns.expandAll(member, bound as readonly string[], team) : []
    for (const [index, entry] of value.entries()) {
      const at = { path: [...path, index], team }
      if (!holdsPatterns(member)) {
        if (!bound.includes(entry)) this.#past(at, JSON.stringify(entry), bound.join(', '))
        continue
      }
      const outside = this.#patterns
        .expandAll(member, [String(entry)], team)
        .find((pattern) => !coversAny(allowed, pattern))
      if (!outside) continue
      const through = outside.text === entry ? '' : ` (${entry})`
      const near = didYouMean(
        outside.text,
        allowed.map(({ text }) => text),
      )
      this.#past(at, `"${outside.text}"${through}`, bound.join(', '), near)
    }
  }

  #number(member: string, bound: number, value: number, block: Block): void {
    if (member.startsWith('min') ? value >= bound : value <= bound) return
    const suggestion = member.startsWith('min') ? `Set it to ${bound} or more.` : `Set it to ${bound} or less.`
    this.#past(block, String(value), String(bound), suggestion)
  }

  #backend(bounds: UriBounds, backend: Backend, block: Block): void {
    const { placeholders, stageVariables, lambda, aws, ...same } = bounds
    if ('lambda' in backend) this.#lambda(lambda, backend.lambda, { ...block, path: [...block.path, 'lambda'] })
    else if ('aws' in backend) this.#aws(aws, backend.aws, { ...block, path: [...block.path, 'aws'] })
    const applies =
      'hosts' in backend ? same : { httpMethods: bounds.httpMethods, query: bounds.query, methods: bounds.methods }
    this.member(
      'uri',
      { ...applies, placeholders: placeholders?.path, stageVariables: stageVariables?.path },
      backend,
      block,
    )
  }

  #lambda(bounds: UriBounds['lambda'], { account, ...rest }: LambdaBackend['lambda'], block: Block): void {
    if (!bounds) return
    this.member('lambda', bounds, rest, block)
    const accounts = new Reach(this.#patterns)
    accounts.member('accounts', bounds.accounts, [account], block)
    for (const finding of accounts.found) this.found.push({ ...finding, path: [...block.path, 'account'] })
    if (
      bounds.qualifiers &&
      rest.qualifiers === undefined &&
      rest.unqualified === 'allowed' &&
      bounds.unqualified === undefined
    ) {
      this.#past({ ...block, path: [...block.path, 'unqualified'] }, '"allowed"', bounds.qualifiers.join(', '))
    }
  }

  #aws(bounds: readonly AwsTarget[] | undefined, target: AwsTarget, block: Block): void {
    if (!bounds) return
    const attempts = bounds
      .filter(({ service }) => service === target.service)
      .map((bound) => {
        const attempt = new Reach(this.#patterns)
        // A kind that the bounds leave out (subdomains, paths, actions) isn't allowed by them.
        const closed = { subdomains: [], paths: [], actions: [], ...bound }
        attempt.member('aws', closed, target, block)
        return attempt.found
      })
      .sort((a, b) => a.length - b.length)
    const [best] = attempts
    if (best) this.found.push(...best)
    else {
      const services = [...new Set(bounds.map(({ service }) => service))]
      this.#past(
        { ...block, path: [...block.path, 'service'] },
        target.service,
        services.join(', '),
        didYouMean(target.service, services),
      )
    }
  }

  #roles(bounds: Bounds, roles: readonly string[], { path, team }: Block): void {
    const { accounts, rolePath } = bounds.credentials ?? {}
    const known = accounts && this.#patterns.expandAll('accounts', accounts)
    const parsedPath = rolePath === undefined ? undefined : parsePattern('path', rolePath)
    for (const [index, entry] of roles.entries()) {
      const at = { path: [...path, index], team }
      for (const role of this.#patterns.expandAll('roles', [entry])) {
        const [, , , account = ''] = role.text.split(':').slice(1)
        if (known && !known.some(({ text }) => text === account)) {
          this.#past(
            at,
            `The account ${account}`,
            (accounts ?? []).join(', '),
            didYouMean(
              account,
              known.map(({ text }) => text),
            ),
          )
        }
        if (parsedPath?.ok && !covers(parsedPath.pattern, rolePathOf(role))) {
          this.#past(at, `The path of ${role.text}`, String(rolePath))
        }
      }
    }
  }

  #methods(bounds: Bounds['methods'], { authorizationTypes, open = [] }: Methods, { path, team }: Block): void {
    const types = { path: [...path, 'authorizationTypes'], team }
    this.member('authorizationTypes', bounds?.authorizationTypes, authorizationTypes, types)
    if (bounds?.open === undefined) return
    for (const [index, rule] of open.entries()) {
      const outside = rule.httpMethods.find((verb) => !bounds.open?.some((bound) => opens(bound, { ...rule, verb })))
      if (outside === undefined) continue
      const key = rule.apiKey === 'required' ? '' : ' without an API key'
      const most = bounds.open.map(
        ({ httpMethods, apiKey }) => `${httpMethods.join('/')}${apiKey === 'required' ? ' with an API key' : ''}`,
      )
      this.#past({ path: [...path, 'open', index], team }, `An open ${outside}${key}`, most.join(', '))
    }
  }

  #mapping(bounds: Bounds['mapping'], mapping: NonNullable<Allow['mapping']>, { path, team }: Block): void {
    const { requestParameters, requestTemplates } = mapping
    const within = bounds?.requestParameters
    const at = { path: [...path, 'requestParameters'], team }
    if (requestParameters !== undefined && requestParameters !== 'forbidden' && within !== undefined) {
      if (within === 'forbidden') this.#past(at, 'Request parameters', 'forbidden')
      else this.#parameters(within, requestParameters, at)
    }
    const asObject = (use: typeof requestTemplates) => (typeof use === 'string' ? { use } : use)
    const templates = { path: [...path, 'requestTemplates'], team }
    const bound = asObject(bounds?.requestTemplates)
    const value = asObject(requestTemplates)
    this.member('requestTemplates', bound, value, templates)
    // `overrides` unnamed in bounds that speak of templates is the default, never.
    if (bound && value && Array.isArray(value.overrides) && !Array.isArray(bound.overrides)) {
      this.#past({ ...templates, path: [...templates.path, 'overrides'] }, value.overrides.join(', '), 'never')
    }
  }

  #parameters(
    bounds: Exclude<NonNullable<NonNullable<Bounds['mapping']>['requestParameters']>, 'forbidden'>,
    value: Exclude<NonNullable<NonNullable<Allow['mapping']>['requestParameters']>, 'forbidden'>,
    { path, team }: Block,
  ): void {
    for (const member of ['destinations', 'sources'] as const) {
      this.member(member, bounds[member], value[member], { path: [...path, member], team })
    }
    const bound = bounds.staticValues ?? (bounds.sources ? 'never' : 'allowed')
    const at = { path: [...path, 'staticValues'], team }
    if (bound !== 'allowed' && value.staticValues !== undefined && value.staticValues !== 'never') {
      const values = value.staticValues === 'allowed' ? ['allowed'] : value.staticValues
      const outside = values.find((text) => bound === 'never' || !bound.includes(text))
      if (outside !== undefined) this.#past(at, JSON.stringify(outside), String(bound))
    }
    const opened = new Set((bounds.open ?? []).map(({ destination }) => destination.toLowerCase()))
    for (const [index, { destination }] of (value.open ?? []).entries()) {
      if (bounds.open && !opened.has(destination.toLowerCase())) {
        this.#past({ path: [...path, 'open', index], team }, destination, [...opened].join(', '))
      } else if (!bounds.open && bounds.destinations) {
        this.member('destinations', bounds.destinations, [destination], { path: [...path, 'open', index], team })
      }
    }
  }

  #past({ path }: Block, what: string, bound: string, suggestion?: string): void {
    const message = `${what} reaches past the bounds: ${bound === '' ? 'nothing' : bound}.`
    this.found.push({ path, at: 'value', message, ...(suggestion !== undefined && { suggestion }) })
  }
}

/** Whether the bounds let all of these methods be open. */
function opens(
  bound: OpenMethods,
  { verb, restApiIds, resourceIds, apiKey }: Omit<OpenMethods, 'httpMethods'> & { verb: string },
): boolean {
  const within = (outer: readonly string[] | undefined, inner: readonly string[] | undefined) =>
    outer === undefined || inner?.every((id) => outer.includes(id)) === true
  return (
    bound.httpMethods.some((other) => other === '*' || other === verb) &&
    within(bound.restApiIds, restApiIds) &&
    within(bound.resourceIds, resourceIds) &&
    (bound.apiKey !== 'required' || apiKey === 'required')
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
