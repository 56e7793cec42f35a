import { z } from 'zod'
import { httpAddress, relativePath, secretText } from '../../engine/config/fields.ts'
import { defineDriver } from '../../engine/plan/driver.ts'
import { sh } from '../../engine/plan/shell.ts'
import { changes, reads } from '../../engine/plan/step.ts'

const WAY = 'make a token with the scope app:read at https://cloud.digitalocean.com/account/api/tokens'

/** What apps_volatile in clean.sh leaves out. */
const VOLATILE = [
  'updated_at',
  'last_deployment_created_at',
  'phase_last_updated_at',
  'progress',
  'pending_deployment',
  'in_progress_deployment',
  'owner_uuid',
] as const

const variableName = z.string().regex(/^[_A-Za-z][_A-Za-z0-9]*$/, 'must be the name of a variable: letters, digits and "_"')

const config = z.strictObject({
  output: relativePath
    .refine((path) => path.endsWith('.json'), 'must end in .json')
    .default('docs/runtime/apps_truth.json')
    .describe('The file that is written.'),
  token: secretText.prefault('${DIGITALOCEAN_TOKEN}').describe('A variable with a token of scope app:read.'),
  api: httpAddress.prefault('${DIGITALOCEAN_API:-https://api.digitalocean.com}').describe('The server that is asked.'),
  keep: z.array(z.enum(VOLATILE)).default([]).describe('Fields to keep that change while nothing that is deployed does, and the owner.'),
  variables: z.array(variableName).default([]).describe('Variables of apps whose values may be told; never those of type SECRET.'),
  commands: z.boolean().default(false).describe('Tell build_command and run_command.'),
  timeout: z.int().min(1).max(3600).default(60).describe('Seconds for one request.'),
  tries: z.int().min(1).max(10).default(4).describe('Attempts for one request.'),
})

export default defineDriver({
  name: 'digitalocean_apps',
  summary: () => 'Keep what is deployed on DigitalOcean as a JSON file without secrets',
  config,
  replaces: ['apps-truth-sync.sh'],
  programs: [
    { name: 'curl', package: 'curl' },
    { name: 'jq', package: 'jq' },
  ],
  tokens: { token: WAY },
  parameters: [],
  conflicts: ['stop'],
  verbs: {
    pull: ({ config }) => ({
      settings: {
        apps_file: config.output,
        apps_api: config.api,
        apps_login: config.token,
        apps_keep: config.keep.join(' '),
        apps_variables: config.variables.join(' '),
        apps_commands: config.commands,
        http_timeout: config.timeout,
        http_tries: config.tries,
      },
      prepare: [sh`apps_settings ${WAY}`],
      outputs: [config.output],
      steps: [
        reads('fetch_apps', 'Ask DigitalOcean for the apps', sh`apps_fetch`),
        changes('write_apps', 'Write what is deployed', sh`apps_write`, {
          when: { condition: sh`[[ -e $run_dir/work/moved ]]`, otherwise: 'unchanged' },
          saves: sh`replace_file_saves "$apps_file"`,
        }),
      ],
    }),
  },
})
