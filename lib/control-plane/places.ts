import type { ControlPlane } from './control-plane.ts'

/** An account and Region, and who speaks to it. */
export interface Place {
  api: { account: string; partition: string; region: string }
  controlPlane: ControlPlane
}

/** The first place's control plane, which finds the one of a recorded place: the keeper looks where a change was made. */
export function placedControlPlane(own: Place, targets: Iterable<Place>): ControlPlane {
  const known = [own, ...targets]
  return {
    ...own.controlPlane,
    at({ account, region }) {
      const found = known.find(({ api }) => api.account === account && api.region === region)
      if (!found) throw new Error(`Cannot look at ${account}/${region}: it is no target (any more)`)
      return found.controlPlane
    },
  }
}
