import type { ASTNode } from '@marcbachmann/cel-js'
import { COLLECTIONS, type Domain, domainOfMember, type Place, textFault } from './domains.ts'
import { childrenOf, literalNumber, literalText, memberPath } from './expression.ts'

/** A literal text that an expression compares with something that a policy knows. */
export interface LiteralUse {
  node: ASTNode
  text: string
  place: Place
  domain: Domain
  /** What it is compared with, for messages. */
  member: string
}

/** A literal that can never be what it is compared with. */
export interface LiteralFault {
  /** 1-based, in UTF-16 units of the expression. */
  column: number
  message: string
  suggestion?: string
}

/** What a name inside a loop stands for. */
type Scope = ReadonlyMap<string, Compared | undefined>
interface Compared {
  domain: Domain
  member: string
}

const PLACES: Readonly<Record<string, Place>> = { startsWith: 'start', endsWith: 'end', contains: 'inside' }

/** Every literal text that stands beside a member, in the order of the expression. Linear in its size. */
export function literalUses(ast: ASTNode, teams?: readonly string[]): LiteralUse[] {
  const found: LiteralUse[] = []
  visit(ast, new Map(), teams, found, [])
  return found
}

/** Comparisons with a literal that no value of the member can meet. */
export function literalFaults(ast: ASTNode, teams?: readonly string[]): LiteralFault[] {
  const uses: LiteralUse[] = []
  const faults: LiteralFault[] = []
  visit(ast, new Map(), teams, uses, faults)
  for (const { node, text, place, domain, member } of uses) {
    const fault = textFault(domain, text, place)
    if (fault === undefined) continue
    const verb = { whole: 'be', start: 'start with', end: 'end with', inside: 'contain' }[place]
    faults.push({
      column: node.range.start + 1,
      message: `${member} can never ${verb} ${JSON.stringify(text)}: it ${fault.reason}.`,
      ...(fault.suggestion !== undefined && { suggestion: `Did you mean ${fault.suggestion}?` }),
    })
  }
  return faults.sort((one, other) => one.column - other.column)
}

function visit(
  node: ASTNode,
  scope: Scope,
  teams: readonly string[] | undefined,
  uses: LiteralUse[],
  faults: LiteralFault[],
): void {
  const use = (literal: ASTNode, place: Place, compared: Compared | undefined) => {
    const text = literalText(literal)
    if (compared !== undefined && text !== undefined) uses.push({ node: literal, text, place, ...compared })
  }
  const of = (one: ASTNode) => comparedWith(one, scope, teams)
  switch (node.op) {
    case '==':
    case '!=': {
      const [left, right] = node.args
      use(right, 'whole', of(left))
      use(left, 'whole', of(right))
      break
    }
    case 'in': {
      const [left, right] = node.args
      use(left, 'whole', keysOf(right, scope))
      if (right.op === 'list') for (const entry of right.args) use(entry, 'whole', of(left))
      break
    }
    case '[]': {
      const [collection, key] = node.args
      use(key, 'whole', keysOf(collection, scope))
      break
    }
    case 'rcall': {
      const [name, receiver, args] = node.args
      const place = PLACES[name]
      const [first, body] = args
      if (place !== undefined && first !== undefined) {
        use(first, place, of(receiver))
      } else if (first?.op === 'id' && body !== undefined) {
        visit(receiver, scope, teams, uses, faults)
        visit(body, new Map([...scope, [first.args, keysOf(receiver, scope)]]), teams, uses, faults)
        return
      }
      break
    }
  }
  const impossible = numberFault(node, of)
  if (impossible !== undefined) faults.push(impossible)
  for (const child of childrenOf(node)) visit(child, scope, teams, uses, faults)
}

/** What is known of a value: a member, a loop's name, an entry of a collection, or one of these in lower case. */
function comparedWith(node: ASTNode, scope: Scope, teams: readonly string[] | undefined): Compared | undefined {
  if (node.op === 'id' && scope.has(node.args)) return scope.get(node.args)
  if (node.op === 'rcall' && node.args[0] === 'lowerAscii') {
    const inner = comparedWith(node.args[1], scope, teams)
    const member = inner?.member ?? memberPath(node.args[1]) ?? 'The text'
    // Names of parameters are folded by themselves (`names.ts`).
    if (inner?.domain.kind === 'name' || inner?.domain.kind === 'contentType') return inner
    return { domain: { kind: 'lowered', of: inner?.domain }, member }
  }
  if (node.op === '[]' || node.op === '.') {
    const collection = memberIn(node.args[0], scope)
    const entries = collection === undefined ? undefined : collectionOf(collection)?.entries
    if (entries !== undefined) return { domain: entries, member: `an entry of ${collection}` }
  }
  const member = memberIn(node, scope)
  const domain = member === undefined ? undefined : domainOfMember(member, teams)
  return member === undefined || domain === undefined ? undefined : { domain, member }
}

/** A member of what is judged; a name of a loop hides one that is spelt alike. */
function memberIn(node: ASTNode, scope: Scope): string | undefined {
  const member = memberPath(node)
  return member === undefined || scope.has(member.split('.', 1)[0] ?? '') ? undefined : member
}

function collectionOf(member: string) {
  return Object.hasOwn(COLLECTIONS, member) ? COLLECTIONS[member] : undefined
}

function keysOf(node: ASTNode, scope: Scope): Compared | undefined {
  const member = memberIn(node, scope)
  const keys = member === undefined ? undefined : collectionOf(member)?.keys
  return keys === undefined ? undefined : { domain: keys, member: `a name in ${member}` }
}

type Order = '<' | '<=' | '>' | '>='
const MIRRORED: Readonly<Record<Order, Order>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** A number that the member can't be, or compared so that the comparison never holds. */
function numberFault(node: ASTNode, of: (one: ASTNode) => Compared | undefined): LiteralFault | undefined {
  const fault = (literal: ASTNode, value: bigint, { domain, member }: Compared, isNever: boolean) => {
    if (domain.kind !== 'number' || !isNever) return undefined
    const message = `${member} is from ${domain.min} to ${domain.max}: a comparison with ${value} never holds.`
    return { column: literal.range.start + 1, message }
  }
  switch (node.op) {
    case '==':
    case '!=': {
      const [left, right] = node.args
      for (const [one, other] of [
        [left, right],
        [right, left],
      ] as const) {
        const compared = of(one)
        const value = literalNumber(other)
        if (compared?.domain.kind !== 'number' || value === undefined) continue
        return fault(other, value, compared, value < compared.domain.min || value > compared.domain.max)
      }
      return undefined
    }
    case 'in': {
      const [left, right] = node.args
      const compared = of(left)
      if (compared?.domain.kind !== 'number' || right.op !== 'list') return undefined
      const { min, max } = compared.domain
      for (const entry of right.args) {
        const value = literalNumber(entry)
        if (value !== undefined && (value < min || value > max)) return fault(entry, value, compared, true)
      }
      return undefined
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = node.args
      const mirrored = literalNumber(left) !== undefined
      const compared = of(mirrored ? right : left)
      const literal = mirrored ? left : right
      const value = literalNumber(literal)
      if (compared?.domain.kind !== 'number' || value === undefined) return undefined
      const order = mirrored ? MIRRORED[node.op] : node.op
      return fault(literal, value, compared, neverHolds(order, value, compared.domain))
    }
    default:
      return undefined
  }
}

function neverHolds(order: Order, value: bigint, { min, max }: { min: bigint; max: bigint }): boolean {
  switch (order) {
    case '<':
      return value <= min
    case '<=':
      return value < min
    case '>':
      return value >= max
    case '>=':
      return value > max
  }
}
