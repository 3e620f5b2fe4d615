import type { Tls } from '../../../lib/policy/document/sections.ts'
import type { Answer } from './answer.ts'
import type { Facts } from './facts.ts'
import { hostMatches } from './texts.ts'

/** Verified unless the section allows otherwise; `hosts` narrows that to these backends. */
export function tlsAllowed(section: Tls | undefined, { backend, effective, expand }: Facts): Answer {
  if (!effective.insecure) return true
  if (section?.insecureSkipVerification !== 'allowed') return false
  if (section.hosts === undefined) return true
  return backend.kind === 'http' && expand(section.hosts).some((pattern) => hostMatches(pattern, backend.host))
}
