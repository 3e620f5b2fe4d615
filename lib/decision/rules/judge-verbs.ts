import type { Verbs } from '../compile/compiled-sections.ts'
import { type Finding, oneOf } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

/** `ANY` stands for itself; `*` for every verb. No list limits nothing. */
export function verbAllowed(allowed: readonly string[] | undefined, verb: string | undefined): boolean {
  return allowed === undefined || allowed.includes('*') || (verb !== undefined && allowed.includes(verb))
}

/** Explains which of the two verbs, the integration's and the method's, `limits` refuse. */
export function judgeVerbs(
  rule: string,
  limits: Verbs,
  subject: Subject,
  where: string,
  pointer: string,
  findings: Finding[],
): void {
  const { methods, httpMethods } = limits
  const { httpMethod } = subject.integration
  if (methods !== undefined && !verbAllowed(methods, httpMethod)) {
    findings.push({
      rule,
      field: '/httpMethod',
      value: httpMethod,
      allowed: methods,
      ...(methods[0] !== undefined && { nearest: methods[0] }),
      message: `${where} the integration may call ${oneOf(methods)}, not ${httpMethod ?? 'nothing'}.`,
      fix: `Set httpMethod to ${oneOf(methods)}.`,
      pointer,
    })
  }
  if (httpMethods !== undefined && !verbAllowed(httpMethods, subject.request.httpMethod)) {
    findings.push({
      rule,
      field: '',
      part: 'httpMethod',
      value: subject.request.httpMethod,
      allowed: httpMethods,
      message: `${where} only methods ${oneOf(httpMethods)} may have this integration, not ${subject.request.httpMethod}.`,
      fix: `Put the integration on a method ${oneOf(httpMethods)}.`,
      pointer,
    })
  }
}
