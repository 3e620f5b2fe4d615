import type { RecordItem } from './ledger.ts'
import type { IntentRecord, OutcomeRecord } from './record.ts'
import type { Summary } from './story.ts'

/** The version of the Open Cybersecurity Schema Framework that events follow. */
const OCSF_VERSION = '1.3.0'
const APPLICATION_ACTIVITY = 6
const API_ACTIVITY = 6003

const CREATE = { id: 1, name: 'Create' }
const READ = { id: 2, name: 'Read' }
const UPDATE = { id: 3, name: 'Update' }
const DELETE = { id: 4, name: 'Delete' }
const OTHER = { id: 99, name: 'Other' }

/**
 * A request as an event of the class API Activity, profiles `cloud` and `security_control`. What the class has no place
 * for is under `unmapped`.
 *
 * @param version Of this software.
 */
export function ocsfOf(summary: Summary, items: readonly RecordItem[], version: string): object {
  const records = items.map(({ record }) => record)
  const request = records.find((record) => 'client' in record)
  const intent = records.find((record): record is IntentRecord => record.kind === 'I')
  const outcome = records.find((record): record is OutcomeRecord => record.kind === 'O')
  const counted = records.find((record) => record.kind === 'A')
  const { actor, target, status, reasons, refusal } = summary
  const activity = activityOf(summary, intent)
  const verdict = verdictOf(summary)
  const upstream = outcome?.upstream ?? refusal?.upstream
  return {
    class_uid: API_ACTIVITY,
    class_name: 'API Activity',
    category_uid: APPLICATION_ACTIVITY,
    category_name: 'Application Activity',
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: API_ACTIVITY * 100 + activity.id,
    type_name: `API Activity: ${activity.name}`,
    time: summary.at,
    // Informational, or Medium where somebody was turned away or it isn't known what became of a change.
    severity_id: verdict.status_id === 1 ? 1 : 3,
    severity: verdict.status_id === 1 ? 'Informational' : 'Medium',
    ...verdict,
    status_code: summary.result ?? refusal?.reason ?? status,
    message: `${summary.action ?? 'Requests without a valid token'}: ${status}`,
    ...(counted && {
      count: counted.entries.reduce((sum, { count }) => sum + count, counted.others),
    }),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Sallyport', vendor_name: 'Sallyport', version },
      profiles: ['cloud', 'security_control'],
      uid: summary.id,
      log_name: 'trail',
    },
    cloud: {
      provider: 'AWS',
      ...(target && { region: target.region, account: { uid: target.account, type: 'AWS Account', type_id: 10 } }),
    },
    actor: {
      ...(actor && {
        user: { uid: actor.sub, ...(summary.team !== undefined && { groups: [{ name: summary.team }] }) },
      }),
      ...(actor && { idp: { name: actor.iss, uid: actor.iss } }),
      ...(actor?.clientId !== undefined && { app_uid: actor.clientId }),
    },
    api: {
      operation: summary.action ?? 'unauthenticated',
      service: { name: 'apigateway.amazonaws.com' },
      request: { uid: upstream?.requestId ?? summary.id },
      ...(upstream?.status !== undefined && {
        response: { code: upstream.status, ...(upstream.errorCode !== undefined && { error: upstream.errorCode }) },
      }),
    },
    src_endpoint: { ip: request?.actor.sourceIp ?? counted?.entries[0]?.source ?? '0.0.0.0' },
    ...(request?.client.userAgent !== undefined && { http_request: { user_agent: request.client.userAgent } }),
    ...(target?.restApiId !== undefined && {
      resources: [
        {
          type: 'AWS::ApiGateway::RestApi',
          uid: target.restApiId,
          ...(summary.team !== undefined && { owner: { name: summary.team } }),
        },
      ],
    }),
    ...(request && { policy: { uid: request.policy.digest, version: String(request.policy.revision) } }),
    unmapped: {
      ...(target?.resourceId !== undefined && { resourceId: target.resourceId }),
      ...(target?.httpMethod !== undefined && { httpMethod: target.httpMethod }),
      ...(target?.path !== undefined && { path: target.path }),
      ...(reasons && reasons.length > 0 && { reasons }),
      ...(intent && { diff: intent.diff }),
      ...(counted && { entries: counted.entries }),
    },
  }
}

function activityOf({ action = '' }: Summary, intent: IntentRecord | undefined) {
  if (/^(?:Get|List|Read|Follow|Judge|LookUp|Export)/.test(action)) return READ
  if (/^(?:Put|Import)/.test(action)) return intent?.before?.present === false ? CREATE : UPDATE
  if (/^Update/.test(action)) return UPDATE
  if (/^Create/.test(action)) return CREATE
  return /^Delete/.test(action) ? DELETE : OTHER
}

/** Allowed or denied by the gate, and whether what was asked for has happened. */
function verdictOf({ status }: Summary) {
  const allowed = { action_id: 1, action: 'Allowed' }
  const denied = { action_id: 2, action: 'Denied', disposition_id: 2, disposition: 'Blocked' }
  switch (status) {
    case 'read':
    case 'succeeded':
    case 'applied':
    case 'noop_or_applied':
      return { ...allowed, status_id: 1, status: 'Success' }
    case 'denied':
    case 'refused':
    case 'aggregate':
      return { ...denied, status_id: 2, status: 'Failure' }
    case 'rejected':
    case 'not_applied':
    case 'aborted_not_sent':
    case 'target_gone':
    case 'superseded':
      return { ...allowed, status_id: 2, status: 'Failure' }
    case 'pending':
    case 'unknown':
      return { ...allowed, status_id: 0, status: 'Unknown' }
  }
}
