import type { PolicySet } from '../../lib/policy/document/document.ts'

/** The policy of the workload as somebody would hold it who writes its rules by hand. */
export interface HandPolicy {
  teams: Map<string, HandTeam>
  /** What denied hosts start with. */
  denied: string[]
  members: Set<string>
}

export interface HandTeam {
  restApiIds: readonly string[]
  types: readonly string[]
  backends: { text: string; suffix: string; paths: string; methods: readonly string[] }[]
  roleTexts: readonly string[]
  /** What the roles' names start with. */
  roles: string[]
  maxMillis: number
  namespace: string
}

export function handPolicy({ org, teams }: PolicySet): HandPolicy {
  return {
    denied: (org.deny ?? []).map(({ uri }) => String(uri?.hosts?.[0]).replace('**', '')),
    members: new Set(
      'type httpMethod uri connectionType connectionId credentials requestParameters requestTemplates passthroughBehavior cacheNamespace cacheKeyParameters contentHandling timeoutInMillis tlsConfig responseTransferMode integrationTarget'.split(
        ' ',
      ),
    ),
    teams: new Map(
      Object.entries(teams).map(([name, { apis, allow }]) => {
        const roleTexts = allow.credentials === 'none' ? [] : (allow.credentials?.roles ?? [])
        return [
          name,
          {
            restApiIds: apis.restApiIds ?? [],
            types: allow.types ?? [],
            backends: (allow.uri ?? []).flatMap((backend) =>
              'hosts' in backend
                ? backend.hosts.map((text) => ({
                    text,
                    suffix: text.slice(1),
                    paths: (backend.paths?.[0] ?? '/**').slice(0, -2),
                    methods: backend.methods ?? [],
                  }))
                : [],
            ),
            roleTexts,
            roles: roleTexts.map((arn) => arn.slice(arn.lastIndexOf('/') + 1, -1)),
            maxMillis: allow.timeout?.maxMillis ?? 29_000,
            namespace: `${name}-`,
          },
        ]
      }),
    ),
  }
}

const URI = /^(https?):\/\/([a-z0-9.-]+)(?::([0-9]{1,5}))?(\/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9._~&=-]*)?$/

/** Strict enough for this workload: whatever isn't plain is no URI. */
export function readUri(text: string): { scheme: string; host: string; port: number; path: string } | undefined {
  const [, scheme = '', host = '', port, path = '/'] = URI.exec(text) ?? []
  if (host === '' || host.includes('..') || path.includes('/.') || path.includes('//')) return undefined
  return { scheme, host, port: port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port), path }
}

const ROLE = /^arn:aws:iam::([0-9]{12}):role(\/(?:[A-Za-z0-9_.-]+\/)*)([A-Za-z0-9+=,.@_-]+)$/

export function readRole(text: string): { account: string; path: string; name: string } | undefined {
  const [, account = '', path = '', name = ''] = ROLE.exec(text) ?? []
  return name === '' ? undefined : { account, path, name }
}
