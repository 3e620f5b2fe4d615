import type { Subject } from '../subject.ts'
import { compileName, matchesName, type NamePattern } from './name-pattern.ts'

/** A cache namespace, with `*` and the variables `{team}`, `{restApiId}` and `{resourceId}`. */
export interface NamespacePattern {
  text: string
  /** Set where no variable is left to fill in. */
  name?: NamePattern
}

export function compileNamespace(text: string): NamespacePattern {
  return text.includes('{') ? { text } : { text, name: compileName(text) }
}

/** The patterns with `{team}` filled in, once for all of a team's requests. */
export function namespacesOf(team: string, patterns: readonly NamespacePattern[]): readonly NamespacePattern[] {
  return patterns.map(({ text }) => compileNamespace(text.replaceAll('{team}', team)))
}

export function matchesNamespace(pattern: NamespacePattern, namespace: string, subject: Subject): boolean {
  if (pattern.name !== undefined) return matchesName(pattern.name, namespace)
  if (pattern.text === '{resourceId}') return namespace === subject.request.resourceId
  return matchesName(compileName(fillNamespace(pattern, subject)), namespace)
}

/** The pattern with its variables filled in for this request. */
export function fillNamespace({ text }: NamespacePattern, { team, request }: Subject): string {
  return text
    .replaceAll('{team}', team)
    .replaceAll('{restApiId}', request.restApiId)
    .replaceAll('{resourceId}', request.resourceId)
}
