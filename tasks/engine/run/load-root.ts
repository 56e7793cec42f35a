import type { Config } from '../config/schema.ts'
import type { Kit } from '../plan/verb.ts'
import { createRenderer, type Renderer } from '../render/program.ts'
import { readConfig } from './config-file.ts'
import { commandIn, findRoot, profileOf } from './root.ts'
import { readSources } from './sources.ts'
import { addUserDrivers, type RootKit } from './user-drivers.ts'

export interface LoadedRoot {
  readonly root: string
  readonly kit: RootKit
  readonly config: Config
  /** What renders its programs, in the form that its config has or in another. */
  readonly renderer: (form?: Config['runtime']) => Renderer
}

/** The root that `words` name, with its drivers and its config, with the profile that is asked for. Throws ConfigError. */
export async function loadRoot(words: readonly string[], own: Kit): Promise<LoadedRoot> {
  const root = findRoot(words)
  const kit = await addUserDrivers(root, own)
  const config = readConfig(root, kit, profileOf(words))
  const renderer = (form = config.runtime) => createRenderer(readSources(commandIn(root), kit.library), form, config.profile)
  return { root, kit, config, renderer }
}
