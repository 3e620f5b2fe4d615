/** What a worker of the soak is told at its start. */
export interface SoakSettings {
  as: 'gate' | 'keeper'
  /** Of DynamoDB. */
  endpoint: string
  /** Unix milliseconds at which its clock begins to run `speed` times as fast as others. */
  base: number
  speed: number
  /** By that clock. */
  graceMs: number
  /** By everybody's. */
  keeperPauseMs: number
}
