import { MEMBERS } from '../../apigateway/members.ts'
import type { Section } from '../../policy/document/rule-ids.ts'
import { type Finding, oneOf } from '../explain/finding.ts'
import { nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import type { IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** Sections that list the words that one member may have. */
type WordSection = Extract<Section, 'passthrough' | 'contentHandling' | 'responseTransferMode'>
type WordMember = 'passthroughBehavior' | 'contentHandling' | 'responseTransferMode'

export const passthrough: IntegrationRule<'passthrough'> = {
  reads: { passthroughBehavior: true },
  silent: [MEMBERS.passthroughBehavior.default.value],
  ...wordRule('passthrough', 'passthroughBehavior'),
}

/** `none` is an absent contentHandling. */
export const contentHandling: IntegrationRule<'contentHandling'> = {
  reads: { contentHandling: true },
  silent: [MEMBERS.contentHandling.default.word],
  ...wordRule('contentHandling', 'contentHandling'),
}

export const responseTransferMode: IntegrationRule<'responseTransferMode'> = {
  reads: { responseTransferMode: true },
  silent: [MEMBERS.responseTransferMode.default.value],
  ...wordRule('responseTransferMode', 'responseTransferMode'),
}

function wordRule(section: WordSection, member: WordMember) {
  const covers = (
    subject: Subject,
    allowed: readonly string[],
    { scope }: { scope: Scope },
    findings: Finding[],
  ): void => {
    if (!allowed.includes(subject[member])) findings.push(otherWord(section, member, subject[member], allowed, scope))
  }
  return {
    complete: <W extends readonly string[]>(written: W) => written,
    compile: <W extends readonly string[]>(written: W) => written,
    compileBounds: <W extends readonly string[]>(written: W) => written,
    covers,
    coversBounds: covers,
    speaks: () => true,
    deny: {
      compile: <W extends readonly string[]>(written: W) => written,
      mayMeet: (subject: Subject, denied: readonly string[]) =>
        denied.includes(subject[member]) ? { field: `/${member}`, value: subject[member] } : undefined,
    },
  }
}

function otherWord(
  section: WordSection,
  member: WordMember,
  value: string,
  allowed: readonly string[],
  scope: Scope,
): Finding {
  const isAbsenceAllowed = allowed.includes('none')
  const words = allowed.filter((word) => word !== 'none')
  const nearest = nearestOf(value, words) ?? words[0]
  return {
    rule: ruleOf(scope, section),
    field: `/${member}`,
    value,
    allowed,
    nearest: isAbsenceAllowed ? undefined : nearest,
    message: `${member} ${value} is not among ${whose(scope)} choices.`,
    fix: isAbsenceAllowed ? `Remove ${member}.` : `Set ${member} to ${oneOf(words)}.`,
    remedy: [
      isAbsenceAllowed ? { op: 'remove', path: `/${member}` } : { op: 'set', path: `/${member}`, value: nearest },
    ],
    pointer: pointerOf(scope, section),
  }
}
