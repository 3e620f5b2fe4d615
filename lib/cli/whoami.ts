import * as z from 'zod/mini'
import { readSettings, SETTINGS } from '../sign-in/settings.ts'
import { oneLine, SignInError } from '../sign-in/sign-in-error.ts'
import { currentSession } from './credentials.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

const TIMEOUT_MS = 10_000

const Answer = z.object({
  issuer: z.string(),
  subject: z.string(),
  clientId: z.optional(z.string()),
  roles: z.array(z.string()),
  teams: z.array(
    z.object({
      team: z.string(),
      restApiIds: z.array(z.string()),
      tags: z.optional(z.record(z.string(), z.array(z.string()))),
      because: z.array(
        z.object({
          claim: z.string(),
          value: z.string(),
          policyAt: z.object({ pointer: z.string(), line: z.number(), column: z.number() }),
        }),
      ),
    }),
  ),
  expiresAt: z.string(),
  policy: z.object({ revision: z.number(), digest: z.string(), file: z.string() }),
})
type Answer = z.infer<typeof Answer>

/**
 * Asks the gate who this sign-in is to it.
 *
 * @throws {SignInError}
 */
export async function whoami(
  { endpoint: given, json }: { endpoint?: string; json: boolean },
  terminal: Pick<Terminal, 'out' | 'now'>,
  surroundings: SignInSurroundings,
): Promise<void> {
  const { accessToken, settings: last } = await currentSession(terminal, surroundings)
  const { endpoint } = await readSettings(surroundings.home, {
    flags: { endpoint: given },
    env: surroundings.env,
    last,
  })
  if (endpoint === undefined)
    throw new SignInError(`Where is the gate? Give --endpoint, or set ${SETTINGS.endpoint} or config.json's endpoint.`)
  const answer = await ask(new URL('/v1/whoami', endpoint), accessToken)
  await terminal.out(json ? `${JSON.stringify(answer)}\n` : inLines(answer))
}

async function ask(url: URL, token: string): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      // The token goes where it was meant to go and no further.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    throw new SignInError(`The gate at ${url.origin} cannot be reached.`, { cause })
  }
  const body: unknown = await response.json().catch(() => undefined)
  const problem = z.object({ detail: z.string() }).safeParse(body)
  if (!response.ok)
    throw new SignInError(
      `The gate at ${url.origin} refuses (${response.status}). ${problem.success ? problem.data.detail : ''}`,
    )
  const parsed = Answer.safeParse(body)
  if (!parsed.success) throw new SignInError(`What answers at ${url.origin} is no Sallyport gate.`)
  return parsed.data
}

function tagged([key, values]: [string, string[]]): string {
  return `tag ${key}=${values.join(' or ')}`
}

function inLines({ issuer, subject, clientId, roles, teams, expiresAt, policy }: Answer): string {
  const rows: [string, string][] = [
    ['subject', subject],
    ['issuer', issuer],
    ...(clientId === undefined ? [] : ([['client', clientId]] satisfies [string, string][])),
    ['until', expiresAt],
    ['roles', roles.length > 0 ? roles.join(', ') : 'none'],
    ...(teams.length > 0
      ? []
      : ([['team', `none: no team of ${policy.file} names your claims`]] satisfies [string, string][])),
    ...teams.flatMap(({ team, restApiIds, tags = {}, because }): [string, string][] => [
      ['team', `${team} (${[...restApiIds, ...Object.entries(tags).map(tagged)].join(', ')})`],
      ...because.map(({ claim, value, policyAt }): [string, string] => [
        '',
        `because ${claim} has ${value}: ${policy.file}:${policyAt.line}:${policyAt.column}`,
      ]),
    ]),
    ['policy', `revision ${policy.revision}, ${policy.digest}`],
  ]
  // Subjects and claims are an issuer's text.
  return rows.map(([name, value]) => `${name.padEnd(8)} ${oneLine(value)}\n`).join('')
}
