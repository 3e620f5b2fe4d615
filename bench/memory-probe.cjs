// Loaded before a function's own code: on SIGUSR2, writes what the process holds after a full collection, in bytes.
const { setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
process.on('SIGUSR2', () => {
  collect()
  const { rss, heapUsed } = process.memoryUsage()
  process.stderr.write(`${JSON.stringify({ event: 'memory', rss, heapUsed })}\n`)
})
