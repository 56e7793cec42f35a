import { z } from 'zod'
import { lateText, relativePath } from '../../engine/config/fields.ts'
import { type DriverInput, type DriverPlan, defineDriver } from '../../engine/plan/driver.ts'
import { sh } from '../../engine/plan/shell.ts'
import { changes, reads } from '../../engine/plan/step.ts'

const config = z
  .strictObject({
    source: lateText(/^(?!-)[^\0-\x1f\x7f]+$/, 'a folder, a file, or ssh://[USER@]HOST[:PORT][/PATH]')
      .optional()
      .describe('The folder of odoo.conf, or that file: here, or ssh://[USER@]HOST[:PORT][/PATH].'),
    container: lateText(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name or id of a container')
      .optional()
      .describe('What runs Odoo, there; then the path of `source` is one in it.'),
    destination: relativePath.default('docs/runtime').describe('The folder of the three files.'),
    timeout: z.int().min(1).max(3600).default(60).describe('Of the one call, in seconds.'),
  })
  .refine(({ source, container }) => source !== undefined || container !== undefined, 'must have "source" or "container"')

const FILES = ['ADDONS_PATH.prod.txt', 'DB_CONFIG.prod.txt', 'ENV_VARS.prod.txt'] as const

type Input = DriverInput<z.output<typeof config>>

function pull({ config }: Input): DriverPlan {
  return {
    settings: {
      live_source: config.source ?? '',
      live_container: config.container ?? '',
      destination: config.destination,
      timeout: config.timeout,
      live_files: FILES,
    },
    prepare: [sh`odoo_settings`],
    outputs: FILES.map((name) => `${config.destination}/${name}`),
    steps: [
      reads('read_live', 'Read the live configuration, and mask it', sh`odoo_read_live`),
      changes('write_docs', 'Write what is new', sh`odoo_write`, {
        when: { condition: sh`[[ -s $run_dir/work/moved ]]`, otherwise: 'it is as written down' },
        saves: sh`odoo_saves`,
      }),
    ],
  }
}

export default defineDriver({
  name: 'odoo_live',
  summary: () => 'Write down how the live Odoo is configured, without its secrets',
  config,
  replaces: ['sync-live-to-docs.sh'],
  programs: [],
  parameters: [],
  conflicts: ['stop'],
  verbs: { pull },
})
