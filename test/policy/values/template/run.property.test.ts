import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate } from '../../../../lib/policy/values/template/parse.ts'
import { literalText } from '../../../../lib/policy/values/template/template.ts'
import { given, templates } from '../../../support/generated-templates.ts'
import { canRender } from '../../../support/template-renderings.ts'
import { renderTiny } from '../../../support/tiny-velocity.ts'

/** `test/conformance/velocity.test.ts` holds the same against Apache Velocity. */
describe('what a template can do', () => {
  it('holds whatever it renders and overrides', () => {
    let accepted = 0
    fc.assert(
      fc.property(templates, given, (text, input) => {
        const parsed = parseTemplate(text, 'request')
        if (!parsed.ok) return
        accepted += 1
        const { template } = parsed
        const rendering = renderedOf(text, input)
        if (rendering === undefined) return
        expect(canRender(template.body, rendering.output)).toBe(true)
        if (template.isLiteral) expect(rendering.output).toBe(literalText(template.body))
        for (const { name, value } of rendering.overrides) {
          const known = template.overrides.filter((override) => override.name === name)
          expect(known.some((override) => canRender(override.value, value))).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})

/** `undefined` where a definition runs itself, which Velocity answers with an error. */
function renderedOf(text: string, input: Parameters<typeof renderTiny>[1]): ReturnType<typeof renderTiny> | undefined {
  try {
    return renderTiny(text, input)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
