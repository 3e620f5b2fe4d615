const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const
export type Colour = keyof typeof CODES

/** Wraps text in colours, or doesn't. */
export type Paint = (text: string, ...colours: Colour[]) => string

export function paintFor(isColoured: boolean): Paint {
  if (!isColoured) return (text) => text
  return (text, ...colours) => `${colours.map((colour) => `\u001b[${CODES[colour]}m`).join('')}${text}\u001b[0m`
}
