import { createRequire } from 'node:module'
import { type Built, goSdk, javaSdk, rustSdk } from './built.ts'
import { type Client, type ClientError, installed, lineClient, run } from './client.ts'

/** A client, where this machine has it. */
export interface Found {
  title: string
  client?: Client
}

const { version: sdkVersion } = createRequire(import.meta.url)('@aws-sdk/client-api-gateway/package.json')

export async function findClients(): Promise<Found[]> {
  const clis = installed('aws', ['--version']).map(({ path, version }) => awsCli(path, version))
  const boto3s = installed('python3', ['-c', 'import boto3; print(boto3.__version__)']).map(({ path, version }) =>
    lineClient(`boto3 ${version}`, [path, 'test/conformance/clients/boto3_client.py']),
  )
  const javascript = lineClient(`@aws-sdk/client-api-gateway ${sdkVersion}`, [
    process.execPath,
    'test/conformance/clients/javascript.mjs',
  ])
  return [
    ...orMissing('AWS CLI', clis),
    ...orMissing('boto3', boto3s),
    ...orMissing('JavaScript SDK', [javascript]),
    orWhyNot('Go SDK', await goSdk()),
    orWhyNot('Java SDK', await javaSdk()),
    orWhyNot('Rust SDK', await rustSdk()),
  ]
}

function orMissing(name: string, clients: Client[]): Found[] {
  return clients.length > 0
    ? clients.map((client) => ({ title: client.name, client }))
    : [{ title: `${name} (not on this machine, not run)` }]
}

function orWhyNot(name: string, built: Built): Found {
  return typeof built === 'string' ? { title: `${name} (${built}, not run)` } : { title: built.name, client: built }
}

function awsCli(path: string, banner: string): Client {
  const [, version = '', major = 0, minor = 0] = /^aws-cli\/((\d+)\.(\d+)\.\d+)/.exec(banner) ?? []
  // Older ones read neither AWS_ENDPOINT_URL_API_GATEWAY nor a profile's `services`.
  const needsFlag = Number(major) === 2 && Number(minor) < 13
  return {
    name: `AWS CLI ${version}`,
    async call(env, operation, input) {
      const command = operation.replaceAll(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`)
      const flag = needsFlag ? ['--endpoint-url', env.GATE ?? ''] : []
      const args = [...flag, 'apigateway', command, '--cli-input-json', JSON.stringify(input), '--output', 'json']
      const { code, stdout, stderr } = await run(path, args, { env })
      if (code === 0) return { ok: true, output: stdout === '' ? {} : JSON.parse(stdout) }
      return { ok: false, error: readError(code, stderr) }
    },
    close() {},
  }
}

function readError(code: number, stderr: string): ClientError {
  const [, name, message] =
    /^\s*An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)$/m.exec(stderr) ?? []
  if (name === undefined || message === undefined) throw new Error(`exit code ${code}: ${stderr}`)
  return { name, message, caught: `exit code ${code}` }
}
