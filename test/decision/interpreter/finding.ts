import type { Answer } from './answer.ts'

/**
 * One finding: an aspect of a section that does not pass, and the member of the bounds that would speak of it. `speaks`
 * decides whether a softened rule lets it through (policy.md 2, rule 8).
 */
export interface Finding {
  aspect: Aspect
  answer: Answer
}
export type Aspect =
  | 'kind'
  | 'role'
  | 'none'
  | 'pass-through'
  | 'type'
  | 'link'
  | 'target'
  | 'connection-type'
  | 'tls'
  | 'max'
  | 'min'
  | 'namespace'
  | 'keys'
  | 'other-keys'
  | 'parameters'
  | 'templates'
  | 'mock'
  | 'passthrough'
  | 'contentHandling'
  | 'responseTransferMode'

export const finding = (aspect: Aspect, answer: Answer): Finding => ({ aspect, answer })
