import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, matchesGlob } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { quotaPartition } from '../../lib/fairness/quota.ts'
import {
  blobPartition,
  claimKey,
  idempotencyItemKey,
  latePointerKey,
  recordKey,
  SWEEP_KEY,
  TABLE_KEY,
} from '../../lib/trail/item-key.ts'

interface Statement {
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: unknown
  Condition?: Record<string, Record<string, string[]>>
}
interface Resource {
  Type: string
  Properties: {
    Policies?: { PolicyDocument: { Statement: Statement[] } }[]
    Principal?: string
    [other: string]: unknown
  }
}

/** The template as `npm run package` makes it; dist/ is built by then. */
let resources: Record<string, Resource>

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-template-'))
  // The environment holds no credentials and no home: packaging must work without an account.
  const env = { PATH: process.env.PATH, HOME: folder, SALLYPORT_ISSUERS: '[]' }
  try {
    await promisify(execFile)('osls', ['package', '--package', folder], { env })
    resources = JSON.parse(await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')).Resources
  } finally {
    await rm(folder, { recursive: true })
  }
})

const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type)
const list = <T>(value: T | T[]): T[] => [value].flat() as T[]

const statements = (role: string): Statement[] =>
  resources[role]?.Properties.Policies?.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? []
const actions = (role: string, service: string) =>
  statements(role)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => list(Action))
    .filter((action) => action.startsWith(`${service}:`))
    .sort()

const ROLES = ['ApiRole', 'KeeperRole']

describe('functions', () => {
  it('run on Node 24 and arm64, each under a role of its own', () => {
    const functions = ofType('AWS::Lambda::Function').map(([name, { Properties }]) => [
      name,
      Properties.Runtime,
      Properties.Architectures,
      Properties.Role,
    ])
    expect(functions).toEqual([
      ['ApiLambdaFunction', 'nodejs24.x', ['arm64'], { 'Fn::GetAtt': ['ApiRole', 'Arn'] }],
      ['KeeperLambdaFunction', 'nodejs24.x', ['arm64'], { 'Fn::GetAtt': ['KeeperRole', 'Arn'] }],
    ])
    expect(ofType('AWS::IAM::Role').map(([name]) => name)).toEqual(ROLES)
  })

  it('are told where the policy lies and which table is theirs', () => {
    expect(resources.ApiLambdaFunction?.Properties.Environment).toMatchObject({
      Variables: { SALLYPORT_TABLE: { Ref: 'TrailTable' }, SALLYPORT_POLICY: 'policy.json', SALLYPORT_ISSUERS: '[]' },
    })
  })

  it.each(['ApiLambdaFunction', 'KeeperLambdaFunction'])('%s gets its secret while it is deployed', (name) => {
    expect(resources[name]?.Properties.Environment).toMatchObject({
      Variables: {
        SALLYPORT_TRAIL_SECRET: { 'Fn::Sub': '{{resolve:secretsmanager:${TrailSecret}:SecretString}}' },
      },
    })
  })

  it('can be called by the HTTP API and by the schedule alone', () => {
    const callers = ofType('AWS::Lambda::Permission').map(([, { Properties }]) => Properties.Principal)
    expect(callers.sort()).toEqual(['apigateway.amazonaws.com', 'events.amazonaws.com'])
  })
})

describe.each(ROLES)('%s', (role) => {
  it('can be assumed by Lambda alone', () => {
    expect(resources[role]?.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
  })

  it('holds no managed policy, no wildcard action and no wildcard resource', () => {
    expect(resources[role]?.Properties).not.toHaveProperty('ManagedPolicyArns')
    expect(statements(role).length).toBeGreaterThan(3)
    for (const { Action, Resource } of statements(role)) {
      expect(list(Action).filter((action) => action.includes('*'))).toEqual([])
      // Of X-Ray IAM knows no narrower resource.
      if (!list(Action).every((action) => action.startsWith('xray:Put'))) expect(list(Resource)).not.toContain('*')
    }
  })

  it('can neither change nor delete evidence', () => {
    const denied = statements(role).filter(
      ({ Effect, Action }) => Effect === 'Deny' && list(Action).some((action) => action.startsWith('dynamodb:')),
    )
    expect(denied).toHaveLength(1)
    expect(denied[0]).toMatchObject({
      Resource: { 'Fn::GetAtt': ['TrailTable', 'Arn'] },
      Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['S#*'] } },
    })
    expect(denied[0]?.Action).toEqual(
      expect.arrayContaining(['dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']),
    )
  })

  it('reads and writes single items, and changes none in place', () => {
    expect(actions(role, 'dynamodb')).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ])
  })
})

describe('the partitions', () => {
  const partitions = (role: string, action: string): string[] =>
    statements(role)
      .filter(({ Effect, Action }) => Effect === 'Allow' && Action === action)
      .flatMap(({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [])
  const target = {
    account: '111111111111',
    region: 'eu-west-1',
    restApiId: 'a',
    resourceId: 'b',
    httpMethod: 'GET',
  } as const
  const keys: Record<string, string> = {
    record: recordKey('01ARZ3NDEKTSV4RRFFQ69G5FAV', 'I', 64).pk,
    claim: claimKey(target).pk,
    idempotency: idempotencyItemKey('scope').pk,
    blob: blobPartition('00'),
    late: latePointerKey('01ARZ3NDEKTSV4RRFFQ69G5FAV').pk,
    table: TABLE_KEY.pk,
    sweep: SWEEP_KEY.pk,
    log: 'LOG',
    tile: 'T#tile/0/000',
    pointer: 'P#01ARZ3NDEKTSV4RRFFQ69G5FAV',
    feed: 'F#team#payments#2026-11',
    cosigned: 'COSIGNED',
    quota: quotaPartition({ account: '111111111111', region: 'eu-west-1' }),
  }
  const reached = (role: string, action: string) =>
    Object.keys(keys).filter((name) =>
      partitions(role, action).some((pattern) => matchesGlob((keys[name] ?? '').replaceAll('/', '-'), pattern)),
    )

  it('that the gate writes are those it has to; the log is none of them', () => {
    const written = ['record', 'claim', 'idempotency', 'blob', 'late', 'table', 'cosigned', 'quota']
    expect(reached('ApiRole', 'dynamodb:PutItem')).toEqual(written)
  })

  it('that the gate deletes from are its claims and its promises not to do a thing twice', () => {
    expect(reached('ApiRole', 'dynamodb:DeleteItem')).toEqual(['claim', 'idempotency'])
  })

  it('that the keeper writes are outcomes, claims, the log and what is derived from it', () => {
    const written = ['record', 'claim', 'late', 'table', 'sweep', 'log', 'tile', 'pointer', 'feed']
    expect(reached('KeeperRole', 'dynamodb:PutItem')).toEqual(written)
    expect(reached('KeeperRole', 'dynamodb:DeleteItem')).toEqual(['claim', 'late', 'tile'])
  })
})

describe('the key of the log', () => {
  it('signs plain Ed25519 for the keeper and for nobody else, not by any policy of the account', () => {
    expect(resources.LogKey).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    })
    const policy = resources.LogKey?.Properties.KeyPolicy as { Statement: Statement[] } | undefined
    const signing = policy?.Statement.filter(({ Action }) => list(Action).some((a) => matchesGlob('kms:Sign', a)))
    expect(signing).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: { 'Fn::GetAtt': ['KeeperRole', 'Arn'] } },
        Action: 'kms:Sign',
        Resource: '*',
        Condition: { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } },
      },
    ])
    // Neither role needs more than the key's own policy gives; a policy of the role would lean on the key, and it on the role.
    expect(ROLES.flatMap((role) => actions(role, 'kms'))).toEqual([])
  })
})

describe("API Gateway's control plane", () => {
  const verbs = (role: string) => actions(role, 'apigateway').map((action) => action.replace('apigateway:', ''))

  it('is written by the gate and only read by the keeper', () => {
    expect([...new Set(verbs('ApiRole'))]).toEqual(['DELETE', 'GET', 'PATCH', 'POST', 'PUT'])
    expect(verbs('KeeperRole')).toEqual(['GET'])
  })

  /** As IAM reads statements, as far as these use it: a deny outweighs, `*` crosses separators. */
  function mayCall(role: string, verb: string, path: string): boolean {
    const arn = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}::${path}`
    const matching = statements(role).filter(({ Action, Resource }) => {
      const resources = [Resource].flat().map((resource) => String(Object(resource)['Fn::Sub']))
      return list(Action).includes(`apigateway:${verb}`) && resources.some((resource) => isLike(arn, resource))
    })
    return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  }

  function isLike(text: string, glob: string): boolean {
    const literal = glob.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${literal.join('.*')}$`).test(text)
  }

  it.each(OPERATIONS)('%s is open to the gate only where it passes it on', (operation, verb, template) => {
    const [path = ''] = template
      .replace('{http_method}', 'GET')
      .replaceAll(/\{[A-Za-z_]+\}/g, 'abc123')
      .split('?')
    // Verb and path can't tell GetSdk from the other reads; what it gives is no secret of another team's. Nor can they
    // tell ImportRestApi, which differs by its query, from CreateRestApi.
    const passes = TREATMENTS[operation].kind !== 'refused' || ['GetSdk', 'ImportRestApi'].includes(operation)
    expect(mayCall('ApiRole', verb, path)).toBe(passes)
    expect(mayCall('KeeperRole', verb, path)).toBe(operation === 'GetIntegration')
  })

  it('is reached in other accounts by the roles that are named, and no other', () => {
    for (const role of ROLES) {
      expect(statements(role).filter(({ Action }) => list(Action).some((action) => action.startsWith('sts:')))).toEqual(
        [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Resource: { 'Fn::Split': [',', 'arn:aws:iam::000000000000:role/none'] },
          },
        ],
      )
    }
  })

  it('is lent only the roles meant for integrations, and only by the gate', () => {
    expect(actions('KeeperRole', 'iam')).toEqual([])
    expect(statements('ApiRole').find(({ Action }) => Action === 'iam:PassRole')).toEqual({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/apigw/*' },
      Condition: { StringEquals: { 'iam:PassedToService': 'apigateway.amazonaws.com' } },
    })
  })
})

describe('the secret', () => {
  it('is made by AWS and outlives the stack', () => {
    expect(resources.TrailSecret).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { GenerateSecretString: { PasswordLength: 64 } },
    })
    expect(resources.TrailSecret?.Properties).not.toHaveProperty('SecretString')
  })
})

describe('the table', () => {
  it('outlives the stack, is encrypted and can be restored', () => {
    expect(resources.TrailTable).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    })
  })

  it('has what every DynamoDB has: a key of pk and sk, no index, no stream', () => {
    const { KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification } =
      resources.TrailTable?.Properties ?? {}
    expect(KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ])
    expect([GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
