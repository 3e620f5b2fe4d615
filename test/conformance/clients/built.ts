import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, lineClient } from './client.ts'

/** A client that is built on the spot, or in a few words why it can't be here. */
export type Built = Client | string

/** What a client is built from can be missing, offline for example; its source has to compile. */
export function goSdk(): Built {
  if (!runs('go', ['version'])) return 'no go on this machine'
  const cwd = join(import.meta.dirname, 'go-sdk')
  if (!runs('go', ['mod', 'download'], cwd)) return 'its modules could not be fetched'
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-go-sdk-'))
  const program = join(folder, 'client')
  build('go', ['build', '-o', program, '.'], cwd)
  const version = versionIn(join(cwd, 'go.mod'), /service\/apigateway v(\S+)/)
  const client = lineClient(`aws-sdk-go-v2/service/apigateway ${version}`, [program])
  const close = () => {
    client.close()
    rmSync(folder, { recursive: true })
  }
  return { ...client, close }
}

/** Its jars are copied to `target/`; the JVM compiles the one file itself, at each start. */
export function javaSdk(): Built {
  if (!runs('mvn', ['--version']) || !runs('javac', ['--version'])) return 'no mvn or no JDK on this machine'
  const cwd = join(import.meta.dirname, 'java-sdk')
  const fetch = ['--quiet', '--batch-mode', 'dependency:copy-dependencies', '-DincludeScope=runtime']
  if (!runs('mvn', ['--offline', ...fetch], cwd) && !runs('mvn', fetch, cwd)) return 'its jars could not be fetched'
  const version = versionIn(join(cwd, 'pom.xml'), /<artifactId>apigateway<\/artifactId>\s*<version>([^<]+)/)
  const classPath = join(cwd, 'target', 'dependency', '*')
  return lineClient(`software.amazon.awssdk:apigateway ${version}`, [
    'java',
    '-cp',
    classPath,
    join(cwd, 'Client.java'),
  ])
}

function runs(program: string, args: string[], cwd?: string): boolean {
  return spawnSync(program, args, { ...(cwd && { cwd }), stdio: 'ignore' }).status === 0
}

function build(program: string, args: string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

function versionIn(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
}
