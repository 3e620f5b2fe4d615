import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

export const NOW = Date.UTC(2026, 10, 22)
export const API = 'a1b2c3d4e5'

export interface Written {
  methods?: object
  defaults?: object
  bounds?: object
  rollout?: object
  locked?: string[]
  operations?: string[]
}

/** A policy of one team, by what it says of methods. */
export function load({
  methods,
  defaults,
  bounds,
  rollout,
  locked,
  operations = ['PutMethod', 'UpdateMethod'],
}: Written) {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'acme' },
    org: {
      bounds: { ...(bounds && { methods: bounds }) },
      ...(defaults && { defaults: { methods: defaults } }),
      ...(locked && { locked }),
    },
    teams: {
      payments: {
        identity: { claim: 'groups', anyOf: ['payments'] },
        apis: { restApiIds: [API, 'other'] },
        ...(rollout && { rollout }),
        allow: { operations, ...(methods && { methods }) },
      },
    },
  }
  return loadPolicySet(JSON.stringify(document), { file: 'policy.yaml', revision: 1 })
}

export async function policyOf(written: Written) {
  const loaded = load(written)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return compilePolicy(loaded.published)
}

export const PREFLIGHTS = { open: [{ httpMethods: ['OPTIONS'] }] }
export const HEALTH = { open: [{ httpMethods: ['GET'], restApiIds: [API], resourceIds: ['9x8y7z'] }] }
export const KEYED = { open: [{ httpMethods: ['GET'], apiKey: 'required' }] }
