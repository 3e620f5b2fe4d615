import type { Hazard } from '../../policy/values/uri-hazard.ts'
import { type Finding, setting } from '../explain/finding.ts'

/**
 * Findings of what holds whatever the policy says: rule `intrinsic.<subject>.<finding>`.
 *
 * @param whole The value that the hazards are in, for a remedy that replaces the part at fault alone.
 */
export function hazardFindings(subject: string, field: string, hazards: readonly Hazard[], whole = ''): Finding[] {
  return hazards.map(({ finding, part, value, message, fix }) => {
    const [, written] = /^Write ([!-~]+)\.$/.exec(fix ?? '') ?? []
    const isPart = written !== undefined && typeof value === 'string' && value !== '' && whole.includes(value)
    return {
      rule: `intrinsic.${subject}.${finding}`,
      field,
      part,
      value,
      message,
      ...(fix !== undefined && { fix }),
      ...(isPart && { remedy: setting(field, whole.replace(value, written)) }),
    }
  })
}
