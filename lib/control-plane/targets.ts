import { assumed, judged, members, named, readShape, text } from '../configuration/shape.ts'

/** An account and Region whose APIs the gate guards beside its own, under the name that paths call it by. */
export interface Target {
  /** Twelve digits. */
  account: string
  region: string
  partition: string
  /** The role in that account that the gate and its keeper assume, narrowed to the one call each time. */
  roleArn: string
}
export type Targets = Record<string, Target>

const target = judged(
  members<Target>({
    account: text({ pattern: /^[0-9]{12}$/ }),
    region: text({ pattern: /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}$/ }),
    partition: assumed('aws', text({ pattern: /^aws[a-z-]{0,20}$/ })),
    roleArn: text({
      most: 2048,
      pattern: /^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]{1,575}$/,
    }),
  }),
  ({ account, partition, roleArn }) =>
    roleArn.startsWith(`arn:${partition}:iam::${account}:role/`)
      ? []
      : [{ at: '.roleArn', message: "must be a role of the target's account" }],
)

const TARGET_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const targets = judged(named(text({ most: 63, pattern: TARGET_NAME }), target), (value) => {
  const places = Object.entries(value).map(([name, { account, region }]) => ({ name, place: `${account}/${region}` }))
  // Two names for one place would be two locks for one method, were they ever to have different roles.
  return places.flatMap(({ name, place }, index) =>
    places.findIndex((other) => other.place === place) === index
      ? []
      : [{ at: name, message: `${place} has a name already` }],
  )
})

/** Reads the configuration of targets: a JSON object, already parsed. `message` names each wrong member. */
export function parseTargets(json: unknown): { ok: true; value: Targets } | { ok: false; message: string } {
  return readShape(targets, json)
}

/** The target that a raw path begins with, and the rest; `undefined` where it begins with none. */
export function targetPath(path: string): { name: string; rest: string } | undefined {
  const [before, prefix, name = ''] = path.split('/', 3)
  if (before !== '' || prefix !== 'targets' || !TARGET_NAME.test(name)) return undefined
  const rest = path.slice('/targets/'.length + name.length)
  return rest.startsWith('/') ? { name, rest } : undefined
}
