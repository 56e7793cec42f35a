import type { Driver } from '../engine/plan/driver.ts'
import composeStack from './compose-stack/driver.ts'
import entrypoint from './entrypoint/driver.ts'
import gitRepos from './git-repos/driver.ts'
import openWebui from './open-webui/driver.ts'

/** Every kind of target. A new one is a folder beside this file and a line here. */
export const drivers: readonly Driver[] = [gitRepos, openWebui, composeStack, entrypoint]
