import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { MAX_DEMO_LIFETIME_SECONDS, openIssuer } from '../lib/embedded/issuer.ts'
import { claimsOf, type DemoCaller } from '../lib/embedded/issuer-callers.ts'
import { ROLES, type Role } from '../lib/identity/caller.ts'
import { problemLine } from '../lib/policy/document/problem.ts'
import { loadPolicySet } from '../lib/policy/publish/load.ts'
import { credentialProcessOutput } from '../lib/sign-in/credential-process.ts'

const USAGE = `Usage: npm run -s token -- [team] [options]

Prints a token of the embedded issuer for a team of the policy, to try the local gate with.
  --admin               with the role admin; without a team, the role alone
  --role <role>         with another role (${ROLES.join(', ')}); may be repeated
  --expires-in <time>   3600, 3600s, 15m or 1h; one hour unless given, at most 12h
  --credentials         print what an AWS profile's credential_process must print instead of the bare token
  -h, --help            print this

Environment: SALLYPORT_HOME (.sallyport) holds the issuer's key, SALLYPORT_POLICY (examples/policy.yaml) names the teams.
AWS clients fetch new credentials from 15 minutes before they expire: shorter lifetimes make them ask on every call.`

const DEFAULT_LIFETIME = '1h'
const SECONDS = { s: 1, m: 60, h: 3600 } as const

/** Something the person at the terminal has to change; shown without a stack. */
class UsageError extends Error {}

async function main(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      admin: { type: 'boolean', default: false },
      role: { type: 'string', multiple: true, default: [] },
      'expires-in': { type: 'string', default: DEFAULT_LIFETIME },
      credentials: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return USAGE
  const [team, ...others] = positionals
  if (others.length > 0)
    throw new UsageError(`One team at a time: ${positionals.join(', ')} are ${positionals.length}.`)
  const roles = [...new Set([...(values.admin ? ['admin'] : []), ...values.role])].map(readRole)
  const expiresInSeconds = readLifetime(values['expires-in'])
  if (team === undefined && roles.length === 0) throw new UsageError(`Whose token is it to be?\n\n${USAGE}`)

  const caller: DemoCaller = { ...(team !== undefined && { team: await findTeam(team) }), roles }
  const claims = claimsOf(caller)
  if (!claims)
    throw new UsageError(`Team ${team} is known by the claim ${caller.team?.identity.claim}, which nobody can choose.`)
  const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds
  const issuer = await openIssuer(process.env.SALLYPORT_HOME ?? '.sallyport')
  const token = await issuer.sign(claims, { expiresInSeconds })
  return values.credentials ? credentialProcessOutput(token, expiresAt) : token
}

function readRole(name: string): Role {
  const role = ROLES.find((known) => known === name)
  if (!role) throw new UsageError(`There is no role ${name}. ${suggest(name, ROLES)}`)
  return role
}

function readLifetime(text: string): number {
  const [, digits, unit = 's'] = /^([1-9][0-9]{0,5})([smh]?)$/.exec(text) ?? []
  const seconds = Number(digits) * SECONDS[(unit || 's') as keyof typeof SECONDS]
  if (!(seconds <= MAX_DEMO_LIFETIME_SECONDS))
    throw new UsageError(
      `--expires-in ${text} is not a time: give 3600, 15m or 1h, at most ${MAX_DEMO_LIFETIME_SECONDS / 3600}h.`,
    )
  return seconds
}

async function findTeam(name: string): Promise<NonNullable<DemoCaller['team']>> {
  const file = process.env.SALLYPORT_POLICY ?? 'examples/policy.yaml'
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The policy ${file} can't be read; SALLYPORT_POLICY names another.`)
  })
  const loaded = loadPolicySet(text, { file, revision: 1 })
  if (!loaded.ok) {
    const lines = loaded.problems.map(problemLine)
    throw new UsageError(`The policy ${file} can't be used:\n${lines.join('\n')}`)
  }
  const { teams } = loaded.published.document
  const team = Object.hasOwn(teams, name) ? teams[name] : undefined
  if (!team) throw new UsageError(`There is no team ${name} in ${file}. ${suggest(name, Object.keys(teams))}`)
  return { name, identity: team.identity }
}

/** A likely typing error is put right; anything else gets the first few of what there is. */
function suggest(name: string, known: readonly string[]): string {
  const nearest = closest(name, [...known])
  if (distance(name, nearest) <= name.length / 3) return `Did you mean ${nearest}?`
  return `There are: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ' …' : ''}.`
}

try {
  console.log(await main())
} catch (error) {
  const badOption = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof UsageError || badOption ? 2 : 1
}
