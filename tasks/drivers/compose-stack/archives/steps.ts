import type { Parameter } from '../../../engine/plan/driver.ts'
import { sh } from '../../../engine/plan/shell.ts'
import { changes, checks, guards, pool, reads, type Step } from '../../../engine/plan/step.ts'
import { type StackConfig, stopsServices } from '../config.ts'
import { compareWorkflows, hasWorkflows, mergeParameters, mergeWorkflows } from '../merge/steps.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export const exportParameters: readonly Parameter[] = [
  { name: 'list', help: 'list the archives' },
  { name: 'share', help: 'say what to tell the colleague who is to import it' },
  {
    name: 'since',
    value: 'last',
    help: 'take what did not change since the last whole archive by reference to it: the import needs both files',
  },
  { name: 'inspect', value: 'ARCHIVE', help: 'check that this archive is whole, and say what is in it; exit code 5 if it is not' },
]

export const importParameters: readonly Parameter[] = [
  { name: 'archive', value: 'ARCHIVE', help: 'take this one, not the newest' },
  { name: 'from', value: 'PLACE', help: 'take it from there: a file, or rclone:REMOTE/PATH' },
  { name: 'back', help: 'take what the last import has replaced' },
  { name: 'force', help: 'go on where versions, roles or keys stand against it' },
  { name: 'inactive', help: 'let no workflow of n8n be active afterwards' },
  { name: 'take-env', help: 'take its .env too where there is another one here' },
  ...mergeParameters,
]

export const psqlParameters: readonly Parameter[] = [
  { name: 'part', value: 'NAME', help: 'the part; the first database if it is left out' },
  { name: 'read-only', help: 'in transactions that only read, unless the SQL says otherwise' },
]

const inspecting = sh`[[ -n $inspect ]]`
const exporting = sh`[[ -z $inspect ]]`

/** The way out. */
export const exportSteps = (config: StackConfig): Step[] => [
  reads('inspect_archive', 'Check the archive', sh`stack_inspect`, { planned: inspecting, timeoutSeconds: DAY }),
  ...saveSteps(config).map((step) => ({ ...step, planned: exporting })),
  ...(hasWorkflows(config)
    ? [changes('note_export', 'Note it for later merges', sh`stack_note_export`, { planned: exporting, saves: undefined })]
    : []),
  changes('upload', 'Copy the archive to the remote', sh`stack_upload`, {
    planned: sh`[[ -z $inspect && -n $backup_remote ]]`,
    saves: undefined,
    timeoutSeconds: DAY,
  }),
  changes('prune_archives', 'Remove archives that no rule keeps', sh`stack_prune`, { planned: exporting, saves: undefined }),
  changes('share_archive', 'Say what to tell the colleague', sh`stack_share`, {
    planned: sh`[[ -z $inspect && $share == true ]]`,
    saves: undefined,
  }),
]

const dump = sh`stack_dump "$1"`
const save = sh`stack_save "$1"`

/**
 * Look, dump all parts side by side, one archive, read back, its name. What is about to be `replaced` may lack what belongs
 * into an export.
 */
export const saveSteps = ({ jobs, parts }: StackConfig, replaced = false): Step[] => [
  reads('look', 'Look at the stack and at the room on the disk', replaced ? sh`stack_look replaced` : sh`stack_look`, {
    timeoutSeconds: HOUR,
  }),
  pool(changes('dump_parts', 'Dump and check the parts', replaced ? save : dump, { saves: undefined, timeoutSeconds: DAY }), 'parts', jobs),
  ...(Object.values(parts).some(stopsServices)
    ? [
        pool(
          changes('dump_held', 'Dump the parts whose services have to pause', replaced ? save : dump, {
            when: { condition: sh`[[ ! -s $run_dir/failures ]]`, otherwise: 'not all other parts could be dumped' },
            saves: undefined,
            timeoutSeconds: DAY,
          }),
          'held',
          1,
        ),
      ]
    : []),
  ...archiveSteps(),
]

const archiveSteps = (when?: Step['when'] & object): Step[] => {
  const all = { saves: undefined, ...(when && { when }) }
  return [
    changes('write_archive', 'Write the archive', sh`stack_archive`, { ...all, timeoutSeconds: DAY }),
    changes('read_back', 'Read the archive back', sh`stack_check_archive`, { ...all, timeoutSeconds: DAY }),
    changes('name_archive', 'Give the archive its name', sh`stack_publish`, all),
  ]
}

/** The way in: nothing that is here is touched before all of it stands beside, checked. */
export const importSteps = (config: StackConfig): Step[] => {
  const here = { condition: sh`stack_has_something`, otherwise: 'nothing of it is here yet' }
  const merges = hasWorkflows(config)
  const whole = (steps: Step[]): Step[] => (merges ? steps.map((step) => ({ ...step, planned: sh`[[ -z $only ]]` })) : steps)
  return [
    reads('find_archive', 'Find the archive', sh`stack_find_archive`, { timeoutSeconds: HOUR }),
    reads('open_archive', 'Unpack the archive and check it', sh`stack_open_archive`, { timeoutSeconds: DAY }),
    ...whole(savedFirst(config, here)),
    ...(merges ? compareWorkflows : []),
    changes('write_archive', 'Write the archive of what is here', sh`stack_archive`, { when: here, saves: undefined, timeoutSeconds: DAY }),
    changes('read_back', 'Read that archive back', sh`stack_check_archive`, { when: here, saves: undefined, timeoutSeconds: DAY }),
    changes('name_archive', 'Give that archive its name', sh`stack_publish`, { when: here, saves: undefined }),
    ...whole(takeOver(config)),
    ...(merges ? mergeWorkflows : []),
  ]
}

/** What differs, and what is here of it. */
const savedFirst = ({ jobs, parts }: StackConfig, here: Step['when'] & object): Step[] => [
  reads('look', 'Look at the stack and at the room on the disk', sh`stack_look replaced`, { timeoutSeconds: HOUR }),
  guards('compare', 'Compare it with what is here', sh`stack_compare`, { timeoutSeconds: HOUR }),
  pool(
    changes('save_parts', 'Export what is here first', save, {
      when: { condition: sh`stack_confirm` },
      saves: undefined,
      timeoutSeconds: DAY,
    }),
    'parts',
    jobs,
  ),
  ...(Object.values(parts).some(stopsServices)
    ? [
        pool(
          changes('save_held', 'Export the parts whose services have to pause', save, {
            when: here,
            saves: undefined,
            timeoutSeconds: DAY,
          }),
          'held',
          1,
        ),
      ]
    : []),
]

const takeOver = (config: StackConfig): Step[] => {
  const wanted = { condition: sh`stack_goes_on`, otherwise: 'you answered no' }
  return [
    pool(
      changes('load_parts', 'Load the parts beside what is here, and compare', sh`stack_load "$1"`, {
        when: wanted,
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'loads',
      config.jobs,
    ),
    changes('stop_services', 'Stop what uses the data', sh`stack_stop`, { when: wanted, saves: undefined, timeoutSeconds: HOUR }),
    changes('switch_parts', 'Let the new data take over', sh`stack_switch`, { when: wanted, saves: undefined, timeoutSeconds: HOUR }),
    changes('take_files', 'Write the files', sh`stack_take_files`, { when: wanted, saves: sh`stack_take_saves` }),
    changes('start_services', 'Start the services and wait until they are healthy', sh`stack_start`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: 2 * HOUR,
    }),
    checks('prove', 'Prove that what runs is what the archive holds', sh`stack_prove`, { when: wanted, timeoutSeconds: HOUR }),
    ...(hasWorkflows(config)
      ? [changes('note_import', 'Note it for later merges', sh`stack_note_import`, { when: wanted, saves: undefined })]
      : []),
    changes('forget_former', 'Remove former data beyond keep_previous', sh`stack_forget`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
  ]
}

/** Out with all of it, once all of it stands in an archive: its parts, and then each volume as it is when all has stopped. */
export const cleanSteps = ({ jobs }: StackConfig): Step[] => {
  const here = { condition: sh`stack_has_something || stack_has_volumes`, otherwise: 'nothing of it is here' }
  const wanted = { condition: sh`stack_goes_on`, otherwise: 'you answered no' }
  return [
    reads('look', 'Look at the stack and at the room on the disk', sh`stack_look_at_all`, { timeoutSeconds: HOUR }),
    pool(
      changes('save_parts', 'Export its parts', save, {
        when: { condition: sh`stack_confirm_clean` },
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'parts',
      jobs,
    ),
    pool(
      changes('save_held', 'Export the parts whose services have to pause', save, {
        when: { condition: sh`stack_has_something`, otherwise: 'nothing of it is here' },
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'held',
      1,
    ),
    changes('stop_all', 'Stop all of it', sh`stack_stop_all`, { when: wanted, saves: undefined, timeoutSeconds: HOUR }),
    pool(
      changes('save_volumes', 'Export its volumes as they are', sh`stack_save_volume "$1"`, {
        when: { condition: sh`stack_has_volumes`, otherwise: 'it has none' },
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'volumes',
      jobs,
    ),
    ...archiveSteps(here),
    changes('remove_stack', 'Remove its containers, networks and volumes', sh`stack_remove`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
  ]
}
