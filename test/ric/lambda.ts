import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRuntimeApi } from './runtime-api.ts'

const RIC = fileURLToPath(new URL('node_modules/aws-lambda-ric/index.mjs', import.meta.url))
const CLIENT = fileURLToPath(new URL('rapid-client.cjs', import.meta.url))

export interface LambdaOptions {
  /** The folder that would be deployed; it becomes the working directory, as /var/task is. */
  bundleDir: string
  /** The function's environment variables; nothing else of this process's environment reaches it. */
  env?: Record<string, string>
  /** 29,000 ms unless told, as in serverless.yml. */
  timeoutMs?: number
  /** Whether X-Ray takes a sample of its invocations; not unless told. */
  isTraced?: boolean
}

/** One instance of a Lambda function. */
export interface Lambda {
  /** Of the process. */
  pid: number
  /** @throws Error where the function throws, does not answer in time, or its process ends. */
  invoke(event: unknown): Promise<unknown>
  /** All that it has written to its log so far. */
  log(): string
  stop(): Promise<void>
}

/**
 * Runs `index.handler` of a bundle under the real Lambda runtime interface client, in a process of its own. Resolves once
 * the function is initialised. @throws Error where its initialisation fails.
 */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const timeoutMs = options.timeoutMs ?? 29_000
  const taskRoot = resolve(options.bundleDir)
  const api = await startRuntimeApi(options.isTraced ?? false)
  const child = spawn(process.execPath, ['--require', CLIENT, RIC, 'index.handler'], {
    cwd: taskRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: 'sallyport',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/sallyport',
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: 'index.handler',
      TZ: ':UTC',
      ...options.env,
    },
  })
  const log: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => log.push(chunk))
  const exited = once(child, 'exit')
  child.once('exit', (code, signal) =>
    api.abandon(new Error(`The function's process ended: ${code ?? signal}\n${Buffer.concat(log)}`)),
  )
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  async function stop() {
    process.removeListener('exit', kill)
    kill()
    await exited
    api.close()
  }

  try {
    await api.ready
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid: child.pid ?? Number.NaN,
    invoke: (event) => withDeadline(api.invoke(event, timeoutMs), timeoutMs),
    log: () => Buffer.concat(log).toString(),
    stop,
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`The function did not answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
