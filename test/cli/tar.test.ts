import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTar, TAR_END, tarEntry } from '../../lib/cli/tar.ts'

const archive = (files: [string, string | Uint8Array][]) =>
  Buffer.concat([...files.map(([name, content]) => tarEntry(name, Buffer.from(content))), TAR_END])

const ONE = archive([['tile/0/000', 'content']])

describe('an archive', () => {
  it('gives back what was put in', () => {
    const file = fc.tuple(fc.stringMatching(/^[a-z][a-z/.0-9]{0,60}[a-z]$/), fc.uint8Array({ maxLength: 1_500 }))
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ([name]) => name }), (files) => {
        const read = readTar(archive(files))
        expect([...(read ?? [])].map(([name, bytes]) => [name, [...bytes]])).toEqual(
          files.map(([name, bytes]) => [name, [...bytes]]),
        )
      }),
    )
  })

  it('is one that tar reads, and reads one that tar writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-tar-'))
    writeFileSync(
      join(folder, 'ours.tar'),
      archive([
        ['a/b', 'one'],
        ['c', 'two'],
      ]),
    )
    execFileSync('tar', ['xf', 'ours.tar'], { cwd: folder })
    execFileSync('tar', ['cf', 'theirs.tar', './a', 'c'], { cwd: folder })
    const theirs = readTar(execFileSync('cat', [join(folder, 'theirs.tar')]))
    expect([...(theirs ?? [])].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a/b', 'one'],
      ['c', 'two'],
    ])
  })

  it.each([
    { it: 'cut off', bytes: ONE.subarray(0, 700) },
    { it: 'without an end', bytes: ONE.subarray(0, 1024) },
    { it: 'empty', bytes: Buffer.alloc(0) },
    {
      it: 'with a file twice',
      bytes: archive([
        ['a', '1'],
        ['a', '2'],
      ]),
    },
    { it: 'with a link', bytes: altered(ONE, 156, '2') },
    { it: 'with a header that does not add up', bytes: Buffer.concat([Buffer.from('x'), ONE.subarray(1)]) },
    { it: 'no archive', bytes: Buffer.from('{}'.repeat(600)) },
  ])('is refused $it', ({ bytes }) => {
    expect(readTar(bytes)).toBeUndefined()
  })

  it('holds no name that does not fit', () => {
    expect(() => tarEntry('x'.repeat(101), Buffer.alloc(0))).toThrow(RangeError)
  })
})

/** Another byte in the header, and the sum that goes with it. */
function altered(bytes: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(bytes)
  copy.write(text, at)
  copy.write('        ', 148)
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return copy
}
