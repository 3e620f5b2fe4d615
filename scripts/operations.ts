/**
 * Writes `docs/operations.md` from the table that the gate goes by: `npm run operations`. The page
 * is committed; a test fails where it is older than the table.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OPERATIONS } from '../lib/apigateway/operation-table.ts'
import { TREATMENTS, type Treatment } from '../lib/control-plane/treatment.ts'

const INTRODUCTION = `# What becomes of each operation

Every operation of API Gateway's control plane reaches the gate on its own path. This page is written from the table that
the gate goes by (\`lib/control-plane/treatment.ts\`); \`scripts/operations.ts\` writes it.

- **judged**: by the policy's rules about integrations. See the four in the table.
- **read**: passes for the team that owns the API, and is recorded first. What API Gateway answers is passed on as it is,
  members that nobody knows yet included. Parameters of the query are those listed; others are refused.
- **listed**: passes where the team's \`operations\` name it, inside \`org.bounds.operations\`. What the note refuses stays
  refused whatever the policy says, with a rule id that begins with \`intrinsic.\`. An update may touch the places listed.
- **refused**: with 403 and the reason, whatever the policy says.

An API that isn't the caller's answers exactly like one that doesn't exist: 404. Everything is in the trail: a read as one
record before it is made; a write as intent and outcome. Where the answer to a write beside integrations is lost, API
Gateway can't be asked what became of it: after twenty minutes, when the signed request can no longer arrive, its outcome
is recorded as \`UNKNOWN\` with a note. Until then nobody else may change the same thing; a creation keeps only its own
repetition waiting.

A team that Terraform works for needs about these:

\`\`\`yaml
operations:
  - CreateResource
  - DeleteResource
  - PutMethod
  - UpdateMethod
  - DeleteMethod
  - PutMethodResponse
  - DeleteMethodResponse
  - PutIntegrationResponse
  - DeleteIntegrationResponse
  - CreateDeployment
  - DeleteDeployment
  - CreateStage
  - UpdateStage
  - DeleteStage
\`\`\`

A team that owns APIs by tags, and makes them itself, adds \`CreateRestApi\`, \`UpdateRestApi\` and \`DeleteRestApi\`.

| Operation | Request | At the gate | |
|---|---|---|---|
`

export function operationsPage(): string {
  const rows = OPERATIONS.map(([operation, verb, path]) => {
    const [what, note] = cells(TREATMENTS[operation])
    return `| ${operation} | \`${verb} ${path}\` | ${what} | ${note} |`
  })
  return `${INTRODUCTION}${rows.join('\n')}\n`
}

function cells(treatment: Treatment): [what: string, note: string] {
  switch (treatment.kind) {
    case 'integration':
      return ['judged', `${treatment.note}.`]
    case 'list-apis':
      return ['read', `${treatment.note}.`]
    case 'read': {
      const query = treatment.query.length === 0 ? [] : [`Takes ${treatment.query.map(code).join(', ')}.`]
      return ['read', [...query, ...(treatment.note ? [`Answered ${treatment.note}.`] : [])].join(' ')]
    }
    case 'write': {
      const { body, note } = treatment
      const places = body.kind === 'patch' ? [`May touch ${body.paths.map(code).join(', ')}.`] : []
      return ['listed', [...places, ...(note ? [note] : [])].join(' ')]
    }
    case 'refused':
      return ['refused', treatment.why]
  }
}

function code(text: string): string {
  return `\`${text}\``
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../docs/operations.md', import.meta.url), operationsPage())
