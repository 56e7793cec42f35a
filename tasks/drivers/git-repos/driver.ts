import { z } from 'zod'
import { lateText, plainName, relativePath } from '../../engine/config/fields.ts'
import { defineDriver } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { changes, pool, reads, type Step } from '../../engine/plan/step.ts'

const ADDRESS = /^(https?:\/\/|ssh:\/\/|git:\/\/|file:\/\/\/|\/)[^\s\0-\x1f]+$|^[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s\0-\x1f]+$/
const address = lateText(ADDRESS, 'the address of a Git server: https://, http://, ssh://, git://, file:///, a path, or user@host:path')
const branch = lateText(/^[A-Za-z0-9_](?!.*\.\.)[A-Za-z0-9._/+@-]*$/, 'the name of a branch')

const WANTED = ['branch', 'ref', 'commit'] as const

/** One with something of its own. */
const described = z
  .strictObject({
    name: plainName.describe('Its name on the server, and of its folder.'),
    url: address.optional().describe('Its address, if that is not base_url/name.'),
    branch: branch.optional().describe('Another branch than that of the others.'),
    ref: lateText(/^(refs\/tags\/)?(?!refs\/)[A-Za-z0-9_](?!.*\.\.)[A-Za-z0-9._/+@-]*$/, 'the name of a tag')
      .optional()
      .describe('A tag, in place of a branch.'),
    commit: z
      .string()
      .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a whole commit id, in small letters')
      .optional()
      .describe('It stays at this commit.'),
  })
  .refine((entry) => WANTED.filter((key) => entry[key] !== undefined).length < 2, 'takes one of branch, ref and commit')

const repository = z.union([plainName, described], {
  error: 'must be a name, or a name with a url, and a branch, a ref or a commit',
})

const settings = z.strictObject({
  base_url: address.optional().describe('Where the repositories are that have no url of their own.'),
  branch: branch.describe('The branch that is mirrored.'),
  destination: relativePath.describe('The folder that the repositories stand in.'),
  lock_file: relativePath
    .optional()
    .describe('Where commit and tree of each are written down; destination + .lock.json if it is left out.'),
  repositories: z
    .array(repository)
    .min(1, 'must name at least one repository')
    .superRefine((repositories, context) => {
      const seen = new Set<string>()
      repositories.forEach((entry, index) => {
        const name = nameOf(entry)
        if (seen.has(name)) context.addIssue({ code: 'custom', path: [index], message: `"${name}" is listed twice` })
        seen.add(name)
      })
    })
    .describe('Names below base_url, or repositories with something of their own.'),
  prune: z.boolean().default(false).describe('Remove what left the list; else it is only said.'),
  jobs: z.int().min(1).max(64).default(8).describe('So many at once; over ssh at most 8 a host.'),
  timeout: z.int().min(1).max(86_400).default(300).describe('Seconds for one call over the network.'),
  tries: z.int().min(1).max(10).default(3).describe('Attempts for one call over the network.'),
})

const config = settings.superRefine(({ base_url, repositories }, context) => {
  const bare = repositories.findIndex((entry) => typeof entry === 'string' || entry.url === undefined)
  const entry = repositories[bare]
  if (base_url !== undefined || entry === undefined) return
  context.addIssue({ code: 'custom', path: ['repositories', bare], message: `"${nameOf(entry)}" needs a url, or base_url for all` })
})

const nameOf = (entry: z.output<typeof repository>): string => (typeof entry === 'string' ? entry : entry.name)

export default defineDriver({
  name: 'git_repos',
  summary: () => 'Mirror Git repositories into the working tree, one folder each, without .git folders of their own',
  config,
  replaces: ['sync-oca-repos.sh'],
  programs: [{ name: 'git', package: 'git' }],
  parameters: [{ name: 'locked', help: 'check out exactly what the lock file says, and ask no server for anything newer' }],
  conflicts: ['stop', 'theirs'],
  verbs: {
    pull: ({ config, target }) => {
      const lockFile = config.lock_file ?? `${config.destination}.lock.json`
      return {
        settings: {
          base_url: config.base_url ?? '',
          branch: config.branch,
          destination: config.destination,
          lock_file: lockFile,
          cache_folder: `.insightpulse/cache/${target.name}`,
          on_conflict: target.onConflict,
          timeout: config.timeout,
          tries: config.tries,
          repositories: config.repositories.map(nameOf),
        },
        prepare: [
          sh`git_sources`,
          ...config.repositories.flatMap(ownSource),
          sh`git_check_settings`,
          sh`git_check_destination`,
          sh`git_environment`,
        ],
        outputs: [`${config.destination}/**`, lockFile],
        items: config.destination,
        committed: 'git_upstream_files',
        uncommitted: 'git_uncommitted',
        steps: pullSteps(config),
      }
    },
  },
})

/** What a repository has of its own. */
function ownSource(entry: z.output<typeof repository>): Shell[] {
  if (typeof entry === 'string') return []
  return (['url', ...WANTED] as const).flatMap((kind) => {
    const value = entry[kind]
    return value === undefined ? [] : [sh`git_use ${entry.name} ${kind} ${value}`]
  })
}

function pullSteps({ jobs, prune }: z.infer<typeof config>): Step[] {
  const moved = { condition: sh`[[ -s $run_dir/work/moved ]]`, otherwise: 'nothing moved' }
  const perHost = sh`git_host "$1"`
  return [
    reads('ask_servers', 'Ask the servers what moved', sh`git_ask_servers`, {
      when: { condition: sh`[[ $locked == false ]]`, otherwise: 'not with --locked' },
    }),
    pool(
      reads('ask_with_git', 'Ask the others with git', sh`git_ask "$1"`, {
        when: { condition: sh`[[ -s $run_dir/work/to_ask ]]`, otherwise: 'not needed' },
      }),
      'to_ask',
      jobs,
      perHost,
    ),
    reads('compare', 'Compare with the lock file and the folders', sh`git_compare`),
    pool(changes('fetch', 'Fetch what moved', sh`git_fetch "$1"`, { when: moved, saves: undefined }), 'moved', jobs, perHost),
    pool(
      changes('update', 'Update the folders', sh`git_update "$1"`, { when: moved, saves: sh`git_update_saves "$1"` }),
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
        condition: prune ? sh`[[ -s $run_dir/work/moved || -s $run_dir/work/dropped ]]` : moved.condition,
        otherwise: 'already current',
      },
      saves: sh`printf '%s\\0' "$lock_file" "$lock_file.new-$run_id"`,
    }),
  ]
}
