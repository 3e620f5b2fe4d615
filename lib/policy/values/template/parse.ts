import { Lines, Refused } from './fault.ts'
import { parseWhole } from './parse-block.ts'
import { Reader } from './reader.ts'
import { run } from './run.ts'
import { isPlain, isStatic, plainTemplate } from './static.ts'
import { literalText, type Side, type TemplateResult } from './template.ts'
import { Work } from './work.ts'

/** API Gateway's limit on one template, in UTF-8 bytes. */
const MAX_BYTES = 307_200

/**
 * Reads a mapping template (Velocity 1.7, as API Gateway runs it) by a grammar of what is allowed, and says what it can
 * do. Nothing is searched for: what the grammar does not hold is refused with its position.
 *
 * Work is linear in the text. Never throws.
 *
 * @param side `request` for `requestTemplates`, `response` for `responseTemplates`.
 * @param work Counts steps, for tests.
 */
export function parseTemplate(text: string, side: Side, work: Work = new Work()): TemplateResult {
  const lines = new Lines(text)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) {
    const message = `A template is ${MAX_BYTES} bytes at most; this one has ${bytes}.`
    const fix = 'Move what is large into the backend.'
    return { ok: false, fault: lines.faultAt(0, { finding: 'size', message, fix, value: text }) }
  }
  if (isPlain(text)) return { ok: true, template: plainTemplate(text, side) }
  try {
    const block = parseWhole(new Reader(text, { side, lines, work, inside: parseWhole }))
    const { body, overrides, sources } = run(block, side, lines, work)
    const isLiteral = literalText(body) !== undefined
    return {
      ok: true,
      template: { side, text, overrides, sources: [...sources].sort(), isStatic: isStatic(text), isLiteral, body },
    }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault }
    throw error
  }
}
