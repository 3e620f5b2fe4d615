import { Hono } from 'hono'
import { authenticate } from './authenticate.ts'
import type { Gate, Invocation } from './gate.ts'
import { turnedAwayProblem } from './problem.ts'
import { membershipsOf } from './whoami-teams.ts'

/**
 * `GET /whoami`: who the token says you are, the roles its issuer gives you, the teams the policy in force makes of that
 * and by which of its lines, and when the token ends. For any valid token, one that names no team included: whoever is
 * told "no team" elsewhere looks here for the reason.
 *
 * It is not recorded. Nothing is forwarded, nothing of the trail or of another team is read, and what is answered the
 * caller's own denials say as well; a record of each would let any token fill the trail for nothing. Tokens that are
 * refused are counted as on every route.
 */
export function whoamiRoutes(gate: Gate, invocationOf: (env: unknown) => Invocation): Hono {
  const routes = new Hono()
  routes.get('/whoami', async (c) => {
    const verified = await authenticate(gate, c.req.raw.headers, invocationOf(c.env))
    if (!verified.ok) return turnedAwayProblem(gate.ledger.newId(), verified.refusal)
    const { issuer, subject, clientId, roles, claims, expiresAt } = verified.caller
    const policy = gate.policy()
    const { revision, digest, file } = policy.published
    c.header('cache-control', 'no-store')
    return c.json({
      issuer,
      subject,
      ...(clientId !== undefined && { clientId }),
      roles: [...roles],
      teams: membershipsOf(policy, claims, gate.now()),
      expiresAt: new Date(expiresAt * 1000).toISOString(),
      policy: { revision, digest, file },
    })
  })
  return routes
}
