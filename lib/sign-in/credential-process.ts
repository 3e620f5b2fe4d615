/**
 * What AWS clients take from a `credential_process`. The key pair is for show: the gate reads the session token alone.
 *
 * @param expiresAt Unix seconds. Clients run the process again from 15 minutes before.
 */
export function credentialProcessOutput(token: string, expiresAt: number): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: 'SALLYPORT',
    SecretAccessKey: 'unused',
    SessionToken: token,
    Expiration: new Date(expiresAt * 1000).toISOString(),
  })
}
