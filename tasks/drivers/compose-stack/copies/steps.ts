import type { Parameter } from '../../../engine/plan/driver.ts'
import { sh } from '../../../engine/plan/shell.ts'
import { changes, checks, guards, pool, reads, type Step } from '../../../engine/plan/step.ts'
import { type StackConfig, stopsServices } from '../config.ts'
import { environmentOption, reach } from '../releases/steps.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export const refreshParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'from', value: 'NAME', help: 'the environment whose data is copied; the protected one if it is left out' },
  { name: 'with-credentials', help: 'let the credentials of n8n come along where the rules keep them; its webhooks never do' },
]

export const sanitiseParameters: readonly Parameter[] = [
  environmentOption,
  { name: 'propose', help: 'print a first file of rules, for you to decide on' },
]

/**
 * Nothing of the one environment stands still before the rules fit and a person has agreed; nothing of the other is touched
 * before the copy is made, proved, and stands beside what is there.
 */
export function refreshSteps({ jobs, parts }: StackConfig): Step[] {
  const wanted = { condition: sh`stack_goes_on`, otherwise: 'you answered no' }
  const files = Object.values(parts).some((part) => part.kind === 'sqlite' && stopsServices(part))
  const sanitise = sh`stack_of_source stack_sanitise "$1"`
  return [
    guards('judge', 'See whether this may be', sh`stack_judge_refresh`),
    reach,
    reads('look', 'Look at the databases that are copied', sh`stack_of_source stack_look`, { timeoutSeconds: HOUR }),
    ...(files
      ? [
          guards('judge_files', 'See whether each has files of its own', sh`stack_judge_apart`, { timeoutSeconds: HOUR }),
          guards('compare_rules', 'Compare the rules with the files', sh`stack_of_source stack_check_rules sqlite`, {
            timeoutSeconds: HOUR,
          }),
        ]
      : []),
    pool(
      changes('sanitise', 'Copy them without personal data, and prove it', sanitise, {
        when: { condition: sh`stack_confirm_refresh` },
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'parts',
      1,
    ),
    ...(files
      ? [
          pool(
            changes('sanitise_held', 'The same with those whose services pause while they are read', sanitise, {
              when: {
                condition: sh`stack_goes_on_whole`,
                otherwise: 'you answered no, or not all other databases could be copied',
              },
              saves: undefined,
              timeoutSeconds: DAY,
            }),
            'held',
            1,
          ),
        ]
      : []),
    changes('accept', 'See whether they can be taken in', sh`stack_of_environment stack_accept_clean`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
    pool(
      changes('load_parts', 'Load them beside what is there, and compare', sh`stack_of_environment stack_load "$1"`, {
        when: wanted,
        saves: undefined,
        timeoutSeconds: DAY,
      }),
      'loads',
      jobs,
    ),
    changes('stop_services', 'Stop what uses the data', sh`stack_of_environment stack_stop`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
    changes('switch_parts', 'Let the copy take over', sh`stack_of_environment stack_switch`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
    changes('start_services', 'Start the services and wait until they are healthy', sh`stack_of_environment stack_start`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: 2 * HOUR,
    }),
    ...(files
      ? [
          checks('prove', 'Prove that what runs is the copy', sh`stack_of_environment stack_prove_refreshed`, {
            when: wanted,
            timeoutSeconds: HOUR,
          }),
        ]
      : []),
    changes('forget_former', 'Remove former data beyond keep_previous', sh`stack_of_environment stack_forget_refreshed`, {
      when: wanted,
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
  ]
}

/** Do the rules fit the database? Or what would be proposed. */
export const sanitiseSteps = (): Step[] => [
  reads('propose', 'Propose rules', sh`stack_of_environment stack_print_proposal`, {
    planned: sh`[[ $propose == true ]]`,
    timeoutSeconds: HOUR,
  }),
  guards('check_rules', 'Compare the rules with the database', sh`stack_of_environment stack_check_rules`, {
    planned: sh`[[ $propose == false ]]`,
    timeoutSeconds: HOUR,
  }),
]
