import type { Violation } from '../decision/decision.ts'
import { EVALUATOR_VERSION } from '../decision/evaluator-version.ts'
import { STDIN } from './input-file.ts'
import type { JudgedRequest } from './judge-written.ts'
import type { Report } from './report.ts'
import { spotOf } from './text-report.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const LEVELS = { enforce: 'error', warn: 'warning', 'dry-run': 'note' } as const

interface Region {
  startLine: number
  startColumn: number
  endColumn?: number
}

interface SarifResult {
  ruleId: string
  ruleIndex: number
  level: 'error' | 'warning' | 'note'
  message: { text: string }
  locations: { physicalLocation: Location; message?: { text: string } }[]
  relatedLocations?: { id: number; physicalLocation: Location; message: { text: string } }[]
  properties: Record<string, unknown>
}

interface Location {
  artifactLocation: { uri: string }
  region: Region
}

/** One run of SARIF 2.1.0: a result for each violation, an absent one for what is allowed. */
export function sarifReport(policyFile: string): Report {
  const rules = new Map<string, { index: number; description: string }>()
  const results: SarifResult[] = []

  function ruleIndex({ rule, message }: Violation): number {
    const known = rules.get(rule)
    if (known) return known.index
    rules.set(rule, { index: rules.size, description: message })
    return rules.size - 1
  }

  function add(violation: Violation, judged: JudgedRequest): void {
    const spot = spotOf(violation, judged)
    const { rule, mode, message, fix, policyAt, field, part, value, allowed, nearest } = violation
    const region = { startLine: spot.line, startColumn: spot.column, endColumn: spot.column + (spot.to - spot.from) }
    results.push({
      ruleId: rule,
      ruleIndex: ruleIndex(violation),
      level: LEVELS[mode],
      message: { text: fix === undefined ? message : `${message} ${fix}` },
      locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(judged.written.file) }, region } }],
      ...(policyAt && {
        relatedLocations: [
          {
            id: 1,
            physicalLocation: {
              artifactLocation: { uri: uriOf(policyFile) },
              region: { startLine: policyAt.line, startColumn: policyAt.column },
            },
            message: { text: `The rule ${rule}.` },
          },
        ],
      }),
      properties: {
        decision: judged.decision.decision,
        team: judged.decision.team,
        field,
        part,
        value,
        allowed,
        nearest,
      },
    })
  }

  return {
    decided(judged) {
      const { violations, warnings, dryRun, more = {}, moreDryRun = {} } = judged.decision
      const told = [...violations, ...warnings, ...dryRun]
      for (const violation of told) add(violation, judged)
      // What the decision only counts is one result a rule, so that no log looks as if it held everything.
      for (const [rule, count] of Object.entries({ ...more, ...moreDryRun })) {
        const like = told.find((violation) => violation.rule === rule)
        if (like !== undefined) add({ ...like, message: `And ${count} more of this rule.` }, judged)
      }
      return ''
    },
    end() {
      const driver = {
        name: 'Sallyport',
        semanticVersion: `${EVALUATOR_VERSION}.0.0`,
        rules: [...rules].map(([id, { description }]) => ({ id, shortDescription: { text: description } })),
      }
      const run = {
        tool: { driver },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true }],
        results,
      }
      return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`
    },
  }
}

/** A relative URI reference (RFC 3986): separators stay, anything that would be read as syntax is encoded. */
function uriOf(file: string): string {
  if (file === STDIN) return 'stdin'
  return file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
}
