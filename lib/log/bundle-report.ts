/** What is wrong with a bundle, and where. */
export interface Problem {
  code: /** A file of the bundle isn't there. */
    | 'missing'
    /** Something is not what the checkpoint commits to. */
    | 'altered'
    /** Something stands in another's place. */
    | 're-ordered'
    /** A file or leaf breaks its format. */
    | 'malformed'
    /** A file or record that the log has no place for. */
    | 'unexpected'
    /** The checkpoint or an earlier one is not signed as it must be. */
    | 'signature'
    /** An earlier checkpoint is of another history. */
    | 'fork'
    /** An earlier checkpoint is of a longer log. */
    | 'rollback'
    /** Too few witnesses. */
    | 'quorum'
    /** The log holds one record twice. */
    | 'duplicate'
    /** An intent whose outcome is overdue. */
    | 'no-outcome'
    /** An outcome of something sent, without the intent to send it. */
    | 'no-intent'
    /** A leaf or record out of its time. */
    | 'time'
    /** A decision by a policy that isn't known. */
    | 'policy'
  /** A path, `leaf <index>`, `<path> line <n>`, or a record's `<id>#<kind>`. */
  where: string
  message: string
}

export interface BundleReport {
  /** Whether there are no problems. Missing records are no problem: see {@link missingRecords}. */
  ok: boolean
  origin?: string
  size?: number
  /** Base64. */
  root?: string
  /** The witnesses whose cosignatures verify. */
  cosigners: string[]
  /** Records that are there and match their leaf. */
  records: number
  /** Leaves without their record: erased, or held back. The log proves that they were there. */
  missingRecords: { leaf: number; id: string; kind: string }[]
  /** Intents without an outcome that are too young for one to be missed. */
  openIntents: string[]
  problems: Problem[]
}
