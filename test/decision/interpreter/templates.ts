import type { Mapping } from '../../../lib/policy/document/sections.ts'
import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'

/** policy.md 2b, in the few forms that generated templates have. */

type TemplateRule = Mapping['requestTemplates']

/** Unnamed or forbidden: none. `static`: no `$`, no `#`. `allowed`: what the grammar takes, overrides only as listed. */
export function templatesAllowed(rule: TemplateRule, { effective }: Facts): Answer {
  const { use, contentTypes, maxBytes, overrides } =
    typeof rule === 'object' ? rule : ({ use: rule ?? 'forbidden' } as Extract<TemplateRule, object>)
  return all(
    ...effective.templates.map(([contentType, template]) =>
      all(
        templateUsable(use, template, overrides === undefined || overrides === 'never' ? [] : overrides),
        contentTypes === undefined || contentTypes.includes(contentType),
        maxBytes === undefined || Buffer.byteLength(template) <= maxBytes,
      ),
    ),
  )
}

function templateUsable(use: string, template: string, overrides: readonly string[]): Answer {
  if (use === 'forbidden') return template === '' ? undefined : false
  if (!/[$#]/.test(template)) return true
  if (use === 'static') return false
  const read = readTemplate(template)
  if (use === 'anything') return true
  if (read === 'refused') return false
  return read === undefined ? undefined : read.every((name) => overrides.includes(name))
}

/**
 * The names that a template overrides; `refused` for what policy.md 2b says does not parse; `undefined` beyond the few
 * forms that are read here.
 */
export function readTemplate(template: string): readonly string[] | 'refused' | undefined {
  if (!/[$#]/.test(template)) return []
  if (/#evaluate|#parse|#include|#macro|\\u|\.class\b|getClass/.test(template)) return 'refused'
  if (/\[\$\w+\]|\.put\(/.test(template) && template.includes('requestOverride')) return 'refused'
  const override = /#set\(\$context\.requestOverride\.([a-z]+\.[A-Za-z0-9_-]+) = "[^"$#]*"\)/g
  const names = [...template.matchAll(override)].map(([, name = '']) => name)
  const rest = template
    .replaceAll(override, '')
    .replaceAll(/\$input\.body|\$input\.json\('\$(?:\.\w+)*'\)|\$context\.requestId/g, '')
  return /[$#]/.test(rest) ? undefined : names
}

/** Whether a template sets a closed name that no section of the team lists among its overrides. */
export function overridesOpen(rule: TemplateRule, { effective }: Facts): Answer {
  const listed = typeof rule === 'object' && Array.isArray(rule.overrides) ? rule.overrides : []
  const use = typeof rule === 'object' ? rule.use : rule
  return all(
    ...effective.templates.map(([, template]) => {
      const read = readTemplate(template)
      if (read === undefined || use === 'anything')
        return /[$#]/.test(template) && use === 'anything' ? undefined : true
      return read === 'refused' ? false : read.every((name) => listed.includes(name))
    }),
  )
}

export function templatesInBounds(bounds: TemplateRule, facts: Facts): Answer {
  if (bounds === undefined) return true
  const rule = typeof bounds === 'object' ? bounds : { use: bounds }
  const overriding = facts.effective.templates.some(([, template]) => template.includes('requestOverride'))
  // Bounds that leave overrides unnamed limit only what they name; what a closed grammar says of them is not settled.
  if (overriding && rule.overrides === undefined && (rule.use === 'allowed' || rule.use === 'anything')) {
    return templatesAllowed({ ...rule, overrides: overriddenNames(facts) }, facts) === false ? false : undefined
  }
  return templatesAllowed(rule, facts)
}

function overriddenNames({ effective }: Facts): string[] {
  return effective.templates.flatMap(([, template]) => {
    const read = readTemplate(template)
    return read === undefined || read === 'refused' ? [] : [...read]
  })
}
