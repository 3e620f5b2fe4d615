import type { Target } from '../control-plane/targets.ts'

/** The one thing that a session may do. */
export interface Scope {
  /** `GET`, `PUT` …: what IAM calls the action of API Gateway's control plane. */
  verb: string
  /** Of the call, every label encoded: IAM reads `*` and `?` as wildcards, and neither may come from a caller. */
  path: string
  /** The role that the integration is to use. */
  passRole?: string
  /** Whether it makes an API with tags, which IAM asks for by the path of the tags of an API without an id. */
  tagsNewApi?: boolean
}

const ROLE = /^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]+$/

/**
 * The session policy of one scope: what the target's role may do and this allows as well is all that the session can, so
 * that a bug in the gate can't write anything else.
 *
 * @throws for a path with characters that IAM reads as wildcards or variables: a bug of whoever made it.
 */
export function sessionPolicy({ partition, region }: Target, { verb, path, passRole, tagsNewApi }: Scope): string {
  if (/[*?$]/.test(path)) throw new Error(`Cannot narrow a session: the path ${path} is not encoded`)
  const call = {
    Effect: 'Allow',
    Action: `apigateway:${verb}`,
    Resource: `arn:${partition}:apigateway:${region}::${path}`,
  }
  const pass = {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: passRole,
    Condition: { StringEquals: { 'iam:PassedToService': 'apigateway.amazonaws.com' } },
  }
  const tag = {
    Effect: 'Allow',
    Action: 'apigateway:PUT',
    Resource: `arn:${partition}:apigateway:${region}::/tags/${encodeURIComponent(`arn:${partition}:apigateway:${region}::/restapis/`)}*`,
  }
  // A caller's own identity, which is no role, needs nothing to be passed.
  const isRole = passRole !== undefined && ROLE.test(passRole)
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [call, ...(isRole ? [pass] : []), ...(tagsNewApi ? [tag] : [])],
  })
}
