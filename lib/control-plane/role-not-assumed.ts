/** The role of a target can't be taken: nothing was sent there, and nothing is known of what is there. */
export class RoleNotAssumed extends Error {
  override name = 'RoleNotAssumed'
  readonly roleArn: string
  /** One word: STS's error, or what the connection failed of. Its message isn't kept: it names the gate's own identity. */
  readonly reason: string
  /** The record that says so, once there is one under another id than the request's first. */
  readonly recordId: string | undefined

  constructor(roleArn: string, cause: unknown, recordId?: string) {
    super(`Cannot assume ${roleArn}`, { cause })
    this.roleArn = roleArn
    this.reason = wordOf(cause)
    this.recordId = recordId
  }

  /** @param id Names the record. */
  recordedAs(id: string): RoleNotAssumed {
    return new RoleNotAssumed(this.roleArn, this.cause, id)
  }
}

function wordOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  const { code } = cause as NodeJS.ErrnoException
  return [code, cause.name].find((word) => typeof word === 'string' && /^\w{1,64}$/.test(word)) ?? 'unknown'
}
