// Runs a TypeScript entry under Node itself, or says in one sentence why this Node can't.
// Plain JavaScript in old syntax on purpose: it must parse on the Node it refuses.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Sallyport needs Node 22.12 or later, and this is ${process.version}: on Linux x64 run it through npm ` +
      '("npm ci" brings a suitable Node along), elsewhere install a newer Node.',
  )
  process.exit(1)
}

const [entry, ...args] = process.argv.slice(2)
if (entry === '--check') process.exit(0)

if (process.features.typescript) {
  process.argv.splice(1, 2, resolve(entry))
  await import(pathToFileURL(resolve(entry)).href)
} else {
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, entry, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)))
}
