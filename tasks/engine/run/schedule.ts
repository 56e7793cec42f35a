import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { scheduleInWords, timezoneProblem } from '../config/cron.ts'
import { ConfigError } from '../config/problem.ts'
import type { Target } from '../config/schema.ts'
import type { Given, Kit } from '../plan/verb.ts'
import { renderPrograms } from '../render/files.ts'
import { renderCrontab } from '../render/schedules/cron.ts'
import { isScheduled, type Job, jobsOf, type Place } from '../render/schedules/job.ts'
import { renderCronJobs } from '../render/schedules/kubernetes.ts'
import { renderPlists } from '../render/schedules/launchd.ts'
import { renderUnits, type SystemUnits } from '../render/schedules/systemd.ts'
import { zoneName } from '../render/schedules/zone.ts'
import { type LoadedRoot, loadRoot } from './load-root.ts'
import { makePrivateFolder } from './private-folder.ts'
import { allValues, commandIn, findRoot } from './root.ts'
import { crontab } from './schedulers/crontab.ts'
import { type Files, install, type Store } from './schedulers/install.ts'
import { launchAgents, systemdUnits } from './schedulers/units.ts'
import { readScheduleTemplates } from './sources.ts'

type Scheduler = 'cron' | 'systemd' | 'launchd' | 'kubernetes'

/** The options that are not for each of them. */
const ONLY: Readonly<Record<string, readonly Scheduler[]>> = {
  timezone: ['cron', 'launchd'],
  'cron-tz': ['cron'],
  system: ['systemd'],
  writable: ['systemd'],
  image: ['kubernetes'],
  programs: ['kubernetes'],
  install: ['cron', 'systemd', 'launchd'],
  uninstall: ['cron', 'systemd', 'launchd'],
}

const STORES: Readonly<Partial<Record<Scheduler, (root: string, system: boolean) => Store>>> = {
  cron: crontab,
  systemd: systemdUnits,
  launchd: launchAgents,
}

/** The verb schedule: gives the exit code. @throws ConfigError for wrong usage, and for what a scheduler cannot do. */
export async function schedule(given: Given, own: Kit): Promise<number> {
  const { words, options } = given
  const root = realRoot(words)
  const scheduler = chosen(given, commandIn(root)('schedule'))
  const loaded = options['uninstall'] === true ? undefined : await loadRoot(words, own)
  const files: Files = loaded ? render(scheduler, root, loaded, given) : new Map()
  const store = STORES[scheduler]
  if (store !== undefined && (options['install'] === true || options['uninstall'] === true)) {
    const code = await install(store(root, options['system'] === true), files, options['yes'] === true)
    if (code === 0) tryAwaitRuns(root, loaded?.config.targets ?? [])
    return code
  }
  if (typeof options['output'] === 'string') write(resolve(options['output']), files)
  else process.stdout.write(printed(files, scheduler))
  return 0
}

/** The one that was named, with options that are for it. */
function chosen({ options }: Given, command: string): Scheduler {
  const [scheduler, ...others] = (['cron', 'systemd', 'launchd', 'kubernetes'] as const).filter((each) => options[each] === true)
  if (scheduler === undefined || others.length > 0)
    throw new ConfigError('schedule: name one of --cron, --systemd, --launchd and --kubernetes')
  if (scheduler === 'kubernetes' && options['install'] === true)
    throw new ConfigError(
      `schedule: it is kubectl that installs there: ${command} --kubernetes --image IMAGE | kubectl apply --server-side -f -`,
    )
  const odd = Object.keys(ONLY).find((name) => options[name] !== undefined && !ONLY[name]?.includes(scheduler))
  if (odd !== undefined) throw new ConfigError(`schedule: --${odd} is not for --${scheduler}`)
  const ways = ['install', 'uninstall', 'output'].filter((name) => options[name] !== undefined)
  if (ways.length > 1) throw new ConfigError(`schedule: --${ways.join(' and --')} do not go together`)
  if (options['writable'] !== undefined && options['system'] !== true) throw new ConfigError('schedule: --writable is for --system')
  if (scheduler === 'kubernetes' && options['image'] === undefined)
    throw new ConfigError('schedule: name an image that has bash and what the targets need: --image IMAGE')
  return scheduler
}

/** The files of a scheduler, by their names. Says which targets have none. */
function render(scheduler: Scheduler, root: string, { kit, config, renderer }: LoadedRoot, { words, options }: Given): Files {
  const { targets, workflow, profile } = config
  const jobs = jobsOf(targets, root, profile)
  const without = targets
    .filter((target) => !isScheduled(target) && Object.keys(target.schedules).length === 0)
    .map(({ name, schedule: given }) => (given === undefined ? name : `${name} (it has one, but cannot be synced)`))
  if (jobs.length === 0)
    throw new ConfigError('schedule: no target has a schedule: in .insightpulse/sync.yaml; --uninstall takes back what was installed', 3)
  if (without.length > 0) process.stderr.write(`without a schedule: ${without.join(', ')}\n`)
  const zoneless = scheduler === 'cron' || scheduler === 'launchd'
  const command = renderer().command('schedule')
  const place = placeOf(root, command, zoneless ? (options['timezone'] ?? hostZone()) : 'UTC')
  const minutes = workflow.timeout_minutes
  const templates = readScheduleTemplates()
  if (scheduler !== 'kubernetes') requirePrograms(root, jobs, renderer().command('generate'))
  switch (scheduler) {
    case 'cron':
      return new Map([['crontab', renderCrontab(jobs, place, options['cron-tz'] === true)]])
    case 'systemd':
      return renderUnits(
        jobs,
        place,
        minutes,
        options['system'] === true ? systemUnits(root, allValues(words, 'writable')) : undefined,
        templates,
      )
    case 'launchd':
      return renderPlists(jobs, place, templates.plist, join(root, '.insightpulse/logs/launchd.log'))
    case 'kubernetes': {
      const texts = renderPrograms(config, renderer('inline'), kit.verbs)
      const programs = typeof options['programs'] === 'string' ? options['programs'] : undefined
      return renderCronJobs(jobs, place, { image: String(options['image']), programs, texts, minutes })
    }
    default:
      return scheduler satisfies never
  }
}

function tryAwaitRuns(root: string, targets: readonly Target[]): void {
  try {
    awaitRuns(root, targets)
  } catch (error) {
    process.stderr.write(`schedule: a target that never runs will not be said to be overdue: ${(error as Error).message}\n`)
  }
}

/**
 * From now on somebody counts on the schedules of these targets: one that never runs will be overdue. Without any nobody
 * does. As await_first_run of scripts/lib/targets/overdue.sh writes it.
 */
function awaitRuns(root: string, targets: readonly Target[]): void {
  const folder = join(root, '.insightpulse/state/awaited')
  const scheduled = targets.filter(isScheduled)
  const since = `${new Date().toISOString().slice(0, 19)}Z`
  if (scheduled.length === 0) {
    rmSync(folder, { recursive: true, force: true })
    return
  }
  makePrivateFolder(join(folder, '..'))
  mkdirSync(folder, { recursive: true })
  for (const { name, schedule: given = '', timezone } of scheduled) {
    const file = join(folder, name)
    const words = scheduleInWords(given, timezone)
    if (!existsSync(file) || !readFileSync(file, 'utf8').endsWith(` ${words}\n`)) writeFileSync(file, `${since} ${words}\n`)
  }
  if (process.getuid?.() === 0) giveToOwner(root, join(folder, '..'))
}

/** What root has made below a folder, the owner of the root is to write: units of the system run as that one. */
function giveToOwner(root: string, folder: string): void {
  const { uid, gid } = statSync(root)
  for (const path of ['', '.gitignore', 'awaited', ...readdirSync(join(folder, 'awaited')).map((name) => join('awaited', name))]) {
    const made = join(folder, path)
    if (existsSync(made) && statSync(made).uid === 0) chownSync(made, uid, gid)
  }
}

/** The root by its one name, which stands in units and marks. */
function realRoot(words: readonly string[]): string {
  const root = findRoot(words)
  if (!existsSync(root)) throw new ConfigError(`schedule: ${root}: does not exist`, 3)
  const real = realpathSync(root)
  if (/[\0-\x1f\x7f]/.test(real)) throw new ConfigError('schedule: no scheduler takes a folder with control characters in its name')
  return real
}

/** The time zone of this host, whatever TZ says: cron and launchd do not see it. */
function hostZone(): string {
  try {
    const [, zone] = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(realpathSync('/etc/localtime')) ?? []
    return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  } catch {
    return 'UTC' // as the C library has it without that file
  }
}

function placeOf(root: string, command: string, timezone: string | boolean): Place {
  const zone = String(timezone)
  const problem = timezoneProblem(zone)
  if (problem !== undefined) throw new ConfigError(`schedule: --timezone: ${problem}`)
  return { root, path: pathHere(), zone: zoneName(zone) ?? zone, now: new Date(), command }
}

/** The folders of PATH that are there, but those that npx adds. */
function pathHere(): string {
  const folders = (process.env['PATH'] ?? '')
    .split(':')
    .filter((each) => isAbsolute(each) && !/node_modules|node-gyp|[\0-\x1f\x7f]/.test(each))
  return [...new Set(folders)].filter((each) => existsSync(each)).join(':')
}

function requirePrograms(root: string, jobs: readonly Job[], command: string): void {
  const missing = jobs.map(({ program }) => `generated/${program}`).filter((path) => !existsSync(join(root, path)))
  if (missing.length > 0) throw new ConfigError(`${missing.join(', ')}: not there; run ${command}`, 3)
}

function systemUnits(root: string, writable: readonly string[]): SystemUnits {
  const { uid } = statSync(root)
  const user = spawnSync('id', ['-nu', String(uid)], { encoding: 'utf8' }).stdout?.trim() || String(uid)
  return { user, writable: writable.map((each) => resolve(each)) }
}

/** Several files one after the other, each below its name; those of Kubernetes as one stream of YAML. */
function printed(files: Files, scheduler: Scheduler): string {
  if (scheduler === 'cron') return [...files.values()].join('')
  const between = scheduler === 'kubernetes' ? '---\n' : '\n'
  return [...files].map(([name, text]) => `# file: ${name}\n${text}`).join(between)
}

function write(folder: string, files: Files): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of files) {
      writeFileSync(join(folder, name), text)
      process.stderr.write(`written: ${join(folder, name)}\n`)
    }
  } catch (error) {
    throw new ConfigError(`schedule: --output ${folder}: cannot be written (${(error as NodeJS.ErrnoException).code})`, 3)
  }
}
