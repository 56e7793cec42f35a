import type { Gate, Gates } from '../config/safety.ts'
import type { Direction } from './driver.ts'
import { type Shell, sh } from './shell.ts'
import { checks, guards, type Step } from './step.ts'

type Phase = keyof Gates

const WORDS = { pre_sync_checks: 'pre_sync', post_sync_checks: 'post_sync', drift_gates: 'drift' } as const

const LEFT_OUT = ['pull', 'push'] as const

/**
 * The gates of a phase as steps of a target that goes `direction`: those of the run, then its own. A bidirectional target
 * may be sent one way, so which ones are left out is decided when it runs.
 */
export function gateSteps(phase: Phase, direction: Direction, global: Gates, own: Gates): Step[] {
  const alone = sh`$lockstep_gates != "$run_id"`
  const steps = (gates: readonly Gate[], prefix: string, ...conditions: readonly Shell[]): Step[] =>
    gates
      .filter((gate) => direction === 'bidirectional' || !gate[`skip_on_${direction}`])
      .map((gate, index) => {
        const ways = LEFT_OUT.filter((way) => gate[`skip_on_${way}`]).map((way) => sh`$direction != ${way}`)
        return gateStep(phase, `${prefix}${WORDS[phase]}_${index + 1}`, gate, [
          ...conditions,
          ...(direction === 'bidirectional' ? ways : []),
        ])
      })
  return [...steps(global[phase], '', alone), ...steps(own[phase], 'own_')]
}

/** The gates of a run of several targets; one is skipped where all of them go the way that it leaves out. */
export function globalGateSteps(phase: Phase, global: Gates): Step[] {
  return global[phase].map((gate, index) => {
    const step = gateStep(phase, `${WORDS[phase]}_${index + 1}`, gate)
    const skipped = LEFT_OUT.filter((direction) => gate[`skip_on_${direction}`])
    if (skipped.length === 0) return step
    const condition = sh`! all_go ${skipped[0] ?? ''}${skipped[1] === undefined ? sh`` : sh` && ! all_go ${skipped[1]}`}`
    return { ...step, when: { condition: sh`{ ${condition}; }`, otherwise: `skip_on_${skipped.join(' and skip_on_')}` } }
  })
}

/** Before its commit a target of several waits for the global gates that come after the last of them. */
export function awaitStep(global: Gates): Step[] {
  if (global.post_sync_checks.length + global.drift_gates.length === 0) return []
  const planned = sh`[[ $lockstep_gates == "$run_id" && -n $lockstep_result && $dry_run == false ]]`
  return [checks('gates_of_all', 'Wait for the gates of all targets', sh`await_gates`, { planned })]
}

/** What guards or judges a change has nothing to do where there is none, as in `verify`. */
function gateStep(phase: Phase, id: string, gate: Gate, conditions: readonly Shell[] = []): Step {
  const { name, command, expected_exit_code, max_drift_score, min_value, max_value } = gate
  const limits = [max_drift_score, min_value, max_value].map((limit) => (limit === undefined ? '' : String(limit)))
  const body = sh`run_gate ${WORDS[phase]} ${name} ${command} ${expected_exit_code} ${limits}`
  const make = phase === 'pre_sync_checks' ? guards : checks
  const all = [...conditions, ...(phase === 'drift_gates' ? [] : [sh`$check == false`])]
  return make(id, name, body, {
    timeoutSeconds: gate.timeout,
    ...(phase === 'drift_gates' && { dryRun: 'with_verify' }),
    ...(all.length > 0 && { planned: sh`[[ ${all.reduce((one, other) => sh`${one} && ${other}`)} ]]` }),
  })
}
