import { own } from './engine/plan/options.ts'
import { sh } from './engine/plan/shell.ts'
import { changes, reads } from './engine/plan/step.ts'
import { defineVerb } from './start.ts'

const rehearsing = sh`[[ $rollback_mode == drill ]]`
const restoring = sh`[[ $rollback_mode != drill ]]`

export default defineVerb(import.meta.url, {
  name: 'rollback',
  summary: 'go back to the state before the last change',
  usage: ['[TARGET | PATH] [options]'],
  about: `Go back to the state before the last change of TARGET, or of the last run that
changed anything. A rollback is no such change: doing it twice goes no further
(--to STATE does) and never forward (--undo does). What stands there now is saved
first. The target is then held at that state until "sync TARGET --release". A PATH
is as --file: it goes back to what the newest backup of it holds.`,
  options: [
    { name: 'list', help: 'list the states to go back to' },
    { name: 'to', value: 'STATE', help: 'the state before this run, or of this backup or commit' },
    { name: 'file', value: 'PATH', help: 'only this file or folder' },
    { name: 'undo', help: 'undo the newest rollback: go forward again' },
    { name: 'no-hold', help: 'let the next sync bring the newer state again' },
    { name: 'emergency', help: 'undo the last run of every target: no question, no network, no gate' },
    { name: 'full', help: 'restore the whole database, not only the row; nothing may have it open' },
    { name: 'drill', help: 'restore into a scratch folder, check, and record how long it took' },
    { name: 'from-remote', help: 'fetch what is missing here from the remote copy first' },
    ...own('dry-run', 'yes', 'ci', 'json', 'quiet', 'verbose', 'report', 'events', 'profile', 'root', 'wait', 'help', 'version'),
  ],
  exitCodes: `Exit codes: 0 done, 1 failed and put back, 2 wrong usage, 3 there is nothing to
go back to, 5 the backup is damaged, 6 a run holds the lock, 7 a person is needed`,
  alias: true,
  program: {
    kind: 'stores',
    alone: false,
    steps: [
      reads('find_state', 'Find what differs from that state', sh`find_rollback_state`, {
        when: { condition: sh`may_find_state` },
        capture: 'rollback_id',
      }),
      changes('rehearse', 'Restore into a scratch folder and check', sh`rehearse_state`, {
        when: { condition: sh`has_state` },
        planned: rehearsing,
        saves: undefined,
      }),
      changes('go_back', 'Restore the files and check them', sh`restore_state`, {
        when: { condition: sh`may_go_back` },
        planned: restoring,
        saves: sh`list_obstructed`,
      }),
      changes('restore_elsewhere', 'Restore the database', sh`put_back_elsewhere`, {
        when: { condition: sh`may_restore_elsewhere` },
        planned: restoring,
        saves: undefined,
      }),
      changes('release', 'Release what that rollback held', sh`release_held`, {
        when: { condition: sh`may_release` },
        planned: sh`[[ $rollback_mode != drill && $undo_rollback == true ]]`,
        saves: undefined,
      }),
      changes('hold', 'Hold the target at that state', sh`hold_target`, {
        when: { condition: sh`may_hold` },
        planned: sh`[[ $rollback_mode != drill && $undo_rollback == false ]]`,
        saves: undefined,
      }),
    ],
  },
})
