import { readFileSync } from 'node:fs'

/** Part of a page that can be executed: a fenced block, or a table. */
export type Part =
  | { kind: 'block'; language: string; title: string; text: string; line: number }
  | { kind: 'table'; header: string[]; rows: { cells: string[]; line: number }[] }

/** A heading and the parts under it, in the page's order. */
export interface Section {
  heading: string
  parts: Part[]
}

/** Reads what this project's pages use of Markdown: headings, fenced blocks, tables. */
export function readPage(path: string): Section[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const sections: Section[] = []
  let section: Section = { heading: '', parts: [] }
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const [, language, title = ''] = /^```(\w+) ?(.*)$/.exec(line) ?? []
    if (line.startsWith('## ')) {
      section = { heading: line.slice(3), parts: [] }
      sections.push(section)
    } else if (language !== undefined) {
      const end = lines.indexOf('```', at)
      section.parts.push({
        kind: 'block',
        language,
        title,
        text: `${lines.slice(at + 1, end).join('\n')}\n`,
        line: at + 1,
      })
      at = end
    } else if (line.startsWith('| ')) {
      const table = lines.slice(
        at,
        lines.findIndex((each, index) => index > at && !each.startsWith('|')),
      )
      const rows = table.map((row, index) => ({ cells: cellsOf(row), line: at + index + 1 }))
      section.parts.push({ kind: 'table', header: rows[0]?.cells ?? [], rows: rows.slice(2) })
      at += table.length - 1
    }
  }
  return sections
}

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

/** The texts between backticks. */
export function codeIn(cell: string): string[] {
  return cell.split('`').filter((_, index) => index % 2 === 1)
}
