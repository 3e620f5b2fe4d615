/** Why the system can't start, in one sentence for whoever started it. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Whoever reads a file of the home folder, or a setting, says in a sentence what is wrong with it. */
export async function startingWith<Part>(open: () => Part | Promise<Part>): Promise<Part> {
  try {
    return await open()
  } catch (cause) {
    throw new StartError(`${cause instanceof Error ? cause.message : cause}.`, { cause })
  }
}
