import { z } from 'zod'
import { lateText, relativePath } from '../../engine/config/fields.ts'
import { type Direction, type DriverInput, type DriverPlan, defineDriver } from '../../engine/plan/driver.ts'
import { sh } from '../../engine/plan/shell.ts'
import { changes, checks, reads, type Step } from '../../engine/plan/step.ts'

const PASSWORD = /:\/\/[^/@:\s]*:[^/@\s]+@|[?&][^=&]*password=/

const config = z.strictObject({
  database: lateText(/^[^\0-\x1f\x7f]+$/, 'a SQLite file, or postgres://USER@HOST/NAME')
    .refine(
      (value) =>
        !PASSWORD.test(
          typeof value === 'string' ? value : value.parts.map((part) => (typeof part === 'string' ? part : (part.fallback ?? ''))).join(''),
        ),
      'must be an address without the password: put the password into a variable, such as ${OPEN_WEBUI_DATABASE}',
    )
    .describe('A SQLite file, sqlite:///FILE, or postgres://USER@HOST/NAME.'),
  model: lateText(/^[^\0-\x1f\x7f]+$/, 'the id of a model').describe(
    'The id of the model, as its page in Open WebUI has it in its address.',
  ),
  system_prompt: relativePath.describe('Plain text, or in .json an object with "system".'),
  metadata: relativePath
    .refine((path) => path.endsWith('.json'), 'must end in .json')
    .optional()
    .describe('An object with "name", "meta" and "params".'),
})

type Input = DriverInput<z.output<typeof config>>

/** The steps are the same for every direction; what only reads one side leaves out the steps that write it. */
function plan(direction: Direction, { config, target }: Input): DriverPlan {
  const needed = (file: string, otherwise: string) => ({ condition: sh`[[ -e $run_dir/work/${file} ]]`, otherwise })
  const changed = needed('changes', 'nothing to change')
  const steps: Step[] = [
    reads('compare', 'Compare the model with the files', sh`webui_compare`),
    changes('back_up', 'Copy the whole database and the files', sh`webui_back_up`, { when: changed, saves: sh`webui_saves` }),
  ]
  if (direction !== 'pull') {
    steps.push(
      changes('write_row', 'Write the model', sh`webui_write_row`, {
        when: needed('wanted', 'nothing to change there'),
        saves: undefined,
      }),
    )
  }
  if (direction !== 'push') {
    steps.push(
      changes('write_files', 'Write the files', sh`webui_write_files`, {
        when: { condition: sh`[[ -e $run_dir/work/prompt || -e $run_dir/work/metadata ]]`, otherwise: 'nothing to change there' },
        saves: undefined,
      }),
    )
  }
  steps.push(
    checks('check_both', 'Check that both are in step', sh`webui_check`, { when: changed }),
    changes('remember', 'Remember what both have', sh`webui_remember`, { when: changed, saves: undefined }),
  )
  return {
    settings: {
      database: config.database,
      model: config.model,
      system_prompt: config.system_prompt,
      metadata: config.metadata ?? '',
      on_conflict: target.onConflict,
      state_file: `.insightpulse/state/synced/${target.name}.json`,
    },
    prepare: [sh`webui_settings`],
    outputs: [config.system_prompt, ...(config.metadata ? [config.metadata] : [])],
    steps,
  }
}

export default defineDriver({
  name: 'open_webui',
  summary: () => 'Keep an assistant of Open WebUI, in its database, and its files in step',
  config,
  replaces: ['auto-sync.sh', 'sync-from-db.sh'],
  programs: [{ name: 'sqlite3', package: 'sqlite3' }],
  parameters: [
    { name: 'take-files', help: 'where both sides changed the same, keep the files' },
    { name: 'take-database', help: 'where both sides changed the same, keep the database' },
  ],
  answer: sh`webui_answer "$1"`,
  undos: ['webui_undo_row', 'webui_undo_restore'],
  conflicts: ['stop', 'files', 'database', 'newest'],
  verbs: {
    bidirectional: (input) => plan('bidirectional', input),
    push: (input) => plan('push', input),
    pull: (input) => plan('pull', input),
  },
})
