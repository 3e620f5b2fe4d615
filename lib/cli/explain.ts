import type { EnforcementPoint } from '../decision/decision.ts'
import { explainTeam } from '../decision/explain/explain.ts'
import { inWords } from '../decision/explain/explain-words.ts'
import { didYouMean } from '../policy/document/problem.ts'
import { CannotJudge } from './cannot-judge.ts'
import { paintFor } from './paint.ts'
import { openPolicy } from './policy-input.ts'
import type { Terminal } from './terminal.ts'

export interface ExplainOptions {
  policy: string
  exceptions: readonly string[]
  team: string
  format: 'text' | 'json'
  point: EnforcementPoint
  /** Unix milliseconds. */
  now: number
}

/** Prints what a team may do. @throws {CannotJudge} where the policy can't be read or has no such team. */
export async function explain(options: ExplainOptions, terminal: Terminal): Promise<void> {
  const policy = await openPolicy(options.policy, options.exceptions, terminal)
  const allowance = explainTeam(policy, options.team, options)
  if (!allowance) {
    const teams = Object.keys(policy.published.document.teams)
    const suggestion = didYouMean(options.team, teams) ?? `There are: ${teams.slice(0, 10).join(', ')}.`
    throw new CannotJudge(`${options.policy}: There is no team "${options.team}". ${suggestion}`)
  }
  if (options.format === 'json') {
    await terminal.out(`${JSON.stringify(allowance, null, 2)}\n`)
    return
  }
  const paint = paintFor(terminal.isColoured)
  const paragraphs = inWords(allowance).map(({ heading, sentences }) =>
    [paint(heading, 'bold'), ...sentences.map((sentence) => `  ${sentence}`)].join('\n'),
  )
  await terminal.out(`What ${allowance.team} may do\n\n${paragraphs.join('\n\n')}\n`)
}
