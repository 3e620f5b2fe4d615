import type { PolicySet } from './document.ts'
import type { Finding } from './finding.ts'

export function lintFindings(_document: PolicySet): Finding[] {
  return []
}
