import { createWriteStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { build, type Metafile, type Plugin } from 'esbuild'
import { ZipFile } from 'yazl'

/**
 * What must never reach a bundle that serves requests, and why: a prefix of the path inside `node_modules`.
 *
 * The policy is compiled when it is published, so a YAML parser in the bundle means that the compiled form is not used;
 * the others belong to the local system alone or cost more of a cold start than they give.
 */
export const UNWANTED: readonly string[] = [
  'yaml/',
  'js-yaml/',
  'dynalite/',
  '@hono/node-server/',
  'commander/',
  '@aws-sdk/lib-dynamodb/',
  'zod/v4/locales/',
]

/** `zod` sets English messages up by itself; every other locale is 370 KB that nobody reads. */
const ALLOWED = 'zod/v4/locales/en.js'

/** The files of `metafile` that {@link UNWANTED} names and that put code into the output, sorted. */
export function unwantedInputs(metafile: Metafile): string[] {
  const found = new Set<string>()
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const [, inPackage] = path.split(/.*node_modules\//)
      if (inPackage === undefined || bytesInOutput === 0 || inPackage === ALLOWED) continue
      if (UNWANTED.some((prefix) => inPackage.startsWith(prefix))) found.add(inPackage)
    }
  }
  return [...found].sort()
}

/** Code bundled as ESM that CommonJS dependencies may still call `require` in. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

/**
 * What every cold start reads before it can answer: of `index.mjs` and all that it imports statically, the bytes by path
 * inside `node_modules`, or in this repository.
 */
export function eagerInputs(metafile: Metafile): Map<string, number> {
  const { outputs } = metafile
  const bytes = new Map<string, number>()
  const read = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')))
  for (const path of read) {
    const { inputs = {}, imports = [] } = outputs[path] ?? {}
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) bytes.set(input.split('node_modules/').at(-1) ?? input, bytesInOutput)
    }
    // A set is walked to what is added on the way.
    for (const { path: imported, kind, external } of imports) {
      if (kind === 'import-statement' && !external) read.add(imported)
    }
  }
  return bytes
}

/** What stands in a bundle in place of a module, and why. */
const REPLACED = new Map([
  // As a module it reads every member of `process` when it is imported, standard streams and reports among them: 3 ms.
  ['node:process', 'export default process; export const { env, versions } = process'],
  // A Lambda's role is in its environment and nowhere else. The SDK's chain brings nine other places to look in, each a
  // chunk with what it shares with the rest; that is a third of all files that a cold start opens.
  [
    '@aws-sdk/credential-provider-node',
    "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'",
  ],
])

const REPLACEMENTS: Plugin = {
  name: 'replacements',
  setup(build) {
    const filter = new RegExp(`^(${[...REPLACED.keys()].join('|')})$`)
    build.onResolve({ filter }, ({ path, resolveDir }) => ({ path, namespace: 'replaced', pluginData: resolveDir }))
    build.onLoad({ filter, namespace: 'replaced' }, ({ path, pluginData }) => ({
      contents: REPLACED.get(path) ?? '',
      resolveDir: pluginData,
    }))
  },
}

/** The SDK imports these for browsers and for operations that stream events: none of which is run here. */
const NEVER_LOADED = ['bowser', '@smithy/core/event-streams']

/**
 * Bundles one Lambda's entry file into `<directory>/index.mjs` and, beside it, chunks that are only read once a dynamic
 * import asks for them: what the first answer doesn't need costs it nothing, the AWS SDK's ways to find credentials among
 * it. Source maps lie there too, for reading stack traces; they aren't shipped, since loading them doubles a cold start.
 *
 * @param directory Empty or absent.
 */
export async function bundleFunction(entry: string, directory: string, plugins: Plugin[] = []): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: { index: entry },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    external: NEVER_LOADED,
    plugins: [REPLACEMENTS, ...plugins],
  })
  return metafile
}

/**
 * Packs the files of `directory`, source maps apart, so that equal contents give equal bytes: sorted names, one mode, one
 * moment, no time zone. Resolves to the archive's size in bytes.
 */
export async function zipFunction(directory: string, archive: string): Promise<number> {
  const zip = new ZipFile()
  // A DOS time stamp is local time without a zone: the same wall clock anywhere gives the same bytes.
  const entryOptions = { mtime: new Date(2020, 0, 1), mode: 0o100644, forceDosTimestamp: true }
  const names = (await readdir(directory)).filter((name) => !name.endsWith('.map')).sort()
  for (const name of names) zip.addBuffer(await readFile(join(directory, name)), name, entryOptions)
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(archive))
  return (await stat(archive)).size
}
