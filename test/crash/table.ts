import { openTable } from '../../lib/embedded/table.ts'

// The embedded table in a process of its own, under the folder that the first argument names.
const { endpoint } = await openTable(process.argv[2] ?? '')
process.send?.(endpoint)
process.on('disconnect', () => process.exit())
