import type { DenyRule } from '../../policy/document/document.ts'
import { after, inWords, stepsFrom } from '../explain/deny-way-out.ts'
import type { Finding } from '../explain/finding.ts'
import { readSubject, type Subject } from '../subject.ts'
import type { Denied } from './limits.ts'
import { judgeMembers } from './members.ts'
import type { DeniableSection, DenyOf, Lists, Met } from './rule.ts'
import { DENIABLE_SECTIONS, RULES } from './table.ts'
import { uriFindings } from './uri/hazards.ts'
import { verbMet } from './uri/verbs.ts'

/** A deny rule: bites where the request could become something that every section it names meets. */
export interface CompiledDeny {
  id: string
  message: string
  fix?: string
  /** JSON pointer. */
  pointer: string
  httpMethods?: readonly string[]
  restApiIds?: readonly string[]
  sections: readonly DeniedSection[]
}

/** Whether one section of a deny is met. */
type DeniedSection = (subject: Subject) => Met | undefined

export function compileDeny(rule: DenyRule, index: number, lists: Lists): CompiledDeny {
  const { id, message, fix, httpMethods, restApiIds } = rule
  return {
    id,
    message,
    ...(fix !== undefined && { fix }),
    pointer: `/org/deny/${index}`,
    ...(httpMethods && { httpMethods }),
    ...(restApiIds && { restApiIds }),
    sections: DENIABLE_SECTIONS.flatMap((section) => compileSection(section, rule, lists)),
  }
}

function compileSection<S extends DeniableSection>(section: S, rule: DenyRule, lists: Lists): DeniedSection[] {
  const written = rule[section]
  if (written === undefined) return []
  // The table types each section by its name; a name that varies loses that, and gets it back here.
  const deny = RULES[section].deny as DenyOf<S>
  const denied: Denied[S] = deny.compile(written as Parameters<DenyOf<S>['compile']>[0], lists)
  return [(subject) => deny.mayMeet(subject, denied)]
}

/** The deny rules in order. */
export function judgeDenies(subject: Subject, denies: readonly CompiledDeny[], findings: Finding[]): void {
  for (const rule of denies) {
    const met = metBy(subject, rule)
    if (met === undefined) continue
    const { hazards, ...where } = met
    // A server may read the path as one that is denied: the spelling is refused, which says what to do about it.
    if (hazards !== undefined) findings.push(...uriFindings(subject, hazards))
    else findings.push({ ...where, ...told(rule), ...wayOut(subject, rule, where.field) })
  }
}

function told({ id, message, pointer }: CompiledDeny): Pick<Finding, 'rule' | 'allowed' | 'message' | 'pointer'> {
  return { rule: id, allowed: `what ${id} does not deny`, message, pointer }
}

/** The author's own words, where the rule has some; the steps are the first that the rule doesn't meet any more. */
function wayOut(subject: Subject, rule: CompiledDeny, field: string): Pick<Finding, 'fix' | 'remedy'> {
  for (const remedy of stepsFrom(field, subject)) {
    const request = after(subject.request, remedy)
    if (judgeMembers(request).length > 0) continue
    if (metBy(readSubject(request, subject.team, subject.loaded), rule) !== undefined) continue
    return { fix: rule.fix ?? inWords(remedy), remedy }
  }
  return { fix: rule.fix ?? 'No other request would pass that asks for the same.' }
}

function metBy(subject: Subject, { httpMethods, restApiIds, sections }: CompiledDeny): Met | undefined {
  const { request } = subject
  if (!verbMet(httpMethods, request.httpMethod)) return undefined
  if (restApiIds !== undefined && !restApiIds.includes(request.restApiId)) return undefined
  let last: Met | undefined
  for (const isMet of sections) {
    last = isMet(subject)
    if (last === undefined) return undefined
  }
  return last ?? { field: '', part: 'httpMethod', value: request.httpMethod }
}
