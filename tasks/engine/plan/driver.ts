import type { z } from 'zod'
import type { LateText } from '../config/late.ts'
import type { Shell } from './shell.ts'
import type { Step } from './step.ts'

/** The ways that `sync` goes. */
export const DIRECTIONS = ['pull', 'push', 'bidirectional'] as const
export type Direction = (typeof DIRECTIONS)[number]

export const isDirection = (verb: string): verb is Direction => (DIRECTIONS as readonly string[]).includes(verb)

/** The directions that a driver offers, in its own order: the first is that of a target that names none. */
export const directionsOf = ({ verbs }: Driver): Direction[] => Object.keys(verbs).filter(isDirection)

/** A value that a program binds to a bash variable when it starts. */
export type Setting = string | number | boolean | LateText | readonly string[]

/** An option of a task: one declaration gives it to Node, to the script and to both helps. */
export interface Parameter {
  /** Without dashes, as typed: `locked`. */
  readonly name: string
  /** What follows it, as the help calls it; without that it is a flag. */
  readonly value?: string
  readonly help: string
}

export interface DriverInput<Config, Fields = object> {
  readonly config: Config
  readonly fields: Fields
  readonly target: TargetFacts
}

/** What a driver may know of its target beside `config:`. */
interface TargetFacts {
  readonly name: string
  /** What wins where both sides changed: one of the driver's `conflicts`. */
  readonly onConflict: string
  /** As declared, if at all. */
  readonly outputs: readonly string[]
  /** The text of the file that the driver `reads`, where that could be read. */
  readonly script: string | undefined
}

/** What a driver gives for one verb: variables, what is called once they are bound, and the steps. */
export interface DriverPlan {
  readonly settings: Readonly<Record<string, Setting>>
  /** Bash lines after the settings are bound: checks, environment. */
  readonly prepare?: readonly { readonly text: string }[]
  readonly steps: readonly Step[]
  /** Steps after all gates and the verification. */
  readonly last?: readonly Step[]
  /** A dry run cannot tell whether there is anything to do. */
  readonly blindDryRun?: boolean
  /** Options of the verb, where they are not those of the driver. */
  readonly parameters?: readonly Parameter[]
  /** Programs beside those of the driver. */
  readonly programs?: readonly { readonly name: string; readonly package: string }[]
  /** Texts that the program carries, by the name of the bash function that prints each. */
  readonly texts?: Readonly<Record<string, string>>
  /** Paths and patterns that the target writes. */
  readonly outputs: readonly string[]
  /** The folder whose folders are things of their own, which a rollback holds one by one; else it holds the whole target. */
  readonly items?: string
  /** The folders of those that stand elsewhere, by their names. */
  readonly itemFolders?: Readonly<Record<string, string>>
  /** Each run is a dry one: it changes nothing here, and leaves no history and no log. */
  readonly dry?: boolean
  readonly shards?: Shards
  /** The bash function that prints, NUL-ended, the files of the output folder `$1` to be committed even if Git ignores them. */
  readonly committed?: string
  /** The bash function that prints, as lines of outputs, what earlier runs brought without committing it. */
  readonly uncommitted?: string
}

/** Other machines that may get ready what a sync needs, with the verb `fetch`, each with another `--shard` and into `--shares`. */
export interface Shards {
  readonly count: number
  /** The files of the root that such a machine needs beside the programs. */
  readonly reads: readonly string[]
}

export interface Driver<Schema extends z.ZodType = z.ZodType, Fields extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string
  /** What a target with these keys does; its description, where it has none. */
  readonly summary: (fields: Readonly<Record<string, unknown>>) => string
  readonly config: Schema
  /** Keys of its targets beside `config:`. */
  readonly fields?: Fields
  /** Its targets have no `driver:`; their own keys tell what they are. */
  readonly unnamed?: true
  /** The file of the root whose text its plans are given, by the keys of a target. What has no driver is unusable without it. */
  readonly reads?: (keys: Readonly<Record<string, unknown>>) => string | undefined
  /** Names of scripts that it stands for, where one is asked for that does not exist. */
  readonly replaces?: readonly string[]
  /** Programs beside bash and the usual tools, with the Debian package of each. */
  readonly programs: readonly { readonly name: string; readonly package: string }[]
  /** Keys of `config:` that hold a token (secretText), with the way to get one: "make one at …". */
  readonly tokens?: Readonly<Record<string, string>>
  /** Flags of the target's own script. */
  readonly parameters: readonly Parameter[]
  /**
   * Bash for what programs over all targets ask, in `$1`: `health` prints lines WORD TAB TEXT about both sides and sets
   * exit_code to 3 or 8 where something is wrong; for the others see scripts/lib/verbs/elsewhere.sh.
   */
  readonly answer?: Shell
  /**
   * Bash functions that undo what its steps do elsewhere: a remote row, a stopped service. A step calls `undo_with
   * FUNCTION ARGUMENT...` before it has that effect; the arguments are all that FUNCTION may rest on, for another program
   * may call it, and twice.
   */
  readonly undos?: readonly string[]
  /** What may stand for on_conflict, `stop` first: the default. */
  readonly conflicts: readonly string[]
  /** Is a verb of its own any use to a target with this `config:`? All are, without it. */
  readonly offers?: (verb: string, config: z.output<Schema>) => boolean
  /** What can be done with its targets: the directions of `sync`, and verbs of their own, such as `export`. */
  readonly verbs: Readonly<Record<string, (input: DriverInput<z.output<Schema>, z.output<z.ZodObject<Fields>>>) => DriverPlan>>
}

/** The verbs of its own that a target is offered. */
export const offeredVerbs = ({ driverModule, config }: { readonly driverModule: Driver; readonly config: unknown }): string[] =>
  Object.keys(driverModule.verbs).filter((verb) => !isDirection(verb) && (driverModule.offers?.(verb, config) ?? true))

/** Checks the types of a driver where it is written. */
export const defineDriver = <Schema extends z.ZodType, Fields extends z.ZodRawShape>(driver: Driver<Schema, Fields>): Driver =>
  driver as unknown as Driver
