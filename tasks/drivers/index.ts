import type { Driver } from '../engine/plan/driver.ts'
import entrypoint from './entrypoint.ts'
import gitRepos from './git-repos.ts'
import openWebui from './open-webui.ts'

/** Every kind of target. A new one is a file beside this one and a line here. */
export const drivers: readonly Driver[] = [gitRepos, openWebui, entrypoint]
