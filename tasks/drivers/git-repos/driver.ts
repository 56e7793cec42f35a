import type { z } from 'zod'
import { LateText } from '../../engine/config/late.ts'
import { type DriverInput, type DriverPlan, defineDriver, type Parameter } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { changes, pool, reads, type Step } from '../../engine/plan/step.ts'
import { config, MERGED, type Merge, nameOf, type Repository, WANTED } from './config.ts'

const LOCKED: Parameter = { name: 'locked', help: 'check out exactly what the lock file says, and ask no server for anything newer' }
const SHARES: Parameter = {
  name: 'shares',
  value: 'FOLDER',
  help: 'take from there, from the root, what the verb fetch has left on other machines',
}

export default defineDriver({
  name: 'git_repos',
  summary: () => 'Mirror Git repositories into the working tree, one folder each, without .git folders of their own',
  config,
  replaces: ['sync-oca-repos.sh'],
  programs: [{ name: 'git', package: 'git' }],
  parameters: [LOCKED],
  conflicts: ['stop', 'theirs'],
  offers: (verb, { shards }) => verb !== 'fetch' || shards !== undefined,
  verbs: {
    pull: (input) => ({
      ...basePlan(input),
      ...(input.config.shards !== undefined && {
        parameters: [LOCKED, SHARES],
        shards: { count: input.config.shards, reads: [lockFileOf(input.config)] },
      }),
      outputs: [
        `${input.config.destination}/**`,
        lockFileOf(input.config),
        ...ownFolders(input.config).map(([, folder]) => `${folder}/**`),
      ],
      items: input.config.destination,
      itemFolders: Object.fromEntries(ownFolders(input.config)),
      committed: 'git_upstream_files',
      uncommitted: 'git_uncommitted',
      steps: pullSteps(input.config),
    }),
    fetch: fetchPlan,
    patch: (input) => {
      const { settings, prepare } = basePlan(input)
      const folder = `patches/${input.target.name}`
      return {
        settings: { ...settings, locked: false, patch_folder: folder },
        prepare: [...prepare, sh`real_path patch_folder "$patch_folder"`],
        parameters: [{ name: 'repo', value: 'REPOSITORY', help: 'this one; without it all that have local commits' }],
        outputs: [`${folder}/**`],
        steps: patchSteps(),
      }
    },
  },
})

type Config = z.output<typeof config>

const lockFileOf = ({ lock_file, destination }: Config): string => lock_file ?? `${destination}.lock.json`

/** Name and folder of those that stand elsewhere than below the destination of all. */
const ownFolders = ({ repositories }: Config): [name: string, folder: string][] =>
  repositories.flatMap((entry) => (typeof entry === 'string' || entry.destination === undefined ? [] : [[entry.name, entry.destination]]))

/** What all verbs know of the repositories. */
const basePlan = ({ config, target }: DriverInput<Config>): Required<Pick<DriverPlan, 'settings' | 'prepare'>> => ({
  settings: {
    base_url: config.base_url ?? '',
    branch: config.branch,
    destination: config.destination,
    lock_file: lockFileOf(config),
    cache_folder: `.insightpulse/cache/${target.name}`,
    on_conflict: target.onConflict,
    timeout: config.timeout,
    tries: config.tries,
    repositories: config.repositories.map(nameOf),
    ...(config.shards !== undefined && { shards: config.shards }),
  },
  prepare: [
    sh`git_sources`,
    ...config.repositories.flatMap(ownSource),
    sh`git_check_settings`,
    ...(config.repositories.some(isLayered) ? [sh`git_check_layers`] : []),
    sh`git_check_destination`,
    ...ENVIRONMENT,
  ],
})

const ENVIRONMENT = [sh`git_may_share`, sh`git_environment`]

/** One of the machines that ask and fetch for a pull. What is put together of several is left to that. */
function fetchPlan({ config, target }: DriverInput<Config>): DriverPlan {
  const repositories = config.repositories.filter((entry) => !isLayered(entry))
  const { settings } = basePlan({ config: { ...config, repositories }, target, fields: {} })
  const last = (config.shards ?? 1) - 1
  return {
    settings: { ...settings, locked: false },
    prepare: [sh`git_keep_shard`, sh`git_sources`, ...repositories.flatMap(ownSource), sh`git_check_settings`, ...ENVIRONMENT],
    parameters: [
      { name: 'shard', value: 'NUMBER', help: `which of the shards this is, from 0 to ${last}` },
      { name: 'shares', value: 'FOLDER', help: 'leave what was fetched in FOLDER/NUMBER, from the root' },
    ],
    outputs: [],
    dry: true,
    steps: [
      ...askSteps(config),
      reads('compare', 'Compare with the lock file', sh`git_compare_shard`),
      pool(reads('fetch', 'Fetch what moved', sh`git_fetch_shard "$1"`, { when: MOVED }), 'moved', config.jobs, PER_HOST),
      reads('write_share', 'Leave it for the run that takes it', sh`git_write_share`),
    ],
  }
}

/** What a repository has of its own. */
function ownSource(entry: Repository): Shell[] {
  if (typeof entry === 'string') return []
  const { name, merges, patches } = entry
  return [
    ...(['destination', 'url', ...WANTED] as const).flatMap((kind) => {
      const value = entry[kind]
      return value === undefined ? [] : [sh`git_use ${name} ${kind} ${value}`]
    }),
    ...merges.map((merge) => layerOf(name, merge)),
    ...patches.map((patch) => sh`git_layer ${name} patch ${patch}`),
  ]
}

const isLayered = (entry: Repository): boolean => typeof entry !== 'string' && entry.merges.length + entry.patches.length > 0

/** Something that is merged upon a repository. */
function layerOf(name: string, merge: Merge): Shell {
  if (typeof merge === 'string' || merge instanceof LateText) return sh`git_layer ${name} branch ${merge}`
  const { url } = merge
  const kind = MERGED.find((each) => merge[each] !== undefined) ?? 'branch'
  const what = merge[kind] ?? ''
  return url === undefined ? sh`git_layer ${name} ${kind} ${what}` : sh`git_layer ${name} ${kind} ${what} ${url}`
}

const MOVED = { condition: sh`[[ -s $run_dir/work/moved ]]`, otherwise: 'nothing moved' }
const PER_HOST = sh`git_host "$1"`

const askSteps = ({ jobs }: Config): Step[] => [
  reads('ask_servers', 'Ask the servers what moved', sh`git_ask_servers`, {
    when: { condition: sh`[[ $locked == false ]]`, otherwise: 'not with --locked' },
  }),
  pool(
    reads('ask_with_git', 'Ask the others with git', sh`git_ask "$1"`, {
      when: { condition: sh`[[ -s $run_dir/work/to_ask ]]`, otherwise: 'not needed' },
    }),
    'to_ask',
    jobs,
    PER_HOST,
  ),
]

function pullSteps(config: Config): Step[] {
  const { jobs, prune, shards } = config
  return [
    ...(shards === undefined
      ? []
      : [reads('take_shares', 'Take what other machines have fetched', sh`git_take_shares`, { planned: sh`[[ -n $shares ]]` })]),
    ...askSteps(config),
    reads('compare', 'Compare with the lock file and the folders', sh`git_compare`),
    pool(changes('fetch', 'Fetch what moved', sh`git_fetch "$1"`, { when: MOVED, saves: undefined }), 'moved', jobs, PER_HOST),
    pool(
      changes('update', 'Update the folders', sh`git_update "$1"`, { when: MOVED, saves: sh`git_update_saves "$1"` }),
      'fetch.finished',
      jobs,
    ),
    ...(prune
      ? [
          pool(
            changes('remove_dropped', 'Remove repositories that left the list', sh`git_remove_dropped "$1"`, {
              when: { condition: sh`[[ -s $run_dir/work/dropped ]]`, otherwise: 'nothing left the list' },
              saves: sh`git_remove_dropped_saves "$1"`,
            }),
            'dropped',
            1,
          ),
        ]
      : []),
    changes('write_lock', 'Write the lock file', sh`git_write_lock`, {
      when: {
        condition: prune ? sh`[[ -s $run_dir/work/moved || -s $run_dir/work/dropped ]]` : MOVED.condition,
        otherwise: 'already current',
      },
      saves: sh`printf '%s\\0' "$lock_file" "$lock_file.new-$run_id"`,
    }),
  ]
}

function patchSteps(): Step[] {
  return [
    reads('find_local', 'Look for local commits', sh`git_find_local`),
    pool(
      changes('write_patches', 'Write them as patches', sh`git_write_patches "$1"`, {
        when: { condition: sh`[[ -s $run_dir/work/local ]]`, otherwise: 'no folder has local commits' },
        // Its files are new, and nothing stands in their place.
        saves: undefined,
      }),
      'local',
      1,
    ),
  ]
}
