import type { Gate, Gates } from '../config/safety.ts'
import type { Direction } from './driver.ts'
import { sh } from './shell.ts'
import { checks, guards, type Step } from './step.ts'

type Phase = keyof Gates

const WORDS = { pre_sync_checks: 'pre_sync', post_sync_checks: 'post_sync', drift_gates: 'drift' } as const

/** The gates of a phase as steps of a target that goes `direction`: those of the run, then its own. */
export function gateSteps(phase: Phase, direction: Direction, global: Gates, own: Gates): Step[] {
  const goes = (gate: Gate): boolean => !(direction === 'pull' && gate.skip_on_pull) && !(direction === 'push' && gate.skip_on_push)
  const once = { condition: sh`[[ $lockstep_gates != "$run_id" ]]`, otherwise: 'done once for all targets' }
  return [
    ...global[phase].filter(goes).map((gate, index) => {
      return { ...gateStep(phase, `${WORDS[phase]}_${index + 1}`, gate), when: once }
    }),
    ...own[phase].filter(goes).map((gate, index) => gateStep(phase, `own_${WORDS[phase]}_${index + 1}`, gate)),
  ]
}

/** The gates of a run of several targets; one is skipped where all of them go the way that it leaves out. */
export function globalGateSteps(phase: Phase, global: Gates): Step[] {
  return global[phase].map((gate, index) => {
    const step = gateStep(phase, `${WORDS[phase]}_${index + 1}`, gate)
    const skipped = (['pull', 'push'] as const).filter((direction) => gate[`skip_on_${direction}`])
    if (skipped.length === 0) return step
    const condition = sh`! all_go ${skipped[0] ?? ''}${skipped[1] === undefined ? sh`` : sh` && ! all_go ${skipped[1]}`}`
    return { ...step, when: { condition: sh`{ ${condition}; }`, otherwise: `skip_on_${skipped.join(' and skip_on_')}` } }
  })
}

/** Before its commit a target of several waits for the global gates that come after the last of them. */
export function awaitStep(global: Gates): Step[] {
  if (global.post_sync_checks.length + global.drift_gates.length === 0) return []
  const condition = sh`[[ $lockstep_gates == "$run_id" && -n $lockstep_result ]]`
  return [
    checks('gates_of_all', 'Wait for the gates of all targets', sh`await_gates`, {
      when: { condition, otherwise: 'this run has one target' },
    }),
  ]
}

function gateStep(phase: Phase, id: string, gate: Gate): Step {
  const { name, command, expected_exit_code, max_drift_score, min_value, max_value } = gate
  const limits = [max_drift_score, min_value, max_value].map((limit) => (limit === undefined ? '' : String(limit)))
  const body = sh`run_gate ${WORDS[phase]} ${name} ${command} ${expected_exit_code} ${limits}`
  const make = phase === 'pre_sync_checks' ? guards : checks
  return make(id, name, body, { timeoutSeconds: gate.timeout })
}
