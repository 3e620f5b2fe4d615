/**
 * Writes `docs/members.md` from the table of members: `npm run members`. The page is committed; a test fails where it is
 * older than the table.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName, type Shown } from '../lib/apigateway/members.ts'

const INTRODUCTION = `# The members of an integration

An integration is the body of PutIntegration. This page is written from the one table that the gate goes by
(\`lib/apigateway/members.ts\`); \`scripts/members.ts\` writes it.

A body may hold these members and no others. A value that breaks a bound is refused with the member, what it has and the
limit. Where API Gateway publishes no bound, the bound is the gate's own. Characters are UTF-16 units.

## What each member holds and who judges it

- **Where absent** is what takes effect then. It is judged as if it had been sent.
- **Judged by** is the section of a team's \`allow\` (docs/policy.md) that says which values pass.
- **In the trail** is what a record shows in clear. Anything that doesn't have that shape is kept as a MAC.

| Member | | Holds | Where absent | Judged by | In the trail |
|---|---|---|---|---|---|
`

const NAMES = `
## What others call it

| Member | CloudFormation (\`Method.Integration\`) | OpenAPI (\`x-amazon-apigateway-integration\`) | Terraform (\`aws_api_gateway_integration\`) |
|---|---|---|---|
`

const NOTES = `
OpenAPI documents may write the words of \`type\` and \`passthroughBehavior\` in lower case. The AWS SDKs call the
integration's \`httpMethod\` \`integrationHttpMethod\` in a request.

## What a patch can do

| Path | Operations | |
|---|---|---|
`

const SHOWN: Readonly<Record<Shown, string>> = {
  word: 'the word, where it is one of these',
  number: 'the number',
  flag: 'true or false',
  name: 'the name, where it is a short one',
  arn: 'the ARN',
  uri: 'the address without the values of its query',
  sources: 'where each value comes from; static values are hidden',
  digest: 'nothing',
}

export function membersPage(): string {
  const rows = MEMBER_NAMES.map((name) => {
    const member: Member = MEMBERS[name]
    const cells = [holds(member), absent(member), code(member.judgedBy), SHOWN[member.trail]]
    return `| ${code(name)} | ${member.about} | ${cells.join(' | ')} |`
  })
  const names = MEMBER_NAMES.map((name) => {
    const { cloudFormation, openApi, terraform }: Member['names'] = MEMBERS[name].names
    return `| ${code(name)} | ${[cloudFormation, openApi, terraform].map((each) => (each === null ? 'none' : code(each))).join(' | ')} |`
  })
  const patches = MEMBER_NAMES.map(patchRow)
  return `${INTRODUCTION}${rows.join('\n')}\n${NAMES}${names.join('\n')}\n${NOTES}${patches.join('\n')}\n`
}

function holds(member: Member): string {
  switch (member.kind) {
    case 'enum':
      return member.values.map(code).join(' ')
    case 'string':
      return `text, ${count(member.maxLength)} characters`
    case 'integer':
      return `whole number from ${count(member.min)} to ${count(member.max)}`
    case 'flag':
      return `object with ${code(member.flag)}`
    case 'names':
      return `${count(member.maxEntries)} names of ${count(member.maxLength)} characters`
    case 'strings':
      return `${count(member.maxEntries)} entries; names of ${count(member.maxKeyLength)}, values of ${count(member.maxLength)} characters`
    case 'templates':
      return `${count(member.maxEntries)} entries; names of ${count(member.maxKeyLength)} characters, values of ${count(member.maxBytes)} bytes`
  }
}

function absent({ default: by }: Member): string {
  switch (by.is) {
    case 'required':
      return 'refused'
    case 'absent':
      return by.word === '' ? 'nothing' : `nothing (${code(by.word)})`
    case 'resourceId':
      return "the resource's id"
    case 'value':
      return code(JSON.stringify(by.value).replaceAll('"', ''))
  }
}

function patchRow(name: MemberName): string {
  const member: Member = MEMBERS[name]
  const clears = member.emptyIsAbsent ? 'an empty value takes it away' : ''
  switch (member.patch.as) {
    case 'never':
      return `| ${code(`/${name}`)} | none | PutIntegration sets it anew |`
    case 'member':
      return `| ${code(`/${name}`)} | replace | ${clears} |`
    case 'flag':
      return `| ${code(`/${name}/${member.kind === 'flag' ? member.flag : ''}`)} | replace | \`true\` or \`false\` |`
    case 'entries':
      return `| ${code(`/${name}/{name}`)} | add, replace, remove | \`/\` in a name is \`~1\`, \`~\` is \`~0\` |`
    case 'names':
      return `| ${code(`/${name}`)}, ${code(`/${name}/{name}`)} | add, remove; replace of the whole | one name an operation |`
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function code(text: string): string {
  return `\`${text}\``
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../docs/members.md', import.meta.url), membersPage())
