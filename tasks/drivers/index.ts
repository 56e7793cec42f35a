import type { Driver } from '../engine/plan/driver.ts'
import agentConfig from './agent-config/driver.ts'
import composeStack from './compose-stack/driver.ts'
import digitaloceanApps from './digitalocean-apps/driver.ts'
import entrypoint from './entrypoint/driver.ts'
import gitRepos from './git-repos/driver.ts'
import notionTable from './notion-table/driver.ts'
import odooLive from './odoo-live/driver.ts'
import openWebui from './open-webui/driver.ts'
import skillCatalog from './skill-catalog/driver.ts'

/** Every kind of target. A new one is a folder beside this file and a line here. */
export const drivers: readonly Driver[] = [
  gitRepos,
  openWebui,
  agentConfig,
  digitaloceanApps,
  odooLive,
  skillCatalog,
  notionTable,
  composeStack,
  entrypoint,
]
