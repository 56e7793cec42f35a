import { describe, expect } from 'vitest'
import { chmodSync, existsSync, join, mkdirSync, readFileSync, tree, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const config = (source: string, onTarget = ''): string => `version: "1.0"
targets:
  live_to_docs:
    driver: odoo_live
    direction: pull
${onTarget}    config: ${source}
`

/** Each value that must not be seen has it. */
const SECRET = 'pl4nted'

const ODOO_CONF = `; db_password = ${SECRET}-comment
[options]
admin_passwd = ${SECRET}-master
addons_path = /opt/odoo/addons, /home/jane/src/oca,
    # ${SECRET}-inner-comment
    /mnt/extra-addons,
db_password = ${SECRET}-password
db_host = ${SECRET}.internal
DB_User: ${SECRET}
db_maxconn = 64
db_sslmode=prefer
workers = ${SECRET}
log_level = info
limit_time_real = 120
xmlrpc_port = 8069
smtp_password = ${SECRET}
  ${SECRET}-continued = 1
logfile = https://u:${SECRET}@logs.internal/
email_from = False
list_db = False
server_wide_modules = base,web

[queue_job]
channels = root:${SECRET}
`
const DOTENV = `# PASSWORD=${SECRET}-comment
export ODOO_TOKEN="${SECRET}
FAKE_NAME=${SECRET}"
TZ=Asia/Manila
WORKERS='${SECRET}'
EMPTY=
`
const DB_CONFIG = `# Of the live Odoo, without its secrets. A pull overwrites this file.

[options]
ADMIN_PASSWD (masked)
DB_HOST (masked)
DB_MAXCONN = 64
DB_PASSWORD (masked)
DB_SSLMODE = prefer
DB_USER (masked)
EMAIL_FROM (not set)
HTTP_PORT = 8069
LIMIT_TIME_REAL = 120
LIST_DB = False
LOGFILE (masked)
LOG_LEVEL = info
SERVER_WIDE_MODULES = base,web
SMTP_PASSWORD (masked)
WORKERS (masked)

[queue_job]
CHANNELS (masked)
`

const write = (root: string, name: string, text: string): void => {
  mkdirSync(join(root, name, '..'), { recursive: true })
  writeFileSync(join(root, name), text)
}
const live = (root: string): void => {
  write(root, '../live/odoo.conf', ODOO_CONF)
  write(root, '../live/.env', DOTENV)
}
const doc = (root: string, name: string): string => readFileSync(join(root, `docs/runtime/${name}.prod.txt`), 'utf8')
const message = (report: unknown): string => (report as { results: { message: string }[] }).results[0]?.message ?? String(report)

/** What the reference looks for in the repository, and what was planted. */
const nothingLeaked = (root: string, screen: string): void => {
  const all = { ...tree(root), ...tree(join(root, '.insightpulse/logs')), ...tree(join(root, '.insightpulse/reports')) }
  expect(`${screen}${JSON.stringify(all)}`).not.toContain(SECRET)
  for (const name of ['ADDONS_PATH', 'DB_CONFIG', 'ENV_VARS'])
    if (existsSync(join(root, `docs/runtime/${name}.prod.txt`))) expect(doc(root, name)).not.toMatch(/(password|secret|token).*=/i)
}

/** Where docker is a program that knows one container, whose files and environment are below `inside`. */
const withDocker = (root: string): void => {
  write(root, '../inside/odoo.conf', ODOO_CONF)
  write(
    root,
    '../bin/docker',
    `#!/bin/bash
here=$(cd -- "\${BASH_SOURCE[0]%/*}/.." && pwd)
[[ $1 == exec && $2 == -i ]] || exit 9
case $3 in
  odoo) exec env -i PATH="$PATH" HOSTNAME=4f5 ODOO_RC="$here/inside/odoo.conf" LANG=C.UTF-8 ODOO_VERSION=17.0 PASSWORD=${SECRET} PEM=$'${SECRET}\\nPL4NTED=${SECRET}=' "\${@:4}" ;;
  stopped) printf 'Error response from daemon: Container 4f5 is not running\\n' >&2 ;;
  *) printf 'Error response from daemon: No such container: %s\\n' "$3" >&2 ;;
esac
exit 1
`,
  )
  chmodSync(join(root, '../bin/docker'), 0o755)
}

const SOURCE = config('{ source: ../live }')
const situations: readonly Situation[] = [
  {
    title: 'a first run writes the three files, masked, in an order that stays',
    config: SOURCE,
    before: live,
    code: 0,
    check: ({ report }, root, screen) => {
      expect(doc(root, 'ADDONS_PATH').split('\n').slice(1)).toEqual(['/opt/odoo/addons', '~/src/oca', '/mnt/extra-addons', ''])
      expect(doc(root, 'DB_CONFIG')).toBe(DB_CONFIG)
      expect(doc(root, 'ENV_VARS').split('\n').slice(1)).toEqual([
        'EMPTY (not set)',
        'ODOO_TOKEN (masked)',
        'TZ = Asia/Manila',
        'WORKERS (masked)',
        '',
      ])
      expect(report).toMatchObject({ results: [{ outputs_created: expect.arrayContaining(['docs/runtime/DB_CONFIG.prod.txt']) }] })
      nothingLeaked(root, screen)
    },
  },
  {
    title: 'another order, other secrets and other comments are nothing to do',
    config: SOURCE,
    before: async (root, again) => {
      live(root)
      await again()
      const [head, ...lines] =
        ODOO_CONF.replaceAll(SECRET, `${SECRET}-2`).split('\n[queue_job]')[0]?.split('\n[options]\n')[1]?.split('\n') ?? []
      const addons = lines.splice(0, 3)
      write(
        root,
        '../live/odoo.conf',
        `[options]\n; new\n${[...lines.filter((line) => !line.startsWith(' ')).reverse(), head, ...addons].join('\n')}\n[queue_job]\nchannels=x\n`,
      )
    },
    code: 0,
    check: ({ report }, root, screen) => {
      expect(report).toMatchObject({ results: [{ status: 'unchanged', message: 'as written down', backup: null }] })
      nothingLeaked(root, screen)
    },
  },
  {
    title: 'only the file that changed is written, and a person’s edit of it is in the backup',
    config: SOURCE,
    before: async (root, again) => {
      live(root)
      await again()
      write(root, '../live/odoo.conf', ODOO_CONF.replace('db_maxconn = 64', 'db_maxconn = 32'))
      write(root, 'docs/runtime/DB_CONFIG.prod.txt', 'of a person\n')
    },
    code: 0,
    check: ({ report, tree: found }, root) => {
      expect(report).toMatchObject({ results: [{ outputs_changed: ['docs/runtime/DB_CONFIG.prod.txt'], outputs_created: [] }] })
      expect(doc(root, 'DB_CONFIG')).toContain('DB_MAXCONN = 32\n')
      expect(
        Object.entries(found).filter(([path, text]) => path.startsWith('.insightpulse/backups') && text.includes('of a person')),
      ).toHaveLength(1)
    },
  },
  {
    title: 'a dry run writes nothing and says what is new',
    config: SOURCE,
    before: live,
    words: ['--dry-run'],
    code: 0,
    check: ({ report }, root) => {
      expect(message(report)).toContain('new: ADDONS_PATH.prod.txt, DB_CONFIG.prod.txt, ENV_VARS.prod.txt')
      expect(existsSync(join(root, 'docs'))).toBe(false)
    },
  },
  {
    title: 'a failed gate puts the files back',
    config: config('{ source: ../live }', `    verification: { command: 'false' }\n`),
    before: live,
    words: ['--verify'],
    code: 5,
    check: (_, root) => expect(existsSync(join(root, 'docs'))).toBe(false),
  },
  {
    title: 'a container is asked with docker exec, for its environment too',
    config: config('{ container: "${CONTAINER:-odoo}" }'),
    before: withDocker,
    env: { PATH: `../bin:${process.env['PATH'] ?? ''}` },
    code: 0,
    check: (_, root, screen) => {
      expect(doc(root, 'DB_CONFIG')).toBe(DB_CONFIG)
      expect(doc(root, 'ENV_VARS')).toContain(
        'LANG = C.UTF-8\nODOO_RC (masked)\nODOO_VERSION = 17.0\nPASSWORD (masked)\nPATH (masked)\nPEM (masked)\n',
      )
      nothingLeaked(root, screen)
    },
  },
  ...(
    [
      ['a container that is not there', 'container: nope', 'container nope: Error response from daemon: No such container: nope'],
      ['a container that is stopped', 'container: stopped', 'container stopped: Error response from daemon: Container 4f5 is not running'],
    ] as const
  ).map(
    ([title, source, text]): Situation => ({
      title: `failure: ${title}`,
      config: config(`{ ${source} }`),
      before: withDocker,
      env: { PATH: `../bin:${process.env['PATH'] ?? ''}` },
      code: 3,
      check: ({ report }) => expect(message(report)).toContain(text),
    }),
  ),
  ...(
    [
      ['no file', undefined, 3, 'there is no odoo.conf'],
      [
        'a line that Odoo would not read',
        `[options]\n${SECRET}\n`,
        3,
        'odoo.conf:2: neither a section nor an option; Odoo would not read it',
      ],
      ['an option that stands twice', `[options]\ndb_name = a\ndb_name = ${SECRET}\n`, 3, 'odoo.conf:3: an option stands there twice'],
      ['no section [options]', `[${SECRET}]\na = 1\n`, 3, 'odoo.conf has no section [options]'],
    ] as const
  ).map(
    ([title, text, code, words]): Situation => ({
      title: `failure: ${title}; the files stay as they were`,
      config: SOURCE,
      before: (root) => {
        if (text !== undefined) write(root, '../live/odoo.conf', text)
        write(root, 'docs/runtime/DB_CONFIG.prod.txt', 'as it was\n')
      },
      code,
      check: ({ report }, root, screen) => {
        expect(message(report)).toContain(words)
        expect(doc(root, 'DB_CONFIG')).toBe('as it was\n')
        nothingLeaked(root, screen)
      },
    }),
  ),
  {
    title: 'hostile names and values run nothing, and names that are none are not shown',
    config: SOURCE,
    before: (root) => {
      write(
        root,
        '../live/odoo.conf',
        `[options]\n$(touch ran) = $(touch ran)\naddons_path = $(touch ran), /a b, /ok\n[x; touch ran]\n\`touch ran\`: 1\n`,
      )
      write(root, '../live/.env', 'A=$(touch ran)\n')
    },
    code: 0,
    check: (_, root) => {
      expect(existsSync(join(root, 'ran'))).toBe(false)
      expect(doc(root, 'ADDONS_PATH')).toContain('\n(a path, masked)\n(a path, masked)\n/ok\n')
      expect(doc(root, 'DB_CONFIG')).toContain('\n[options]\n(an option, masked)\n\n[a section, masked]\n(an option, masked)\n')
    },
  },
]

describe('odoo_live', () => {
  sameInEveryForm(situations)
})
