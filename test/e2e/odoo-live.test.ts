import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SshServer, sshWords, startSshServer } from '../fixtures/sshd.ts'
import {
  chmodSync,
  execute,
  forms,
  join,
  makeRoot,
  mkdirSync,
  pathWithoutNode,
  readFileSync,
  readJson,
  run,
  scratch,
  tree,
  writeFileSync,
} from '../sameness/forms.ts'

const SECRET = 'pl4nted'

let folder: string
let server: SshServer
beforeAll(async () => {
  folder = scratch()
  server = await startSshServer(folder)
  mkdirSync(join(folder, "it's live"))
  writeFileSync(join(folder, "it's live/odoo.conf"), `[options]\ndb_password = ${SECRET}\nworkers = 4\naddons_path = /opt/a\n`)
  writeFileSync(join(folder, "it's live/.env"), `API_KEY=${SECRET}\nTZ=UTC\n`)
  for (const key of ['known', 'stranger']) {
    mkdirSync(join(folder, `${key}-bin`))
    // Its own PATH, or it would find itself.
    writeFileSync(join(folder, `${key}-bin/ssh`), `#!/bin/bash\nPATH=\${PATH#*:}\nexec ${sshWords(folder, key)} "$@"\n`)
    chmodSync(join(folder, `${key}-bin/ssh`), 0o755)
  }
})
afterAll(async () => {
  await server.stop()
  await execute('rm', ['-rf', folder])
})

const latest = (root: string): { results: { status: string; message: string }[] } =>
  readJson(join(root, '.insightpulse/reports/latest.json')) as ReturnType<typeof latest>

describe.each(forms)('odoo_live through a real sshd (%s)', (form) => {
  it('reads there, without a trace; a stranger and a server that is down are named', { timeout: 120_000 }, async () => {
    const root = await makeRoot(
      join(folder, form),
      `version: "1.0"
targets:
  live_to_docs:
    driver: odoo_live
    direction: pull
    config: { source: "ssh://${server.user}@127.0.0.1:${server.port}${folder}/it's live" }
`,
    )
    const path = form === 'node' ? (process.env['PATH'] ?? '') : pathWithoutNode
    const withKey = (key: string) => run(form, root, [], { PATH: `${folder}/${key}-bin:${path}`, SSH_AUTH_SOCK: '' })
    const there = tree(join(folder, "it's live"))
    expect(await withKey('known')).toMatchObject({ code: 0 })
    expect(readFileSync(join(root, 'docs/runtime/DB_CONFIG.prod.txt'), 'utf8')).toContain('DB_PASSWORD (masked)\nWORKERS = 4\n')
    expect(readFileSync(join(root, 'docs/runtime/ENV_VARS.prod.txt'), 'utf8')).toContain('API_KEY (masked)\nTZ = UTC\n')
    expect(tree(join(folder, "it's live"))).toEqual(there)
    const before = tree(root)
    expect(JSON.stringify(before)).not.toContain(SECRET)
    expect(await withKey('stranger')).toMatchObject({ code: 3 })
    expect(latest(root).results[0]?.message).toMatch(/127\.0\.0\.1: .*Permission denied \(publickey/)
    await server.stop()
    try {
      expect(await withKey('known')).toMatchObject({ code: 3 })
    } finally {
      await server.start()
    }
    expect(latest(root).results[0]?.message).toMatch(/Connection refused/)
    expect(tree(root)).toEqual(before)
  })
})
