import type { Document } from 'yaml'
import { parseYaml } from './document.ts'
import { includedFile } from './fields.ts'
import { isMapping, type Owners, ownedPlace } from './owners.ts'
import { type Place, placesIn } from './places.ts'
import { type PlacedProblem, placeInWords, type Source } from './problem.ts'

/** What the files of a config say together, before the schema has looked at it. */
export interface Whole {
  /** The file itself first, each other one after that which includes it. */
  readonly sources: readonly Source[]
  readonly data: unknown
  readonly place: Place
  readonly problems: readonly PlacedProblem[]
}

/** The text of a file of the root, by its path. Throws with the reason why it cannot be used. */
export type ReadText = (path: string) => string

interface Part {
  readonly source: Source
  readonly data: unknown
  readonly place: Place
}

/** The values of a file and of those that it includes. What cannot be read stands in `problems`. */
export function readFiles(main: Source, readText: ReadText): Whole {
  const problems: PlacedProblem[] = []
  const parts: Part[] = []
  const read = (source: Source): void => {
    const parsed = parseYaml(source.text)
    problems.push(...parsed.problems.map((problem) => ({ ...problem, source })))
    if (parsed.problems.length > 0) return
    const document = parsed.document as Document
    const place = placesIn(document.contents, source)
    const part = { source, data: document.toJS({ maxAliasCount: -1 }) as unknown, place }
    const says = source === main ? 'it needs version and targets' : 'take it out of include'
    if (document.contents === null) problems.push({ source, message: `the file is empty; ${says}`, start: 0, end: 1 })
    else if (source !== main && !isMapping(part.data)) problems.push(place([], 'must be a mapping'))
    else {
      parts.push(part)
      for (const [index, path] of includedBy(part).entries()) {
        const known = parts.some((other) => other.source.file === path)
        const said = known ? `${path} is read already` : tryTo(() => read({ file: path, text: readText(path) }))
        if (said !== undefined) problems.push(place(['include', index], `include: ${said}`))
      }
    }
  }
  read(main)
  return { sources: parts.map(({ source }) => source), ...joined(parts, problems), problems }
}

const tryTo = (action: () => void): string | undefined => {
  try {
    action()
  } catch (error) {
    return (error as Error).message
  }
}

/** The paths, below the root, of what a file includes; the schema names a mistake there. */
function includedBy({ source: { file }, data }: Part): string[] {
  const named = isMapping(data) ? data['include'] : undefined
  if (!Array.isArray(named) || named.some((entry) => !includedFile.safeParse(entry).success)) return []
  return named.map((entry: string) => pathFrom(file, entry))
}

/** What a path in a file means, below the root; it begins with `..` if that is outside. */
function pathFrom(file: string, entry: string): string {
  const path: string[] = file.split('/').slice(0, -1)
  for (const word of entry.split('/')) {
    if (word === '' || word === '.') continue
    if (word === '..' && path.length > 0 && path.at(-1) !== '..') path.pop()
    else path.push(word)
  }
  return path.join('/')
}

/** These say something of the file that they stand in, and may stand in each. */
const OF_A_FILE = ['version', 'requires']

/** Mappings are joined by their keys, lists one after the other; what else stands twice is a problem. */
function joined(parts: readonly Part[], problems: PlacedProblem[]): { data: unknown; place: Place } {
  const [first, ...others] = parts
  if (first === undefined) return { data: undefined, place: placesIn(null, { file: '', text: '' }) }
  const owners: Owners = new Map()
  const place = ownedPlace(first.place, owners)
  if (!isMapping(first.data)) return { data: first.data, place }
  const data = { ...first.data }

  const join = (into: Record<string, unknown>, from: Part, values: Record<string, unknown>, path: readonly PropertyKey[]): void => {
    for (const [key, value] of Object.entries(values)) {
      const at = [...path, key]
      const present = Object.hasOwn(into, key) ? into[key] : undefined
      if (!Object.hasOwn(into, key)) {
        owners.set(JSON.stringify(at), { place: from.place, path: at })
        into[key] = value
      } else if (path.length === 0 && isMapping(present) && isMapping(value)) {
        const copy = { ...present }
        into[key] = copy
        join(copy, from, value, at)
      } else if (Array.isArray(present) && Array.isArray(value)) {
        into[key] = [...present, ...value]
        for (const index of value.keys())
          owners.set(JSON.stringify([...at, present.length + index]), { place: from.place, path: [...at, index] })
      } else if (!(path.length === 0 && OF_A_FILE.includes(key) && present === value)) {
        problems.push(from.place(at, `"${key}" stands in ${placeInWords(place(at, '', true))} too`, true))
      }
    }
  }
  for (const part of others) join(data, part, part.data as Record<string, unknown>, [])
  return { data, place }
}
