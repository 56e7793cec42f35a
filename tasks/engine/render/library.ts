/** A file of the bash library, of a room or of a driver: its name, `shell/json`, and its text. */
export interface LibraryPart {
  readonly name: string
  readonly text: string
}

/** A function, or variables of a file, with the comment above it: what a program carries or not. */
interface Piece {
  readonly part: LibraryPart
  readonly text: string
  /** Names of functions and variables. */
  readonly defines: readonly string[]
}

/** What a program carries of a file. */
export interface UsedPart {
  readonly part: LibraryPart
  readonly text: string
}

const DEFINITION = /^([a-z_][a-z0-9_]*)\(\) [{(]$/gm
const ASSIGNMENT = /^([a-z_][a-z0-9_]*)\+?=/gm
const WORD = /[a-z_][a-z0-9_]*/g
/** A function whose name is put together: "webui_probe_$probe", "${engine}_read_row". */
const COMPOSED = /"([a-z_]+_)?\$\{?([a-z_]+|1)\}?(_[a-z_]+)?"/g

/** The functions that may stand beside that of a step. */
const BESIDE_A_STEP = ['_when', '_saves', '_lane']

/**
 * The library as `program` carries it: the functions and variables that it names, and what these name, in the order of
 * their files, each file with what its head says.
 */
export function usedParts(program: string, library: readonly LibraryPart[]): readonly UsedPart[] {
  const index = indexOf(library)
  const named = piecesNamed(namesIn(program, index.names), index.owners)
  // Programs of one kind name the same.
  const key = index.pieces.flatMap((piece, number) => (named.has(piece) ? [number] : [])).join()
  const used = index.used.get(key) ?? partsOf(withNeeds(named, index.needs), index.pieces)
  index.used.set(key, used)
  return used
}

function partsOf(used: ReadonlySet<Piece>, pieces: readonly Piece[]): UsedPart[] {
  const texts = new Map<LibraryPart, string[]>()
  for (const { part, text } of pieces.filter((piece) => used.has(piece))) {
    const known = texts.get(part) ?? [headOf(part)]
    texts.set(part, [...known, text])
  }
  return [...texts].map(([part, all]) => ({ part, text: all.filter((text) => text !== '').join('\n\n') }))
}

/** Pieces with all that they need, and that these need. */
function withNeeds(pieces: Iterable<Piece>, needs: ReadonlyMap<Piece, Iterable<Piece>>): ReadonlySet<Piece> {
  const found = new Set(pieces)
  // What is added while a set is walked is walked too.
  for (const piece of found) for (const needed of needs.get(piece) ?? []) found.add(needed)
  return found
}

function piecesNamed(names: Iterable<string>, owners: ReadonlyMap<string, readonly Piece[]>): ReadonlySet<Piece> {
  const found = new Set<Piece>()
  for (const name of names) for (const end of ['', ...BESIDE_A_STEP]) for (const piece of owners.get(name + end) ?? []) found.add(piece)
  return found
}

interface LibraryIndex {
  readonly names: readonly string[]
  readonly pieces: readonly Piece[]
  readonly owners: ReadonlyMap<string, readonly Piece[]>
  readonly needs: ReadonlyMap<Piece, ReadonlySet<Piece>>
  /** What programs were found to carry, by the numbers of the pieces that they name. */
  readonly used: Map<string, readonly UsedPart[]>
}

/** Worked out once a library: there may be a thousand programs. */
const indexes = new WeakMap<readonly LibraryPart[], LibraryIndex>()

function indexOf(library: readonly LibraryPart[]): LibraryIndex {
  const known = indexes.get(library)
  if (known) return known
  const pieces = library.flatMap((part) => pieceTexts(part).map((text) => ({ part, text, defines: definedNames(text) })))
  const owners = new Map<string, Piece[]>()
  for (const piece of pieces) for (const name of piece.defines) (owners.get(name) ?? owners.set(name, []).get(name))?.push(piece)
  const names = [...owners.keys()]
  const needs = new Map(pieces.map((piece) => [piece, piecesNamed(namesIn(piece.text, names), owners)]))
  const index = { names, pieces, owners, needs, used: new Map() }
  indexes.set(library, index)
  return index
}

/** The known names in a text: those that stand there, and those that one put together may mean. */
function namesIn(text: string, known: readonly string[]): Set<string> {
  const code = withoutProse(text)
  const names = new Set<string>(code.match(WORD) ?? [])
  for (const [, start = '', variable, end = ''] of code.matchAll(COMPOSED)) {
    // A step's own functions are never the library's to find.
    if (start + end === '' || variable === 'step_id') continue
    for (const name of known) if (name.startsWith(start) && name.endsWith(end)) names.add(name)
  }
  return names
}

const definedNames = (text: string): string[] => [
  ...definedFunctions(text),
  ...[...text.matchAll(ASSIGNMENT)].map((match) => match[1] ?? ''),
]

/** The names of the functions that a text of bash defines at its top level. */
export const definedFunctions = (text: string): string[] => [...text.matchAll(DEFINITION)].map((match) => match[1] ?? '')

/** What says what a file is: the comment at its head, without the directives for a linter that reads it alone. */
const headOf = ({ text }: LibraryPart): string => /^(?:# shellcheck .*\n)*((?:#.*\n)*)/.exec(text)?.[1]?.trimEnd() ?? ''

/** The functions and variables of a file. A comment that stands alone is about what follows it. */
function pieceTexts(part: LibraryPart): string[] {
  const blocks: string[] = []
  let block: string[] = []
  let inside = false
  for (const line of part.text.replace(/^(#.*\n)+/, '').split('\n')) {
    inside = inside ? !/^[)}]$/.test(line) : /^[a-z_][a-z0-9_]*\(\) [{(]$/.test(line)
    if (line !== '' || inside) block.push(line)
    if ((line === '' && !inside) || /^[)}]$/.test(line)) {
      blocks.push(block.join('\n'))
      block = []
    }
  }
  const texts: string[] = []
  for (const text of [...blocks, block.join('\n')].filter((each) => each !== '').reverse()) {
    const next = texts.at(-1)
    if (/^(#.*(\n|$))*$/.test(text) && next !== undefined) texts[texts.length - 1] = `${text}\n\n${next}`
    else texts.push(text)
  }
  return texts.reverse()
}

/** Bash without what is only said to people: help texts, comments, and the words that stand for a target. */
const withoutProse = (text: string): string =>
  text
    .replace(/<<'((?:HELP|SCRIPT)_*)'\n[\s\S]*?\n\1$/gm, '')
    .replace(/^\s*#.*$/gm, '')
    .replace(/^description=.*$/gm, '')
    .replace(/^( {2}target_(is|backup)) .*$/gm, '$1')
