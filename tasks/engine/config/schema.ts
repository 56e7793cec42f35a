import { z } from 'zod'
import { DIRECTIONS, type Direction, type Driver } from '../plan/driver.ts'
import type { Kit } from '../plan/verb.ts'
import { type Alias, aliasesSchema } from './aliases.ts'
import { scheduleProblem, timezoneProblem } from './cron.ts'
import { driverFolder, hostNames, hosts, includedFile, relativePath } from './fields.ts'
import { channels } from './notify.ts'
import type { Place } from './places.ts'
import type { Source } from './problem.ts'
import { profile, profileName } from './profile-fields.ts'
import { command, type Gates, gateFields, line, safety, verification } from './safety.ts'

const direction = z.enum(DIRECTIONS)
const targetName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/, 'must be letters, digits, "_" and "-", starting with a letter')
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable: letters, digits and "_"')

const count = z.int().min(0)

const backupFields = {
  layout: z
    .enum(['directory', 'sibling'])
    .optional()
    .describe('directory: below .insightpulse/backups; sibling: FILE.bak.TIME beside the file.'),
  keep_last: count.optional().describe('How many backups stay, the newest first.'),
  keep_hourly: count.optional().describe('For so many hours the newest of each stays.'),
  keep_daily: count.optional().describe('For so many days the newest of each stays.'),
  keep_weekly: count.optional().describe('For so many weeks the newest of each stays.'),
  keep_monthly: count.optional().describe('For so many months the newest of each stays.'),
  keep_yearly: count.optional().describe('For so many years the newest of each stays.'),
  keep_within: z
    .string()
    .regex(/^(?=\d)(\d{1,4}y)?(\d{1,4}m)?(\d{1,5}d)?(\d{1,6}h)?$/, 'must be a duration such as 30d or 1y6m2d12h')
    .optional()
    .describe('Counted back from the newest backup.'),
  compress: z.enum(['none', 'gzip', 'zstd']).optional().describe('How a backup is packed.'),
  compress_after: z.int().min(1).optional().describe('Days after which a backup is packed.'),
  check_every: z
    .string()
    .regex(/^[1-9]\d{0,3}d$/, 'must be a number of days such as 7d')
    .optional()
    .describe('Days after which `status` asks for a `backup --check`.'),
  remote: z
    .string()
    .regex(/^[A-Za-z0-9_.+@-]+:[^\0-\x1f]*$/, 'must be an rclone remote such as s3:bucket/folder')
    .optional()
    .describe('An rclone remote with a path: `s3:bucket/folder`.'),
  after_commit: z.enum(['remove', 'keep']).optional().describe("What becomes of a run's backup when a commit holds the change."),
}

const backup = z
  .strictObject(backupFields)
  .refine((rules) => {
    const given = Object.entries(rules).filter(([key]) => key.startsWith('keep_'))
    return given.length === 0 || given.some(([, value]) => value !== 0 && value !== undefined)
  }, 'keeps nothing: at least one keep_ rule must be more than 0')
  .refine(
    ({ layout, compress, compress_after, remote }) =>
      layout !== 'sibling' || !((compress && compress !== 'none') || compress_after || remote),
    'siblings are neither packed nor copied elsewhere; use "layout: directory"',
  )

type BackupRules = z.output<typeof backup>

const defaults = z.strictObject({
  direction: direction.optional().describe('Which way data goes: pull, push or bidirectional.'),
  backup: backup.optional().describe('How what a run overwrites is kept.'),
  fail_on_diff: z.boolean().default(false).describe('Exit with 8 when the run changed something.'),
  git_commit: z.boolean().default(false).describe('Of a pull: commit what the run changed within outputs.'),
  idempotent: z.boolean().default(false).describe('With --verify: planned again after the run, it must find nothing to do.'),
  dry_run: z.boolean().default(false).describe('Every run is a dry run.'),
})

const workflow = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .describe('Whether there is a workflow for GitHub Actions; when this is left out, if a target has a schedule.'),
  off_the_hour: z.boolean().default(false).describe('Move schedules off minute 0, when GitHub starts runs late or drops them.'),
  pages: z
    .boolean()
    .default(false)
    .describe('Publish the dashboard on GitHub Pages after each run; the page of a private repository may be public.'),
  timeout_minutes: z.int().min(1).max(360).default(60).describe("When a target's job is stopped; GitHub allows 360."),
})

const targetFields = {
  direction: direction.optional().describe('Which way data goes: pull, push or bidirectional.'),
  description: line.default('').describe('What it is, for --list.'),
  schedule: z.string().optional().describe('When it runs: five cron fields, in UTC unless `timezone` says otherwise.'),
  timezone: z
    .string()
    .superRefine((zone, context) => {
      const message = timezoneProblem(zone)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional()
    .describe('The time zone of schedule, such as Europe/Rome; UTC if it is left out.'),
  schedules: z
    .record(z.string(), z.string())
    .default({})
    .describe('When a verb that its driver offers runs, by verb: `export: "0 3 * * *"`.'),
  outputs: z.array(relativePath).optional().describe("What it writes; the driver's own outputs where this is left out."),
  verification: verification.optional().describe('A check of what a run has made; run with --verify.'),
  depends_on: z.array(targetName).default([]).describe('Targets that must be done first.'),
  priority: z.int().default(0).describe('Of targets that do not depend on each other the higher one goes first.'),
  env: z.array(variableName).default([]).describe('Variables that must be set.'),
  backup: backup.optional().describe('How what a run overwrites is kept.'),
  fail_on_diff: z.boolean().optional().describe('Exit with 8 when the run changed something.'),
  git_commit: z.boolean().optional().describe('Of a pull: commit what the run changed within `outputs`.'),
  push: z.boolean().default(false).describe('Push that commit.'),
  idempotent: z.boolean().optional().describe('With --verify: planned again after the run, it must find nothing to do.'),
  notify: channels.optional().describe('Who is told how its runs end; in place of what stands at the top.'),
  hosts: hostNames.describe('Where `--hosts` runs it: names of `hosts` at the top.'),
  ...gateFields,
}

/** The schema of sync.yaml, with one kind of target for each driver. */
export function syncSchema({ drivers, verbs }: Kit) {
  const kinds = drivers.map((driver) => {
    const name = z.literal(driver.name)
    const named = driver.unnamed ? (name.optional().default(driver.name) as unknown as typeof name) : name
    const on_conflict = z
      .enum(driver.conflicts as [string, ...string[]])
      .default(driver.conflicts[0] ?? 'stop')
      .describe('What happens where both sides changed.')
    return z.strictObject({
      driver: named.describe('What kind of target it is.'),
      ...targetFields,
      on_conflict,
      ...driver.fields,
      config: driver.config.describe('The settings of its driver.'),
    })
  })
  const target = z
    .discriminatedUnion('driver', kinds as [(typeof kinds)[number], ...typeof kinds], {
      error: (issue) => (issue.code === 'invalid_union' ? 'unknown driver' : undefined),
    })
    .superRefine(({ schedule, schedules }, context) => {
      const all = Object.entries(schedules).map(([verb, text]): [string[], string] => [['schedules', verb], text])
      for (const [path, text] of [...(schedule === undefined ? [] : [[['schedule'], schedule] as [string[], string]]), ...all]) {
        const problem = scheduleProblem(text)
        if (problem) context.addIssue({ code: 'custom', path, message: problem })
      }
    })
  return z.strictObject({
    version: z.literal('1.0', 'must be "1.0", in quotes').describe('The version of this format.'),
    requires: z
      .string()
      .regex(/^>=\s*\d+(\.\d+){1,2}$/, 'must be such as ">=0.2"')
      .optional()
      .describe('The oldest version of Lockstep that will do.'),
    include: z
      .array(includedFile)
      .default([])
      .describe('Files with more of it, by their paths from the folder of this one: what they hold is as if it stood here.'),
    defaults: defaults.prefault({}).describe('What holds for all targets that say nothing else.'),
    workflow: workflow.prefault({}).describe('The workflow for GitHub Actions.'),
    drivers: z.array(driverFolder).default([]).describe("Folders with drivers of the user's own."),
    runtime: z
      .enum(['inline', 'shared'])
      .default('inline')
      .describe(
        'Where the functions stand that programs have in common: inline, each carries those that it uses and can be copied alone; shared, all of them stand once in generated/lib, which many targets want, and the folder is copied as a whole.',
      ),
    secrets: z
      .record(variableName, command)
      .default({})
      .describe('How to ask for the value of a variable that is not set: a command that prints it, run when a run starts.'),
    notify: channels.default([]).describe('Who is told how runs end.'),
    metrics: z
      .string()
      .regex(/^[^\0-\x1f\x7f]+\.prom$/, 'must be a file whose name ends in .prom')
      .optional()
      .describe(
        "A file that each run writes for the textfile collector of Prometheus' node_exporter; from the root where it is no whole path.",
      ),
    hosts: hosts.describe('Other machines, for `sync --host`: [USER@]HOST[:FOLDER] by name.'),
    safety: safety.prefault({}).describe('What holds for every run.'),
    profiles: z
      .record(profileName(verbs.map(({ name }) => name)), profile)
      .optional()
      .describe("What is otherwise with `--profile NAME`, by name. Mappings are joined, what else stands in both is the profile's."),
    targets: z
      .record(targetName, target)
      .refine((targets) => Object.keys(targets).length > 0, 'must have at least one target')
      .describe('What is synced, by name.'),
    aliases: aliasesSchema(verbs.filter(({ alias }) => alias).map(({ name }) => name)).describe(
      'Short commands, by name: generated/bin has each.',
    ),
  })
}

export type SyncFile = z.output<ReturnType<typeof syncSchema>>
export type TargetEntry = SyncFile['targets'][string]

/** A target as the rest of the engine sees it: defaults filled in, its driver found. */
export interface Target extends Omit<TargetEntry, 'direction' | 'fail_on_diff' | 'git_commit' | 'idempotent' | 'backup' | 'notify'> {
  readonly name: string
  /** How it is synced; undefined where its driver has verbs of its own only. */
  readonly direction: Direction | undefined
  readonly fail_on_diff: boolean
  readonly git_commit: boolean
  readonly idempotent: boolean
  /** Every run of it is a dry run. */
  readonly dryRun: boolean
  readonly backup: BackupRules
  readonly notify: SyncFile['notify']
  readonly driverModule: Driver
  /** The text of the file that its driver reads, where there is one that could be read. */
  readonly script: string | undefined
  /** A path of the root with the links on its way followed, as they stood when the config was read. */
  readonly realPath: (path: string) => string
  /** The undo functions of all drivers: a run that is recovered may be of another one. */
  readonly undos: readonly string[]
  /** Why it cannot be run, with its place in sync.yaml; the other targets can. */
  readonly unusable: string | undefined
  /** The file of the metrics. */
  readonly metrics: string | undefined
  /** The commands of `secrets`, by the variable that each tells. */
  readonly secrets: SyncFile['secrets']
  /** safety.secret_patterns. */
  readonly guardedNames: readonly string[]
  readonly globalGates: Gates
}

/** A config in the order in which its targets run. */
export interface Config {
  /** The files that it was read from, sync.yaml first. */
  readonly sources: readonly Source[]
  /** Where in them something stands. */
  readonly place: Place
  /** The one that was asked for, and all that there are. */
  readonly profile: string | undefined
  readonly profiles: readonly string[]
  readonly targets: readonly Target[]
  /** The targets of all profiles, and without one: none of them writes the same files at the same time as another. */
  readonly all: readonly Target[]
  readonly workflow: SyncFile['workflow']
  readonly runtime: SyncFile['runtime']
  readonly aliases: readonly Alias[]
  /** Addresses of other machines, by name. */
  readonly hosts: SyncFile['hosts']
}
