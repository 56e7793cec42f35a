import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digitalOcean, PLANTED, TOKEN } from '../fixtures/digitalocean.ts'
import { startServer } from '../fixtures/http-server.mjs'
import {
  execute,
  existsSync,
  type Form,
  forms,
  join,
  makeRoot,
  normalised,
  readFileSync,
  readJson,
  run,
  scratch,
  tree,
  writeFileSync,
} from './forms.ts'

const FILE = 'docs/runtime/apps_truth.json'
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer(digitalOcean(['web', 'mail', 'n8n', 'chat', 'odoo'], () => server.base))
})
afterAll(() => server.stop())

const target = (name: string, settings: string): string => `  ${name}:\n    driver: digitalocean_apps\n    config: { ${settings} }\n`
const config = (...targets: readonly string[]): string => `version: "1.0"\ntargets:\n${targets.join('')}`

interface Result {
  readonly target: string
  readonly status: string
  readonly message: string
}
const resultsOf = (report: unknown): readonly Result[] => (report as { results: Result[] }).results

/** One run in one form: its exit code, its report without times, and its files. */
async function look(form: Form, root: string, ...words: string[]) {
  const report = join(root, '../report.json')
  const env = { DIGITALOCEAN_TOKEN: TOKEN, DIGITALOCEAN_API: `${server.base}/ok`, NO_COLOR: '1' }
  const { code, stdout, stderr } = await run(form, root, ['--report', report, ...words], env)
  // No secret of an app, nor the token, stands in any file or was said.
  const found = await execute('sh', ['-c', `grep -rlF -e "$1" -e "$2" "$3" || :`, 'sh', PLANTED, TOKEN, root])
  expect(found.stdout).toBe('')
  expect(stdout + stderr).not.toMatch(`${PLANTED}|${TOKEN}`)
  return { code, report: normalised(readJson(report)), files: tree(join(root, 'docs')) }
}

describe('digitalocean_apps is the same under Node and as a script', () => {
  it('dry run, first run, nothing to do, change', { timeout: 300_000 }, async () => {
    const seen = []
    for (const form of forms) {
      const root = join(scratch(), 'root')
      await execute('mkdir', ['-p', join(root, 'docs')])
      await makeRoot(root, config(target('apps_truth', 'variables: [NODE_ENV, LISTED]')))

      const dry = await look(form, root, '--dry-run')
      expect(dry).toMatchObject({ code: 0, files: {}, report: { results: [{ status: 'would_run' }] } })

      const first = await look(form, root, '--verbose')
      expect(first).toMatchObject({ code: 0, report: { results: [{ status: 'done', outputs_created: [FILE], message: '5 apps' }] } })
      expectClean(readFileSync(join(root, FILE), 'utf8'))

      // What only moves while nothing is deployed is no change.
      const second = await look(form, root)
      expect(second).toMatchObject({ code: 0, files: first.files, report: { results: [{ status: 'unchanged', message: '5 apps' }] } })

      writeFileSync(join(root, FILE), '{}\n')
      const check = await look(form, root, '--check')
      expect(check).toMatchObject({ code: 8, report: { results: [{ message: expect.stringContaining('generated/sync-apps-truth.sh') }] } })
      const change = await look(form, root)
      expect(change).toMatchObject({ code: 0, files: first.files, report: { results: [{ status: 'done', outputs_changed: [FILE] }] } })
      seen.push([dry, first, second, check, change])
      await execute('rm', ['-rf', join(root, '..')])
    }
    expect(seen[1]).toEqual(seen[0])
  })

  it('each way to fail is one line, and the file stays as it was', { timeout: 300_000 }, async () => {
    const faults: Record<string, string | RegExp> = {
      '403': 'DigitalOcean answers HTTP 403: the server says forbidden; the token may not do this: make a token',
      '500': 'DigitalOcean answers HTTP 500: the server says server_error',
      cut: /DigitalOcean: http:\/\/127.0.0.1:\d+ broke off its answer/,
      half: 'DigitalOcean: the answer is not whole, or not JSON',
      html: 'DigitalOcean answers with a page for people (text/html; charset=utf-8), not with JSON; check the address',
      redirect: 'DigitalOcean answers HTTP 302: it redirects to https://login.example/, which is not followed; check the address',
      elsewhere: /DigitalOcean: the next page is at http:\/\/localhost:\d+, not at http:\/\/127.0.0.1:\d+; it is not followed/,
      shape: 'DigitalOcean: the answer has another shape than expected',
      fewer: 'DigitalOcean: 2 of 9 apps arrived: the list changed while it was read; run again',
      down: /DigitalOcean: Failed to connect to 127.0.0.1 port 1/,
      token:
        'NO_SUCH_TOKEN is not set: make a token with the scope app:read at https://cloud.digitalocean.com/account/api/tokens, then export it or add it to .env',
    }
    const settings = (fault: string): string =>
      `output: docs/${fault}.json, tries: 2, api: "${fault === 'down' ? 'http://127.0.0.1:1' : `${server.base}/${fault}`}"` +
      (fault === 'token' ? ', token: "${NO_SUCH_TOKEN}"' : '')
    const all = [...Object.keys(faults), '429', 'empty']
    const seen = []
    for (const form of forms) {
      const root = join(scratch(), 'root')
      await execute('mkdir', ['-p', join(root, 'docs')])
      for (const fault of Object.keys(faults)) writeFileSync(join(root, `docs/${fault}.json`), 'mine\n')
      await makeRoot(root, config(...all.map((fault) => target(`f_${fault}`, settings(fault)))))
      const outcome = await look(form, root, '--jobs', '4')
      expect(outcome.code).toBe(1)
      for (const fault of Object.keys(faults)) expect(outcome.files[`${fault}.json`]).toBe('644 mine\n')
      expect(outcome.files['empty.json']).toBe('644 {\n  "apps": []\n}\n')
      expect(outcome.files['429.json']).toContain('"n8n"')
      expect(existsSync(join(root, '.insightpulse/backups/f_403'))).toBe(false)
      seen.push(outcome)
      await execute('rm', ['-rf', join(root, '..')])
    }
    expect(seen[1]).toEqual(seen[0])
    for (const [fault, words] of Object.entries(faults)) {
      const said = resultsOf(seen[0]?.report).find((result) => result.target === `f_${fault}`)?.message ?? ''
      if (words instanceof RegExp) expect(said).toMatch(words)
      else expect(said).toContain(words)
    }
  })
})

/** Sorted, and without what is secret or moves by itself. */
function expectClean(text: string): void {
  for (const secret of ['EV[1:', 'ghp_', 'updated_at', 'in_progress', '"progress"', 'owner_uuid']) expect(text).not.toContain(secret)
  const { apps } = JSON.parse(text) as { apps: { id: string; active_deployment: { spec: { services: Record<string, unknown>[] } } }[] }
  expect(apps.map(({ id }) => id)).toEqual(['chat', 'mail', 'n8n', 'odoo', 'web'].map((name) => `00000000-${name}`))
  const service = apps[0]?.active_deployment.spec.services[0] ?? {}
  expect(service).toMatchObject({
    build_command: '***',
    envs: [{ value: 'production' }, { value: '***' }, { value: '***' }, { value: '***' }, { key: 'LISTED', value: '***' }],
    git: { repo_clone_url: 'https://***@git.example/app.git', branch: 'main' },
    health_check: { http_path: '/health?token=***&deep=1' },
    http_port: 8080,
    image: { registry_credentials: '***', repository: 'web' },
    log_destinations: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
  })
  expect(Object.keys(service)).toEqual(Object.keys(service).sort())
}
