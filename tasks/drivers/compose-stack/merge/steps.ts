import type { Parameter } from '../../../engine/plan/driver.ts'
import { sh } from '../../../engine/plan/shell.ts'
import { changes, checks, guards, pool, reads, type Step } from '../../../engine/plan/step.ts'
import type { StackConfig } from '../config.ts'

const HOUR = 3600

export const mergeParameters: readonly Parameter[] = [
  { name: 'only', value: 'PART', help: 'merge the workflows of this part of the kind n8n, and leave all else alone' },
  { name: 'take-theirs', help: 'with --only: where both sides changed a workflow, take theirs' },
  { name: 'take-mine', help: 'with --only: where both sides changed a workflow, leave yours' },
]

const planned = sh`[[ -n $only ]]`
const wanted = { condition: sh`stack_merge_goes_on` }

export const hasWorkflows = ({ parts }: StackConfig): boolean => Object.values(parts).some(({ kind }) => kind === 'n8n')

/** What is there of both sides, and what becomes of each workflow. */
export const compareWorkflows: readonly Step[] = [
  reads('look_at_workflows', 'Look at the workflows of both sides', sh`stack_merge_look`, { planned, timeoutSeconds: HOUR }),
  guards('compare_workflows', 'Decide what becomes of each workflow', sh`stack_merge_plan`, { planned, timeoutSeconds: HOUR }),
  pool(
    changes('save_workflows', 'Export the workflows that are here first', sh`stack_dump "$1"`, {
      planned,
      when: { condition: sh`stack_merge_confirm` },
      saves: undefined,
      timeoutSeconds: HOUR,
    }),
    'parts',
    1,
  ),
]

/** Once what is here stands in an archive. */
export const mergeWorkflows: readonly Step[] = [
  changes('write_workflows', 'Take in what changed on their side', sh`stack_merge_write`, {
    planned,
    when: wanted,
    saves: undefined,
    timeoutSeconds: 2 * HOUR,
  }),
  changes('restart_n8n', 'Start n8n again and wait until it is healthy', sh`stack_merge_restart`, {
    planned,
    when: wanted,
    saves: undefined,
    timeoutSeconds: 2 * HOUR,
  }),
  checks('prove_merge', 'Prove that n8n has what was decided', sh`stack_merge_prove`, { planned, when: wanted, timeoutSeconds: HOUR }),
  changes('note_merge', 'Note what both sides have in common now', sh`stack_merge_note`, {
    planned,
    when: { condition: sh`stack_goes_on`, otherwise: 'you answered no' },
    saves: undefined,
  }),
]
