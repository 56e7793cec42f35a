import { appendFileSync, rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { existsSync, forms, join, makeRoot, mkdirSync, readJson, run, scratch, writeFileSync } from '../sameness/forms.ts'

it(
  'a script that is older than sync.yaml, or was edited, says so in one line, in its report and in status',
  { timeout: 300_000 },
  async () => {
    const root = join(scratch(), 'root')
    const config = `version: "1.0"
targets:
  one: { direction: pull, entrypoint: scripts/one.sh, outputs: ["out/*"] }
  two: { direction: pull, entrypoint: scripts/one.sh, outputs: ["two/*"] }
`
    const line = /was not made from the present \.insightpulse\/sync\.yaml: run lockstep generate/g
    const latest = () => readJson(join(root, '.insightpulse/reports/latest.json'))
    try {
      mkdirSync(join(root, 'scripts'), { recursive: true })
      writeFileSync(join(root, 'scripts/one.sh'), 'mkdir -p out\n')
      await makeRoot(root, config)
      expect(await run('script', root, [])).toMatchObject({ code: 0, stderr: expect.not.stringMatching(line) })
      expect(latest()).not.toHaveProperty('stale')
      for (const form of forms)
        expect(await run(form, root, [], {}, 'status')).toMatchObject({ code: 0, stdout: expect.not.stringMatching(line) })

      appendFileSync(join(root, '.insightpulse/sync.yaml'), '# more\n')
      const stale = await run('script', root, [])
      expect(stale).toMatchObject({ code: 0 })
      expect(stale.stderr.match(line)).toHaveLength(1)
      expect(latest()).toMatchObject({
        stale: expect.stringMatching(/^sync\.sh was not/),
        results: [{ stale: expect.stringMatching(/^sync-one\.sh was not/) }, {}],
      })
      // Node runs what it has just rendered; what stands in generated/ is told by status.
      expect(await run('node', root, [])).toMatchObject({ code: 0, stderr: expect.not.stringMatching(line) })
      for (const form of forms)
        expect(await run(form, root, [], {}, 'status')).toMatchObject({
          code: 8,
          stdout: expect.stringContaining('generated/sync-two.sh was not made from'),
        })

      await makeRoot(root, config)
      appendFileSync(join(root, 'generated/sync-one.sh'), '\n')
      const edited = await run('script', root, [])
      expect(edited.stderr.match(/sync-one\.sh was edited by hand: /g)).toHaveLength(1)
      rmSync(join(root, '.insightpulse/sync.yaml'))
      expect(await run('script', root, [])).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/edited|not made/) })
      expect(existsSync(join(root, '.insightpulse/sync.yaml'))).toBe(false)
    } finally {
      rmSync(join(root, '..'), { recursive: true, force: true })
    }
  },
)
