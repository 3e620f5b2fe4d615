import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formBody } from '../../../../lib/policy/values/template/form-body.ts'
import { jsonBody } from '../../../../lib/policy/values/template/json-body.ts'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'

const FOLDER = 'test/vectors/templates'
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.vtl'))

/** What a policy asks of each: the places read, the overrides set, and whose resource the body names. */
const WANT: Record<string, { sources: string[]; overrides?: string[]; form?: object; json?: object }> = {
  'aws-passthrough.vtl': {
    sources: [
      'context.authorizer.principalId',
      'context.identity.clientCert.subjectDN',
      'context.resourcePath',
      'method.request.body',
      'method.request.header.*',
      'method.request.path.*',
      'method.request.querystring.*',
      'stageVariables.*',
    ],
  },
  'cdk-cors-preflight.vtl': { sources: [] },
  'cdk-step-functions.vtl': {
    sources: ['method.request.body', 'method.request.querystring.*'],
    json: { stateMachineArn: ['arn:aws:states:eu-west-1:111111111111:stateMachine:x'] },
  },
  'dynamodb-put-item.vtl': {
    sources: ['context.requestId', 'method.request.body'],
    json: { TableName: ['shop-comments'] },
  },
  'dynamodb-query.response.vtl': { sources: ['integration.response.body'] },
  'events-put-events.vtl': {
    sources: ['method.request.body'],
    overrides: ['header.X-Amz-Target', 'header.Content-Type'],
    json: { Entries: [undefined] },
  },
  'kinesis-put-records.vtl': {
    sources: [
      'method.request.body',
      'method.request.header.stream-name',
      'method.request.path.stream-name',
      'method.request.querystring.stream-name',
    ],
    json: { StreamName: [undefined] },
  },
  'override-status.response.vtl': {
    sources: ['context.error.messageString', 'context.error.responseType', 'integration.response.body'],
    overrides: ['status', 'header.X-Failed'],
  },
  'pet-store.response.vtl': { sources: ['integration.response.body'] },
  'serverless-lambda-form.vtl': {
    sources: ['context.httpMethod', 'context.identity.*', 'method.request.body', 'method.request.querystring.*'],
  },
  'serverless-lambda-json.vtl': {
    sources: [
      'context.authorizer.*',
      'context.authorizer.principalId',
      'context.httpMethod',
      'context.resourcePath',
      'method.request.body',
      'method.request.header.*',
      'stageVariables.*',
    ],
  },
  'sns-publish.vtl': {
    sources: ['method.request.body'],
    form: { Action: ['Publish'], TopicArn: ['arn:aws:sns:eu-west-1:111111111111:shop-orders'], Message: [undefined] },
  },
  'sqs-attributes.vtl': {
    sources: [
      'context.requestId',
      'method.request.body',
      'method.request.header.trace',
      'method.request.path.trace',
      'method.request.querystring.trace',
    ],
    form: {
      Action: ['SendMessage'],
      QueueUrl: ['https://sqs.eu-west-1.amazonaws.com/111111111111/shop-orders'],
      'MessageAttribute.1.Name': ['trace'],
    },
  },
  'sqs-send-message.vtl': {
    sources: ['method.request.body'],
    form: { Action: ['SendMessage'], MessageBody: [undefined] },
  },
  'states-start-execution.vtl': {
    sources: ['context.requestId', 'method.request.body'],
    json: { stateMachineArn: ['arn:aws:states:eu-west-1:111111111111:stateMachine:shop-orders'] },
  },
}

describe('templates as they are in use', () => {
  it('each have an expectation', () => {
    expect(Object.keys(WANT).sort()).toEqual(files.sort())
  })

  it.each(files)('%s', (name) => {
    const { sources, overrides = [], form = {}, json = {} } = WANT[name] ?? { sources: [] }
    const side = name.endsWith('.response.vtl') ? 'response' : 'request'
    const result = parseTemplate(readFileSync(join(FOLDER, name), 'utf8'), side)
    if (!result.ok) throw new Error(JSON.stringify(result.fault))
    const { template } = result
    expect(template.sources).toEqual(sources)
    expect(template.overrides.map((override) => override.name)).toEqual(overrides)
    const isForm = formBody(template)
    const isJson = jsonBody(template)
    expect(literals(isForm.ok ? isForm.parameters : new Map())).toMatchObject(form)
    expect(literals(isJson.ok ? isJson.members : new Map())).toMatchObject(json)
  })
})

/** The literal of each value; `undefined` where there is none. */
function literals(values: ReadonlyMap<string, readonly object[]>): Record<string, unknown[]> {
  const literalOf = (value: object) => ('literal' in value ? value.literal : undefined)
  return Object.fromEntries([...values].map(([name, all]) => [name, all.map(literalOf)]))
}
