import type { AskedPlace } from '../decision/asked-request.ts'
import type { AskedMoment } from '../decision/judge-asked.ts'
import { CannotJudge } from './cannot-judge.ts'
import { judgeWritten } from './judge-written.ts'
import { paintFor } from './paint.ts'
import { openPolicy } from './policy-input.ts'
import { type Format, jsonReport, type Report } from './report.ts'
import { readRequests } from './request-input.ts'
import { sarifReport } from './sarif-report.ts'
import type { Terminal } from './terminal.ts'
import { textReport } from './text-report.ts'

export interface CheckOptions extends AskedPlace, AskedMoment {
  policy: string
  exceptions: readonly string[]
  format: Format
}

/**
 * Judges the requests of files against a policy.
 *
 * @returns 0 where all are allowed, 1 where something is denied.
 * @throws {CannotJudge} where the policy or a file can't be read, or there is no request.
 */
export async function check(files: readonly string[], options: CheckOptions, terminal: Terminal): Promise<0 | 1> {
  const policy = await openPolicy(options.policy, options.exceptions, terminal)
  const report = reportFor(options, terminal)
  let requests = 0
  let isDenied = false
  for (const file of files) {
    for await (const batch of readRequests(file, terminal)) {
      let text = ''
      for (const written of batch) {
        const judged = judgeWritten(policy, written, options, options)
        if (judged.decision.decision === 'deny') isDenied = true
        text += report.decided(judged)
      }
      requests += batch.length
      if (text !== '') await terminal.out(text)
    }
  }
  if (requests === 0) throw new CannotJudge(`${files.join(', ')}: There is no request to judge.`)
  await terminal.out(report.end())
  return isDenied ? 1 : 0
}

function reportFor({ format, policy }: CheckOptions, { isColoured }: Terminal): Report {
  switch (format) {
    case 'json':
      return jsonReport()
    case 'sarif':
      return sarifReport(policy)
    case 'text':
      return textReport(policy, paintFor(isColoured))
  }
}
