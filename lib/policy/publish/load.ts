import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type * as z from 'zod'
import { Exception, PolicySet, TestSuite } from '../document/document.ts'
import { type Finding, toProblem } from '../document/finding.ts'
import { byPlace, type Path, type Problem } from '../document/problem.ts'
import type { PublishedPolicy } from '../document/published.ts'
import { schemaProblems } from '../document/schema-problems.ts'
import { type ReadSource, readSource, readSources, type Source } from '../document/source.ts'
import { checkApis } from './check-apis.ts'
import { checkBounds } from './check-bounds.ts'
import { checkClaims } from './check-claims.ts'
import { checkConditions } from './check-conditions.ts'
import { checkException, checkExceptionAgainst } from './check-exception.ts'
import { checkLimits } from './check-limits.ts'
import { checkPatterns } from './check-patterns.ts'
import { checkRules } from './check-rules.ts'
import { checkTests, checkTestsAgainst } from './check-tests.ts'
import { Patterns } from './entries.ts'
import { lintFindings } from './lint.ts'

export type { Problem } from '../document/problem.ts'

/** How a text is read. */
export interface ReadOptions {
  /** The name that problems carry. */
  file: string
  /** {@link readSource}'s bound unless given. */
  maxBytes?: number
}

export type Loaded<T> = ({ ok: true; warnings: Problem[] } & T) | { ok: false; problems: Problem[] }

/**
 * Reads and checks a policy, as it is done where one is published: syntax, schema, bounds, claims, rollouts. Names all
 * problems at once, as far as they can be told: a text without structure shows no more than its syntax errors, and one
 * with the wrong shape nothing of its meaning.
 *
 * @param text YAML or JSON; bytes must be UTF-8.
 */
export function loadPolicySet(
  text: string | Uint8Array,
  options: ReadOptions & { revision: number },
): Loaded<{ published: PublishedPolicy }> {
  const read = readDocument(text, PolicySet, options)
  if (!read.ok) return read
  const { document, source } = read
  const conditions = checkConditions(document)
  const problems = problemsOf([...checkPolicySet(document), ...conditions.problems], source)
  if (problems.length > 0) return { ok: false, problems }
  const published: PublishedPolicy = {
    revision: options.revision,
    digest: digestOf(document),
    file: options.file,
    document,
    positions: source.positions(isCited),
  }
  return { ok: true, published, warnings: problemsOf([...lintFindings(document), ...conditions.warnings], source) }
}

/** Everything that keeps a policy of the right shape from being published. */
function checkPolicySet(document: PolicySet): Finding[] {
  const patterns = new Patterns(document.lists)
  return [
    ...checkPatterns(document, patterns),
    ...checkRules(document),
    ...checkBounds(document, patterns),
    ...checkApis(document),
    ...checkClaims(document, patterns),
    ...checkLimits(document, patterns),
  ]
}

/**
 * Reads and checks an exception.
 *
 * @param options.policy The policy it is an exception to; without one, the names in it are taken on trust.
 */
export function loadException(
  text: string | Uint8Array,
  options: ReadOptions & { policy?: PolicySet },
): Loaded<{ exception: Exception; digest: string }> {
  const { exceptions, problems } = checkExceptions([readSource(text, options)], options.policy)
  const [read] = exceptions
  return problems.length === 0 && read !== undefined
    ? { ok: true, exception: read.exception, digest: read.digest, warnings: [] }
    : { ok: false, problems }
}

/** An exception that passed every check, and where its document begins. */
export interface ReadException {
  exception: Exception
  digest: string
  file: string
  line: number
}

/**
 * Reads and checks the exceptions of one file, which may hold several documents. One that is wrong is refused by itself:
 * its problems stand beside the exceptions that are good.
 */
export function loadExceptions(
  text: string | Uint8Array,
  options: ReadOptions & { policy?: PolicySet },
): { exceptions: ReadException[]; problems: Problem[] } {
  const sources = readSources(text, options)
  if (sources.length > 0) return checkExceptions(sources, options.policy)
  const problem = { file: options.file, line: 1, column: 1, pointer: '', message: 'The file holds no exception.' }
  return { exceptions: [], problems: [problem] }
}

function checkExceptions(
  sources: readonly ReadSource[],
  policy: PolicySet | undefined,
): { exceptions: ReadException[]; problems: Problem[] } {
  const exceptions: ReadException[] = []
  const problems: Problem[] = []
  for (const read of sources) {
    const parsed = documentIn(read, Exception)
    if (!parsed.ok) {
      problems.push(...parsed.problems)
      continue
    }
    const { document: exception, source } = parsed
    const against = policy ? checkExceptionAgainst(exception, policy) : []
    const wrong = problemsOf([...checkException(exception), ...against], source)
    if (wrong.length > 0) {
      problems.push(...wrong)
      continue
    }
    const [line] = source.place([], 'value')
    exceptions.push({ exception, digest: digestOf(exception), file: source.file, line })
  }
  return { exceptions, problems }
}

/**
 * Reads and checks a suite of policy tests.
 *
 * @param options.policy The policy under test; without one, rule ids in expectations are taken on trust.
 */
export function loadTestSuite(
  text: string | Uint8Array,
  options: ReadOptions & { policy?: PolicySet },
): Loaded<{ suite: TestSuite }> {
  const read = readDocument(text, TestSuite, options)
  if (!read.ok) return read
  const { document, source } = read
  const against = options.policy ? checkTestsAgainst(document, options.policy) : []
  const problems = problemsOf([...checkTests(document), ...against], source)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, suite: document, warnings: [] }
}

type ReadDocument<T> = { ok: true; document: T; source: Source } | { ok: false; problems: Problem[] }

function readDocument<T>(text: string | Uint8Array, schema: z.ZodType<T>, options: ReadOptions): ReadDocument<T> {
  return documentIn(readSource(text, options), schema)
}

function documentIn<T>(read: ReadSource, schema: z.ZodType<T>): ReadDocument<T> {
  if (!read.ok) return read
  const { source } = read
  const parsed = schema.safeParse(source.value)
  if (!parsed.success) {
    return { ok: false, problems: schemaProblems(parsed.error.issues, schema, source).sort(byPlace) }
  }
  return { ok: true, document: parsed.data, source }
}

function problemsOf(findings: readonly Finding[], source: Source): Problem[] {
  return findings.map((finding) => toProblem(finding, source)).sort(byPlace)
}

/** `sha256:<hex>` over the RFC 8785 form. */
function digestOf(document: object): string {
  return `sha256:${createHash('sha256')
    .update(String(canonicalize(document)))
    .digest('hex')}`
}

/**
 * The nodes that decisions cite: everything of the organisation, the sections and backend rules of a team; and what makes
 * somebody a member of a team. More would make a policy of thousands of teams slow to load.
 */
function isCited(path: Path): boolean {
  const [top, , third, section] = path
  if (top === 'lists') return path.length <= 2
  if (top !== 'teams') return true
  if (path.length <= 2) return true
  if (third === 'identity') return path.length === 3
  return (third === 'allow' || third === 'rollout') && (path.length <= 4 || (path.length === 5 && section === 'uri'))
}
