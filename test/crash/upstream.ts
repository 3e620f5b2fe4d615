import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { integrationAnswer } from '../../lib/apigateway/effective.ts'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { parsePutIntegration } from '../../lib/apigateway/parse.ts'
import { type Behaviour, behaviours, type Entry, type Script } from './script.ts'

// API Gateway's control plane as far as PutIntegration, GetIntegration and CreateDeployment go, in a process of its own, that answers as
// its script says and writes down what reached it and what it did. Arguments: the journal's file, the seed or nothing.

const [journal = '', seed] = process.argv.slice(2)
const script: Script = behaviours(seed === undefined || seed === '' ? undefined : Number(seed))
const stored = new Map<string, Integration>()
const delayed: (() => void)[] = []

function note(entry: Entry): void {
  appendFileSync(journal, `${JSON.stringify(entry)}\n`)
}

function apply(tag: string, target: string, integration?: Integration): void {
  note({ what: 'applied', tag, target, ...(integration && { integration }) })
  if (integration) stored.set(target, integration)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, status: number, body: object, type?: string): void {
  response.sendDate = false // the workers' clocks are ahead of this one
  const headers = {
    'content-type': 'application/json',
    'x-amzn-requestid': 'r',
    ...(type && { 'x-amzn-errortype': type }),
  }
  response.writeHead(status, headers).end(JSON.stringify(body))
}

function fail(response: ServerResponse, status: number): void {
  const type = status === 429 ? 'TooManyRequestsException' : status < 500 ? 'BadRequestException' : 'InternalFailure'
  answer(response, status, { message: 'as the script says' }, type)
}

async function put(tag: string, target: string, resourceId: string, body: Buffer, response: ServerResponse) {
  const parsed = parsePutIntegration(body)
  if (!parsed.ok) return fail(response, 400)
  const integration = parsed.value
  const { uri = '' } = integration
  return change({ tag, target, behaviour: script.change(uri), integration }, response, () =>
    answer(response, 201, integrationAnswer(integration, resourceId)),
  )
}

async function deploy(tag: string, body: Buffer, response: ServerResponse) {
  const { description } = JSON.parse(body.toString()) as { description: string }
  return change({ tag, target: description, behaviour: script.change(description) }, response, () =>
    answer(response, 201, { id: `deployment-${tag}`, description }),
  )
}

interface Attempted {
  tag: string
  target: string
  behaviour: Behaviour
  integration?: Integration
}

async function change({ tag, target, behaviour, integration }: Attempted, response: ServerResponse, done: () => void) {
  note({ what: 'received', tag, target })
  switch (behaviour) {
    case 'answers':
      apply(tag, target, integration)
      return done()
    case 'silent':
      apply(tag, target, integration)
      return response.destroy()
    case 'fails':
      apply(tag, target, integration)
      return fail(response, 500)
    case 'drops':
      return response.destroy()
    case 'late':
      delayed.push(() => apply(tag, target, integration))
      if (script.latestMs > 0) setTimeout(deliver, script.latestMs)
      return response.destroy()
    case 'slow':
      await sleep(30)
      apply(tag, target, integration)
      await sleep(30)
      return done()
    case 'twice':
      apply(tag, target, integration)
      await sleep(5)
      apply(tag, target, integration)
      return done()
    case 'throttles':
      return fail(response, 429)
    case 'refuses':
      return fail(response, 400)
  }
}

function deliver(): void {
  for (const arrive of delayed.splice(0)) arrive()
}

const server = createServer((request, response) => {
  const serve = async () => {
    const [target = ''] = (request.url ?? '').split('?')
    const resourceId = target.split('/')[4] ?? ''
    const body = await bodyOf(request)
    const tag = /sallyport\/(\S+)/.exec(request.headers['user-agent'] ?? '')?.[1] ?? ''
    if (request.method === 'PUT') return put(tag, target, resourceId, body, response)
    if (request.method === 'POST') return deploy(tag, body, response)
    const trouble = script.look(target)
    if (trouble === 'drops') return response.destroy()
    if (trouble !== undefined) return fail(response, trouble)
    const integration = stored.get(target)
    if (integration) return answer(response, 200, integrationAnswer(integration, resourceId))
    return answer(response, 404, { message: 'Invalid Integration identifier specified' }, 'NotFoundException')
  }
  serve().catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.on('message', (order: 'deliver' | 'calm' | 'rough') => {
  if (order === 'deliver') deliver()
  else script.calm(order === 'calm')
  process.send?.('ok')
})
process.on('disconnect', () => process.exit())
