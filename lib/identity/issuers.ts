import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { ROLES } from './caller.ts'

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

const claimName = z.string().check(z.minLength(1), z.maxLength(256))
const claimValues = z.array(z.string().check(z.minLength(1), z.maxLength(512))).check(z.minLength(1), z.maxLength(1000))

/**
 * Holds where the claim, a string or an array of strings, has one of these values. Values are compared whole and
 * case-sensitively.
 */
const ClaimRule = z.strictObject({ claim: claimName, anyOf: claimValues })
export type ClaimRule = z.infer<typeof ClaimRule>

const Issuer = z
  .strictObject({
    /** Compared with `iss` character by character: a trailing slash makes another issuer. */
    issuer: z.string().check(z.maxLength(512)),
    /** What `aud` must be or contain. Never an OAuth client id: ID tokens are issued for those. */
    audience: z.string().check(z.minLength(1), z.maxLength(512)),
    algorithms: z.array(z.enum(ALGORITHMS)).check(z.minLength(1)),
    /** Absent: found by OIDC discovery at `<issuer>/.well-known/openid-configuration`. */
    jwksUri: z.optional(z.string().check(z.maxLength(2048))),
    /**
     * Values of the header `typ` that are taken, `application/` left out. `JWT` is among them because most identity
     * providers (Entra ID, Keycloak, GitHub Actions) type their access tokens so, though it says nothing. What keeps
     * other kinds of token out is in `claims.ts`. Set `["at+jwt"]` for an issuer that follows RFC 9068.
     */
    types: z._default(z.array(z.string().check(z.regex(/^[A-Za-z0-9.+-]{1,64}$/))).check(z.minLength(1)), [
      'at+jwt',
      'JWT',
    ]),
    /** Upper limit of `exp - iat` in seconds. */
    maxLifetimeSeconds: z._default(z.int().check(z.gte(60), z.lte(86_400)), 3600),
    /** How far clocks may differ, in seconds, at `exp`, `nbf` and `iat`. */
    clockToleranceSeconds: z._default(z.int().check(z.gte(0), z.lte(300)), 5),
    /** Who has which role. No role implies another; a role that is not named is nobody's. */
    roles: z._default(z.partialRecord(z.enum(ROLES), ClaimRule), {}),
    /**
     * What every token of this issuer must hold. An issuer that serves more than one company (GitHub Actions, for
     * example) needs it: the signature then says nothing about whose pipeline is calling.
     */
    requiredClaims: z._default(z.array(ClaimRule), []),
    /**
     * The claims the policy sees, as policy name to token claim; absent: all, under their own names. An issuer whose
     * users choose a claim's value must not be able to speak for another issuer's users by that claim: name here what
     * it is trusted to say.
     */
    claims: z.optional(z.record(claimName, claimName)),
    /** Permits plain http for `issuer` and `jwksUri` on 127.0.0.1, [::1] and localhost: for tests on one machine. */
    insecureLoopback: z._default(z.boolean(), false),
  })
  .check(({ value, issues }) => {
    const refuse = (member: 'issuer' | 'jwksUri', message: string) =>
      issues.push({ code: 'custom', input: value[member], path: [member], message })
    if (!isKeyUrl(value.issuer, value.insecureLoopback) || value.issuer.includes('?'))
      refuse('issuer', 'must be an https URL without userinfo, query or fragment')
    if (value.jwksUri !== undefined && !isKeyUrl(value.jwksUri, value.insecureLoopback))
      refuse('jwksUri', 'must be an https URL without userinfo or fragment')
  })
export type Issuer = z.infer<typeof Issuer>

const Issuers = z.array(Issuer).check(z.minLength(1), ({ value, issues }) => {
  value.forEach(({ issuer }, index) => {
    if (value.findIndex((other) => other.issuer === issuer) !== index)
      issues.push({ code: 'custom', input: issuer, path: [index, 'issuer'], message: 'is configured twice' })
  })
})

/**
 * Reads the configuration of trusted issuers: a JSON array, already parsed. `message` names each wrong member.
 *
 * In zod's small form: a cold start waits for this.
 */
export function parseIssuers(json: unknown): { ok: true; value: Issuer[] } | { ok: false; message: string } {
  const parsed = Issuers.safeParse(json, { error: en().localeError })
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, message: z.prettifyError(parsed.error) }
}
