import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const page = await readFile('docs/clients.md', 'utf8')
const [, section = ''] = /^## Terraform\n([\s\S]*?)^## /m.exec(page) ?? []

/** A block of the page's section about Terraform, by what stands behind its fence. */
export function block(fence: string): string {
  const [, text] = new RegExp(`^\`\`\`${fence}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(section) ?? []
  if (text === undefined) throw new Error(`docs/clients.md has no block ${fence} about Terraform`)
  return text
}

/** Writes the example policy with what the page gives the team; answers its path. */
export async function teamPolicy(folder: string): Promise<string> {
  const policy = parse(await readFile('examples/policy.yaml', 'utf8'))
  Object.assign(policy.teams.payments.allow, parse(block('yaml policy')).teams.payments.allow)
  const file = join(folder, 'policy.yaml')
  await writeFile(file, stringify(policy))
  return file
}
