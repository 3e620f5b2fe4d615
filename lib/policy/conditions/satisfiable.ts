import type { ASTNode } from '@marcbachmann/cel-js'
import { type Domain, domainOfMember, holds, type Place } from './domains.ts'
import { childrenOf, literalNumber, literalText, memberPath } from './expression.ts'

/**
 * Whether an expression can hold at all, and whether it can for what one team may have. Decides the fragment that
 * policies are written in: comparisons of members with literals, under `&&`, `||`, `!` and `?:`. Whatever else an
 * expression does counts as able to be true and able to be false, so that "never" is certain and "perhaps" is not.
 */

/** One thing that is so, or isn't. */
type Fact =
  | { about: 'text'; member: string; text: string; place: Place; isSo: boolean }
  /** Bounds of a number, both included, or one that it isn't. */
  | { about: 'number'; member: string; min?: bigint; max?: bigint; not?: bigint }
  /** Anything else, by its text. */
  | { about: 'unknown'; text: string; isSo: boolean }

/** Facts that hold together. */
type Case = readonly Fact[]

/** What is known beforehand of a request, for example of those that one team may send. */
export interface Known {
  /** By member: the words or texts that it can be. */
  words?: Readonly<Record<string, readonly string[]>>
  /** By member: least and greatest value. */
  numbers?: Readonly<Record<string, readonly [min: bigint, max: bigint]>>
  /** The host is within this pattern. */
  host?: string
  /** Using a member that the backend lacks is an error, and so neither true nor false; with this it may be either. */
  isAbsenceOpen?: boolean
}

/** An expression that must hold, or must not. */
export interface Wanted {
  ast: ASTNode
  isSo: boolean
}

/** How many ways to hold are looked at; an expression with more counts as able to hold. */
const MAX_CASES = 512

/** Whether it is certain that nothing within `known` meets all that is wanted. */
export function canNeverHold(wanted: readonly Wanted[], known: Known = {}): boolean {
  let cases: readonly Case[] = [[]]
  // An error in the condition of ?: is one whatever its branches say.
  if (known.isAbsenceOpen && wanted.some(({ ast }) => hasBranches(ast))) return false
  for (const { ast, isSo } of wanted) {
    const more = rememberedCases(ast, isSo)
    if (more === undefined || cases.length * more.length > MAX_CASES) return false
    cases = product(cases, more)
  }
  return cases.every((facts) => isContradictory(facts, known))
}

function hasBranches(node: ASTNode): boolean {
  return node.op === '?:' || childrenOf(node).some(hasBranches)
}

type Cases = readonly Case[] | undefined

/** Each expression is taken apart once, however many teams it is tried on. */
const KNOWN_CASES = new WeakMap<ASTNode, Map<boolean, Cases>>()

function rememberedCases(ast: ASTNode, isSo: boolean): Cases {
  const known = KNOWN_CASES.get(ast) ?? new Map<boolean, Cases>()
  KNOWN_CASES.set(ast, known)
  if (!known.has(isSo)) known.set(isSo, casesOf(ast, isSo))
  return known.get(isSo)
}

/** The ways in which a node is true (or false); `undefined` where there are too many. */
function casesOf(node: ASTNode, isSo: boolean): readonly Case[] | undefined {
  switch (node.op) {
    case 'value':
      return node.args === isSo ? [[]] : typeof node.args === 'boolean' ? [] : [[]]
    case '!_':
      return casesOf(node.args, !isSo)
    case '&&':
    case '||': {
      const [left, right] = [casesOf(node.args[0], isSo), casesOf(node.args[1], isSo)]
      if (left === undefined || right === undefined) return undefined
      // Both must hold for a true && and a false ||.
      const all = (node.op === '&&') === isSo
      const size = all ? left.length * right.length : left.length + right.length
      return size > MAX_CASES ? undefined : all ? product(left, right) : [...left, ...right]
    }
    case '?:': {
      const [condition, then, otherwise] = node.args
      const parts = [
        [casesOf(condition, true), casesOf(then, isSo)],
        [casesOf(condition, false), casesOf(otherwise, isSo)],
      ] as const
      const found: Case[] = []
      for (const [one, other] of parts) {
        if (one === undefined || other === undefined || one.length * other.length > MAX_CASES) return undefined
        found.push(...product(one, other))
      }
      return found.length > MAX_CASES ? undefined : found
    }
    case '==':
    case '!=':
      return equalityCases(node.args, (node.op === '==') === isSo)
    case 'in': {
      const [left, right] = node.args
      if (right.op !== 'list') return [[unknown(node, isSo)]]
      const entries = right.args.map((entry) => equalityCases([left, entry], isSo))
      return isSo ? entries.flat() : entries.reduce<readonly Case[]>(product, [[]])
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return [[orderFact(node, node.op, node.args, isSo)]]
    case 'rcall': {
      const [name, receiver, [first]] = node.args
      const place = PLACES[name]
      const member = memberPath(receiver)
      const text = first === undefined ? undefined : literalText(first)
      if (place === undefined || member === undefined || text === undefined) return [[unknown(node, isSo)]]
      return [[{ about: 'text', member, text, place, isSo }]]
    }
    default:
      return [[unknown(node, isSo)]]
  }
}

const PLACES: Readonly<Record<string, Place>> = { startsWith: 'start', endsWith: 'end', contains: 'inside' }

function product(one: readonly Case[], other: readonly Case[]): readonly Case[] {
  return one.flatMap((left) => other.map((right) => [...left, ...right]))
}

function unknown(node: ASTNode, isSo: boolean): Fact {
  return { about: 'unknown', text: source(node), isSo }
}

function source({ input, range }: ASTNode): string {
  return input.slice(range.start, range.end)
}

function equalityCases([left, right]: readonly [ASTNode, ASTNode], isSo: boolean): readonly Case[] {
  const texts = [literalText(left), literalText(right)] as const
  const numbers = [literalNumber(left), literalNumber(right)] as const
  if (texts[0] !== undefined && texts[1] !== undefined) return (texts[0] === texts[1]) === isSo ? [[]] : []
  if (numbers[0] !== undefined && numbers[1] !== undefined) return (numbers[0] === numbers[1]) === isSo ? [[]] : []
  const isMirrored = texts[0] !== undefined || numbers[0] !== undefined
  const member = memberPath(isMirrored ? right : left)
  const text = texts[isMirrored ? 0 : 1]
  const value = numbers[isMirrored ? 0 : 1]
  if (member !== undefined && text !== undefined) return [[{ about: 'text', member, text, place: 'whole', isSo }]]
  if (member !== undefined && value !== undefined) {
    return [[isSo ? { about: 'number', member, min: value, max: value } : { about: 'number', member, not: value }]]
  }
  const [flag, literal] = left.op === 'value' ? [right, left] : [left, right]
  if (literal.op === 'value' && typeof literal.args === 'boolean') return [[unknown(flag, literal.args === isSo)]]
  return [[{ about: 'unknown', text: `${source(left)} == ${source(right)}`, isSo }]]
}

function orderFact(
  node: ASTNode,
  op: '<' | '<=' | '>' | '>=',
  [left, right]: readonly [ASTNode, ASTNode],
  isSo: boolean,
): Fact {
  const isMirrored = literalNumber(left) !== undefined
  const value = literalNumber(isMirrored ? left : right)
  const member = memberPath(isMirrored ? right : left)
  if (value === undefined || member === undefined) return unknown(node, isSo)
  // As `member op value`, and then as what is so.
  const isBelow = op.startsWith('<') !== isMirrored
  const isIncluded = op.endsWith('=')
  if (isBelow === isSo) return { about: 'number', member, max: isIncluded === isSo ? value : value - 1n }
  return { about: 'number', member, min: isIncluded === isSo ? value : value + 1n }
}

/** Which kinds of backend an integration of a type can have. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['http'],
  HTTP_PROXY: ['http'],
  AWS: ['lambda', 'service'],
  AWS_PROXY: ['lambda', 'service'],
  MOCK: ['mock'],
}

/** Members that only some kinds of backend have. Using another kind's is an error, so that nothing holds. */
const MEMBERS_OF: Readonly<Record<string, readonly string[]>> = {
  scheme: ['http'],
  host: ['http'],
  port: ['http'],
  query: ['http'],
  path: ['http', 'service'],
  partition: ['lambda', 'service'],
  region: ['lambda', 'service'],
  account: ['lambda'],
  function: ['lambda'],
  qualifier: ['lambda'],
  service: ['service'],
  subdomain: ['service'],
  action: ['service'],
}

function isContradictory(facts: Case, known: Known): boolean {
  const texts = new Map<string, TextFact[]>()
  const numbers = new Map<string, NumberFact[]>()
  const unknowns = new Map<string, boolean>()
  for (const fact of facts) {
    if (fact.about === 'unknown') {
      if ((unknowns.get(fact.text) ?? fact.isSo) !== fact.isSo) return true
      unknowns.set(fact.text, fact.isSo)
    } else if (fact.about === 'text') texts.set(fact.member, [...(texts.get(fact.member) ?? []), fact])
    else numbers.set(fact.member, [...(numbers.get(fact.member) ?? []), fact])
  }
  let kinds = possibleKinds(texts, known)
  for (const member of [...texts.keys(), ...numbers.keys()]) {
    const having = kindsWith(member)
    if (having === undefined || kinds.every((kind) => having.includes(kind))) continue
    if (known.isAbsenceOpen) {
      // An error is as good as what is said of the member.
      texts.delete(member)
      numbers.delete(member)
    } else kinds = kinds.filter((kind) => having.includes(kind))
  }
  if (kinds.length === 0) return true
  for (const [member, about] of texts) if (isTextImpossible(member, about, known)) return true
  for (const [member, about] of numbers) if (isNumberImpossible(member, about, known)) return true
  return false
}

/** The kinds of backend that have a member; `undefined` for what every integration has. */
function kindsWith(member: string): readonly string[] | undefined {
  const [, part = ''] = /^integration\.backend\.(\w+)$/.exec(member) ?? []
  return Object.hasOwn(MEMBERS_OF, part) ? MEMBERS_OF[part] : undefined
}

type TextFact = Extract<Fact, { about: 'text' }>
type NumberFact = Extract<Fact, { about: 'number' }>

/** The kinds of backend that a type can have, both within what is said and known. */
function possibleKinds(texts: ReadonlyMap<string, TextFact[]>, known: Known): readonly string[] {
  const fits = (member: string, word: string) =>
    (known.words?.[member]?.includes(word) ?? true) && (texts.get(member) ?? []).every((fact) => agrees(fact, word))
  const types = Object.entries(KINDS).filter(([type]) => fits('integration.type', type))
  const kinds = new Set(types.flatMap(([, ofType]) => ofType))
  return [...kinds].filter((kind) => fits('integration.backend.kind', kind))
}

function agrees({ text, place, isSo }: TextFact, value: string): boolean {
  return holds(value, text, place) === isSo
}

function isTextImpossible(member: string, facts: readonly TextFact[], known: Known): boolean {
  const words = known.words?.[member] ?? valuesOf(domainOfMember(member, undefined))
  if (words !== undefined) return !words.some((word) => facts.every((fact) => agrees(fact, word)))
  const within = member === 'integration.backend.host' && known.host !== undefined ? hostFacts(known.host) : []
  return areImpossible([...facts, ...within])
}

function valuesOf(domain: Domain | undefined): readonly string[] | undefined {
  return domain?.kind === 'words' ? domain.values : undefined
}

/** What a pattern says for certain of the hosts within it: how they begin and end, or which one it is. */
function hostFacts(pattern: string): TextFact[] {
  const fact = (text: string, place: Place): TextFact => ({
    about: 'text',
    member: 'integration.backend.host',
    text: text.toLowerCase(),
    place,
    isSo: true,
  })
  const first = pattern.indexOf('*')
  if (first < 0) return [fact(pattern, 'whole')]
  const last = pattern.lastIndexOf('*')
  return [fact(pattern.slice(0, first), 'start'), fact(pattern.slice(last + 1), 'end')]
}

/** Whether no text at all meets the facts. */
function areImpossible(facts: readonly TextFact[]): boolean {
  const so = facts.filter(({ isSo }) => isSo)
  const whole = so.find(({ place }) => place === 'whole')
  if (whole !== undefined) return !facts.every((fact) => agrees(fact, whole.text))
  const at = (place: Place) => so.filter((fact) => fact.place === place).map(({ text }) => text)
  const longest = (texts: readonly string[]) =>
    texts.reduce((one, other) => (other.length > one.length ? other : one), '')
  const start = longest(at('start'))
  const end = longest(at('end'))
  if (!at('start').every((text) => start.startsWith(text)) || !at('end').every((text) => end.endsWith(text)))
    return true
  return facts.some(({ isSo, place, text }) => {
    if (isSo || place === 'whole') return false
    if (place === 'start') return start.startsWith(text)
    if (place === 'end') return end.endsWith(text)
    return so.some((fact) => fact.text.includes(text))
  })
}

function isNumberImpossible(member: string, facts: readonly NumberFact[], known: Known): boolean {
  const domain = domainOfMember(member, undefined)
  const bounds = known.numbers?.[member] ?? (domain?.kind === 'number' ? [domain.min, domain.max] : undefined)
  let [min, max] = [bounds?.[0], bounds?.[1]]
  for (const fact of facts) {
    if (fact.min !== undefined && (min === undefined || fact.min > min)) min = fact.min
    if (fact.max !== undefined && (max === undefined || fact.max < max)) max = fact.max
  }
  if (min === undefined || max === undefined) return false
  if (min > max) return true
  return min === max && facts.some(({ not }) => not === min)
}
