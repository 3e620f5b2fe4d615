import * as z from 'zod'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName } from '../apigateway/members.ts'

/** The body of PutIntegration as JSON Schema says it, made from the table of members. */
export const IntegrationBody = z
  .strictObject(Object.fromEntries(MEMBER_NAMES.map((name) => [name, described(name)])))
  .describe("The body of PutIntegration, which the gate takes on API Gateway's own path")

function described(name: MemberName): z.ZodType {
  const member: Member = MEMBERS[name]
  const schema = schemaOf(member).describe(`${member.about} ${defaultIn(member)}`)
  return member.default.is === 'required' ? schema : schema.optional()
}

function schemaOf(member: Member): z.ZodType {
  switch (member.kind) {
    case 'enum':
      return z.enum(member.values)
    case 'string':
      return z.string().max(member.maxLength)
    case 'integer':
      return z.int().min(member.min).max(member.max)
    case 'flag':
      return z.strictObject({ [member.flag]: z.boolean().optional() })
    case 'names':
      return z.array(z.string().max(member.maxLength)).max(member.maxEntries)
    case 'strings':
      return z
        .record(z.string().max(member.maxKeyLength), z.string().max(member.maxLength))
        .meta({ maxProperties: member.maxEntries })
    case 'templates':
      return z
        .record(z.string().max(member.maxKeyLength), z.string().max(member.maxBytes).nullable())
        .meta({ maxProperties: member.maxEntries })
  }
}

function defaultIn({ default: absent }: Member): string {
  switch (absent.is) {
    case 'required':
      return 'Required.'
    case 'absent':
      return 'None where absent.'
    case 'resourceId':
      return 'Where absent, the id of the resource.'
    case 'value':
      return `Where absent: ${JSON.stringify(absent.value)}.`
  }
}
