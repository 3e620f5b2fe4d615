import type { ServiceUri } from '../../../policy/values/aws-uri.ts'
import { piecesOf } from '../../../policy/values/path-reach.ts'
import { bodyOf } from '../../../policy/values/service/body.ts'
import { readServiceRequest, type ServiceRequest } from '../../../policy/values/service/request.ts'
import { serviceOf } from '../../../policy/values/service/services.ts'
import type { PathPieces } from '../../../policy/values/service/target.ts'
import { parseTemplate } from '../../../policy/values/template/parse.ts'
import type { TemplateResult } from '../../../policy/values/template/template.ts'
import type { Subject } from '../../subject.ts'

/** What an integration asks of a service, with what it was read from. */
export interface AskedOfService extends ServiceRequest {
  uri: ServiceUri
  subject: Subject
  /** Of the path, with its late-bound parts as holes; absent for `action/…`. */
  path?: PathPieces
}

const known = new WeakMap<Subject, AskedOfService>()

/** Read once for each decision, however many entries and denials ask. */
export function askedOf(uri: ServiceUri, subject: Subject): AskedOfService {
  const read = known.get(subject) ?? readAsked(uri, subject)
  known.set(subject, read)
  return read
}

function readAsked(uri: ServiceUri, subject: Subject): AskedOfService {
  const { integration, credentials, passthroughBehavior, requestParameters, requestTemplates } = subject
  const account = credentials.kind === 'role' ? { account: credentials.account } : {}
  const asked = readServiceRequest({
    service: serviceOf(uri.service, uri.subdomain),
    home: { partition: uri.partition, region: uri.region, ...account },
    uri,
    verb: integration.httpMethod,
    isProxy: integration.type === 'AWS_PROXY',
    requestParameters,
    requestTemplates,
    passthroughBehavior,
    bodyOf: (template, as) => bodyOf(read(subject, template), as),
    overridesOf: (template) => overridesOf(subject, template),
  })
  const path = uri.path && { path: piecesOf(uri.path, subject.path?.late ?? []) }
  return { ...asked, uri, subject, ...path }
}

function overridesOf(subject: Subject, template: string): readonly string[] {
  const result = read(subject, template)
  return result.ok ? result.template.overrides.map(({ name }) => name) : []
}

/** The grammar is at hand here also where the policy opens no template. */
function read(subject: Subject, template: string): TemplateResult {
  return subject.template(template) ?? parseTemplate(template, 'request')
}
