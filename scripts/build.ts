// Builds what is deployed: one zip per function under dist/, with the published policy inside, and for the
// gate the exceptions beside it. The policy is read from SALLYPORT_POLICY (examples/policy.yaml unless set), the exceptions
// from the files that stand beside it; what has problems is not packaged.
import { rm, stat, writeFile } from 'node:fs/promises'
import { bundleFunction, unwantedInputs, zipFunction } from './bundle.ts'
import { publishExceptions, publishPolicy } from './policy.ts'

const FUNCTIONS = ['api', 'keeper']

async function build(policyFile: string): Promise<void> {
  const policy = await publishPolicy(policyFile)
  const exceptions = await publishExceptions(policyFile, policy)
  await rm('dist', { recursive: true, force: true })
  for (const name of FUNCTIONS) {
    const directory = `dist/${name}`
    const unwanted = unwantedInputs(await bundleFunction(`functions/${name}.ts`, directory))
    if (unwanted.length > 0) throw new Error(`functions/${name}.ts must not bundle:\n${unwanted.join('\n')}`)
    await writeFile(`${directory}/policy.json`, JSON.stringify(policy))
    // Only the gate decides.
    if (name === 'api') await writeFile(`${directory}/exceptions.json`, JSON.stringify(exceptions))
    const zipped = await zipFunction(directory, `dist/${name}.zip`)
    const { size } = await stat(`${directory}/index.mjs`)
    console.log(`dist/${name}.zip  ${kilobytes(zipped)}, its index.mjs ${kilobytes(size)}`)
  }
  console.log(`policy ${policyFile}  ${policy.digest}`)
  for (const { document, file } of exceptions.exceptions)
    console.log(`exception ${document.metadata.id} until ${document.spec.notAfter}  ${file}`)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

build(process.env.SALLYPORT_POLICY ?? 'examples/policy.yaml').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
