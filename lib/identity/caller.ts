/** What an operator or auditor may do beyond a team's own calls. */
export const ROLES = ['author', 'approver', 'auditor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who is calling, as one verified token says. */
export interface Caller {
  /** `iss`, `sub`, `client_id` and `amr` (RFC 7519 §4.1, RFC 9068 §2.2, RFC 8176). */
  issuer: string
  subject: string
  clientId?: string
  amr?: string[]
  /**
   * The claims of the verified token that its issuer is trusted with, under the names configured (all, as they are,
   * unless the issuer says otherwise), without prototype; the policy's `identity` reads them.
   */
  claims: Readonly<Record<string, unknown>>
  roles: ReadonlySet<Role>
  /** Unix seconds (`exp`). */
  expiresAt: number
  /** Base64url SHA-256 of the token's canonical spelling: names it in the trail without revealing it. */
  tokenHash: string
}

/** Why a token is refused. Rich here and in the log; the caller is told no more than helps an honest one. */
export interface TokenRefusal {
  code:
    | 'missing'
    | 'conflicting'
    | 'malformed'
    | 'too-large'
    | 'unsupported-header'
    | 'wrong-algorithm'
    | 'unknown-issuer'
    | 'unknown-key'
    | 'bad-signature'
    | 'wrong-audience'
    | 'wrong-type'
    | 'missing-claim'
    | 'expired'
    | 'not-yet-valid'
    | 'lifetime-too-long'
    | 'keys-unavailable'
  /** One sentence for the caller. */
  message: string
}

export type Verified = { ok: true; caller: Caller } | { ok: false; refusal: TokenRefusal }

/** Verifies one compact JWT (RFC 7519) of unverified origin. Never throws. */
export type VerifyToken = (token: string) => Promise<Verified>
