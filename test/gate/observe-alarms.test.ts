import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { keeperEmf, NAMESPACE, requestEmf } from '../../lib/observe/emf.ts'

interface Resource {
  Type: string
  Properties: {
    FilterPattern?: string
    Namespace?: string
    MetricName?: string
    LogGroupName?: string
    MetricTransformations?: { MetricNamespace: string; MetricName: string }[]
    AlarmActions?: unknown[]
  }
}

const text = readFileSync('infra/alarms.yml', 'utf8').replaceAll('!Ref ', '')
const resources = Object.entries((parse(text) as { Resources: Record<string, Resource> }).Resources)
const ofType = (type: string) =>
  resources.filter(([, { Type }]) => Type === type).map(([name, { Properties }]) => ({ name, ...Properties }))
const filters = ofType('AWS::Logs::MetricFilter')
const alarms = ofType('AWS::CloudWatch::Alarm')

const sources = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
    .join('\n')

/** The metrics that the functions' lines carry where everything that can happen has happened. */
const carried = [
  ...requestEmf('x', {
    event: 'request',
    at: 0,
    verdict: 'allow',
    status: 503,
    outcome: 'deferred',
    storeCalls: 0,
    totalMs: 0,
    operation: 'PutIntegration',
    team: 't',
    rules: [{ rule: 'r', mode: 'warn' }],
    ms: { identity: 0, store: 0, upstream: 0, gate: 0 },
  }),
  keeperEmf('x', 0, { failedSteps: 0, waiting: 0, lagSeconds: 0 }),
].flatMap((line) =>
  (
    line as { _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] } }
  )._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.some((set) => set.join() === 'service') ? Metrics.map(({ Name }) => Name) : [],
  ),
)

describe('every alarm', () => {
  it.each(alarms)(
    '$name hangs on a metric that there is, and tells somebody',
    ({ Namespace, MetricName, AlarmActions }) => {
      const counted = filters.flatMap(({ MetricTransformations = [] }) => MetricTransformations)
      const there =
        Namespace === NAMESPACE
          ? carried
          : counted.filter(({ MetricNamespace }) => MetricNamespace === Namespace).map((metric) => metric.MetricName)
      expect(there).toContain(MetricName)
      expect(AlarmActions).toEqual(['AlarmTopic'])
    },
  )
})

describe('every event that is counted', () => {
  const emitted = sources('lib') + sources('functions')
  it.each(filters)('by $name is one that the code logs', ({ FilterPattern = '' }) => {
    const events = [...FilterPattern.matchAll(/\$\.message = "([a-z_]+)"/g)].map(([, event]) => event)
    expect(events.length).toBeGreaterThan(0)
    for (const event of events) expect(emitted).toMatch(new RegExp(`(?:log|alarm)\\('${event}'`))
  })

  it.each(['audit_not_recorded', 'audit_outcome_deferred', 'log_damaged', 'log_unreadable', 'log_late', 'clock_skew'])(
    'includes %s',
    (event) => expect(filters.map(({ FilterPattern }) => FilterPattern).join()).toContain(`"${event}"`),
  )
})
