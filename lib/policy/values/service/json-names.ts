import type { JsonNode } from './body.ts'
import type { Piece } from './resource.ts'
import { memberOf, type ResourceMember, type Service } from './services.ts'

export interface NamesInJson {
  named: { member: ResourceMember; value: readonly Piece[] }[]
  /** Places in which another member could come in, as written. */
  open: string[]
}

/**
 * The resources that a JSON body names: members of the root and of the service's containers. What stands elsewhere is
 * data: an item's attribute that is called TableName names no table.
 *
 * @param operation For operations that work on a resource of their own where no member names one.
 */
export function namesIn(root: JsonNode, service: Service, operation: string | undefined): NamesInJson {
  const names: NamesInJson = { named: [], open: [] }
  if (root.is === 'hole') names.open.push(root.text)
  else if (root.is === 'object') readObject(root, service, operation, names)
  return names
}

function readObject(
  { members, open }: Extract<JsonNode, { is: 'object' }>,
  service: Service,
  operation: string | undefined,
  names: NamesInJson,
): void {
  if (open) names.open.push('')
  for (const { name: pieces, value } of members) {
    const [name, ...more] = pieces
    if (typeof name !== 'string' || more.length > 0) {
      names.open.push(pieces.map((piece) => (typeof piece === 'string' ? piece : piece.hole)).join(''))
      continue
    }
    const opaque = service.opaque.find((each) => each.name === name)
    const member = memberOf(service, name)
    if (opaque !== undefined) {
      names.named.push({ member: { name, kind: opaque.kind, namings: ['name', 'arn'] }, value: [{ hole: name }] })
    } else if (member !== undefined) readMember(member, value, service, names)
    else if (service.containers.includes(name)) readContainer(name, value, service, operation, names)
  }
}

function readMember(member: ResourceMember, value: JsonNode, service: Service, names: NamesInJson): void {
  switch (value.is) {
    case 'text':
      names.named.push({ member, value: value.value })
      return
    case 'hole':
      names.named.push({ member, value: [{ hole: value.text }] })
      return
    case 'array':
      if (value.open) names.open.push(member.name)
      for (const item of value.items) readMember(member, item, service, names)
      return
    case 'object':
      if (member.keys === true) {
        for (const { name } of value.members) names.named.push({ member, value: name })
        if (value.open) names.open.push(member.name)
      } else readObject(value, service, undefined, names)
      return
    case 'constant':
      return
  }
}

function readContainer(
  name: string,
  value: JsonNode,
  service: Service,
  operation: string | undefined,
  names: NamesInJson,
): void {
  switch (value.is) {
    case 'hole':
      names.open.push(value.text)
      return
    case 'array':
      if (value.open) names.open.push(name)
      for (const item of value.items) readContainer(name, item, service, operation, names)
      return
    case 'object':
      readObject(value, service, operation, names)
      readSilent(name, value, service, operation, names)
      return
    default:
      return
  }
}

/** An event without a bus goes to `default`. */
function readSilent(
  list: string,
  { members }: Extract<JsonNode, { is: 'object' }>,
  service: Service,
  operation: string | undefined,
  names: NamesInJson,
): void {
  for (const silent of service.silent) {
    if (silent.operation !== operation || silent.list !== list) continue
    if (members.some(({ name: [name] }) => name === silent.member)) continue
    const member = memberOf(service, silent.member)
    if (member !== undefined) names.named.push({ member, value: [silent.name] })
  }
}
