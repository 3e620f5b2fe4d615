import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { MEMBERS } from '../apigateway/members.ts'

const { min, max } = MEMBERS.timeoutInMillis
const MaxTimeoutMillis = z.optional(z.int().check(z.gte(min), z.lte(max)))

/** An account and Region whose APIs the gate guards beside its own, under the name that paths call it by. */
const Target = z
  .strictObject({
    /** Twelve digits. */
    account: z.string().check(z.regex(/^[0-9]{12}$/)),
    region: z.string().check(z.regex(/^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}$/)),
    partition: z._default(z.string().check(z.regex(/^aws[a-z-]{0,20}$/)), 'aws'),
    /** The role in that account that the gate and its keeper assume, narrowed to the one call each time. */
    roleArn: z
      .string()
      .check(z.maxLength(2048), z.regex(/^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]{1,575}$/)),
    /** Milliseconds: the account's quota for the timeout of a buffered integration; absent where nobody knows it. */
    maxTimeoutMillis: MaxTimeoutMillis,
  })
  .check(({ value, issues }) => {
    const { account, partition, roleArn } = value
    if (!roleArn.startsWith(`arn:${partition}:iam::${account}:role/`))
      issues.push({
        code: 'custom',
        input: roleArn,
        path: ['roleArn'],
        message: "must be a role of the target's account",
      })
  })
export type Target = z.infer<typeof Target>

const TARGET_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const Targets = z.record(z.string().check(z.maxLength(63), z.regex(TARGET_NAME)), Target).check(({ value, issues }) => {
  const places = Object.entries(value).map(([name, { account, region }]) => ({ name, place: `${account}/${region}` }))
  for (const [index, { name, place }] of places.entries()) {
    // Two names for one place would be two locks for one method, were they ever to have different roles.
    if (places.findIndex((other) => other.place === place) !== index)
      issues.push({ code: 'custom', input: name, path: [name], message: `${place} has a name already` })
  }
})
export type Targets = z.infer<typeof Targets>

/** Reads the configuration of targets: a JSON object, already parsed. `message` names each wrong member. */
export function parseTargets(json: unknown): { ok: true; value: Targets } | { ok: false; message: string } {
  const parsed = Targets.safeParse(json, { error: en().localeError })
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, message: z.prettifyError(parsed.error) }
}

/** The target that a raw path begins with, and the rest; `undefined` where it begins with none. */
export function targetPath(path: string): { name: string; rest: string } | undefined {
  const [before, prefix, name = ''] = path.split('/', 3)
  if (before !== '' || prefix !== 'targets' || !TARGET_NAME.test(name)) return undefined
  const rest = path.slice('/targets/'.length + name.length)
  return rest.startsWith('/') ? { name, rest } : undefined
}

/** Where a gate's APIs live, and what is known of their account. */
export interface ApiPlace {
  account: string
  partition: string
  region: string
  /** Milliseconds: see {@link Target}. */
  maxTimeoutMillis?: number
}

/** The place that a target is. */
export function placeOf({ account, partition, region, maxTimeoutMillis }: Target): ApiPlace {
  return { account, partition, region, ...(maxTimeoutMillis !== undefined && { maxTimeoutMillis }) }
}

/** The setting of the gate's own account: a whole number of milliseconds, or nothing where nobody knows. */
export function parseMaxTimeout(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : z.parse(MaxTimeoutMillis, Number(text))
}
