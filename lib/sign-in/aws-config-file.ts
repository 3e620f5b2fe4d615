import { randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type AwsProfile, sectionTitle, withProfile } from './aws-profile.ts'
import { SignInError } from './sign-in-error.ts'

type Env = Readonly<Record<string, string | undefined>>

export type SetupResult = { changed: false; file: string } | { changed: true; file: string; backup?: string }

/**
 * Writes a profile to the AWS configuration file (AWS_CONFIG_FILE, else `~/.aws/config`) in one step, beside a copy of
 * what was there. A link stays a link, and the file keeps its mode.
 *
 * @throws {SignInError} where the name is taken, or the file can't be written.
 */
export async function setupProfile(
  profile: AwsProfile,
  { env, userHome, now, force }: { env: Env; userHome: string; now: number; force: boolean },
): Promise<SetupResult> {
  await refuseStaticKeys(profile.name, env.AWS_SHARED_CREDENTIALS_FILE || join(userHome, '.aws', 'credentials'))
  const named = env.AWS_CONFIG_FILE || join(userHome, '.aws', 'config')
  try {
    const file = await realpath(named).catch(ifMissing(named))
    const old = await readFile(file, 'latin1').catch(ifMissing(undefined))
    const edit = withProfile(old ?? '', profile, { force })
    if (!edit.ok)
      throw new SignInError(
        edit.problem === 'invalid'
          ? edit.message
          : `Cannot write ${file}: it has a section [${edit.section}] that Sallyport has not written. ` +
              'Choose another --profile, or replace it with --force.',
      )
    if (edit.text === old) return { changed: false, file }
    const backup = old === undefined ? undefined : `${file}.${new Date(now).toISOString().replaceAll(':', '-')}.backup`
    if (backup !== undefined) await copyFile(file, backup)
    await replace(file, Buffer.from(edit.text, 'latin1'))
    return { changed: true, file, ...(backup !== undefined && { backup }) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof SignInError || code === undefined) throw error
    throw new SignInError(`Cannot write ${named}: ${code}.`, { cause: error })
  }
}

/** Keys in the credentials file outweigh a `credential_process`: the profile would lead past the sign-in. */
async function refuseStaticKeys(name: string, file: string): Promise<void> {
  const text = await readFile(file, 'latin1').catch(() => '')
  if (text.split('\n').some((line) => sectionTitle(line) === name))
    throw new SignInError(`Cannot use the profile ${name}: ${file} has keys of that name, which AWS clients prefer.`)
}

async function replace(file: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const mode = await stat(file).then((found) => found.mode & 0o777, ifMissing(0o600))
  const draft = `${file}.${randomUUID()}.draft`
  try {
    await writeFile(draft, bytes, { flag: 'wx', mode, flush: true })
    await chmod(draft, mode)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

function ifMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
