import type { JsonHole, JsonNode } from '../template/json-node.ts'
import type { Piece } from './resource.ts'
import { memberOf, type ResourceMember, type Service } from './services.ts'

type Members = ReadonlyMap<string, readonly JsonNode[]>

export interface NamesInJson {
  named: { member: ResourceMember; value: readonly Piece[] }[]
  /** Places in which another member could come in, as they are told. */
  open: string[]
}

/**
 * The resources that a JSON body names: members at the top and in the service's containers. What stands elsewhere is
 * data: an item's attribute that is called TableName names no table.
 *
 * @param operation For operations that work on a resource of their own where no member names one.
 */
export function namesIn(members: Members, service: Service, operation: string | undefined): NamesInJson {
  const names: NamesInJson = { named: [], open: [] }
  readMembers(members, service, operation, names)
  return names
}

function readMembers(members: Members, service: Service, operation: string | undefined, names: NamesInJson): void {
  for (const [name, values] of members) {
    const opaque = service.opaque.find((each) => each.name === name)
    const member = memberOf(service, name)
    for (const value of values) {
      if (opaque !== undefined) {
        names.named.push({ member: { name, kind: opaque.kind, namings: ['name', 'arn'] }, value: [{ hole: name }] })
      } else if (member !== undefined) readMember(member, value, service, names)
      else if (service.containers.includes(name)) readContainer(name, value, service, operation, names)
    }
  }
}

function readMember(member: ResourceMember, value: JsonNode, service: Service, names: NamesInJson): void {
  switch (value.kind) {
    case 'string':
      names.named.push({ member, value: [value.literal] })
      return
    case 'hole':
      names.named.push({ member, value: pieces(value) })
      return
    case 'array':
      for (const item of value.items) readMember(member, item, service, names)
      return
    case 'object':
      if (value.isOpen) names.open.push(member.name)
      if (member.keys !== true) readMembers(value.members, service, undefined, names)
      else for (const name of value.members.keys()) names.named.push({ member, value: [name] })
      return
    case 'scalar':
      return
  }
}

function pieces({ prefix, sources, unescaped }: JsonHole): readonly Piece[] {
  const hole = { hole: sources.join(', ') || '…' }
  // What can end the string can begin it anew.
  return prefix === undefined || unescaped ? [hole] : [prefix, hole]
}

function readContainer(
  name: string,
  value: JsonNode,
  service: Service,
  operation: string | undefined,
  names: NamesInJson,
): void {
  switch (value.kind) {
    case 'hole':
      names.open.push(name)
      return
    case 'array':
      for (const item of value.items) readContainer(name, item, service, operation, names)
      return
    case 'object':
      if (value.isOpen) names.open.push(name)
      readMembers(value.members, service, operation, names)
      readSilent(name, value.members, service, operation, names)
      return
    default:
      return
  }
}

/** An event without a bus goes to `default`. */
function readSilent(
  list: string,
  members: Members,
  service: Service,
  operation: string | undefined,
  names: NamesInJson,
): void {
  for (const silent of service.silent) {
    if (silent.operation !== operation || silent.list !== list || members.has(silent.member)) continue
    const member = memberOf(service, silent.member)
    if (member !== undefined) names.named.push({ member, value: [silent.name] })
  }
}
