import type { JudgedRequest } from './judge-written.ts'

export const FORMATS = ['text', 'json', 'sarif'] as const
export type Format = (typeof FORMATS)[number]

/** How decisions are shown. Text is given out as it comes; nothing is kept that needn't be. */
export interface Report {
  /** What to write for one decision, which may be nothing. */
  decided(judged: JudgedRequest): string
  /** What to write when all is done. */
  end(): string
}

/** One decision a line, with the place of its request before the decision's own members. */
export function jsonReport(): Report {
  let file = ''
  let begin = ''
  return {
    decided({ written, decision }) {
      if (begin === '' || written.file !== file) {
        file = written.file
        begin = `{"file":${JSON.stringify(file)},"line":`
      }
      return `${begin}${written.line},${JSON.stringify(decision).slice(1)}\n`
    },
    end: () => '',
  }
}
