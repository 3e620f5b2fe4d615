import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { explainTeam, type TeamAllowance } from '../decision/explain/explain.ts'
import { teamsOf } from '../decision/team.ts'

/** What somebody may do now, by the teams that the claims name. */
export interface Allowed {
  policyRevision: number
  policyDigest: string
  /** RFC 3339, UTC, whole milliseconds. */
  evaluatedAt: string
  /** By name. */
  teams: TeamAllowance[]
}

/** @param now Unix milliseconds. */
export function allowedFor(policy: CompiledPolicy, claims: Readonly<Record<string, unknown>>, now: number): Allowed {
  const { revision, digest } = policy.published
  const names = [...teamsOf(policy, claims)].sort()
  return {
    policyRevision: revision,
    policyDigest: digest,
    evaluatedAt: new Date(now).toISOString(),
    teams: names.flatMap((name) => {
      const allowance = explainTeam(policy, name, { point: 'request', now })
      return allowance ? [withoutTrials(allowance)] : []
    }),
  }
}

/** Rules that are only being tried out are between the platform's admins and the trail. */
function withoutTrials({ conditions, softened, ...rest }: TeamAllowance): TeamAllowance {
  const isTold = ({ mode }: { mode: string }) => mode !== 'dry-run'
  return { ...rest, conditions: conditions.filter(isTold), softened: softened.filter(isTold) }
}
