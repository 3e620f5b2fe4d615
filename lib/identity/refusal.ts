import type { TokenRefusal } from './caller.ts'

export type RefusalCode = TokenRefusal['code']

/** What the caller is told unless a more exact sentence is given. Nothing here repeats what the token says. */
const MESSAGES: Record<RefusalCode, string> = {
  missing:
    'No token was sent: send the header "Authorization: Bearer <token>", or set AWS_SESSION_TOKEN to the token for an AWS client.',
  conflicting:
    'More than one token was sent: send one, either as "Authorization: Bearer" or as "X-Amz-Security-Token", not both.',
  malformed:
    'The token is not a well-formed JWT. An AWS client needs the token of this gate in AWS_SESSION_TOKEN, not a session token of AWS itself.',
  'too-large': 'The token is longer than 8192 characters: ask your identity provider for fewer claims.',
  'unsupported-header': 'The token header holds a member that this gate does not take.',
  'wrong-algorithm': 'The token is signed with an algorithm that this gate does not take from its issuer.',
  'unknown-issuer': 'The token comes from an issuer that this gate does not trust.',
  'unknown-key': "The token names a key that its issuer does not publish: get a new token from the gate's issuer.",
  'bad-signature': "The token's signature is not its issuer's: get a new token.",
  'wrong-audience': 'The token was issued for another audience than this gate.',
  'wrong-type': 'The token is not an access token for this gate (an ID token, for example, is not one).',
  'missing-claim': 'The token lacks a claim that this gate requires.',
  expired: 'The token has expired: get a new one.',
  'not-yet-valid': "The token is not valid yet: check the clock of the token's issuer.",
  'lifetime-too-long': 'The token lives longer than this gate takes from its issuer: ask for a shorter lifetime.',
  'keys-unavailable': "The keys of the token's issuer cannot be read at the moment: try again in a minute.",
}

/** A refusal with its usual sentence, or with `message` where there is something more exact to say. */
export function refusal(code: RefusalCode, message: string = MESSAGES[code]): TokenRefusal {
  return { code, message }
}
