import type { JudgedRequest } from './judge-written.ts'

/** How decisions are shown. Text is given out as it comes; nothing is kept that needn't be. */
export interface Report {
  /** What to write for one decision, which may be nothing. */
  decided(judged: JudgedRequest): string
  /** What to write when all is done. */
  end(): string
}

/** One decision a line, with the place of its request. */
export function jsonReport(): Report {
  return {
    decided: ({ written: { file, line }, decision }) => `${JSON.stringify({ file, line, ...decision })}\n`,
    end: () => '',
  }
}
