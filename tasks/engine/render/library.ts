import type { Names } from './names.ts'
import { namesIn } from './words.ts'

/** A file of the bash library, of a room or of a driver: its name, `shell/json`, and its text. */
export interface LibraryPart {
  readonly name: string
  readonly text: string
}

/** A function, or variables of a file, with the comment above it: what a program carries or not. */
interface Piece {
  readonly part: LibraryPart
  readonly text: string
  /** It stands on the line after the piece before it. */
  readonly joined: boolean
  readonly functions: readonly string[]
  readonly variables: readonly string[]
}

const DEFINITION = /^([a-z_][a-z0-9_]*)\(\) [{(]$/gm
const ASSIGNMENT = /^([a-z_][a-z0-9_]*)\+?=/gm
/** The functions that may stand beside that of a step. */
const BESIDE_A_STEP = ['_when', '_saves', '_lane']

/** What a program carries of a file. */
export interface UsedPart {
  readonly part: LibraryPart
  readonly text: string
}

/**
 * The library as `program` carries it: the functions and variables that it names, and what these name, in the order of
 * their files, each file with what its head says.
 */
export function usedParts(program: string, library: readonly LibraryPart[]): readonly UsedPart[] {
  const index = indexOf(library)
  const named = piecesNamed({ ...namesIn(program), local: new Set() }, index)
  // Programs of one kind name the same.
  const key = index.pieces.flatMap((piece, number) => (named.has(piece) ? [number] : [])).join()
  const used = index.used.get(key) ?? partsOf(withNeeds(named, index), index.pieces)
  index.used.set(key, used)
  return used
}

function partsOf(used: ReadonlySet<Piece>, all: readonly Piece[]): UsedPart[] {
  const carried = new Map<LibraryPart, Piece[]>()
  for (const piece of all.filter((each) => used.has(each))) {
    carried.set(piece.part, [...(carried.get(piece.part) ?? []), piece])
  }
  return [...carried].map(([part, pieces]) => {
    const text = pieces.reduce((before, piece, index) => {
      const gap = piece.joined && pieces[index - 1]?.variables.length ? '\n' : '\n\n'
      return before === '' ? piece.text : `${before}${gap}${piece.text}`
    }, headOf(part))
    return { part, text }
  })
}

/** Pieces with all that they need, and that these need. */
function withNeeds(pieces: ReadonlySet<Piece>, index: LibraryIndex): ReadonlySet<Piece> {
  const found = new Set(pieces)
  // What is added while a set is walked is walked too.
  for (const piece of found) for (const needed of needsOf(piece, index)) found.add(needed)
  return found
}

/** Worked out once somebody needs the piece: a program carries a part of the library, and to read all of it takes a while. */
function needsOf(piece: Piece, index: LibraryIndex): ReadonlySet<Piece> {
  const needs = index.needs.get(piece) ?? piecesNamed(namesIn(piece.text), index, roomOf(piece.part))
  index.needs.set(piece, needs)
  return needs
}

type Owners = Pick<LibraryIndex, 'pieces' | 'functions' | 'variables'>

/** The room of a file of the library, or the folder of its driver. */
export const roomOf = ({ name }: Pick<LibraryPart, 'name'>): string =>
  /^tasks\/drivers\/[^/]+/.exec(name)?.[0] ?? name.replace(/\/[^/]*$/, '')

/** What is named by a program, or by a piece of `room`: there, what is put together of a variable and an ending alone is of the same room. */
function piecesNamed(
  { called, read, local, composed }: Names,
  { pieces, functions, variables }: Owners,
  room?: string,
): ReadonlySet<Piece> {
  const found = new Set<Piece>()
  const take = (some: readonly Piece[] | undefined): void => {
    for (const piece of some ?? []) found.add(piece)
  }
  for (const name of called) for (const end of ['', ...BESIDE_A_STEP]) take(functions.get(name + end))
  for (const name of read) if (!local.has(name)) take(variables.get(name))
  for (const { start, variable, end } of composed) {
    // A step's own functions are never the library's to find.
    if (variable === 'step_id') continue
    take(
      pieces.filter(
        ({ part, functions }) =>
          (start !== '' || room === undefined || roomOf(part) === room) &&
          functions.some((name) => name.startsWith(start) && name.endsWith(end)),
      ),
    )
  }
  return found
}

interface LibraryIndex {
  readonly pieces: readonly Piece[]
  readonly functions: ReadonlyMap<string, readonly Piece[]>
  readonly variables: ReadonlyMap<string, readonly Piece[]>
  /** What pieces need, as far as it was asked for. */
  readonly needs: Map<Piece, ReadonlySet<Piece>>
  /** What programs were found to carry, by the numbers of the pieces that they name. */
  readonly used: Map<string, readonly UsedPart[]>
}

/** Worked out once a library: there may be a thousand programs. */
const indexes = new WeakMap<readonly LibraryPart[], LibraryIndex>()

function indexOf(library: readonly LibraryPart[]): LibraryIndex {
  const known = indexes.get(library)
  if (known) return known
  const pieces = library.flatMap((part) =>
    pieceTexts(part).map(({ text, joined }): Piece => {
      const functions = definedFunctions(text)
      // What a function assigns, or the script of another language in it, is no variable of the file.
      const variables = functions.length > 0 ? [] : [...text.matchAll(ASSIGNMENT)].map((match) => match[1] ?? '')
      return { part, text, joined, functions, variables }
    }),
  )
  const owners = { pieces, functions: ownersOf(pieces, 'functions'), variables: ownersOf(pieces, 'variables') }
  const index = { ...owners, needs: new Map(), used: new Map() }
  indexes.set(library, index)
  return index
}

function ownersOf(pieces: readonly Piece[], kind: 'functions' | 'variables'): Map<string, Piece[]> {
  const owners = new Map<string, Piece[]>()
  for (const piece of pieces) for (const name of piece[kind]) (owners.get(name) ?? owners.set(name, []).get(name))?.push(piece)
  return owners
}

/** The names of the functions that a text of bash defines at its top level. */
export const definedFunctions = (text: string): string[] => [...text.matchAll(DEFINITION)].map((match) => match[1] ?? '')

/** What says what a file is: the comment at its head, without the directives for a linter that reads it alone. */
const headOf = ({ text }: LibraryPart): string => /^(?:# shellcheck .*\n)*((?:#.*\n)*)/.exec(text)?.[1]?.trimEnd() ?? ''

/** The functions and variables of a file, each variable by itself. A comment that stands alone is about what follows it. */
function pieceTexts(part: LibraryPart): { readonly text: string; readonly joined: boolean }[] {
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
  return texts.reverse().flatMap(variablesApart)
}

/** Variables that stand together, one a line, each with the comment above it. */
function variablesApart(text: string): { readonly text: string; readonly joined: boolean }[] {
  const lines = text.split('\n')
  if (!lines.every((line) => /^(#|[a-z_][a-z0-9_]*\+?=)/.test(line))) return [{ text, joined: false }]
  const texts: { text: string; joined: boolean }[] = []
  let comment = ''
  for (const line of lines) {
    if (line.startsWith('#')) comment += `${line}\n`
    else {
      texts.push({ text: comment + line, joined: texts.length > 0 })
      comment = ''
    }
  }
  return texts.length === 0 || comment !== '' ? [{ text, joined: false }] : texts
}
