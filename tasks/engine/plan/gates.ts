import type { Gate, Gates } from '../config/safety.ts'
import type { Direction } from './driver.ts'
import { sh } from './shell.ts'
import { checks, guards, type Step } from './step.ts'

type Phase = keyof Gates

const WORDS = { pre_sync_checks: 'pre_sync', post_sync_checks: 'post_sync', drift_gates: 'drift' } as const

/** The gates of a phase as steps of a target that goes `direction`: those of the run, then its own. */
export function gateSteps(phase: Phase, direction: Direction, global: Gates, own: Gates): Step[] {
  const goes = (gate: Gate): boolean => !(direction === 'pull' && gate.skip_on_pull) && !(direction === 'push' && gate.skip_on_push)
  const once = { condition: sh`[[ \${LOCKSTEP_GATES:-} != "$run_id" ]]`, otherwise: 'done once for all targets' }
  return [
    ...global[phase].filter(goes).map((gate, index) => {
      const step = gateStep(phase, `${WORDS[phase]}_${index + 1}`, gate)
      return phase === 'pre_sync_checks' ? { ...step, when: once } : step
    }),
    ...own[phase].filter(goes).map((gate, index) => gateStep(phase, `own_${WORDS[phase]}_${index + 1}`, gate)),
  ]
}

/** The pre-sync gates of a run of several targets; one is skipped where all of them go the way that it leaves out. */
export function globalGateSteps(global: Gates): Step[] {
  return global.pre_sync_checks.map((gate, index) => {
    const step = gateStep('pre_sync_checks', `pre_sync_${index + 1}`, gate)
    const skipped = (['pull', 'push'] as const).filter((direction) => gate[`skip_on_${direction}`])
    if (skipped.length === 0) return step
    const condition = sh`! all_go ${skipped[0] ?? ''}${skipped[1] === undefined ? sh`` : sh` && ! all_go ${skipped[1]}`}`
    return { ...step, when: { condition: sh`{ ${condition}; }`, otherwise: `skip_on_${skipped.join(' and skip_on_')}` } }
  })
}

function gateStep(phase: Phase, id: string, gate: Gate): Step {
  const { name, command, expected_exit_code, max_drift_score, min_value, max_value } = gate
  const limits = [max_drift_score, min_value, max_value].map((limit) => (limit === undefined ? '' : String(limit)))
  const body = sh`run_gate ${WORDS[phase]} ${name} ${command} ${expected_exit_code} ${limits}`
  const make = phase === 'pre_sync_checks' ? guards : checks
  return make(id, name, body, { timeoutSeconds: gate.timeout })
}
