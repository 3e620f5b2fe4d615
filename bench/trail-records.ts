import type { DeniedRecord } from '../lib/trail/record.ts'

/** A denial as a busy deployment has them: 40 teams, 2,000 APIs, 300 callers, five rules. */
export function summaryRecord(id: string, ts: number, n: number): DeniedRecord {
  const team = `team-${n % 40}`
  return {
    v: 1,
    id,
    kind: 'D',
    ts,
    receivedAt: ts,
    actor: { iss: 'https://issuer.example', sub: `user-${n % 300}`, tokenHash: 'x'.repeat(43) },
    team,
    roles: [],
    target: {
      account: '111111111111',
      region: 'eu-west-1',
      restApiId: `api${n % 2_000}`,
      resourceId: '9x8y7z',
      httpMethod: 'GET',
    },
    action: 'PutIntegration',
    requestMac: `hmac-sha256:00000000:${'x'.repeat(43)}=`,
    policy: { revision: 1, digest: `sha256:${'0'.repeat(64)}` },
    gate: { version: 'bench' },
    client: { userAgent: 'Boto3/1.43' },
    decision: 'deny',
    evaluatorVersion: '1',
    // One in ten thousand violates what hardly anybody does.
    reasons: [{ rule: n % 10_000 === 0 ? `${team}.rare` : `${team}.uri`, mode: 'enforce', field: '/uri' }],
    warnings: [],
    dryRun: [],
    exceptionsUsed: [],
  }
}
