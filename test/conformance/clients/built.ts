import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, lineClient, run } from './client.ts'

/** As it is: builders know their caches and proxies by it. */
const ENV = process.env as Record<string, string>
/** Far above what any of them takes. */
const BUILD_MS = 900_000

/** A client that is built on the spot, or in a few words why it can't be here. */
export type Built = Client | string

/** What a client is built from can be missing, offline for example; its source has to compile. */
export async function goSdk(): Promise<Built> {
  if (!(await runs('go', ['version']))) return 'no go on this machine'
  const cwd = join(import.meta.dirname, 'go-sdk')
  if (!(await runs('go', ['mod', 'download'], cwd))) return 'its modules could not be fetched'
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-go-sdk-'))
  const program = join(folder, 'client')
  await build('go', ['build', '-o', program, '.'], cwd)
  const version = versionIn(join(cwd, 'go.mod'), /service\/apigateway v(\S+)/)
  const client = lineClient(`aws-sdk-go-v2/service/apigateway ${version}`, [program])
  const close = () => {
    client.close()
    rmSync(folder, { recursive: true })
  }
  return { ...client, close }
}

/** Its jars are copied to `target/`; the JVM compiles the one file itself, at each start. */
export async function javaSdk(): Promise<Built> {
  if (!(await runs('mvn', ['--version'])) || !(await runs('javac', ['--version'])))
    return 'no mvn or no JDK on this machine'
  const cwd = join(import.meta.dirname, 'java-sdk')
  const fetch = ['--quiet', '--batch-mode', 'dependency:copy-dependencies', '-DincludeScope=runtime']
  const isThere = (await runs('mvn', ['--offline', ...fetch], cwd)) || (await runs('mvn', fetch, cwd))
  if (!isThere) return 'its jars could not be fetched'
  const version = versionIn(join(cwd, 'pom.xml'), /<artifactId>apigateway<\/artifactId>\s*<version>([^<]+)/)
  const classPath = join(cwd, 'target', 'dependency', '*')
  return lineClient(`software.amazon.awssdk:apigateway ${version}`, [
    'java',
    '-cp',
    classPath,
    join(cwd, 'Client.java'),
  ])
}

/** Takes a minute or two the first time; what it compiled stays in `target/`. */
export async function rustSdk(): Promise<Built> {
  const cwd = join(import.meta.dirname, 'rust-sdk')
  const manifest = join(cwd, 'Cargo.toml')
  const needed = versionIn(manifest, /rust-version = "1\.(\d+)/)
  const { stdout } = await run('rustc', ['--version'], { env: ENV })
  const [, minor = '0'] = /^rustc 1\.(\d+)/.exec(stdout) ?? []
  if (Number(minor) < Number(needed)) return `no Rust 1.${needed} or later on this machine`
  if (!(await runs('cargo', ['fetch', '--quiet', '--locked'], cwd))) return 'its crates could not be fetched'
  await build('nice', ['-n', '19', 'cargo', 'build', '--quiet', '--locked', '--offline', '--target-dir', 'target'], cwd)
  const version = versionIn(manifest, /aws-sdk-apigateway = \{ version = "([^"]+)/)
  return lineClient(`aws-sdk-apigateway ${version} (Rust)`, [join(cwd, 'target', 'debug', 'rust-sdk')])
}

async function runs(program: string, args: string[], cwd?: string): Promise<boolean> {
  return (await run(program, args, { env: ENV, ...(cwd && { cwd }), timeoutMs: BUILD_MS })).code === 0
}

async function build(program: string, args: string[], cwd: string): Promise<void> {
  const { code, stderr } = await run(program, args, { env: ENV, cwd, timeoutMs: BUILD_MS })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

function versionIn(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
}
