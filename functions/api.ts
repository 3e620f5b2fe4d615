import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import { deployedParts, setting } from '../lib/aws/deployed-parts.ts'
import { compilePolicy } from '../lib/decision/compile/compile.ts'
import { callerLimit } from '../lib/fairness/caller-limit.ts'
import { lambdaInvocation, withoutIdleBody } from '../lib/gate/lambda-invocation.ts'
import { VERSION } from '../lib/gate/version.ts'
import { httpGet } from '../lib/identity/http-get.ts'
import { parseIssuers } from '../lib/identity/issuers.ts'
import { remoteKeys } from '../lib/identity/keys.ts'
import { createVerifier } from '../lib/identity/verify.ts'
import { parseWitnessKeys } from '../lib/log/witness-keys.ts'
import { requestEmf } from '../lib/observe/emf.ts'
import { emit } from '../lib/observe/emit.ts'
import { observedApp } from '../lib/observe/observed-app.ts'
import type { PublishedExceptions, PublishedPolicy } from '../lib/policy/document/published.ts'
import { requestCounter } from '../lib/trail/aggregate.ts'

/** Names the lines and the metrics of one installation. */
const service = process.env.POWERTOOLS_SERVICE_NAME ?? 'sallyport'
const logger = new Logger({ serviceName: service })
const tracing =
  process.env.SALLYPORT_TRACING === 'Active'
    ? (await import('../lib/aws/xray-tracing.ts')).xrayTracing(service)
    : undefined
const { ledger, controlPlane, targets, quota, api } = deployedParts(logger)

const issuers = parseIssuers(JSON.parse(setting('SALLYPORT_ISSUERS')))
if (!issuers.ok) throw new Error(`SALLYPORT_ISSUERS is not valid:\n${issuers.message}`)
const report = (problem: string) => logger.warn('issuer_keys', { problem })
const policyFile = setting('SALLYPORT_POLICY')
const published: PublishedPolicy = JSON.parse(readFileSync(policyFile, 'utf8'))
// Packaged with every policy: a bundle without the file must not start, since nobody would miss what is not in force.
const { exceptions }: PublishedExceptions = JSON.parse(
  readFileSync(join(dirname(policyFile), 'exceptions.json'), 'utf8'),
)
const policy = await compilePolicy(
  published,
  exceptions.map(({ document }) => document),
)
logger.info('policy_in_force', {
  policy: published.digest,
  exceptions: exceptions.map(({ document: { metadata, spec }, digest }) => ({
    id: metadata.id,
    digest,
    notBefore: spec.notBefore,
    notAfter: spec.notAfter,
  })),
})

const trusted = issuers.value.map((issuer) => ({
  issuer,
  keys: remoteKeys(issuer, { fetch: httpGet, now: Date.now, report }),
}))
const app = observedApp(
  {
    verify: createVerifier({ issuers: trusted, now: Date.now }),
    issuerKeys: async () => (await Promise.all(trusted.map(({ keys }) => keys.ready()))).every(Boolean),
    policy: () => policy,
    ledger,
    counter: requestCounter(ledger),
    controlPlane,
    targets,
    quota,
    callers: callerLimit(Date.now),
    now: Date.now,
    api,
    witnessKeys: parseWitnessKeys(setting('SALLYPORT_WITNESS_KEYS')),
    version: VERSION,
    log: (event, members) => logger.error(event, members),
  },
  lambdaInvocation,
  (line) => {
    requestEmf(service, line).forEach(emit)
    tracing?.annotate(line)
  },
  tracing?.span,
)
const serve = handle(app)

/** Answered before the runtime would cut the function off, so that the client gets JSON rather than a bare 502. */
const OUT_OF_TIME = {
  statusCode: 503,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceUnavailableException' },
  body: '{"message":"The gate ran out of time. What became of the request is in the trail."}',
}

export const handler = middy<LambdaEvent, Awaited<ReturnType<typeof serve>> | typeof OUT_OF_TIME, Error, Context>({
  timeoutEarlyInMillis: 500,
  timeoutEarlyResponse: () => OUT_OF_TIME,
})
  // Never the event, whatever POWERTOOLS_LOGGER_LOG_EVENT says: it holds the caller's token.
  .use(injectLambdaContext(logger, { logEvent: false }))
  .use(tracing ? [tracing.middleware] : [])
  .handler((event, context) => serve(withoutIdleBody(event), context as unknown as LambdaContext))
