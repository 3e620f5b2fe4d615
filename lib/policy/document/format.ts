import { parseDocument } from 'yaml'
import type { Problem } from './problem.ts'
import { readSource } from './source.ts'

/**
 * A document in one layout: two spaces, lines of at most 120 characters where a collection fits, comments kept. What it
 * says stays the same, so that its digest does.
 */
export function formatDocument(
  text: string,
  { file }: { file: string },
): { ok: true; text: string } | { ok: false; problems: Problem[] } {
  const read = readSource(text, { file })
  if (!read.ok) return read
  const document = parseDocument(text, { version: '1.2', schema: 'core', stringKeys: true, uniqueKeys: false })
  return {
    ok: true,
    text: document.toString({ indent: 2, lineWidth: 120, minContentWidth: 0, flowCollectionPadding: true }),
  }
}
