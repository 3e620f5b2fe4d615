import { matchesAny } from '../../../policy/patterns/matches.ts'
import type { Pattern } from '../../../policy/patterns/pattern.ts'
import type { NamedAt, Opening, OperationAt, Parameter } from '../../../policy/values/service/request.ts'
import { exampleOf } from '../../../policy/values/service/resource-example.ts'
import type { ResourceKind } from '../../../policy/values/service/resource-kinds.ts'
import type { Remedy } from '../../decision.ts'
import { usingExample } from '../../explain/examples.ts'
import { type Finding, listed, oneOf, rangesOf, removing, setting } from '../../explain/finding.ts'
import { nearestMatch, nearestOf } from '../../explain/nearest.ts'
import type { ServiceLimits } from '../limits.ts'
import type { AskedOfService } from './asked.ts'
import { resourcesOf } from './listed.ts'
import { closing } from './openings.ts'
import { rewritten, withMember, withoutMembers } from './remedy.ts'

/** What an entry refuses, in words: field, value, what is allowed, and steps that clear it. */
type Words = Omit<Finding, 'rule'>

const uriOf = ({ subject }: AskedOfService): string => subject.integration.uri ?? ''

export function subdomainFinding(asked: AskedOfService, { subdomains }: ServiceLimits): Words {
  const { service, subdomain } = asked.uri
  const written = subdomain === undefined ? `:${service}:` : `:${subdomain}.${service}:`
  if (subdomains === undefined) {
    return {
      field: '/uri',
      part: 'subdomain',
      value: subdomain ?? '',
      allowed: [],
      message: `No label may stand before ${service} here, and ${subdomain} does.`,
      fix: `Write ${service} without ${subdomain}.`,
      remedy: setting('/uri', uriOf(asked).replace(written, `:${service}:`)),
    }
  }
  const found = nearestMatch(subdomain ?? '', subdomains)
  const nearest = found?.isClose === true ? found.text : undefined
  return {
    field: '/uri',
    part: 'subdomain',
    value: subdomain ?? '',
    allowed: listed(subdomains),
    nearest,
    message:
      subdomain === undefined
        ? `The uri names no label before ${service}: without one it reaches what belongs to others.`
        : `${service} may not be called with ${subdomain} before it.`,
    fix: nearest === undefined ? `Write ${rangesOf(subdomains)} before .${service}.` : `Did you mean ${nearest}?`,
    remedy: found && setting('/uri', uriOf(asked).replace(written, `:${found.text}.${service}:`)),
  }
}

export function lateFinding(value: string, asked: AskedOfService, { paths }: ServiceLimits): Words {
  const { service, path } = asked.uri
  const plain = (path?.text ?? '').replace(/\$?\{[^}]*\}/g, 'value')
  const to = closestPath(plain, paths ?? [])
  const remedy = to === undefined ? undefined : rewritten(asked.subject, '/uri', `path${path?.text ?? ''}`, `path${to}`)
  return {
    field: '/uri',
    part: 'path',
    value,
    allowed: 'literal',
    message: `${value} is filled in later, and would choose what is called on ${service}.`,
    ...(remedy === undefined ? anotherBackend(asked) : { fix: 'Write the path literally.', remedy }),
  }
}

export function pathFinding(asked: AskedOfService, { service, paths, actions }: ServiceLimits): Words {
  const { path } = asked.uri
  if (paths === undefined || path === undefined) {
    const [action] = actions ?? []
    const name = action && nearestMatch('', [action])?.text
    return {
      field: '/uri',
      part: 'path',
      value: path?.text ?? '',
      allowed: [],
      message: `No path is allowed on ${service}.`,
      fix: actions === undefined ? 'Use another backend.' : `Write action/ and ${rangesOf(actions)}.`,
      remedy:
        name === undefined
          ? anotherBackend(asked).remedy
          : setting('/uri', uriOf(asked).replace(/:path\/.*$/s, `:action/${name}`)),
    }
  }
  const found = nearestMatch(path.text, paths)
  const to = closestPath(path.text.replace(/\$?\{[^}]*\}/g, 'value'), paths)
  const isClose = found?.isClose === true && path.lateBound === ''
  const far = asked.subject.path?.late.find(({ reach }) => reach === 'anything')
  const from = far === undefined ? '' : ` ${far.text} could be any text, / and .. included.`
  return {
    field: '/uri',
    part: 'path',
    value: path.text,
    allowed: listed(paths),
    nearest: isClose ? found.text : undefined,
    message: `Path ${path.text} is not among the paths allowed on ${service}${path.lateBound === '' ? '' : ', whatever is filled in'}.${from}`,
    fix: isClose ? `Did you mean ${found.text}?` : `Use a path that ${oneOf(listed(paths))} covers.`,
    remedy: to === undefined ? undefined : rewritten(asked.subject, '/uri', `path${path.text}`, `path${to}`),
  }
}

/** The path itself where it is allowed, else the nearest one that is. */
function closestPath(path: string, paths: readonly Pattern[]): string | undefined {
  return matchesAny(paths, path) ? path : nearestMatch(path, paths)?.text
}

export function operationFinding(
  { name, field, part }: OperationAt,
  asked: AskedOfService,
  { service, actions = [] }: ServiceLimits,
): Words {
  const found = nearestMatch(name, actions)
  const nearest = found?.isClose === true ? found.text : undefined
  const to = found?.text
  return {
    field,
    part: 'action',
    value: name,
    allowed: listed(actions),
    nearest,
    message:
      actions.length === 0
        ? `No operation is allowed on ${service} here, and ${name} is one: the entry lists no actions.`
        : `${service} may not be called with action ${name}.`,
    fix:
      actions.length === 0
        ? 'Use another backend.'
        : nearest === undefined
          ? `Use action ${rangesOf(actions)}.`
          : `Did you mean ${nearest}?`,
    remedy: to === undefined ? undefined : operationRemedy(name, to, field, part, asked),
  }
}

function operationRemedy(
  name: string,
  to: string,
  field: string,
  part: OperationAt['part'],
  { subject }: AskedOfService,
): Remedy | undefined {
  switch (part) {
    case 'action':
      return rewritten(subject, field, `action/${name}`, `action/${to}`)
    case 'destination':
      return setting(
        field,
        String(subject.requestParameters.find(([key]) => field.endsWith(pointed(key)))?.[1]).replace(name, to),
      )
    case 'query':
      return rewritten(subject, field, `Action=${name}`, `Action=${to}`)
    case 'template':
      return rewritten(subject, field, `Action=${name}`, `Action=${to}`) ?? setting(field, `Action=${to}`)
  }
}

/** The operation of a verb on a path of S3. */
export function verbOperationFinding(
  known: readonly string[] | undefined,
  asked: AskedOfService,
  { actions = [] }: ServiceLimits,
): Words {
  const { httpMethod = '' } = asked.subject.integration
  const verb = (['GET', 'PUT', 'HEAD', 'DELETE'] as const).find((each) => matchesAny(actions, OBJECT_OPERATIONS[each]))
  const name = known?.[0] ?? 'an operation that verb, path and query leave open'
  return {
    field: '/httpMethod',
    part: 'action',
    value: known?.[0] ?? httpMethod,
    allowed: listed(actions),
    message: `${httpMethod} on this path is ${name}, which is not among the entry's actions.`,
    ...(verb === undefined ? anotherBackend(asked) : onVerb(verb, known === undefined, asked)),
  }
}

/** The verb on the object itself: a query, or what is filled in later, could make it another operation. */
function onVerb(verb: string, isOpen: boolean, asked: AskedOfService): Pick<Finding, 'fix' | 'remedy'> {
  const uri = uriOf(asked)
  const plain = uri.replace(/\?.*$/s, '').replace(/\$?\{[^}]*\}/g, 'value')
  const set = { op: 'set', path: '/httpMethod', value: verb } as const
  const mapped = asked.parameters.filter(({ isMapped }) => isMapped)
  if (!isOpen || (plain === uri && mapped.length === 0)) return { fix: `Set httpMethod to ${verb}.`, remedy: [set] }
  return {
    fix: `Set httpMethod to ${verb}, write the path literally and remove the query.`,
    remedy: [set, { op: 'set', path: '/uri', value: plain }, ...mapped.flatMap(({ field }) => removing(field))],
  }
}

/** What else the team may call, of another kind or service: what is refused here would be refused there. */
function anotherBackend({ uri, subject }: AskedOfService): Pick<Finding, 'fix' | 'remedy'> {
  const own = subject.examples()
  const isOther = (text: string) => text.split(':')[4]?.split('.').at(-1) !== uri.service
  const example = own.find(({ kind, uri: text }) => kind !== 'service' || isOther(text))
  return example === undefined
    ? { fix: 'No other request would pass: the team lists no other backend.' }
    : { fix: `Use another backend, for example ${example.uri}.`, remedy: usingExample(example) }
}

const OBJECT_OPERATIONS = { GET: 'GetObject', PUT: 'PutObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }

/** @param all Every parameter that the entry refuses: they go together. */
export function parameterFinding(
  { name, value, field, isMapped }: Parameter,
  all: readonly Parameter[],
  asked: AskedOfService,
  { service, query }: ServiceLimits,
): Words {
  const text = value.map((piece) => (typeof piece === 'string' ? piece : piece.hole)).join('')
  const names = query?.names
  const isLate = value.some((piece) => typeof piece !== 'string')
  const isNameRefused = names !== undefined && !matchesAny(names, name)
  return {
    field,
    part: 'query',
    value: name,
    allowed: names === undefined ? (query?.most ?? 'none') : listed(names),
    message:
      isLate && !isNameRefused && !isMapped
        ? `Parameter ${name} of ${service} is filled in later (${text}), where only a literal one is allowed.`
        : `Parameter ${name} would choose what is asked of ${service}, and the entry's query doesn't name it.`,
    fix: isMapped
      ? `Remove ${field.slice('/requestParameters/'.length)} from requestParameters.`
      : `Remove ${name} from the query.`,
    remedy: isMapped
      ? removing(field)
      : setting(
          '/uri',
          without(
            uriOf(asked),
            all.map((each) => each.name),
            asked,
          ),
        ),
  }
}

/** The uri without some parameters, in each of their spellings. */
function without(uri: string, names: readonly string[], { uri: { parameters } }: AskedOfService): string {
  const isPath = uri.includes('?')
  const at = uri.search(isPath ? /\?/ : /&/)
  if (at < 0) return uri
  const written = new Set(parameters.filter((each) => names.includes(each.name)).map(({ text }) => text))
  const kept = uri
    .slice(at + 1)
    .split('&')
    .filter((pair) => !written.has(pair))
  const head = uri.slice(0, at)
  return kept.length === 0 ? head : `${head}${isPath ? '?' : '&'}${kept.join('&')}`
}

export function resourceFinding(at: NamedAt, asked: AskedOfService, entry: ServiceLimits): Words {
  const { member, named, text, field } = at
  const { kind, name } = member
  const list = kind === 'other' ? undefined : resourcesOf(entry, kind)
  const isByPath = kind === 'queues' || (kind === 'buckets' && entry.subdomains === undefined)
  const paths = isByPath ? entry.paths : undefined
  const isClosed = kind === 'other' && Object.keys(entry.resources).length > 0
  const to = isClosed ? undefined : exampleOf(at, list, paths, asked.home)
  const isLate =
    named.is === 'anything' || (named.is === 'resource' && named.name.some((piece) => typeof piece !== 'string'))
  const allowed =
    list?.map((pattern) => pattern.text) ??
    (paths !== undefined ? listed(paths) : kind === 'buckets' ? [] : ownOf(asked))
  const words = typeof allowed === 'string' ? allowed : oneOf(allowed)
  const nearest = !isLate && to !== undefined ? nearestOf(text, [to]) : undefined
  const message = isLate
    ? `${name} is filled in later (${text}), and would choose what ${asked.uri.service} works on.`
    : `${name} names ${text === '' ? 'nothing' : text}, which is not ${typeof allowed === 'string' ? '' : 'among '}${words}.`
  const base = { field, part: name, value: text, allowed: isClosed ? [] : allowed, nearest, message }
  if (isClosed) {
    const remedy =
      field === '/uri' ? setting('/uri', without(uriOf(asked), [name], asked)) : withoutMembers(asked, field)
    return { ...base, fix: `Remove ${name}: the entry lists other resources.`, remedy: remedy ?? removing(field) }
  }
  if (to === undefined) return { ...base, fix: `Write ${name} literally, as one of ${words}.` }
  return {
    ...base,
    fix: isLate ? `Write ${name} literally: ${to}.` : `Use ${to}.`,
    remedy:
      withMember(asked, field, name, isAlone(at, asked) ? text : '', to) ??
      rewritten(
        asked.subject,
        field,
        field === '/uri' ? encoded(text, asked) : text,
        field === '/uri' ? encodeURIComponent(to) : to,
      ),
  }
}

/** Whether a member stands once where it stands: else one value is written for all. */
function isAlone({ member, field }: NamedAt, { named }: AskedOfService): boolean {
  return named.filter((each) => each.field === field && each.member.name === member.name).length === 1
}

/** A value of the query as the uri spells it. */
function encoded(text: string, asked: AskedOfService): string {
  return uriOf(asked).includes(text) ? text : encodeURIComponent(text)
}

function ownOf({ home }: AskedOfService): string {
  return `a resource of ${home.account === undefined ? "the role's account" : `account ${home.account}`} in ${home.region}, written out`
}

/** The body of a JSON service that the caller decides. */
export function bodyFinding(
  { why, field, value, told }: Opening,
  kind: ResourceKind | undefined,
  asked: AskedOfService,
  entry: ServiceLimits,
): Words {
  const list = kind === undefined ? undefined : resourcesOf(entry, kind)
  const allowed = list?.map(({ text }) => text) ?? ownOf(asked)
  const { service } = asked.uri
  if (why === 'raw') {
    const isProxy = value === 'AWS_PROXY'
    const { fix, remedy } = isProxy ? { fix: 'Set type to AWS.', remedy: setting('/type', 'AWS') } : closing(asked, '')
    return {
      field,
      part: 'body',
      value,
      allowed,
      message: `With ${value} the caller's own body is the request, and names what ${service} works on.`,
      fix,
      remedy,
    }
  }
  return {
    field,
    part: 'body',
    value,
    allowed,
    message: `${told === undefined ? '' : `Line ${told.line}, column ${told.column}: `}${value === '' ? 'The template' : value} leaves it open which members the body has, and with them what ${service} works on.`,
    fix: 'Write the body as one JSON object whose member names are literal.',
    remedy: setting(field, '{}'),
  }
}

function pointed(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
