/** "; did you mean "KNOWN"?" for the known word that `word` is a slip of the keys from, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

/**
 * The known word nearest to `word`, if it is a slip of the keys away: one in three letters, three at most. The same rule
 * as did_you_mean of scripts/lib/shell/nearest.sh.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.min(3, Math.floor((word.replace(/^-+/, '').length + 1) / 3)) + 1
  for (const candidate of known) {
    // The difference of the lengths is the least that the distance can be.
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue
    const distance = editDistance(word, candidate)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Letters left out, added or replaced, and neighbours that changed places. */
function editDistance(one: string, other: string): number {
  let above: readonly number[] = []
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = at(row, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      next.push(Math.min(replaced, at(row, j) + 1, at(next, j - 1) + 1, swapped ? at(above, j - 2) + 1 : replaced))
    }
    above = row
    row = next
  }
  return at(row, other.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
