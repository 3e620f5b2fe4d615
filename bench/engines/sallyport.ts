import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Decision } from '../../lib/decision/decision.ts'
import { type Load, NOW } from './engine.ts'
import type { Ask } from './workload.ts'

export const load: Load<Ask> = async (published) => {
  const policy = await compilePolicy(published)
  const judge = ({ team, restApiId, resourceId, integration }: Ask): Decision =>
    decide(
      policy,
      { restApiId, resourceId, httpMethod: 'GET', integration, partition: 'aws', region: 'eu-west-1' },
      { team, point: 'request', now: NOW },
    )
  return {
    prepare: (ask) => ask,
    decide: (ask) => judge(ask).decision === 'allow',
    replay: (line) => JSON.stringify(judge(JSON.parse(line))),
  }
}
