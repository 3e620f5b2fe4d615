import { HTTP_METHODS } from '../../../apigateway/integration.ts'
import { type Finding, oneOf, onMethod, setting } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import type { Verbs } from '../limits.ts'

/** For allowances: `ANY` stands for itself, `*` for every verb. No list limits nothing. */
export function verbAllowed(allowed: readonly string[] | undefined, verb: string | undefined): boolean {
  return allowed === undefined || allowed.includes('*') || (verb !== undefined && allowed.includes(verb))
}

/** For denials: ANY passes every verb on, so that each listed verb bites on it. No list denies whichever. */
export function verbMet(denied: readonly string[] | undefined, verb: string | undefined): boolean {
  return denied === undefined || verb === 'ANY' || verbAllowed(denied, verb)
}

/** Explains which of the two verbs, the integration's and the method's, `limits` refuse. */
export function judgeVerbs(
  base: Pick<Finding, 'rule' | 'pointer' | 'aspect'>,
  limits: Verbs,
  subject: Subject,
  where: string,
  findings: Finding[],
): void {
  const { methods, httpMethods } = limits
  const { httpMethod } = subject.integration
  if (methods !== undefined && !verbAllowed(methods, httpMethod)) {
    const [nearest] = methods
    findings.push({
      ...base,
      field: '/httpMethod',
      value: httpMethod ?? '',
      allowed: methods,
      nearest,
      message: `${where} the integration may call ${oneOf(methods)}, not ${httpMethod ?? 'nothing'}.`,
      fix: `Set httpMethod to ${oneOf(methods)}.`,
      remedy: setting('/httpMethod', nearest),
    })
  }
  if (httpMethods !== undefined && !verbAllowed(httpMethods, subject.request.httpMethod)) {
    const nearest = HTTP_METHODS.find((verb) => httpMethods.includes(verb))
    findings.push({
      ...base,
      field: '',
      part: 'httpMethod',
      value: subject.request.httpMethod,
      allowed: httpMethods,
      message: `${where} only methods ${oneOf(httpMethods)} may have this integration, not ${subject.request.httpMethod}.`,
      fix: `Put the integration on a method ${oneOf(httpMethods)}.`,
      remedy: onMethod(nearest),
    })
  }
}
