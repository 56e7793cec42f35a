import { z } from 'zod'
import { httpAddress, lateText, relativePath, secretText } from '../../engine/config/fields.ts'
import { defineDriver } from '../../engine/plan/driver.ts'
import { sh } from '../../engine/plan/shell.ts'
import { changes, pool, reads } from '../../engine/plan/step.ts'

const config = z.strictObject({
  index: lateText(/^https?:\/\/[^\s\0-\x1f/]+\/[^\s\0-\x1f]+$/i, 'the address of an index: https://example.org/skills/index.json').describe(
    'The address of the index; its archives are found from there.',
  ),
  token: secretText.optional().describe('Goes to the server of the index only.'),
  hosts: z.array(httpAddress).default([]).describe('Other servers that archives may come from: https://downloads.example.org.'),
  destination: relativePath.describe('The folder that the skills stand in.'),
  lock_file: relativePath
    .optional()
    .describe('Where is written what was installed; catalog.lock.json beside the skills if it is left out.'),
  prune: z.boolean().default(false).describe('Remove what left the catalog; else it is only said.'),
  max_megabytes: z.int().min(1).max(1024).default(32).describe('Megabytes that a skill may have, packed and unpacked.'),
  max_files: z.int().min(1).max(10_000).default(500).describe('Files that a skill may have.'),
  jobs: z.int().min(1).max(32).default(4).describe('Skills at once.'),
  timeout: z.int().min(1).max(3600).default(60).describe('Seconds for one request.'),
  tries: z.int().min(1).max(10).default(4).describe('Attempts for one request.'),
})

export default defineDriver({
  name: 'skill_catalog',
  summary: () => 'Keep the skills of a catalog in the working tree, one folder each',
  config,
  replaces: ['skillsmith_sync.py'],
  programs: [
    { name: 'curl', package: 'curl' },
    { name: 'jq', package: 'jq' },
    { name: 'gzip', package: 'gzip' },
    { name: 'tar', package: 'tar' },
  ],
  tokens: { token: 'get one from whoever runs the catalog' },
  parameters: [],
  conflicts: ['stop', 'theirs'],
  verbs: {
    pull: ({ config, target }) => {
      const lockFile = config.lock_file ?? `${config.destination}/catalog.lock.json`
      const moved = { condition: sh`[[ -s $run_dir/work/moved ]]`, otherwise: 'nothing moved' }
      return {
        settings: {
          skills_index: config.index,
          skills_login: config.token ?? '',
          destination: config.destination,
          lock_file: lockFile,
          prune: config.prune,
          on_conflict: target.onConflict,
          skill_most: config.max_megabytes,
          skill_most_files: config.max_files,
          http_most: config.max_megabytes * 1024,
          http_timeout: config.timeout,
          http_tries: config.tries,
        },
        prepare: [...config.hosts.map((host) => sh`skill_hosts+=(${host})`), sh`skills_settings`],
        outputs: [`${config.destination}/**`, lockFile],
        items: config.destination,
        steps: [
          reads('compare', 'Compare with the catalog', sh`skills_compare`),
          pool(
            changes('fetch', 'Fetch and check what moved', sh`skill_fetch "$1"`, { when: moved, saves: undefined }),
            'moved',
            config.jobs,
          ),
          pool(
            changes('install', 'Install what moved', sh`skill_install "$1"`, { when: moved, saves: sh`skill_saves "$1"` }),
            'fetch.finished',
            config.jobs,
          ),
          ...(config.prune
            ? [
                pool(
                  changes('remove_dropped', 'Remove skills that left the catalog', sh`skill_remove "$1"`, {
                    when: { condition: sh`[[ -s $run_dir/work/dropped ]]`, otherwise: 'nothing left the catalog' },
                    saves: sh`skill_saves "$1"`,
                  }),
                  'dropped',
                  1,
                ),
              ]
            : []),
          changes('write_lock', 'Write the lock file', sh`skills_write_lock`, {
            when: {
              condition: config.prune ? sh`[[ -s $run_dir/work/moved || -s $run_dir/work/dropped ]]` : moved.condition,
              otherwise: 'already current',
            },
            saves: sh`replace_file_saves "$lock_file"`,
          }),
        ],
      }
    },
  },
})
