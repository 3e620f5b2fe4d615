/** The typed lists of resources in a policy (`queues`, `topics` …). */
export const RESOURCE_KINDS = [
  'queues',
  'topics',
  'tables',
  'stateMachines',
  'buckets',
  'streams',
  'eventBuses',
] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]
