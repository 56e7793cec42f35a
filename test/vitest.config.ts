import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/{unit,sameness,e2e}/**/*.test.ts'],
    testTimeout: 60_000,
    maxConcurrency: 3,
  },
})
