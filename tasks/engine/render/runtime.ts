import { type LibraryPart, roomOf, type UsedPart, usedParts } from './library.ts'

/** The rooms of scripts/lib, each with what is in it. A room calls only those before it. */
export const rooms = {
  shell: 'what the language lacks: environment, time, paths, JSON, locks, messages',
  secrets: 'what is a secret, and where one stands',
  records: 'what a run leaves: journal, events, log, report, history',
  snapshots: 'save files, and put them back',
  backups: 'the store of what was saved',
  commits: 'commit what a run changed, and push it',
  http: 'requests, answers and pages of a service',
  run: 'the life of a run: options, steps, gates, recovery',
  notify: 'who is told how a run went',
  targets: 'several targets: which, in which order',
  verbs: 'what one verb alone does',
} as const

/** The runtime of a program: the functions that it uses, or with `shared` the lines that source them from one file. */
export type RuntimeForm = 'inline' | 'shared'

/** What the file of a shared runtime is called, beside the programs. */
export const RUNTIME_FILE = 'lib/lockstep.sh'

export interface RuntimeView {
  readonly rooms: readonly string[]
  readonly environment: string
  readonly library: string
}

/** The part of the library that stands before all else, so that no variable of the environment is one of the program's. */
const FIRST = 'shell/environment'

/** What programs carry of the library, rendered by `template`: what the `text` of one names, and the functions of `names`. */
export function carriedRuntime(library: readonly LibraryPart[], template: (view: RuntimeView) => string) {
  // Programs of one kind carry the same.
  const known = new Map<readonly UsedPart[], string>()
  return (text: string, names: readonly string[]): string => {
    const used = usedParts(`${text}\nkeep_environment\n${names.join('\n')}`, library)
    const runtime = known.get(used) ?? template(viewOf(used))
    known.set(used, runtime)
    return runtime
  }
}

/** All of the library. */
export const wholeRuntime = (library: readonly LibraryPart[]): RuntimeView =>
  viewOf(library.map((part) => ({ part, text: part.text.replace(/^(?:# shellcheck .*\n)+/, '').trimEnd() })))

function viewOf(used: readonly UsedPart[]): RuntimeView {
  const isFirst = ({ part }: UsedPart): boolean => part.name === FIRST
  const textOf = (parts: typeof used): string => parts.map(({ text }) => text).join('\n\n')
  const folders = new Set(used.map(({ part }) => roomOf(part)))
  const drivers = [...folders].filter((folder) => !(folder in rooms)).map((folder) => folder.replace(/^.*\//, ''))
  return {
    rooms: [
      ...Object.entries(rooms).filter(([room]) => folders.has(room)),
      ...(drivers.length === 0 ? [] : [['drivers', `what each kind of target does: ${drivers.join(', ')}`] as const]),
    ].map(([room, summary]) => `${room.padEnd(10)} ${summary}`),
    environment: textOf(used.filter(isFirst)),
    library: textOf(used.filter((each) => !isFirst(each))),
  }
}
