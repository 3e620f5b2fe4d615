import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'

/** The least a Lambda on Hono can be: what every cold start is compared with. */
export const handler = handle(new Hono().get('/healthz', (context) => context.json({ status: 'ok' })))
