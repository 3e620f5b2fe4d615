/** How an operation is used: what its example sends, and what is answered. */
export interface Example {
  /** By name, for the path and the query. */
  parameters?: Readonly<Record<string, string | number>>
  request?: unknown
  /** What 200 brings: JSON, or lines. Absent where it is bytes. */
  answer?: unknown
}

const ID = '01M81JQHTDADPP1F33H3HF08FK'
const DENIED = '01M81JQHZ6SKEVNAH9KN6Y9YYJ'
const DIGEST = 'sha256:ccb806e2dcb72647f3e5cf487b82221643a987fbbdd154aab87dee90f2e220d8'
const actor = { iss: 'https://idp.acme.example', sub: 'ana@acme.example', clientId: 'sallyport' }
const target = {
  account: '111111111111',
  region: 'eu-west-1',
  restApiId: 'a1b2c3d4e5',
  resourceId: '9x8y7z',
  httpMethod: 'POST',
}
const reason = {
  rule: 'payments.uri',
  mode: 'enforce',
  field: '/uri',
  part: 'host',
  message: 'Host core.paymnets.acme.internal is not a payments backend.',
  policyAt: { pointer: '/teams/payments/allow/uri', line: 52, column: 7 },
}
const CHECKPOINT = `audit.acme.example/sallyport
3
WOc3cGxXvR90ay4Wt/s9lUKYe4+KB6JnJDNK1R3zF6U=

— audit.acme.example/sallyport cJEDjToEJyKtSFnR0HtL1tgEvqAl9/xJ02/XQDKyvrKKcsPDUFuL+qipdUliZVlUZVPdkQ0ybILdFWXF6YrXHjqlpQM=`

/** By operation id; tests hold each against the schemas. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  whoami: {
    answer: {
      issuer: actor.iss,
      subject: actor.sub,
      clientId: actor.clientId,
      roles: [],
      teams: [
        {
          team: 'payments',
          restApiIds: ['a1b2c3d4e5'],
          because: [
            {
              claim: 'groups',
              value: 'payments-dev',
              policyAt: { pointer: '/teams/payments/identity', line: 48, column: 5 },
            },
          ],
        },
      ],
      expiresAt: '2026-11-22T13:12:08.000Z',
      policy: { revision: 1, digest: DIGEST, file: 'policy.yaml' },
    },
  },
  readAllowed: {
    answer: {
      policyRevision: 1,
      policyDigest: DIGEST,
      evaluatedAt: '2026-11-22T12:12:10.975Z',
      teams: [
        {
          team: 'payments',
          restApiIds: ['a1b2c3d4e5'],
          types: ['HTTP_PROXY', 'AWS_PROXY', 'MOCK'],
          backends: [
            { kind: 'http', schemes: ['https'], hosts: ['*.payments.acme.internal'], paths: ['/v1/**', '/v2/**'] },
            { kind: 'lambda', accounts: ['111111111111'], functions: ['payments-*'], qualifiers: ['live'] },
          ],
          timeout: { minMillis: 50, maxMillis: 10000 },
        },
      ],
    },
  },
  judgeRequests: {
    request: {
      restApiId: 'a1b2c3d4e5',
      resourceId: '9x8y7z',
      method: 'POST',
      body: {
        type: 'HTTP_PROXY',
        httpMethod: 'POST',
        uri: 'https://core.paymnets.acme.internal/v1/orders',
        connectionType: 'VPC_LINK',
        connectionId: 'vl-pay01',
        timeoutInMillis: 9000,
      },
    },
    answer: {
      decisionId: '01M81JQJRNVJNRY1N88RBR74ER',
      decision: 'deny',
      policyRevision: 1,
      policyDigest: DIGEST,
      evaluatorVersion: '1',
      evaluatedAt: '2026-11-22T12:12:11.413Z',
      violations: [
        {
          rule: reason.rule,
          mode: reason.mode,
          field: reason.field,
          part: reason.part,
          value: 'core.paymnets.acme.internal',
          allowed: ['*.payments.acme.internal', 'api.partner.example'],
          nearest: 'core.payments.acme.internal',
          message: reason.message,
          fix: 'Did you mean core.payments.acme.internal?',
          policyAt: reason.policyAt,
        },
      ],
      warnings: [],
      exceptionsUsed: [],
    },
  },
  listTrail: {
    parameters: { decision: 'deny', limit: 1 },
    answer: {
      entries: [
        {
          id: DENIED,
          at: '2026-11-22T12:12:10.598Z',
          status: 'denied',
          actor,
          team: 'payments',
          action: 'PutIntegration',
          target,
          decision: 'deny',
          reasons: [reason],
          sealed: false,
        },
      ],
      next: `${DENIED}.1795353131851.9z7mDWIXgXJy5Nn3Et4FT1o6RI4UbYSIYXSuUVlJ73M`,
      searchedTo: '2026-11-22T12:12:10.598Z',
    },
  },
  followTrail: {
    parameters: { decision: 'deny' },
    answer: [
      'event: request',
      `data: {"id":"${DENIED}","at":"2026-11-22T12:12:10.598Z","status":"denied","team":"payments","decision":"deny"}`,
      `id: ${DENIED}`,
    ].join('\n'),
  },
  lookUpValue: {
    request: { value: 'sk-partner-2024', restApiId: 'a1b2c3d4e5' },
    answer: {
      macs: ['hmac-sha256:badd568d:2fzqb4PQ6W+p4jm7cKthXajQMQlAy54G0RB6Ixc6gV4='],
      occurrences: [
        {
          id: ID,
          at: '2026-11-22T12:12:10.445Z',
          path: '/requestParameters/integration.request.header.x-api-key',
          side: 'after',
        },
      ],
    },
  },
  readTrail: {
    parameters: { id: ID },
    answer: {
      id: ID,
      at: '2026-11-22T12:12:10.445Z',
      status: 'succeeded',
      actor,
      team: 'payments',
      action: 'PutIntegration',
      target,
      decision: 'allow',
      reasons: [],
      result: 'SUCCEEDED',
      records: [
        {
          v: 1,
          id: ID,
          kind: 'I',
          ts: 1795349530515,
          operation: 'PutIntegration',
          policy: { revision: 1, digest: DIGEST },
          before: { present: false },
          diff: [{ path: '/uri', op: 'add', after: 'https://core.payments.acme.internal/v1/orders' }],
          sealed: true,
          leaf: 2,
          commit: 'm5SuplZi+mbA6DGJn8Kb0vcHHMpMrOMjJkWsOXPjNFk=',
        },
        {
          v: 1,
          id: ID,
          kind: 'O',
          ts: 1795349530568,
          result: 'SUCCEEDED',
          asIntended: true,
          sealed: true,
          leaf: 3,
          commit: 'jdoKhBqCXgubh+ZLJiB2HzFLv0sIVYCXItwMuDXKshs=',
        },
      ],
    },
  },
  readProof: {
    parameters: { id: ID, kind: 'I' },
    answer: `c2sp.org/tlog-proof@v1
extra 6t7tYE+4LOdf99ve29+XRWLaP49v/BaEQCaW4xuBfOM=
index 2
YWyhDIu/vyzFPxbsIfvKnJ/qzc1rI+glzbf14lkytYE=

${CHECKPOINT}`,
  },
  readCheckpoint: { answer: CHECKPOINT },
  readVerifierKeys: { answer: 'audit.acme.example/sallyport+7091038d+ATcRcbTtThx44SbDL1H3wlgz65q9qewaFzj7JojV6m+g' },
  readTile: { parameters: { tile: '0/000.p/3' } },
  readRecords: {
    parameters: { bundle: '000.p/3' },
    answer: `{"record":{"id":"${ID}","kind":"O","result":"SUCCEEDED","v":1},"salt":"WQuHTLsngUXdBcxejU7ixllROUGYEZoPo6Xtk28skuU="}`,
  },
  cosignCheckpoint: {
    request: `${CHECKPOINT}\n— witness.example 5c9d3e2aRYuYh0bQ…\n`,
    answer: { size: 3 },
  },
  readHealth: { answer: { status: 'ok' } },
  readReadiness: { answer: { status: 'ready', checks: { policy: 'ok', table: 'ok', issuerKeys: 'ok' } } },
}
