import type { ResourceKind } from './resource-kinds.ts'
import { serviceName } from './service-name.ts'

/**
 * What the AWS services behind API Gateway read of a request: where the operation stands and which members name a
 * resource. The members are those of botocore's service models; a service that stands in no table is read as the worst
 * (see {@link serviceOf}).
 */

/**
 * How a member's text names a resource. `name`: in the role's account and the uri's Region. `arn`: a whole ARN. `url`:
 * the address of a queue. `copy`: `bucket/key`.
 */
export type Naming = 'name' | 'arn' | 'url' | 'copy'

export interface ResourceMember {
  /** As spelt on the wire. Of a list in a form (`AlarmNames.member.1`) the first part. */
  name: string
  /** `other`: a resource that no typed list speaks of. */
  kind: ResourceKind | 'other'
  namings: readonly Naming[]
  /** The member is an object, and its keys name the resources. */
  keys?: true
}

export interface Service {
  name: string
  /**
   * `query`: the parameter `Action` of the query or of a form body is the operation. `json`: `action/Name` or the header
   * X-Amz-Target is, and the body is JSON. `rest`: verb and path are, and the body is content. `unknown`: any of them.
   */
  protocol: 'query' | 'json' | 'rest' | 'unknown'
  /** `any`: nothing is known, so that every member may name a resource. */
  members: readonly ResourceMember[] | 'any'
  /** Members of a JSON body in whose objects and lists {@link members} may stand. */
  containers: readonly string[]
  /** Members whose text may name any resource of this kind, such as a PartiQL statement. */
  opaque: readonly { name: string; kind: ResourceKind }[]
  /** Operations whose body names no resource, such as ListStreams. */
  unbound: readonly string[]
  /** The resource that an operation works on where no member names one. */
  silent: readonly { operation: string; list: string; member: string; name: string }[]
}

const member = (kind: ResourceMember['kind'], namings: readonly Naming[], ...names: string[]): ResourceMember[] =>
  names.map((name) => ({ name, kind, namings }))

const NAME: readonly Naming[] = ['name']
const ARN: readonly Naming[] = ['arn']
const EITHER: readonly Naming[] = ['name', 'arn']

const SERVICES: readonly Service[] = [
  service('sqs', 'query', [
    // One queue in three spellings; SQS itself also takes JSON with X-Amz-Target.
    ...member('queues', ['url', 'name'], 'QueueUrl'),
    ...member('queues', NAME, 'QueueName'),
    ...member('queues', ARN, 'SourceArn', 'DestinationArn'),
  ]),
  service('sns', 'query', [
    ...member('topics', ARN, 'TopicArn', 'TargetArn', 'ResourceArn'),
    ...member('topics', NAME, 'Name'),
    ...member('other', ARN, 'EndpointArn', 'PlatformApplicationArn', 'SubscriptionArn'),
    ...member('other', NAME, 'PhoneNumber', 'phoneNumber'),
  ]),
  service(
    'dynamodb',
    'json',
    [
      ...member('tables', EITHER, 'TableName', 'GlobalTableName', 'SourceTableName', 'TargetTableName'),
      ...member('tables', ARN, 'TableArn', 'SourceTableArn', 'GlobalTableSourceArn', 'ResourceArn', 'BackupArn'),
      ...member('tables', ARN, 'ExportArn', 'ImportArn'),
      { name: 'RequestItems', kind: 'tables', namings: EITHER, keys: true },
      ...member('streams', ARN, 'StreamArn'),
      ...member('buckets', NAME, 'S3Bucket'),
    ],
    {
      containers: [
        'TransactItems',
        'ConditionCheck',
        'Delete',
        'Get',
        'Put',
        'Update',
        'TableCreationParameters',
        'S3BucketSource',
      ],
      unbound: ['ListTables', 'DescribeLimits', 'DescribeEndpoints'],
      opaque: ['Statement', 'Statements', 'TransactStatements'].map((name) => ({ name, kind: 'tables' as const })),
    },
  ),
  service(
    'states',
    'json',
    [
      ...member('stateMachines', ARN, 'stateMachineArn', 'executionArn', 'stateMachineAliasArn', 'mapRunArn'),
      ...member('stateMachines', ARN, 'stateMachineVersionArn', 'resourceArn'),
      ...member('other', ARN, 'activityArn', 'roleArn'),
    ],
    { containers: ['routingConfiguration'], unbound: ['ListStateMachines', 'ListActivities'] },
  ),
  service(
    'events',
    'json',
    [
      ...member('eventBuses', EITHER, 'EventBusName'),
      ...member('eventBuses', ARN, 'EventSourceArn', 'EventBusArn'),
      ...member('other', NAME, 'EndpointId'),
      ...member('other', ARN, 'RoleArn', 'ResourceARN', 'TargetArn', 'ConnectionArn', 'Arn'),
    ],
    {
      containers: ['Entries', 'EventBuses', 'Targets', 'Destination', 'DeadLetterConfig'],
      unbound: ['ListEventBuses'],
      silent: [{ operation: 'PutEvents', list: 'Entries', member: 'EventBusName', name: 'default' }],
    },
  ),
  service(
    'kinesis',
    'json',
    [
      ...member('streams', NAME, 'StreamName', 'StreamId'),
      ...member('streams', ARN, 'StreamARN', 'ConsumerARN', 'ResourceARN'),
      ...member('other', EITHER, 'KeyId'),
    ],
    { unbound: ['ListStreams', 'DescribeLimits'] },
  ),
  service(
    'firehose',
    'json',
    [
      ...member('streams', NAME, 'DeliveryStreamName'),
      ...member('streams', ARN, 'KinesisStreamARN'),
      ...member('buckets', ARN, 'BucketARN'),
      ...member('other', ARN, 'RoleARN', 'KeyARN'),
    ],
    {
      unbound: ['ListDeliveryStreams'],
      containers: [
        'KinesisStreamSourceConfiguration',
        'S3DestinationConfiguration',
        'ExtendedS3DestinationConfiguration',
        'S3DestinationUpdate',
        'ExtendedS3DestinationUpdate',
        'S3BackupConfiguration',
        'S3BackupUpdate',
        'S3Configuration',
        'S3Update',
        'DeliveryStreamEncryptionConfigurationInput',
      ],
    },
  ),
  service('s3', 'rest', [
    ...member('buckets', EITHER, 'Bucket'),
    ...member('buckets', ['copy', 'arn'], 'CopySource', 'x-amz-copy-source'),
  ]),
  service('logs', 'json', [
    ...member('other', NAME, 'logGroupName', 'logStreamName', 'logStreamNames', 'logGroupNames'),
    ...member('other', EITHER, 'logGroupIdentifier', 'logGroupIdentifiers', 'arn', 'resourceArn'),
    ...member('other', EITHER, 'destinationArn', 'roleArn', 'kmsKeyId', 'destinationName', 'destination'),
  ]),
  service('monitoring', 'query', [
    ...member('other', NAME, 'AlarmName', 'AlarmNames', 'AlarmNamePrefix', 'DashboardName', 'DashboardNames'),
    ...member('other', ARN, 'AlarmActions', 'OKActions', 'InsufficientDataActions', 'ResourceARN', 'RoleArn'),
  ]),
  service('email', 'query', [
    ...member('other', NAME, 'Source', 'ConfigurationSetName', 'Identity', 'TemplateName', 'Template'),
    ...member('other', ARN, 'SourceArn', 'FromArn', 'ReturnPathArn', 'TemplateArn'),
  ]),
  service('iotdata', 'rest', []),
  service('runtime.sagemaker', 'rest', []),
  service('runtime.lex', 'rest', []),
  service('bedrock-runtime', 'rest', []),
  service('execute-api', 'rest', []),
  ...(
    [
      'autoscaling',
      'cloudformation',
      'cloudsearch',
      'ec2',
      'elasticache',
      'elasticbeanstalk',
      'elasticloadbalancing',
      'iam',
      'rds',
      'redshift',
      'sdb',
      'sts',
    ] as const
  ).map((name) => service(name, 'query', 'any')),
  ...(
    [
      'cognito-idp',
      'cognito-identity',
      'comprehend',
      'ecs',
      'glue',
      'kms',
      'rekognition',
      'secretsmanager',
      'ssm',
    ] as const
  ).map((name) => service(name, 'json', 'any')),
]

function service(
  name: string,
  protocol: Service['protocol'],
  members: Service['members'],
  more: Partial<Service> = {},
): Service {
  return { name, protocol, members, containers: [], opaque: [], unbound: [], silent: [], ...more }
}

const BY_NAME = new Map(SERVICES.map((each) => [each.name, each]))

/**
 * The service of a uri. One that isn't known may speak any protocol and may name a resource in any member, so that only
 * what is written out can be told to stay inside an entry.
 *
 * @param name The last label of the uri's service, for example `sqs`; `subdomain` the labels before it.
 */
export function serviceOf(name: string, subdomain: string | undefined): Service {
  const own = subdomain === undefined ? undefined : BY_NAME.get(`${subdomain}.${name}`)
  return own ?? BY_NAME.get(name) ?? BY_NAME.get(serviceName(name)) ?? service(name, 'unknown', 'any')
}

/** Whether a member may name a resource: as `members` says, and whatever is called an ARN. */
export function memberOf({ members }: Service, name: string): ResourceMember | undefined {
  if (members === 'any') return { name, kind: 'other', namings: EITHER }
  // `AlarmNames.member.1`, `Entries.2.Id`: the first part of a form's name is the member.
  const dotAt = name.indexOf('.')
  const first = dotAt < 0 ? name : name.slice(0, dotAt)
  const known = members.find((each) => each.name === first)
  if (known !== undefined) return known
  return /(?:Arn|ARN)$/.test(first) ? { name: first, kind: 'other', namings: ARN } : undefined
}
