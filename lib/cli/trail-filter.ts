/** Which requests a command is about, as on the command line. */
export interface TrailFilterFlags {
  team?: string
  api?: string
  actor?: string
  decision?: string
  rule?: string
  result?: string
  from?: string
  to?: string
}

/** The parameters of the gate's listing. */
export function filterParameters(flags: TrailFilterFlags): URLSearchParams {
  const { team, api: restApiId, actor, decision, rule, result, from, to } = flags
  const named = { team, restApiId, actor, decision, rule, result, from, to }
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(given)
}
