import { Hono } from 'hono'
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import { expect, it } from 'vitest'
import { withoutIdleBody } from '../../lib/gate/lambda-invocation.ts'
import { httpAnswer, httpEvent } from '../ric/http-event.ts'

const app = new Hono()
app.all('*', async (c) => c.json({ body: await c.req.text() }))
const serve = handle(app)

it.each([
  ['GET', ''],
  ['HEAD', ''],
  ['get', ''],
  ['DELETE', '{}'],
  ['POST', '{}'],
])('%s with a body reaches the gate', async (method, body) => {
  const event = httpEvent({ method, url: '/restapis', body: '{}' }) as unknown as LambdaEvent
  const { status, headers, ...answer } = httpAnswer(await serve(withoutIdleBody(event), {} as LambdaContext))
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' })
  if (method !== 'HEAD') expect(JSON.parse(answer.body)).toEqual({ body })
})

it('is so in the older form of an event as well', async () => {
  const event = { httpMethod: 'GET', path: '/restapis', body: '{}', headers: {}, requestContext: { domainName: 'x' } }
  const answer = httpAnswer(await serve(withoutIdleBody(event as unknown as LambdaEvent), {} as LambdaContext))
  expect(answer).toMatchObject({ status: 200, body: '{"body":""}' })
})
