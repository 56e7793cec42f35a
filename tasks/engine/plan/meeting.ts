import type { Target } from '../config/schema.ts'
import { planOutputs } from './plan.ts'

/** A piece of a pattern: a character, or what stands for some. `skips` may be left out, `stays` may come again. */
interface Part {
  readonly takes: (character: string) => boolean
  readonly skips: boolean
  readonly stays: boolean
}

const one = (character: string): Part => ({ takes: (each) => each === character, skips: false, stays: false })
const anything: Part = { takes: () => true, skips: true, stays: true }
const inFolder: Part = { takes: (each) => each !== '/', skips: true, stays: true }
const oneInFolder: Part = { takes: (each) => each !== '/', skips: false, stays: false }

/**
 * The parts of a pattern of outputs, as scripts/lib/shell/patterns.sh reads it, with what is below it: what names a folder means
 * all that is in it. `parts` are alternatives, for a double star may stand for no folder at all.
 */
function partsOf(pattern: string): Part[][] {
  const [before, ...rest] = pattern.split('**/')
  const heads = [simpleParts(before ?? '')]
  const whole = rest.reduce<Part[][]>(
    (alternatives, text) =>
      alternatives.flatMap((parts) => [
        [...parts, ...simpleParts(text)],
        [...parts, anything, one('/'), ...simpleParts(text)],
      ]),
    heads,
  )
  return whole.flatMap((parts) => [parts, [...parts, one('/'), anything]])
}

const simpleParts = (text: string): Part[] =>
  (text.match(/\*\*|./gs) ?? []).map((piece) =>
    piece === '**' ? anything : piece === '*' ? inFolder : piece === '?' ? oneInFolder : one(piece),
  )

/** Can a path match both patterns? Both are walked at once, with every character that tells their parts apart. */
export function patternsMeet(first: string, second: string): boolean {
  const characters = [...new Set([...first, ...second, '/', '\0'])].filter((each) => each !== '*' && each !== '?').concat('*', '?')
  return partsOf(first).some((parts) => partsOf(second).some((others) => partsMeet(parts, others, characters)))
}

function partsMeet(first: readonly Part[], second: readonly Part[], characters: readonly string[]): boolean {
  const seen = new Set<number>()
  const waiting: [number, number][] = [[0, 0]]
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [i, j] = pair
    if (i === first.length && j === second.length) return true
    const id = i * (second.length + 1) + j
    if (seen.has(id)) continue
    seen.add(id)
    const [part, other] = [first[i], second[j]]
    if (part?.skips) waiting.push([i + 1, j])
    if (other?.skips) waiting.push([i, j + 1])
    if (!part || !other || !characters.some((each) => part.takes(each) && other.takes(each))) continue
    for (const nextI of part.stays ? [i, i + 1] : [i + 1])
      for (const nextJ of other.stays ? [j, j + 1] : [j + 1]) waiting.push([nextI, nextJ])
  }
  return false
}

/** Two targets that can write the same path, by name, and a pattern of each that says so. */
export interface Meeting {
  readonly targets: readonly [string, string]
  readonly patterns: readonly [string, string]
}

const known = new WeakMap<readonly Target[], readonly Meeting[]>()

/** All pairs of targets that can write the same path: they never run at the same time. */
export function meetings(targets: readonly Target[]): readonly Meeting[] {
  const found = known.get(targets) ?? findMeetings(targets)
  known.set(targets, found)
  return found
}

function findMeetings(targets: readonly Target[]): Meeting[] {
  const writers = targets.map((target) => ({
    name: target.name,
    outputs: planOutputs(target).outputs.map((pattern) => {
      const real = realPattern(target, pattern)
      return { pattern, real, head: /^[^*?]*/.exec(real)?.[0] ?? '' }
    }),
  }))
  return writers.flatMap((writer, index) =>
    writers.slice(index + 1).flatMap((other): Meeting[] => {
      // Most differ before their first star.
      for (const mine of writer.outputs)
        for (const theirs of other.outputs)
          if ((mine.head.startsWith(theirs.head) || theirs.head.startsWith(mine.head)) && patternsMeet(mine.real, theirs.real))
            return [{ targets: [writer.name, other.name].sort() as [string, string], patterns: [mine.pattern, theirs.pattern] }]
      return []
    }),
  )
}

/** The same pattern with the links to its folder followed. */
function realPattern({ realPath }: Target, pattern: string): string {
  const [folder = ''] = /^[^*?]*(?=\/)|^[^*?]+$/.exec(pattern) ?? []
  return folder === '' ? pattern : `${realPath(folder)}${pattern.slice(folder.length)}`.replace(/^\.\//, '')
}

/** The names of the locks that a target shares, in the one order in which all take theirs. */
export const commonLocks = (name: string, targets: readonly Target[]): string[] =>
  meetings(targets)
    .filter((meeting) => meeting.targets.includes(name))
    .map((meeting) => meeting.targets.join('+'))
    .sort()
