import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { importJWK, jwtVerify } from 'jose'
import { AUDIENCE, ISSUER } from '../tokens.ts'
import { announce, issuerKey } from './announce.ts'

// What any gate on Hono must at least do: verify the token, read the body, answer.
const key = await importJWK(issuerKey(), 'ES256')
const app = new Hono().put('/restapis/:api/resources/:resource/methods/:method/integration', async (context) => {
  const token = (context.req.header('authorization') ?? '').replace('Bearer ', '')
  await jwtVerify(token, key, {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'sub'],
  })
  return context.json(await context.req.json(), 201)
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, announce)
