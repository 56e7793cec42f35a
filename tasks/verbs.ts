import backup from './backup.ts'
import clean from './clean.ts'
import completion from './completion.ts'
import dashboard from './dashboard.ts'
import deploy from './deploy.ts'
import type { Verb } from './engine/plan/verb.ts'
import exportVerb from './export.ts'
import fetch from './fetch.ts'
import generate from './generate.ts'
import graph from './graph.ts'
import health from './health.ts'
import history from './history.ts'
import importVerb from './import.ts'
import init from './init.ts'
import notify from './notify.ts'
import patch from './patch.ts'
import promote from './promote.ts'
import psql from './psql.ts'
import refresh from './refresh.ts'
import rollback from './rollback.ts'
import sanitise from './sanitise.ts'
import schedule from './schedule.ts'
import status from './status.ts'
import sync from './sync.ts'
import test from './test.ts'
import verify from './verify.ts'

/** All that can be run. A new one is a file beside this one and a line here. */
export const verbs: readonly Verb[] = [
  sync,
  verify,
  status,
  backup,
  rollback,
  exportVerb,
  importVerb,
  clean,
  psql,
  deploy,
  health,
  test,
  refresh,
  sanitise,
  promote,
  fetch,
  patch,
  history,
  graph,
  notify,
  schedule,
  dashboard,
  generate,
  init,
  completion,
]
