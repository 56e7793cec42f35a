import { appendFileSync, rmSync, symlinkSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { existsSync, forms, join, makeRoot, mkdirSync, run, scratch, writeFileSync } from '../sameness/forms.ts'

const folder = scratch()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('what sync.yaml includes runs in both forms, and a script knows when it has changed', { timeout: 120_000 }, async () => {
  const root = join(folder, 'root')
  mkdirSync(join(root, '.insightpulse'), { recursive: true })
  mkdirSync(join(root, 'scripts'))
  writeFileSync(join(root, 'scripts/one.sh'), 'mkdir -p out; printf made >out/$SYNC_TARGET\n')
  const team = join(root, '.insightpulse/team.yaml')
  writeFileSync(team, 'targets:\n  two: { direction: pull, entrypoint: scripts/one.sh, outputs: ["out/two"] }\n')
  await makeRoot(
    root,
    'version: "1.0"\ninclude: [team.yaml]\ntargets:\n  one: { direction: pull, entrypoint: scripts/one.sh, outputs: ["out/one"] }\n',
  )
  for (const form of forms) {
    rmSync(join(root, 'out'), { recursive: true, force: true })
    expect(await run(form, root, [])).toMatchObject({ code: 0, stderr: expect.not.stringContaining('was not made from') })
    expect([existsSync(join(root, 'out/one')), existsSync(join(root, 'out/two'))]).toEqual([true, true])
  }
  appendFileSync(team, '# more\n')
  expect(await run('script', root, [])).toMatchObject({ code: 0, stderr: expect.stringContaining('was not made from the present') })

  writeFileSync(join(folder, 'outside.yaml'), 'targets: {}\n')
  rmSync(team)
  symlinkSync(join(folder, 'outside.yaml'), team)
  expect(await run('node', root, [])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      `sync.yaml:2:11: include: .insightpulse/team.yaml is outside of ${root}; what is included must be inside`,
    ),
  })
  rmSync(team)
  writeFileSync(join(root, '.insightpulse/teams.yaml'), '')
  expect(await run('node', root, [])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('team.yaml does not exist; did you mean ".insightpulse/teams.yaml"?'),
  })
  writeFileSync(team, 'requires: ">=99.0"\n')
  expect(await run('node', root, [])).toMatchObject({ code: 2, stderr: expect.stringContaining('it requires Lockstep 99.0 or newer') })
})
