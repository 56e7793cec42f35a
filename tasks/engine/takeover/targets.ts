import { stringify } from 'yaml'
import type { Taken, TakenJob, TakenRepository } from './taken.ts'

/** What is written: the targets of a sync.yaml, and the scripts that they start, by path. */
export interface TakenTargets {
  readonly yaml: string
  readonly scripts: ReadonlyMap<string, string>
  /** What a person should look at. */
  readonly notes: readonly string[]
}

const DEFAULT_BRANCH = 'main'
const HEAD_FOLDER = 'repositories'
const PASSWORD = /^([a-z]+:\/\/)[^/@\s]*:[^/@\s]+@/i

/** Targets for all that was taken: one of git_repos for each folder, one of a script for each job. */
export function targetsOf({ repositories, jobs }: Pick<Taken, 'repositories' | 'jobs'>, timezone: string): TakenTargets {
  const targets: Record<string, unknown> = {}
  const secret = repositories.filter(({ url, merges = [] }) =>
    [url, ...merges.map((merge) => (typeof merge === 'string' ? '' : (merge.url ?? '')))].some((each) => PASSWORD.test(each)),
  )
  const notes = secret.map(
    ({ path }) => `${path}: its address held a password, which is left out; give it to Git's credential helper, or as \${A_VARIABLE}`,
  )
  const nameFor = (wish: string): string => {
    const base = wish
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replace(/^(?![A-Za-z])/, 'x')
      .toLowerCase()
      .slice(0, 60)
    let name = base
    for (let number = 2; name in targets; number++) name = `${base}_${number}`
    return name
  }
  for (const { folder, branch, members } of groupsOf(repositories.map(withoutPassword))) {
    const moved = members.filter(({ path }) => !path.includes('/'))
    if (folder === HEAD_FOLDER && moved.length > 0)
      notes.push(`${moved.map(({ path }) => path).join(', ')}: mirrored below ${HEAD_FOLDER}/, for a target has a folder of its own`)
    const unknown = members.filter((member) => member.branch === undefined && member.ref === undefined && member.commit === undefined)
    if (unknown.length > 0)
      notes.push(`${unknown.map(({ path }) => path).join(', ')}: no branch is written there; ${branch} is meant until you correct it`)
    const name = nameFor(folder.split('/').at(-1) ?? folder)
    targets[name] = { driver: 'git_repos', direction: 'pull', config: { ...sources(members, branch), branch, destination: folder } }
  }
  const scripts = new Map<string, string>()
  for (const job of jobs) {
    const name = nameFor(jobName(job))
    const entrypoint = `scripts/${name.replaceAll('_', '-')}.sh`
    scripts.set(entrypoint, scriptOf(job))
    targets[name] = { direction: 'pull', entrypoint, schedule: job.schedule, timezone: job.timezone ?? timezone, outputs: [] }
    notes.push(
      `${name}: name in outputs: what ${entrypoint} writes in the repository, so that it is saved before and put back after a failure`,
    )
  }
  return { yaml: stringify({ targets }, { lineWidth: 130 }), scripts, notes }
}

const withoutPassword = (repository: TakenRepository): TakenRepository => ({
  ...repository,
  url: repository.url.replace(PASSWORD, '$1'),
  ...(repository.merges && {
    merges: repository.merges.map((merge) =>
      typeof merge === 'string' || merge.url === undefined ? merge : { ...merge, url: merge.url.replace(PASSWORD, '$1') },
    ),
  }),
})

interface Group {
  readonly folder: string
  /** That of most. */
  readonly branch: string
  readonly members: TakenRepository[]
}

function groupsOf(repositories: readonly TakenRepository[]): Group[] {
  const groups = new Map<string, TakenRepository[]>()
  for (const repository of repositories) {
    const folder = /^(.*)\//.exec(repository.path.replace(/\/+$/, ''))?.[1] ?? HEAD_FOLDER
    groups.set(folder, [...(groups.get(folder) ?? []), repository])
  }
  return [...groups].map(([folder, members]) => ({ folder, branch: mostFrequent(members.flatMap(({ branch }) => branch ?? [])), members }))
}

function mostFrequent(branches: readonly string[]): string {
  const count = (branch: string): number => branches.filter((each) => each === branch).length
  return branches.reduce((most, branch) => (count(branch) > count(most) ? branch : most), branches[0] ?? DEFAULT_BRANCH)
}

/** `repositories:` of git_repos, with a `base_url` where that says most of the addresses. */
function sources(members: readonly TakenRepository[], usual: string): object {
  const named = members.map(({ path, url, branch, ...pinned }) => ({
    name: path.split('/').at(-1) ?? path,
    url,
    ...(branch !== undefined && branch !== usual && { branch }),
    ...pinned,
  }))
  const base = /^(.*)\/[^/]+$/.exec(named[0]?.url ?? '')?.[1] ?? ''
  const isBelow = ({ name, url }: { name: string; url: string }): boolean => base !== '' && url.replace(/\.git$/, '') === `${base}/${name}`
  return {
    ...(named.some(isBelow) ? { base_url: base } : {}),
    repositories: named.map(({ name, url, ...own }) => {
      const below = isBelow({ name, url })
      return below && Object.keys(own).length === 0 ? name : { name, ...(below ? {} : { url }), ...own }
    }),
  }
}

/** The name of the script that a command starts, else its first word. */
function jobName({ command }: TakenJob): string {
  const words = command.split(/[\s;&|<>()]+/).filter((word) => word !== '' && word !== 'cd' && !word.includes('='))
  const script =
    words.find((word) => /\.(sh|py|js|mjs|rb|pl|php)$/.test(word)) ?? words.find((word) => !word.startsWith('/') || word.includes('bin/'))
  return (script ?? words[0] ?? 'job').replace(/^.*\//, '').replace(/\.\w+$/, '')
}

/** The command as cron ran it: by sh, in the home folder. */
const scriptOf = ({ command, environment, schedule, line }: TakenJob): string =>
  [
    '#!/bin/sh',
    `# Taken over from line ${line} of a crontab (${schedule}), which ran it in the home folder.`,
    'set -e',
    'cd -- "$HOME"',
    ...environment.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`),
    command,
    '',
  ].join('\n')
