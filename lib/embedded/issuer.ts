import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import type { Issuer } from '../identity/issuers.ts'
import { fixedKeys } from '../identity/keys.ts'
import type { TrustedIssuer } from '../identity/verify.ts'
import { openIssuerKey } from './issuer-key.ts'

/**
 * The embedded issuer's name. An identifier, not an address: a token stays valid when the port changes, and
 * `.localhost` (RFC 6761 §6.3) can never be anybody else's. What tells two installations apart is their key.
 */
const ISSUER = 'https://issuer.sallyport.localhost'
const AUDIENCE = 'https://gate.sallyport.localhost'
/** Twelve hours. */
export const MAX_DEMO_LIFETIME_SECONDS = 43_200

/** The claim by which this issuer gives roles and teams, and the group that stands for each role. */
export const GROUPS_CLAIM = 'groups'
export const ROLE_GROUPS = {
  author: 'sallyport-authors',
  approver: 'sallyport-approvers',
  auditor: 'sallyport-auditors',
  admin: 'sallyport-admins',
} as const

const CONFIGURATION: Issuer = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  types: ['at+jwt'],
  maxLifetimeSeconds: MAX_DEMO_LIFETIME_SECONDS,
  clockToleranceSeconds: 5,
  roles: {
    author: { claim: GROUPS_CLAIM, anyOf: [ROLE_GROUPS.author] },
    approver: { claim: GROUPS_CLAIM, anyOf: [ROLE_GROUPS.approver] },
    auditor: { claim: GROUPS_CLAIM, anyOf: [ROLE_GROUPS.auditor] },
    admin: { claim: GROUPS_CLAIM, anyOf: [ROLE_GROUPS.admin] },
  },
  requiredClaims: [],
  insecureLoopback: false,
}

/** An issuer for a run on one machine. Whoever can read its folder can sign as anybody. */
export interface EmbeddedIssuer extends TrustedIssuer {
  /** An access token (RFC 9068) that holds `claims`, `sub` among them. */
  sign(claims: { sub: string } & Record<string, unknown>, options: { expiresInSeconds: number }): Promise<string>
  /** What the discovery document says, where it is served at `url`. */
  metadata(url: string): Record<string, unknown>
  /** `/.well-known/openid-configuration` and `/jwks`, to be mounted anywhere. */
  routes: Hono
}

/**
 * Opens the issuer kept in `home`, making its key at first use. The gate in the same process takes it as it is, keys
 * included, and needs no HTTP to itself.
 *
 * @param now Unix milliseconds.
 * @throws {Error} as {@link openIssuerKey}.
 */
export async function openIssuer(home: string, now: () => number = Date.now): Promise<EmbeddedIssuer> {
  const key = await openIssuerKey(home)
  const { d: _secret, ...members } = key
  const keySet = { keys: [{ ...members, use: 'sig' }] }

  const metadata = (url: string) => ({
    issuer: ISSUER,
    jwks_uri: new URL('../jwks', url).href,
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
  const routes = new Hono()
  routes.get('/.well-known/openid-configuration', (c) => c.json(metadata(c.req.url)))
  routes.get('/jwks', (c) => c.json(keySet))

  return {
    issuer: CONFIGURATION,
    keys: fixedKeys(keySet),
    metadata,
    routes,
    sign(claims, { expiresInSeconds }) {
      const iat = Math.floor(now() / 1000)
      return new SignJWT({ client_id: 'sallyport-token', ...claims })
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setJti(randomUUID())
        .setIssuedAt(iat)
        .setExpirationTime(iat + expiresInSeconds)
        .sign(key)
    },
  }
}
