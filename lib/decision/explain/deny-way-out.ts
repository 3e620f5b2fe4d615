import { HTTP_METHODS } from '../../apigateway/integration.ts'
import { MEMBERS, type MemberName } from '../../apigateway/members.ts'
import type { DecisionRequest, Remedy } from '../decision.ts'
import type { Subject } from '../subject.ts'
import { usingExample } from './examples.ts'
import { removing, TO_INTERNET } from './finding.ts'

/**
 * Steps that might lead out of a denial, the smallest first: without the member or entry that it met, with another word,
 * with a backend of the team's own.
 *
 * @param field Where the denial met the request.
 */
export function* stepsFrom(field: string, { examples, integration, request }: Subject): Generator<Remedy> {
  switch (field) {
    case '':
      for (const verb of HTTP_METHODS) if (verb !== request.httpMethod) yield [{ op: 'httpMethod', value: verb }]
      return
    case '/uri':
    case '/type':
      if (field === '/type') yield* words('type')
      else yield* atRoot(integration.uri)
      for (const example of examples()) yield usingExample(example).filter((step) => changes(step, integration))
      return
    case '/httpMethod':
      for (const step of words('httpMethod')) if (step.every((each) => changes(each, integration))) yield step
      return
    case '/timeoutInMillis':
      for (const value of [29_000, 10_000, 50]) yield [{ op: 'set', path: field, value }]
      return
    case '/connectionType':
    case '/connectionId':
      yield TO_INTERNET
      return
    case '/tlsConfig/insecureSkipVerification':
      yield removing('/tlsConfig')
      return
    default: {
      const [, member = ''] = field.split('/')
      yield removing(field)
      if (field === `/${member}` && isWord(member)) yield* words(member)
    }
  }
}

function changes(step: Remedy[number], integration: object): boolean {
  return step.op !== 'set' || Reflect.get(integration, step.path.slice(1)) !== step.value
}

/** The same host without the path. */
function atRoot(uri = ''): Remedy[] {
  const [origin] = /^https?:\/\/[^/?#]*/.exec(uri) ?? []
  return origin === undefined ? [] : [[{ op: 'set', path: '/uri', value: `${origin}/` }]]
}

function isWord(member: string): member is MemberName {
  return Object.hasOwn(MEMBERS, member) && MEMBERS[member as MemberName].kind === 'enum'
}

function words(member: MemberName): Remedy[] {
  const row = MEMBERS[member]
  return row.kind === 'enum' ? row.values.map((value) => [{ op: 'set', path: `/${member}`, value }]) : []
}

/** The request after the steps. Each names a member, or an entry of one. */
export function after(request: DecisionRequest, remedy: Remedy): DecisionRequest {
  const integration: Record<string, unknown> = { ...request.integration }
  let { httpMethod } = request
  for (const step of remedy) {
    if (step.op === 'httpMethod') httpMethod = step.value as DecisionRequest['httpMethod']
    else {
      const [member = '', key] = step.path.slice(1).split('/').map(unescaped)
      const value = step.op === 'set' ? step.value : undefined
      if (key === undefined) put(integration, member, value)
      else integration[member] = changed(integration[member], key, value)
    }
  }
  return { ...request, httpMethod, integration: integration as unknown as DecisionRequest['integration'] }
}

function changed(holder: unknown, key: string, value: unknown): unknown {
  if (Array.isArray(holder)) return holder.filter((_, index) => String(index) !== key)
  const copy = { ...(holder as Record<string, unknown>) }
  put(copy, key, value)
  return copy
}

function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(holder, key)
  else holder[key] = value
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The steps as a sentence. */
export function inWords(remedy: Remedy): string {
  const said = remedy.map((step) => {
    if (step.op === 'httpMethod') return `put the integration on a method ${step.value}`
    const [, member = '', key] = step.path.split('/')
    const name = key === undefined ? member : `${unescaped(key)} of ${member}`
    return step.op === 'remove' ? `remove ${name}` : `set ${name} to ${String(step.value)}`
  })
  const sentence = said.length < 2 ? said.join('') : `${said.slice(0, -1).join(', ')} and ${said.at(-1)}`
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}
