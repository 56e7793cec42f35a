import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { ConfigError } from '../config/problem.ts'
import type { Given } from '../plan/verb.ts'
import { fromCrontab } from '../takeover/crontab.ts'
import { fromGitAggregator } from '../takeover/git-aggregator.ts'
import { fromGitModules } from '../takeover/git-modules.ts'
import { fromMyrepos } from '../takeover/myrepos.ts'
import type { Taken, TakenRepository } from '../takeover/taken.ts'
import { targetsOf } from '../takeover/targets.ts'
import { fromVcstool } from '../takeover/vcstool.ts'
import { CONFIG_FILE } from './config-file.ts'
import { offerScripts } from './init-scripts.ts'
import { allValues, commandIn, optionValue } from './root.ts'

const HEAD = `# What is synced, backed up and rolled back here. An editor with a YAML language server
# completes and checks it by the schema beside it, which \`generate\` writes.
# yaml-language-server: $schema=./sync.schema.json
version: "1.0"
`

/** What stands there where nothing is taken over: an example of each common kind, as comments but for one that runs. */
const EXAMPLES = `
targets:
  hello:                          # a name of yours; \`sync hello\` runs it
    direction: pull
    description: Replace me
    entrypoint: scripts/hello.sh  # any script, in any language
    outputs: [docs/hello.txt]     # what it writes: saved before, put back after a failure

  # addons:                       # mirror repositories into a folder, without .git of their own
  #   driver: git_repos
  #   direction: pull
  #   schedule: "0 2 * * *"
  #   config:
  #     base_url: https://github.com/OCA
  #     branch: "18.0"
  #     destination: addons
  #     repositories: [web, server-tools]
`

const HELLO = "#!/usr/bin/env bash\nset -euo pipefail\nmkdir -p docs\nprintf 'hello\\n' >docs/hello.txt\n"

const IGNORED = [
  'node_modules/',
  '/.insightpulse/*',
  '!/.insightpulse/drivers/',
  '!/.insightpulse/secrets.allow',
  '!/.insightpulse/*.yaml',
  '!/.insightpulse/sync.schema.json',
  '.env',
  '*.bak.[0-9]*_[0-9]*',
]

/** The verb init: gives the exit code. @throws ConfigError where there is a sync.yaml, or what is to be taken over cannot be read. */
export async function init({ words, options }: Given): Promise<number> {
  const root = resolve(optionValue(words, 'root') ?? '.')
  if (existsSync(join(root, CONFIG_FILE))) throw new ConfigError(`${join(root, CONFIG_FILE)}: there is one already; nothing was written`)
  const sources = allValues(words, 'from')
  const taken = sources.map((source) => ({ source, ...takeOver(source, root) }))
  const { yaml, scripts, notes } = targetsOf(
    { repositories: taken.flatMap(({ repositories }) => repositories), jobs: taken.flatMap(({ jobs }) => jobs) },
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  )
  const files = new Map(
    sources.length === 0
      ? [
          [CONFIG_FILE, HEAD + EXAMPLES],
          ['scripts/hello.sh', HELLO],
        ]
      : [[CONFIG_FILE, `${HEAD}\n${yaml}`], ...scripts],
  )
  const inTheWay = [...files.keys()].filter((path) => existsSync(join(root, path)))
  if (inTheWay.length > 0) throw new ConfigError(`${inTheWay.join(', ')}: there already; nothing was written`)
  if (sources.length > 0 && taken.every(({ repositories, jobs }) => repositories.length + jobs.length === 0))
    throw new ConfigError([...taken.flatMap(({ left }) => left), 'nothing could be taken over; nothing was written'].join('\n'))
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { mode: path.endsWith('.sh') ? 0o755 : 0o644, flag: 'wx' })
    say(`written: ${path}`)
  }
  ignore(root)
  for (const { source, repositories, jobs, left } of taken) {
    for (const { path, url, branch } of repositories)
      say(`taken over from ${source}: ${path}: ${shown(url)}${branch ? `, branch ${branch}` : ''}`)
    for (const { line, schedule, command } of jobs) say(`taken over from ${source}: line ${line}: ${schedule}: ${command}`)
    for (const each of left) say(`not taken over from ${source}: ${shown(each)}`)
  }
  for (const note of notes) say(`look at ${note}`)
  for (const each of await offerScripts(root, options['yes'] === true)) say(each)
  next(root)
  return 0
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

/** Without the password of an address. */
const shown = (text: string): string => text.replaceAll(/(:\/\/[^/@:\s]*):[^/@\s]+@/g, '$1:***@')

/** Adds to .gitignore what it lacks. */
function ignore(root: string): void {
  const file = join(root, '.gitignore')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const missing = IGNORED.filter((line) => !text.split(/\r?\n/).includes(line))
  if (missing.length === 0) return
  writeFileSync(file, `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${missing.join('\n')}\n`)
  say(`${text === '' ? 'written' : 'added to'}: .gitignore`)
}

/** What to do now, and what can be had beside. */
function next(root: string): void {
  const command = commandIn(root)
  say(`next: look at ${CONFIG_FILE}, then ${command('generate')}, then ${command('sync')} --dry-run`)
  if (existsSync(join(root, 'Makefile'))) say('make: "include generated/goals.mk" in the Makefile gives a goal for each verb')
}

/** What a source gives, by its name. */
function takeOver(source: string, root: string): Taken {
  if (source === '-') return fromCrontab(readFileSync(0, 'utf8'), false)
  if (!existsSync(source)) throw new ConfigError(`init: ${source}: does not exist`)
  if (statSync(source).isDirectory()) return fromClones(source, root)
  const text = readFileSync(source, 'utf8')
  const name = basename(source)
  try {
    if (name.endsWith('.gitmodules')) return fromGitModules(text)
    if (name.endsWith('.mrconfig')) return fromMyrepos(text)
    if (name.endsWith('.repos') || (/\.ya?ml$/.test(name) && /^repositories:/m.test(text))) return fromVcstool(text)
    if (/\.ya?ml$/.test(name)) return fromGitAggregator(text)
    if (/cron/.test(resolve(source))) return fromCrontab(text, /^\/etc\/cron(tab$|\.d\/)/.test(resolve(source)))
  } catch (error) {
    throw new ConfigError(`init: ${source}: ${String((error as Error).message).split('\n')[0]}`)
  }
  throw new ConfigError(`init: ${source}: not a kind of file that is known; --help lists them`)
}

/** The clones that stand in a folder. */
function fromClones(folder: string, root: string): Taken {
  const repositories: TakenRepository[] = []
  const left: string[] = []
  const names = readdirSync(folder).sort()
  for (const name of names.filter((each) => existsSync(join(folder, each, '.git')))) {
    const git = (...words: string[]): string =>
      spawnSync('git', ['-C', join(folder, name), ...words], { encoding: 'utf8' }).stdout?.trim() ?? ''
    const [url, branch] = [git('config', 'remote.origin.url'), git('symbolic-ref', '--short', '-q', 'HEAD')]
    const path = relative(root, resolve(folder, name))
    if (url === '') left.push(`${path}: it has no remote "origin"`)
    else if (path.startsWith('..')) left.push(`${path}: stands outside of ${root}`)
    else {
      repositories.push({ path, url, ...(branch === '' ? {} : { branch }) })
      const work = git('status', '--porcelain') === '' && git('log', '--branches', '--not', '--remotes', '--oneline') === ''
      left.push(
        `${path}/.git: a mirror has none; ${work ? 'remove the clone' : 'it holds work that is not pushed: push it, then remove the clone'}`,
      )
    }
  }
  return { repositories, jobs: [], left }
}
