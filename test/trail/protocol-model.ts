/**
 * The write path and the keeper as a state machine: two attempts at one method, a network that delivers late or never,
 * signatures that expire, leases that run out, and a crash possible at every step. `explore` walks all interleavings.
 */
export interface Variant {
  /** The claim is moved to SENDING before the request leaves, and the keeper moves it away before it aborts. */
  fence: boolean
  /** The keeper waits until the signed request is dead before it trusts what it sees. */
  grace: boolean
  /** One attempt at a time. */
  claim: boolean
  /** The intent is durable before anything is sent. */
  intentFirst: boolean
  /** How often one signed request is sent. */
  sends: number
  /** The request is signed before it is fenced, so that what was fenced can go stale. */
  signFirst: boolean
  /** Intents that lost their claim are settled. */
  sweep: boolean
  /** The gate can be told that its intent failed although it is there; it then lets go. */
  lostReplies: boolean
  /** "Applied" is recorded as soon as it is seen; the claim waits all the same. */
  early: boolean
  /** Both attempts want the same. */
  sameValue: boolean
}

export const PROTOCOL: Variant = {
  fence: true,
  grace: true,
  claim: true,
  intentFirst: true,
  sends: 1,
  signFirst: true,
  sweep: true,
  lostReplies: true,
  early: true,
  sameValue: false,
}

export type Invariant =
  | 'an effect has a durable intent'
  | 'an intent has an outcome in the end'
  | 'no method stays claimed'
  | 'nothing that is recorded as not applied was applied'
  | 'nothing is applied after its attempt was closed'
  | 'what was applied is recorded as applied'

type Outcome = 'SUCCEEDED' | 'REJECTED' | 'ABORTED' | 'APPLIED' | 'NOT_APPLIED'
type Step = 'start' | 'claimed' | 'intended' | 'signed' | 'fenced' | 'sent' | 'answered' | 'recorded' | 'over'

interface Gate {
  step: Step
  dead: boolean
  sends: number
  signature: 'none' | 'fresh' | 'stale'
  answer: 'none' | 'ok' | 'rejected'
  intent: boolean
  outcome: Outcome | null
  applied: number
  closed: boolean
}

interface State {
  value: string
  claim: { by: number; phase: 'CLAIMED' | 'SENDING' | 'RECON'; lease: boolean } | null
  gates: [Gate, Gate]
  /** Requests on their way, by gate. */
  network: { by: number; n: number }[]
  late: boolean
}

interface Next {
  label: string
  state: State
  /** Whether the world can be relied on to get here in the end. */
  fair: boolean
}

const GATES = [0, 1] as const
const NOT_APPLIED = new Set<Outcome | null>(['ABORTED', 'NOT_APPLIED', 'REJECTED'])

function initial(): State {
  const gate = (): Gate => ({
    step: 'start',
    dead: false,
    sends: 0,
    signature: 'none',
    answer: 'none',
    intent: false,
    outcome: null,
    applied: 0,
    closed: false,
  })
  return { value: 'before', claim: null, gates: [gate(), gate()], network: [], late: false }
}

function successor(state: State, label: string, change: (state: State) => void, fair = true): Next {
  const { claim, gates, network } = state
  const copy: State = {
    ...state,
    claim: claim && { ...claim },
    gates: [{ ...gates[0] }, { ...gates[1] }],
    network: [...network],
  }
  change(copy)
  return { label, state: copy, fair }
}

/** The outcome's key is unique: the first one stays. */
function record(gate: Gate, outcome: Outcome): void {
  gate.outcome ??= outcome
}

function release(state: State, by: number): void {
  if (state.claim?.by === by) state.claim = null
  const gate = state.gates[by]
  if (gate) gate.closed = true
}

function gateSteps(state: State, by: 0 | 1, variant: Variant): Next[] {
  const gate = state.gates[by]
  if (gate.dead || gate.step === 'over') return []
  const steps: Next[] = []
  const step = (label: string, act: (gate: Gate, state: State) => void, fair = true) =>
    steps.push(successor(state, `gate ${by} ${label}`, (next) => act(next.gates[by], next), fair))
  const sign = (after: Step) =>
    step('signs', (own) => {
      own.signature = 'fresh'
      own.step = after
    })
  const fence = (after: Step) =>
    step('passes the fence', (own, next) => {
      if (!variant.fence || !variant.claim) own.step = after
      else if (next.claim?.by === by && next.claim.phase === 'CLAIMED') {
        next.claim.phase = 'SENDING'
        own.step = after
      } else {
        record(own, 'ABORTED')
        own.step = 'over'
      }
    })

  if (gate.step !== 'start' || !variant.claim) {
    step('crashes', (own) => Object.assign(own, { dead: true }), false)
  }
  switch (gate.step) {
    case 'start':
      step('claims', (own, next) => {
        if (variant.claim && next.claim) own.step = 'over'
        else {
          if (variant.claim) next.claim = { by, phase: 'CLAIMED', lease: true }
          own.step = 'claimed'
        }
      })
      break
    case 'claimed':
      step('writes its intent', (own) => {
        own.intent = variant.intentFirst
        own.step = 'intended'
      })
      if (variant.lostReplies) {
        step('is told that its intent failed', (own, next) => {
          own.intent = variant.intentFirst
          // Once its lease is over the claim is the keeper's to remove.
          if (next.claim?.by === by && next.claim.lease) next.claim = null
          own.step = 'over'
        })
      }
      break
    case 'intended':
      if (variant.signFirst) sign('signed')
      else fence('signed')
      break
    case 'signed':
      if (variant.signFirst) fence('fenced')
      else sign('fenced')
      break
    case 'fenced':
      step('sends', (own, next) => {
        next.network.push({ by, n: own.sends++ })
        own.step = 'sent'
      })
      break
    case 'sent':
      if (gate.answer !== 'none' && !state.network.some((sent) => sent.by === by && sent.n === gate.sends - 1)) {
        step('is answered', (own) => Object.assign(own, { step: 'answered' }))
      }
      if (gate.sends < variant.sends) step('sends again', (own) => Object.assign(own, { step: 'fenced' }))
      step('gives up waiting', (own) => Object.assign(own, { step: 'over' }))
      break
    case 'answered':
      step('records the answer', (own) => {
        own.intent = true
        record(own, own.answer === 'ok' ? 'SUCCEEDED' : 'REJECTED')
        own.step = 'recorded'
      })
      break
    case 'recorded':
      step('releases', (own, next) => {
        release(next, by)
        own.step = 'over'
      })
      break
  }
  return steps
}

function worldSteps(state: State, variant: Variant): Next[] {
  const steps: Next[] = []
  for (const by of GATES) {
    if (state.gates[by].signature === 'fresh') {
      steps.push(
        successor(state, `signature ${by} goes stale`, (next) => Object.assign(next.gates[by], { signature: 'stale' })),
      )
    }
  }
  state.network.forEach(({ by }, index) => {
    steps.push(
      successor(state, `request ${by} arrives`, (next) => {
        next.network.splice(index, 1)
        const gate = next.gates[by]
        if (!gate) return
        if (gate.signature === 'stale') {
          if (gate.answer === 'none') gate.answer = 'rejected'
          return
        }
        next.value = variant.sameValue ? 'wanted' : `wanted ${by}`
        gate.applied++
        gate.answer = 'ok'
        if (gate.closed) next.late = true
      }),
    )
  })
  if (state.claim?.lease) {
    steps.push(
      successor(state, 'the lease runs out', (next) => next.claim && Object.assign(next.claim, { lease: false })),
    )
  }
  return steps
}

function keeperSteps(state: State, variant: Variant): Next[] {
  const steps: Next[] = []
  const step = (label: string, act: (state: State) => void) => steps.push(successor(state, `keeper ${label}`, act))
  const { claim } = state
  if (claim && !claim.lease) {
    const { by } = claim
    const gate = state.gates[by]
    if (!gate) return steps
    const settled = !variant.grace || gate.signature !== 'fresh'
    if (gate.outcome !== null) {
      const certain = gate.outcome === 'ABORTED' || (gate.outcome === 'SUCCEEDED' && variant.sends === 1)
      if (settled || certain) step('releases', (next) => release(next, by))
    } else if (claim.phase === 'CLAIMED' && variant.fence) {
      step('fences out', (next) => next.claim && Object.assign(next.claim, { phase: 'RECON' }))
    } else if (claim.phase === 'RECON') {
      step('aborts', (next) => next.gates[by] && record(next.gates[by], 'ABORTED'))
    } else if (state.value === (variant.sameValue ? 'wanted' : `wanted ${by}`)) {
      if (variant.early || settled) {
        step('sees it applied', (next) => {
          if (next.gates[by]) record(next.gates[by], 'APPLIED')
          if (settled) release(next, by)
        })
      }
    } else if (settled) {
      step('sees it not applied', (next) => {
        if (next.gates[by]) record(next.gates[by], 'NOT_APPLIED')
        release(next, by)
      })
    }
  }
  if (variant.sweep && variant.fence && variant.claim) {
    for (const by of GATES) {
      const { intent, outcome, dead, step: at } = state.gates[by]
      if (intent && outcome === null && claim?.by !== by && (dead || at === 'over')) {
        step(`settles orphan ${by}`, (next) => record(next.gates[by], 'ABORTED'))
      }
    }
  }
  return steps
}

function violated(state: State): Invariant[] {
  const found: Invariant[] = []
  for (const gate of state.gates) {
    if (gate.applied > 0 && !gate.intent) found.push('an effect has a durable intent')
    if (gate.applied > 0 && NOT_APPLIED.has(gate.outcome)) {
      found.push('nothing that is recorded as not applied was applied')
    }
  }
  if (state.late) found.push('nothing is applied after its attempt was closed')
  return found
}

function violatedInTheEnd(state: State): Invariant[] {
  const found: Invariant[] = []
  for (const gate of state.gates) {
    if (gate.intent && gate.outcome === null) found.push('an intent has an outcome in the end')
    if (gate.applied > 0 && gate.outcome !== 'SUCCEEDED' && gate.outcome !== 'APPLIED') {
      found.push('what was applied is recorded as applied')
    }
  }
  if (state.claim) found.push('no method stays claimed')
  return found
}

/** How a state was reached: the last step and what came before it. */
interface Trace {
  label: string
  after: Trace | undefined
}

/** Walks every state the variant can reach. @returns For each invariant that breaks, one way to break it. */
export function explore(variant: Variant): { states: number; violations: Map<Invariant, string[]> } {
  const violations = new Map<Invariant, string[]>()
  const seen = new Set<string>()
  const stack: { state: State; trace: Trace | undefined }[] = [{ state: initial(), trace: undefined }]
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { state, trace } = visit
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    const steps = [...GATES.flatMap((by) => gateSteps(state, by, variant)), ...worldSteps(state, variant)]
    steps.push(...keeperSteps(state, variant))
    const atRest = steps.every((step) => !step.fair)
    for (const name of [...violated(state), ...(atRest ? violatedInTheEnd(state) : [])]) {
      if (!violations.has(name)) violations.set(name, stepsOf(trace))
    }
    for (const { label, state: next } of steps) stack.push({ state: next, trace: { label, after: trace } })
  }
  return { states: seen.size, violations }
}

function stepsOf(trace: Trace | undefined): string[] {
  const labels: string[] = []
  for (let step = trace; step; step = step.after) labels.unshift(step.label)
  return labels
}
