import type { PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { BUILT_IN_LISTS, resolveList } from '../document/lists.ts'
import { didYouMean, type Path } from '../document/problem.ts'
import { parsePattern } from '../patterns/parse.ts'
import { type Entry, entriesBelow, type Patterns } from './entries.ts'

/** Every section of a document that holds patterns, with its place. */
export function sectionsOf(document: PolicySet): { section: unknown; path: Path }[] {
  const { bounds, defaults, deny = [] } = document.org
  return [
    { section: bounds, path: ['org', 'bounds'] },
    { section: defaults, path: ['org', 'defaults'] },
    ...deny.map((section, index) => ({ section, path: ['org', 'deny', index] })),
    ...Object.entries(document.teams).map(([team, { allow }]) => ({ section: allow, path: ['teams', team, 'allow'] })),
  ]
}

/** Patterns that can't be read, and lists that don't exist or hold what can't stand where they are used. */
export function checkPatterns(document: PolicySet, patterns: Patterns): Finding[] {
  const found: Finding[] = []
  for (const name of Object.keys(document.lists ?? {})) {
    if (Object.hasOwn(BUILT_IN_LISTS, name)) {
      found.push({ path: ['lists', name], at: 'key', message: `The list "${name}" is built in: choose another name.` })
    }
  }
  const { rolePath } = document.org.bounds.credentials ?? {}
  if (rolePath !== undefined) found.push(...checkRolePath(rolePath))
  const reported = new Set<string>()
  for (const { section, path } of sectionsOf(document)) {
    for (const finding of checkEntries(entriesBelow(section, path), document.lists, patterns)) {
      // A list that is used twice is wrong once.
      const key = `${finding.path.join('/')} ${finding.message}`
      if (!reported.has(key)) found.push(finding)
      reported.add(key)
    }
  }
  return found
}

/** As {@link checkPatterns}, for the entries of one section; an exception's grants use the lists of its policy. */
export function checkEntries(entries: readonly Entry[], lists: PolicySet['lists'], patterns: Patterns): Finding[] {
  return entries.flatMap(({ path, member, text }): Finding[] => {
    if (!text.startsWith('@')) return wrongPattern(member, text, path, patterns)
    const name = text.slice(1)
    const list = resolveList(name, lists)
    if (!list) {
      const suggestion = didYouMean(
        text,
        [...Object.keys(lists ?? {}), ...Object.keys(BUILT_IN_LISTS)].map((known) => `@${known}`),
      )
      return [{ path, at: 'value', message: `There is no list "${name}".`, ...(suggestion && { suggestion }) }]
    }
    if (Object.hasOwn(BUILT_IN_LISTS, name)) {
      return member === 'hosts' ? [] : [{ path, at: 'value', message: `The built-in list "${name}" holds hosts.` }]
    }
    return list.entries.flatMap((entry, index) =>
      wrongPattern(member, entry, ['lists', name, 'entries', index], patterns),
    )
  })
}

function wrongPattern(member: string, text: string, path: Path, patterns: Patterns): Finding[] {
  if (text.startsWith('@')) return [{ path, at: 'value', message: 'A list holds no other lists.' }]
  const parsed = patterns.parse(member, text)
  if (parsed.ok) return wrongCharset(member, text, path)
  const { message, nearest } = parsed
  return [{ path, at: 'value', message, ...(nearest !== undefined && { suggestion: `Write "${nearest}".` }) }]
}

/** Names that no request can have: a pattern of them would only look like a limit. */
const CHARSETS: Readonly<Record<string, [RegExp, string]>> = {
  functions: [
    /^[A-Za-z0-9_*-]+$/,
    'A function name has letters, digits, hyphens and underscores: the ARN is put together from its parts.',
  ],
  qualifiers: [/^(?:\$LATEST|[A-Za-z0-9_*-]+)$/, 'A qualifier is a version, an alias or $LATEST.'],
  vpcLinks: [/^[A-Za-z0-9*-]+$/, 'A VPC link id has letters, digits and hyphens.'],
  accounts: [/^[0-9]{12}$/, 'An account id is twelve digits.'],
  namespaces: [
    /^(?:\{(?:team|restApiId|resourceId)\}|[A-Za-z0-9._/*-])+$/,
    'A cache namespace has letters, digits and . _ / -, and the variables {team}, {restApiId} and {resourceId}.',
  ],
  destinations: [
    /^(?:header|path|querystring)\.[A-Za-z0-9._$*-]+$/,
    'A destination reads header.NAME, path.NAME or querystring.NAME.',
  ],
  overrides: [
    /^(?:header|path|querystring)\.[A-Za-z0-9._$-]+$/,
    'An override reads header.NAME, path.NAME or querystring.NAME, the whole name.',
  ],
  sources: [
    /^(?:method\.request|context|stageVariables)\.[A-Za-z0-9._$*-]+$|^context\.authorizer\.[A-Za-z0-9._$*:-]+$|^\*$/,
    'A source begins with method.request., context. or stageVariables.',
  ],
}

function wrongCharset(member: string, text: string, path: Path): Finding[] {
  const [charset, message] = (Object.hasOwn(CHARSETS, member) ? CHARSETS[member] : undefined) ?? []
  return charset && message !== undefined && !charset.test(text) ? [{ path, at: 'value', message }] : []
}

function checkRolePath(rolePath: string): Finding[] {
  const path = ['org', 'bounds', 'credentials', 'rolePath']
  const parsed = parsePattern('path', rolePath)
  if (!parsed.ok) return [{ path, at: 'value', message: parsed.message }]
  if (rolePath.endsWith('/') || rolePath.endsWith('/**')) return []
  const message = 'The path of a role ends with a slash.'
  return [
    {
      path,
      at: 'value',
      message,
      suggestion: `Write "${rolePath}/", or "${rolePath}/**" for what lies below as well.`,
    },
  ]
}
