import { Environment } from '@marcbachmann/cel-js'
import type { Load } from './engine.ts'
import { type Parts, partsOf } from './parts.ts'

/** One expression for all teams, which reads the caller's team as data: yes or no. */
const EXPRESSION = `
r.type in team.types && r.scheme == "https" && r.port == 443 && r.connection in team.connections &&
r.host.endsWith(".acme.internal") &&
team.uri.exists(u, r.host.endsWith(u.suffix) && r.labels == u.labels && r.path.startsWith(u.prefix) && r.method in u.methods) &&
r.account == "111111111111" && team.roles.exists(p, r.role.startsWith(p)) &&
r.timeout <= team.maxMillis &&
(r.namespace == r.resourceId || r.namespace.startsWith(team.namespace)) &&
!denied.exists(d, r.host.startsWith(d))`

export const load: Load<{ r: Record<string, unknown>; team: unknown; denied: unknown }> = async ({ document }) => {
  const environment = new Environment({ unlistedVariablesAreDyn: true })
  const evaluate = environment.parse(EXPRESSION)
  const denied = (document.org.deny ?? []).map(({ uri }) => String(uri?.hosts?.[0]).replace('**', ''))
  const teams = new Map(
    Object.entries(document.teams).map(([name, { allow }]) => [
      name,
      {
        types: allow.types ?? [],
        connections: allow.connection?.types ?? [],
        uri: (allow.uri ?? []).flatMap((backend) =>
          'hosts' in backend
            ? backend.hosts.map((host) => ({
                suffix: host.slice(1),
                labels: BigInt(host.split('.').length),
                prefix: (backend.paths?.[0] ?? '/**').slice(0, -2),
                methods: backend.methods ?? [],
              }))
            : [],
        ),
        roles: (allow.credentials === 'none' ? [] : (allow.credentials?.roles ?? [])).map((role) =>
          String(role.split(':')[5]).slice(0, -1),
        ),
        maxMillis: BigInt(allow.timeout?.maxMillis ?? 0),
        namespace: `${name}-`,
      },
    ]),
  )
  const numbers = (parts: Parts) => ({
    ...parts,
    labels: BigInt(parts.labels),
    port: BigInt(parts.port),
    timeout: BigInt(parts.timeout),
  })
  return {
    prepare(ask) {
      const parts = partsOf(ask)
      return { r: numbers(parts), team: teams.get(parts.team), denied }
    },
    decide: (context) => evaluate(context) === true,
  }
}
