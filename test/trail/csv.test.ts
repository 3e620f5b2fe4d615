import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvRow } from '../../lib/trail/csv.ts'

/** The cells of one row, as RFC 4180 has them: written anew, so that it shares no mistake with the writer. */
function cellsOf(row: string): string[] {
  const cells: string[] = []
  let rest = row.replace(/\r\n$/, ',')
  while (rest !== '') {
    const [whole = '', quoted, bare = ''] = /^(?:"((?:[^"]|"")*)"|([^",]*)),/s.exec(rest) ?? []
    if (whole === '') throw new Error(`not a row: ${row}`)
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    rest = rest.slice(whole.length)
  }
  return cells
}

describe('csvRow()', () => {
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['＝1+1', "'＝1+1"],
    ['=cmd|"/c calc"!A1,', '"\'=cmd|""/c calc""!A1,"'],
    ['\t=1', '\\u0009=1'],
    ['\r\n=1', '\\u000d\\u000a=1'],
    ['a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['\u001b[2J', '\\u001b[2J'],
    [undefined, ''],
    ['1-1', '1-1'],
  ])('writes %j as %j', (cell, written) => {
    expect(csvRow([cell])).toBe(`${written}\r\n`)
  })

  it('is one row of as many cells, of which no sheet takes one for a formula, whatever is in them', () => {
    const cell = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",;ab ＝\u202e\0') })
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
        const row = csvRow(cells)
        expect(row.slice(0, -2)).not.toMatch(/[\r\n]/)
        const read = cellsOf(row)
        expect(read).toHaveLength(cells.length)
        for (const each of read) expect(each).not.toMatch(/^[=+\-@＝\t\r\n]/)
      }),
    )
  })
})
