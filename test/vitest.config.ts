import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/{unit,sameness,e2e,crash}/**/*.test.ts'],
    globalSetup: fileURLToPath(new URL('compiled.ts', import.meta.url)),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // More than there are cores: most of a test is waiting for processes.
    maxWorkers: availableParallelism() + 1,
    // GitHub's packages import JSON in a way that Node refuses. What compiled.ts made is ready to be run.
    server: { deps: { inline: [/@actions\//], external: [/lockstep-tasks-/] } },
    maxConcurrency: 3,
  },
})
