import {
  assumed,
  flag,
  integer,
  judged,
  listOf,
  members,
  named,
  oneOf,
  optional,
  type Problem,
  readShape,
  type Shape,
  text,
} from '../configuration/shape.ts'
import { ROLES, type Role } from './caller.ts'

/**
 * Signature algorithms an issuer can be configured with (RFC 7518 §3.1, RFC 8037, RFC 9864). Asymmetric ones alone: with
 * an HMAC, whoever can verify can also sign, and `none` proves nothing.
 */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
export type Algorithm = (typeof ALGORITHMS)[number]

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Whether keys may be fetched from `url`: https without userinfo or fragment; plain http only towards the own machine,
 * and only where the issuer's configuration says so.
 */
export function isKeyUrl(url: string, insecureLoopback: boolean): boolean {
  const parsed = URL.parse(url)
  if (!parsed || parsed.username || parsed.password || url.includes('#')) return false
  if (parsed.protocol === 'https:') return true
  return insecureLoopback && parsed.protocol === 'http:' && LOOPBACK_HOSTS.has(parsed.hostname)
}

/**
 * Holds where the claim, a string or an array of strings, has one of these values. Values are compared whole and
 * case-sensitively.
 */
export interface ClaimRule {
  claim: string
  anyOf: string[]
}

/** An issuer whose tokens are believed, and for what. */
export interface Issuer {
  /** Compared with `iss` character by character: a trailing slash makes another issuer. */
  issuer: string
  /** What `aud` must be or contain. Never an OAuth client id: ID tokens are issued for those. */
  audience: string
  algorithms: Algorithm[]
  /** Absent: found by OIDC discovery at `<issuer>/.well-known/openid-configuration`. */
  jwksUri?: string
  /**
   * Values of the header `typ` that are taken, `application/` left out. `JWT` is among them because most identity
   * providers (Entra ID, Keycloak, GitHub Actions) type their access tokens so, though it says nothing. What keeps
   * other kinds of token out is in `claims.ts`. Set `["at+jwt"]` for an issuer that follows RFC 9068.
   */
  types: string[]
  /** Upper limit of `exp - iat` in seconds. */
  maxLifetimeSeconds: number
  /** How far clocks may differ, in seconds, at `exp`, `nbf` and `iat`. */
  clockToleranceSeconds: number
  /** Who has which role. No role implies another; a role that is not named is nobody's. */
  roles: Partial<Record<Role, ClaimRule>>
  /**
   * What every token of this issuer must hold. An issuer that serves more than one company (GitHub Actions, for
   * example) needs it: the signature then says nothing about whose pipeline is calling.
   */
  requiredClaims: ClaimRule[]
  /**
   * The claims the policy sees, as policy name to token claim; absent: all, under their own names. An issuer whose
   * users choose a claim's value must not be able to speak for another issuer's users by that claim: name here what
   * it is trusted to say.
   */
  claims?: Record<string, string>
  /** Permits plain http for `issuer` and `jwksUri` on 127.0.0.1, [::1] and localhost: for tests on one machine. */
  insecureLoopback: boolean
}

const claimName = text({ least: 1, most: 256 })
const claimRule = members<ClaimRule>({
  claim: claimName,
  anyOf: listOf(text({ least: 1, most: 512 }), 1, 1000),
})

const issuerShape = judged(
  members<Issuer>({
    issuer: text({ most: 512 }),
    audience: text({ least: 1, most: 512 }),
    algorithms: listOf(oneOf(ALGORITHMS), 1),
    jwksUri: optional(text({ most: 2048 })),
    types: assumed(['at+jwt', 'JWT'], listOf(text({ pattern: /^[A-Za-z0-9.+-]{1,64}$/ }), 1)),
    maxLifetimeSeconds: assumed(3600, integer(60, 86_400)),
    clockToleranceSeconds: assumed(5, integer(0, 300)),
    roles: assumed({}, named(oneOf(ROLES), claimRule) as Shape<Issuer['roles']>),
    requiredClaims: assumed([], listOf(claimRule)),
    claims: optional(named(claimName, claimName)),
    insecureLoopback: assumed(false, flag),
  }),
  ({ issuer, jwksUri, insecureLoopback }) => {
    const problems: Problem[] = []
    if (!isKeyUrl(issuer, insecureLoopback) || issuer.includes('?'))
      problems.push({ at: '.issuer', message: 'must be an https URL without userinfo, query or fragment' })
    if (jwksUri !== undefined && !isKeyUrl(jwksUri, insecureLoopback))
      problems.push({ at: '.jwksUri', message: 'must be an https URL without userinfo or fragment' })
    return problems
  },
)

const issuersShape = judged(listOf(issuerShape, 1), (issuers) =>
  issuers.flatMap(({ issuer }, index) =>
    issuers.findIndex((other) => other.issuer === issuer) === index
      ? []
      : [{ at: `[${index}].issuer`, message: 'is configured twice' }],
  ),
)

/** Reads the configuration of trusted issuers: a JSON array, already parsed. `message` names each wrong member. */
export function parseIssuers(json: unknown): { ok: true; value: Issuer[] } | { ok: false; message: string } {
  return readShape(issuersShape, json)
}
