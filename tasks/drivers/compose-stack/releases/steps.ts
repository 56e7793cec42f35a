import type { Parameter } from '../../../engine/plan/driver.ts'
import { sh } from '../../../engine/plan/shell.ts'
import { changes, checks, guards, pool, reads, type Step } from '../../../engine/plan/step.ts'
import { saveSteps } from '../archives/steps.ts'
import type { StackConfig } from '../config.ts'
import { hasWorkflows } from '../merge/steps.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export const environmentOption: Parameter = {
  name: 'env',
  value: 'NAME',
  help: 'the environment; found out by the name of this machine if it is left out',
}

export const deployParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'pull', help: 'ask the registry for newer images of the same names' },
]

export const healthParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'junit', value: 'FILE', help: 'write the verdicts as JUnit to FILE' },
]

export const watchParameter: Parameter = {
  name: 'watch',
  value: 'SECONDS',
  help: 'ask again every so many, until Ctrl-C; with --json a line for each round',
}

export const promoteParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'from', value: 'NAME', help: 'the environment that was tested; found out where there is only one other' },
  { name: 'no-data', help: 'do not export its data first' },
]

export const rollbackParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'list', help: 'list the releases to go back to' },
  { name: 'tag', value: 'TAG', help: 'what ran when this tag of Git was made' },
  { name: 'to', value: 'RELEASE', help: 'this release' },
  { name: 'with-data', help: 'its data too, as it was when it was replaced: the backup that its tag names' },
  { name: 'emergency', help: 'the last one that was healthy, without a question' },
]

export const reach = reads('reach', 'Reach the host and its Docker', sh`stack_ask_host`, { timeoutSeconds: HOUR })

/** What stands in an archive before anything takes over: of a protected environment, or of none. */
const savedFirst = (config: StackConfig, replaced: boolean): Step[] =>
  Object.keys(config.parts).length === 0
    ? []
    : saveSteps(config, replaced).map((step) => ({
        ...step,
        body: sh`stack_of_environment ${step.body}`,
        planned: sh`stack_saves_data`,
        when: { condition: step.when ? sh`stack_all_dumped` : sh`stack_may_save` },
      }))

const switched = { condition: sh`stack_has_switched` }

/** The host switches, proves that it is well, or is as it was. */
const switchSteps: readonly Step[] = [
  changes('switch_release', 'Let it take over', sh`stack_switch_release`, {
    when: { condition: sh`stack_may_switch` },
    saves: undefined,
    timeoutSeconds: DAY,
  }),
  checks('prove', 'Prove that it is well', sh`stack_prove_release`, { when: switched, timeoutSeconds: HOUR }),
]

const forgetReleases = changes('forget_releases', 'Forget the oldest releases', sh`stack_forget_releases`, {
  when: switched,
  saves: undefined,
  timeoutSeconds: HOUR,
})

const tag = changes('tag', 'Tag what ran before', sh`stack_tag`, { when: switched, saves: undefined })

const takeOver = (config: StackConfig): Step[] => [...savedFirst(config, false), ...switchSteps, forgetReleases]

/** All checks of a group. */
const checkSteps = (group: 'health' | 'tests'): Step[] => [
  reach,
  reads('list_checks', 'See what is to be asked', sh`stack_list_checks ${group}`, { timeoutSeconds: HOUR }),
  pool(reads('ask', 'Ask the stack', sh`stack_check_one "$1"`, { timeoutSeconds: HOUR }), 'checks', 8),
  reads('table', 'Show what came of it', sh`stack_table`),
]

export const deploySteps = (config: StackConfig): Step[] => [
  reach,
  changes('make_env', 'Make its variables', sh`stack_make_env`, { planned: sh`[[ -n $env_made_from ]]`, saves: undefined }),
  reads('resolve', 'Resolve the compose files', sh`stack_resolve`, { timeoutSeconds: HOUR }),
  changes('build', 'Build the images', sh`stack_build`, {
    when: { condition: sh`stack_builds`, otherwise: 'nothing of it is built here' },
    saves: undefined,
    timeoutSeconds: DAY,
  }),
  changes('bring', 'Bring the images there', sh`stack_bring`, { saves: undefined, timeoutSeconds: DAY }),
  guards('compare', 'Compare it with what runs', sh`stack_plan_release`, { timeoutSeconds: HOUR }),
  ...takeOver(config),
]

export const healthSteps = (): Step[] => checkSteps('health')

export const testSteps = (): Step[] => [
  ...checkSteps('tests'),
  changes('note_tested', 'Note that this release has passed', sh`stack_note_tested`, { saves: undefined }),
]

export const promoteSteps = (config: StackConfig): Step[] => [
  guards('judge_tested', 'See what was tested', sh`stack_judge_tested`, { timeoutSeconds: HOUR }),
  reach,
  reads('resolve', 'Resolve the compose files', sh`stack_resolve`, { timeoutSeconds: HOUR }),
  changes('carry', 'Carry the images that were tested', sh`stack_carry`, { saves: undefined, timeoutSeconds: DAY }),
  guards('compare', 'Compare it with what runs', sh`stack_plan_promotion`, { timeoutSeconds: HOUR }),
  ...takeOver(config),
  tag,
]

/** With the data nothing that is there is touched before all of it stands beside, checked; what uses it stops for the exchange. */
export function rollbackSteps(config: StackConfig): Step[] {
  const planned = sh`[[ $with_data == true ]]`
  const wanted = { planned, when: { condition: sh`stack_may_switch` }, saves: undefined, timeoutSeconds: DAY }
  const proved = { planned, when: switched, saves: undefined, timeoutSeconds: HOUR }
  return [
    reach,
    guards('find_release', 'Find the release to go back to', sh`stack_find_release`, { timeoutSeconds: HOUR }),
    guards('find_backup', 'Check the backup of its data', sh`stack_of_environment stack_find_backup`, { planned, timeoutSeconds: DAY }),
    ...savedFirst(config, true),
    pool(
      changes('load_parts', 'Load the parts beside what is there, and compare', sh`stack_of_environment stack_load "$1"`, wanted),
      'loads',
      config.jobs,
    ),
    changes('stop_services', 'Stop what uses the data', sh`stack_halt`, wanted),
    changes('switch_parts', 'Let the former data take over', sh`stack_of_environment stack_switch`, wanted),
    ...switchSteps,
    checks('prove_data', 'Prove that what runs has the former data', sh`stack_of_environment stack_prove`, proved),
    ...(hasWorkflows(config) ? [changes('note_data', 'Note it for later merges', sh`stack_note_back`, proved)] : []),
    forgetReleases,
    { ...tag, planned },
    // From here there is no way back.
    changes('forget_former', 'Remove former data beyond keep_previous', sh`stack_forget_replaced`, proved),
  ]
}
