import { parseVerifierKey, type SignatureType, type VerifierKey } from '../log/key.ts'
import { CannotJudge } from './cannot-judge.ts'
import { readInput } from './input-file.ts'
import type { Terminal } from './terminal.ts'

/**
 * Keys from the command line: each the text of one, or the name of a file with one a line.
 *
 * @throws {CannotJudge} where one is no key of this type.
 */
export async function verifierKeys(
  given: readonly string[],
  type: SignatureType,
  terminal: Pick<Terminal, 'stdin'>,
): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = []
  for (const word of given) {
    const isText = parseVerifierKey(word) !== undefined
    const lines = isText ? [word] : (await readInput(word, terminal)).toString('utf8').split('\n')
    for (const line of lines.map((each) => each.trim()).filter((each) => each !== '')) {
      const key = parseVerifierKey(line)
      if (key?.type !== type) throw new CannotJudge(`${word}: It is no verifier key of ${OF[type]}.`)
      keys.push(key)
    }
  }
  return keys
}

const OF: Record<SignatureType, string> = { 1: 'a log', 4: 'a witness' }
