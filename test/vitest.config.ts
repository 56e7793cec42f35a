import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/{unit,sameness,e2e,crash}/**/*.test.ts'],
    globalSetup: fileURLToPath(new URL('compiled.ts', import.meta.url)),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // GitHub's packages import JSON in a way that Node refuses.
    server: { deps: { inline: [/@actions\//] } },
    maxConcurrency: 4,
  },
})
