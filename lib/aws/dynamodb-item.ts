import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../trail/store.ts'

/**
 * An item as DynamoDB's typed attributes. Members that are `undefined` are left out.
 *
 * @throws {TypeError} for a value JSON has no form for.
 */
export function toAttributes(item: Item): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined) attributes[name] = toAttribute(value)
  }
  return attributes
}

function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'boolean':
      return { BOOL: value }
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`Cannot store a number: ${value}`)
      return { N: String(value) }
    case 'object':
      if (value === null) return { NULL: true }
      return Array.isArray(value) ? { L: value.map(toAttribute) } : { M: toAttributes(value as Item) }
    default:
      throw new TypeError(`Cannot store a ${typeof value}`)
  }
}

/** @throws {TypeError} for an attribute type this project never writes. */
export function fromAttributes(attributes: Record<string, AttributeValue>): Item {
  const entries = Object.entries(attributes).map(([name, value]) => [name, fromAttribute(value)])
  return Object.fromEntries(entries) as Item
}

function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.BOOL !== undefined) return value.BOOL
  if (value.NULL !== undefined) return null
  if (value.L) return value.L.map(fromAttribute)
  if (value.M) return fromAttributes(value.M)
  throw new TypeError(`Cannot read an attribute of type ${Object.keys(value).join()}`)
}
