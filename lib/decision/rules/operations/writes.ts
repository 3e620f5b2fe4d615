import type { PatchOperation } from '../../../apigateway/patch.ts'
import type { WriteOperation } from '../../../control-plane/write-operations.ts'
import type { Finding } from '../../explain/finding.ts'

/** A write beside integrations, as it would be forwarded. */
export interface AskedWrite {
  operation: WriteOperation
  /** The method's verb, where the operation is about one method. */
  httpMethod?: string
  /** The parsed body's members; of an update, `patchOperations` alone. */
  body: Readonly<Record<string, unknown>>
}

/** A write that is about one method. */
export interface AskedMethod extends AskedWrite {
  restApiId: string
  resourceId?: string
}

/**
 * What a write would bring about that no policy can allow, because integrations are judged on the strength of its not
 * being so: stage variables, shared caches, templates that nobody judged.
 */
export function judgeWrite({ operation, body }: AskedWrite): Finding[] {
  switch (operation) {
    case 'UpdateMethod':
      return patches(body).flatMap(judgeMethodPatch)
    case 'PutIntegrationResponse':
    case 'PutGatewayResponse':
      return Object.entries(Object(body.responseTemplates)).flatMap(([type, template]) =>
        judgeTemplate(`/responseTemplates/${escaped(type)}`, template),
      )
    case 'UpdateIntegrationResponse':
    case 'UpdateGatewayResponse':
      return patches(body).flatMap(({ op, path, value }) =>
        op !== 'remove' && path.startsWith('/responseTemplates/') ? judgeTemplate(path, value) : [],
      )
    case 'CreateRestApi':
      return judgeNewApi(body)
    case 'CreateDeployment':
    case 'CreateStage':
      return judgeStage(body)
    default:
      return []
  }
}

/** Operations of a parsed update; the parser has made sure of their shape. */
export function patches({ patchOperations }: AskedWrite['body']): readonly PatchOperation[] {
  return Array.isArray(patchOperations) ? patchOperations : []
}

function judgeMethodPatch({ op, path }: PatchOperation): Finding[] {
  if (op !== 'remove' || !path.startsWith('/requestParameters/')) return []
  return [
    {
      rule: 'intrinsic.method.removed-parameter',
      field: path,
      message: "Cache keys of the method's integration that name this parameter would go silently.",
      fix: 'Delete the method and create it anew without the parameter.',
    },
  ]
}

function judgeTemplate(field: string, template: unknown): Finding[] {
  if (template === undefined || template === null || template === '') return []
  return [
    {
      rule: 'intrinsic.response.template',
      field,
      message: 'A response template with content is not judged by any rule, and so not allowed.',
      fix: 'Send "" as the template, or leave it out: the answer then passes as it is.',
    },
  ]
}

/** What UpdateRestApi may not change, a new API may not be given either. Whose it is has been settled by its tags. */
function judgeNewApi({ policy, cloneFrom, apiKeySource, endpointConfiguration }: AskedWrite['body']): Finding[] {
  const findings: Finding[] = []
  if (cloneFrom !== undefined) {
    findings.push({
      rule: 'intrinsic.api.clone',
      field: '/cloneFrom',
      message: "A copy brings along integrations that nobody judged, also of another team's API.",
      fix: 'Remove cloneFrom and create what the API needs.',
    })
  }
  if (policy !== undefined) {
    findings.push({
      rule: 'intrinsic.api.policy',
      field: '/policy',
      message: 'A resource policy says who may call the API: a platform admin sets it.',
      fix: 'Remove policy.',
    })
  }
  if (apiKeySource !== undefined && apiKeySource !== 'HEADER') {
    findings.push({
      rule: 'intrinsic.api.key-source',
      field: '/apiKeySource',
      value: apiKeySource,
      allowed: ['HEADER'],
      message: 'Where API keys are looked for says who may call the API: a platform admin changes it.',
      fix: 'Remove apiKeySource.',
    })
  }
  for (const [member, value] of Object.entries(Object(endpointConfiguration))) {
    if (member === 'types' || member === 'ipAddressType') continue
    findings.push({
      rule: 'intrinsic.api.endpoint',
      field: `/endpointConfiguration/${escaped(member)}`,
      value,
      allowed: ['types', 'ipAddressType'],
      message: 'Endpoints of a VPC belong to the account: a platform admin sets them up.',
      fix: 'Give the types of endpoints alone.',
    })
  }
  return findings
}

function judgeStage({ variables, canarySettings, cacheClusterEnabled }: AskedWrite['body']): Finding[] {
  const findings: Finding[] = []
  const names = Object.keys(Object(variables))
  if (names.length > 0) {
    findings.push({
      rule: 'intrinsic.stage.variables',
      field: '/variables',
      value: names,
      message: 'Stage variables complete integrations after these were judged: a platform admin sets them.',
      fix: 'Remove variables.',
    })
  }
  if (canarySettings !== undefined) {
    findings.push({
      rule: 'intrinsic.stage.canary',
      field: '/canarySettings',
      message: 'A canary can have stage variables of its own: a platform admin sets it up.',
      fix: 'Remove canarySettings.',
    })
  }
  if (cacheClusterEnabled === true) {
    findings.push({
      rule: 'intrinsic.stage.cache',
      field: '/cacheClusterEnabled',
      value: true,
      allowed: false,
      message: "A cache can give one caller's answer to the next: a platform admin turns it on.",
      fix: 'Remove cacheClusterEnabled.',
    })
  }
  return findings
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
