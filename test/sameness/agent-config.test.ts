import { readdirSync, utimesSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { hostile } from '../unit/hostile.ts'
import {
  cpSync,
  execute,
  existsSync,
  type Form,
  forms,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  readEventLines,
  readFileSync,
  readJson,
  run,
  scratch,
  tree,
  withoutStamps,
  writeFileSync,
} from './forms.ts'

const config = (onTarget = '', direction = 'bidirectional'): string => `version: "1.0"
targets:
  claude_config:
    driver: agent_config
    direction: ${direction}
${onTarget}    config:
      claude_md: claude.md
      mcp_config: $HOME/cline/cline_mcp_settings.json
      agent_dir: $HOME/agents
      skills_dir: docs/skills
      sections: 3
`

/** What must never leave the settings. */
const SECRETS = ['pl4nted-env', 'pl4nted-header', 'pl4nted-oauth', 'pl4nted-arg', 'pl4nted-user', 'pl4nted-path', 'pl4nted-query']

const SETTINGS = `{
  "version": 12345678901234567890,
  "mcpServers": {
    // the forms of Cline
    "github": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-github", "--token", "pl4nted-arg"],
      "env": { "GITHUB_TOKEN": "pl4nted-env" },
      "timeout": 60.0, "autoApprove": []
    },
    "remote": { "transport": { "type": "streamableHttp", "url": "https://pl4nted-user:x@mcp.example/s/pl4nted-path/mcp?key=pl4nted-query",
      "headers": { "Authorization": "pl4nted-header" } }, "oauth": { "tokens": "pl4nted-oauth" } },
    "old": { "url": "http://localhost:3000/sse" }
  }
}
`
const CLAUDE = `# Claude

## 0. Purpose
\`\`\`
## 9. no heading
\`\`\`
## 1. MCP servers

\`\`\`yaml
# ours
old: { url: "http://localhost:3000/sse" } # on the laptop
fresh: { command: uvx, args: [mcp-server-git, --verbose], env: [GIT_TOKEN] }
\`\`\`

## 2. Agents

\`\`\`yaml
planner: "Plans: step by step"
\`\`\`

## Skills
`
const AGENT = '---\nname: reviewer\ndescription: >-\n  Reviews\n  code\nmodel: opus # best\n---\nBe strict.\n'
const SKILL = "---\nname: views\ndescription: 'Odoo''s views'\n---\n# Views\n"

interface Place {
  readonly root: string
  readonly again: (...words: string[]) => Promise<unknown>
  readonly read: (name: string) => string
  readonly write: (name: string, text: string) => void
  readonly edit: (name: string, from: string, to: string) => void
  readonly settings: () => { mcpServers: Record<string, Record<string, unknown>> }
}

interface Seen {
  readonly code: number | null
  readonly tree: Record<string, string>
  readonly home: Record<string, string>
  readonly report: { readonly results: readonly Record<string, unknown>[] } | string
  readonly events: unknown
  readonly left: string[]
}

interface Situation {
  readonly title: string
  readonly config?: string
  readonly before?: (place: Place) => Promise<unknown> | undefined
  readonly words?: readonly string[]
  readonly code: number
  readonly check?: (seen: Seen, place: Place, screen: string) => void
}

const MCP = 'home/cline/cline_mcp_settings.json'
const REPORT = 'root/docs/claude-config-drift.md'
const synced = async ({ again }: Place): Promise<void> => void (await again())
const result = ({ report }: Seen): Record<string, unknown> => (typeof report === 'string' ? {} : (report.results[0] ?? {}))

/** Edits of the same server, agent and skill on both sides. */
const editBoth = async ({ again, edit }: Place): Promise<void> => {
  await again()
  edit('root/claude.md', 'mcp-server-git, --verbose', 'mcp-server-git, --quiet')
  edit(MCP, '"--verbose"', '"--repository"')
  edit('root/claude.md', 'Plans: step by step', 'Plans ahead')
  edit('home/agents/planner.md', 'description: "Plans: step by step"', 'description: Plans nothing')
}

const situations: readonly Situation[] = [
  {
    title: 'a first run brings each side what it has not, and no secret leaves the settings',
    code: 0,
    check: (seen, { read, settings }) => {
      const claude = read('root/claude.md')
      expect(claude).toContain('old: { url: "http://localhost:3000/sse" } # on the laptop\n')
      expect(claude).toContain(
        'github: { transport: stdio, command: npx, args: ["-y", "@modelcontextprotocol/server-github", "--token", "***"], env: [GITHUB_TOKEN] }\n',
      )
      expect(claude).toContain(
        'remote: { transport: streamableHttp, url: "https://***@mcp.example/***/***/mcp?key=***", headers: [Authorization] }\n',
      )
      expect(claude).toContain('planner: "Plans: step by step"\nreviewer: "Reviews code"\n')
      expect(claude).toMatch(/## Skills\n\n```yaml\nviews: "Odoo's views"\n```\n$/)
      expect(settings().mcpServers['fresh']).toEqual({
        command: 'uvx',
        args: ['mcp-server-git', '--verbose'],
        env: { GIT_TOKEN: '${GIT_TOKEN}' },
      })
      // All else stays as it was written.
      expect(read(MCP).replace(/,\n {4}"fresh": \{[\s\S]*?\n {4}\}/, '')).toBe(SETTINGS)
      expect(read('home/agents/planner.md')).toBe('---\nname: planner\ndescription: "Plans: step by step"\n---\n\nPlans: step by step\n')
      expect(read('home/agents/reviewer.md')).toBe(AGENT)
      expect(read(REPORT)).toContain('\nScore: 0\n')
      expect(result(seen)['message']).toBe(
        'to the settings: fresh, planner; to claude.md: github, remote, reviewer, views; values to fill in there: GIT_TOKEN of fresh',
      )
    },
  },
  {
    title: 'a second run changes nothing',
    before: synced,
    code: 0,
    check: (seen) => expect(result(seen)).toMatchObject({ status: 'unchanged', message: 'in step', backup: null }),
  },
  {
    title: 'edits of different items go each to the other side, into both forms of a server',
    before: async (place) => {
      await place.again()
      place.edit(
        'root/claude.md',
        '"https://***@mcp.example/***/***/mcp?key=***", headers: [Authorization]',
        '"https://mcp.example/v2/mcp", headers: [X-Key]',
      )
      place.edit(
        'root/claude.md',
        '"--token", "***"], env: [GITHUB_TOKEN]',
        '"--read-only", "--token", "***"], env: [GITHUB_HOST, GITHUB_TOKEN], disabled: true',
      )
      place.edit(MCP, '"http://localhost:3000/sse"', '"http://localhost:4000/sse"')
      place.edit('root/claude.md', '"Reviews code"', '"Reviews \\"all\\" code"')
      place.edit('root/docs/skills/views/SKILL.md', "'Odoo''s views'", '|\n  Many\n  lines')
    },
    code: 0,
    check: (seen, { read, settings }) => {
      const { remote, github } = settings().mcpServers
      expect(remote).toEqual({
        transport: { type: 'streamableHttp', url: 'https://mcp.example/v2/mcp', headers: { 'X-Key': '${X-Key}' } },
        oauth: { tokens: 'pl4nted-oauth' },
      })
      expect(github).toMatchObject({
        args: ['-y', '@modelcontextprotocol/server-github', '--read-only', '--token', 'pl4nted-arg'],
        env: { GITHUB_TOKEN: 'pl4nted-env', GITHUB_HOST: '${GITHUB_HOST}' },
        disabled: true,
      })
      expect(read(MCP)).toContain('// the forms of Cline')
      expect(read(MCP)).toContain('"timeout": 60.0, "autoApprove": []')
      expect(read(MCP)).toContain('"version": 12345678901234567890,')
      expect(read('root/claude.md')).toContain('old: { transport: sse, url: "http://localhost:4000/sse" } # on the laptop\n')
      expect(read('root/claude.md')).toContain('views: "Many\\nlines"\n')
      expect(read('home/agents/reviewer.md')).toBe(
        '---\nname: reviewer\ndescription: "Reviews \\"all\\" code"\nmodel: opus # best\n---\nBe strict.\n',
      )
      expect(result(seen)['status']).toBe('done')
    },
  },
  {
    title: 'what both sides changed stops the run, names the two ways out, and changes nothing',
    before: editBoth,
    code: 4,
    check: (seen, { read }) => {
      expect(result(seen)['message']).toContain(
        'claude.md and the settings both changed "fresh", "planner"; to keep what claude.md has: generated/sync-claude-config.sh --take-claude-md',
      )
      expect(read(MCP)).toContain('"--repository"')
      expect(read('root/claude.md')).toContain('--quiet')
    },
  },
  ...(['--take-claude-md', '--take-configs'] as const).map(
    (flag): Situation => ({
      title: `${flag} settles it`,
      before: editBoth,
      words: [flag],
      code: 0,
      check: (_, { read, settings }) => {
        const ours = flag === '--take-claude-md'
        expect(settings().mcpServers['fresh']).toMatchObject({ args: ['mcp-server-git', ours ? '--quiet' : '--repository'] })
        expect(read('root/claude.md')).toContain(ours ? 'planner: "Plans ahead"' : 'planner: "Plans nothing"')
        expect(read('home/agents/planner.md')).toContain(ours ? 'description: "Plans ahead"' : 'description: Plans nothing')
      },
    }),
  ),
  {
    title: 'on_conflict: newest takes the file that was written later',
    config: config('    on_conflict: newest\n'),
    before: async (place) => {
      await editBoth(place)
      utimesSync(join(place.root, 'claude.md'), 1_800_000_000, 1_800_000_000)
      utimesSync(join(place.root, '../home/agents/planner.md'), 1_900_000_000, 1_900_000_000)
      utimesSync(join(place.root, '..', MCP), 1_700_000_000, 1_700_000_000)
    },
    code: 0,
    check: (_, { read, settings }) => {
      expect(settings().mcpServers['fresh']).toMatchObject({ args: ['mcp-server-git', '--quiet'] })
      expect(read('root/claude.md')).toContain('planner: "Plans nothing"')
    },
  },
  {
    title: 'one way only, the rest is drift, in a report that says which items and sections',
    words: ['--direction', 'push'],
    before: async ({ write, read }) => {
      write('root/claude.md', read('root/claude.md').replace('## 2. Agents', '## 0) Again\n\n## Agents'))
      write('home/agents/broken.md', 'no frontmatter\n')
      write('root/docs/skills/other/SKILL.md', '---\nname: another\ndescription: x\n---\n')
    },
    code: 0,
    check: (seen, { read, settings }) => {
      expect(settings().mcpServers).toHaveProperty('fresh')
      expect(read('root/claude.md')).not.toContain('github')
      expect(result(seen)['message']).toContain('drift score 8')
      expect(read(REPORT)).toBe(`# Drift of claude.md

Score: 8

One point for each section that is missing, doubled or out of order, and for each item that is missing, extra or different.

## Sections

| Section | Line | What is wrong |
|---|---|---|
| 2 |  | missing |
| 0 | 15 | doubled: it is on line 3 too |

## MCP servers

| Name | What differs |
|---|---|
| github | not in claude.md |
| remote | not in claude.md |

## Agents

| Name | What differs |
|---|---|
| broken | cannot be read: no frontmatter between two lines of --- |
| reviewer | not in claude.md |

## Skills

| Name | What differs |
|---|---|
| other | cannot be read: its name is not that of its folder |
| views | not in claude.md |
`)
    },
  },
  {
    title: 'a pull leaves the settings as they are',
    config: config('', 'pull'),
    code: 0,
    check: (_, { read }) => {
      expect(read(MCP)).toBe(SETTINGS)
      expect(read(REPORT)).toContain('| fresh | only in claude.md |\n')
    },
  },
  {
    title: 'a dry run changes nothing and says what it would',
    words: ['--dry-run'],
    code: 0,
    check: (seen, { read }) => {
      expect(read(MCP)).toBe(SETTINGS)
      expect(read('root/claude.md')).toBe(CLAUDE)
      expect(existsSync('root/docs/claude-config-drift.md')).toBe(false)
      expect(result(seen)).toMatchObject({ status: 'would_run', message: expect.stringContaining('to the settings: fresh, planner') })
    },
  },
  {
    title: 'verify says 8 and what settles it',
    before: async (place) => {
      await place.again()
      place.edit(MCP, '"--verbose"', '"--quiet"')
    },
    words: ['--check'],
    code: 8,
    check: (seen) => expect(result(seen)['message']).toContain('to claude.md: fresh; to settle it: generated/sync-claude-config.sh'),
  },
  {
    title: 'a gate that calls --score reads the number, and a failed one puts back what stands outside too',
    config: config(`    drift_gates:
      - { name: drift, command: 'bash generated/sync-claude-config.sh --score', max_drift_score: 0 }
`),
    before: async ({ write }) => void write('root/claude.md', CLAUDE.replace('## 2. Agents', '## Agents')),
    code: 5,
    check: (seen, { read }) => {
      expect(result(seen)['message']).toContain('got 1, expected at most 0')
      expect(read(MCP)).toBe(SETTINGS)
      expect(read('root/claude.md')).toBe(CLAUDE.replace('## 2. Agents', '## Agents'))
      expect(Object.keys(seen.home)).not.toContain('agents/planner.md')
    },
  },
  {
    title: 'folders that a failed run made are gone too, a file that somebody wrote meanwhile stays',
    config: config(`    verification: { command: 'sed -i s/60.0/61.0/ "$HOME/cline/cline_mcp_settings.json"; false' }\n`),
    before: async ({ root }) => void (await execute('rm', ['-rf', join(root, '../home/agents')])),
    words: ['--verify'],
    code: 5,
    check: (seen, { read }) => {
      expect(Object.keys(seen.home)).toEqual(['cline', 'cline/cline_mcp_settings.json'])
      expect(read(MCP)).toContain('61.0')
      expect(read(MCP)).toContain('"fresh"')
    },
  },
  ...(
    [
      [
        'a line that is no entry',
        'root/claude.md',
        '# ours',
        'fresh',
        /^Compare .*: claude\.md:10: not of the form NAME: VALUE on one line$/,
      ],
      ['a server with an unknown key', 'root/claude.md', 'uvx, args', 'uvx, argz', /claude\.md:12: "fresh": "argz" is no key of a server/],
      [
        'a value that is no YAML',
        'root/claude.md',
        '[mcp-server-git, --verbose]',
        '[mcp-server-git',
        /claude\.md:12: the value is neither/,
      ],
      ['a name that stands twice', 'root/claude.md', '# ours', 'fresh: { url: x }', /claude\.md:12: "fresh" stands there twice/],
      ['settings that are no JSON', MCP, '"old"', '"old" "x"', /cline_mcp_settings\.json: is not valid JSON$/],
      [
        'settings of another shape',
        MCP,
        '"mcpServers": {',
        '"mcpServers": [], "x": {',
        /must be a JSON object with the object "mcpServers"/,
      ],
      ['bytes that are not UTF-8', 'root/claude.md', 'Purpose', 'Purp\xf8se', /claude\.md: is not UTF-8/],
    ] as const
  ).map(
    ([title, file, from, to, text]): Situation => ({
      title: `bad input: ${title}`,
      before: async ({ root, read }) => {
        writeFileSync(join(root, '..', file), Buffer.from(read(file).replace(from, to), 'latin1'))
      },
      code: 4,
      check: (seen, { read }) => {
        expect(String(result(seen)['message']).split('\n')[0]).toMatch(text)
        if (file !== MCP) expect(read(MCP)).toBe(SETTINGS)
      },
    }),
  ),
  {
    title: 'hostile names come through, and run nothing',
    before: async ({ write }) => {
      const names = hostile.filter((name) => name.length < 100)
      write(
        MCP,
        JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: 'npx', args: [], env: { [name]: 'x' } }])) }),
      )
      write('home/agents/$(touch ran).md', `---\nname: "a\\"; touch ran"\ndescription: ${JSON.stringify(names.join(' '))}\n---\n`)
    },
    code: 0,
    check: (seen, { read, root, settings }) => {
      expect(Object.keys(settings().mcpServers)).toHaveLength(hostile.length + 1)
      expect(read('root/claude.md')).toContain('"$(touch ran)": { transport: stdio, command: npx, env: ["$(touch ran)"] }')
      expect(existsSync(join(root, 'ran'))).toBe(false)
      expect(result(seen)['status']).toBe('done')
    },
  },
]

const generated = new Map<string, Promise<string>>()
const folders: string[] = []
afterAll(() => execute('rm', ['-rf', ...folders]))

/** A root with this config; its scripts are generated once for all. */
async function rootWith(text: string, root: string): Promise<void> {
  let template = generated.get(text)
  if (!template) {
    const folder = scratch()
    folders.push(folder)
    template = makeRoot(folder, text)
    generated.set(text, template)
  }
  cpSync(await template, root, { recursive: true })
}

async function place(form: Form, folder: string, text: string): Promise<Place & { readonly env: Record<string, string> }> {
  const root = join(folder, 'root')
  mkdirSync(folder, { recursive: true })
  await rootWith(text, root)
  const env = { HOME: join(folder, 'home'), NO_COLOR: '1' }
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const write = (name: string, content: string): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  write('root/claude.md', CLAUDE)
  write(MCP, SETTINGS)
  write('home/agents/reviewer.md', AGENT)
  write('root/docs/skills/views/SKILL.md', SKILL)
  return {
    root,
    env,
    read,
    write,
    again: (...words) => run(form, root, words, env),
    edit: (name, from, to) => {
      expect(read(name)).toContain(from)
      write(
        name,
        read(name).replace(from, () => to),
      )
    },
    settings: () => JSON.parse(read(MCP).replace(/^ *\/\/.*$/m, '')) as ReturnType<Place['settings']>,
  }
}

async function see(form: Form, situation: Situation, folder: string): Promise<Seen> {
  const here = await place(form, folder, situation.config ?? config())
  await situation.before?.(here)
  const [events, report] = [join(folder, 'events'), join(folder, 'report.json')]
  const outcome = await run(form, here.root, ['--events', events, '--report', report, ...(situation.words ?? [])], here.env)
  const seen: Seen = {
    code: outcome.code,
    tree: withoutCopies(tree(here.root)),
    home: tree(join(folder, 'home')),
    report: existsSync(report) ? (normalised(readJson(report)) as Exclude<Seen['report'], string>) : outcome.stderr,
    events: existsSync(events) ? normalised(readEventLines(events)) : [],
    left: leftovers(here.root, 'claude_config'),
  }
  expect(seen.code, JSON.stringify(seen.report)).toBe(situation.code)
  situation.check?.(seen, here, outcome.stderr)
  const everywhere = [
    outcome.stdout,
    outcome.stderr,
    JSON.stringify(seen.tree),
    existsSync(report) ? readFileSync(report, 'latin1') : '',
    records(here.root),
  ]
  for (const secret of SECRETS) expect(everywhere.join('\n')).not.toContain(secret)
  return seen
}

/** Logs, reports, history, state: all that runs record but backups, which are the files as they are. */
const records = (root: string): string =>
  ['logs', 'reports', 'state', 'cache']
    .flatMap((name) => {
      const folder = join(root, '.insightpulse', name)
      return existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
    })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

/** Of backups names and modes only: what they hold of HOME has the paths of this form. */
const withoutCopies = (found: Record<string, string>): Record<string, string> =>
  withoutStamps(
    Object.fromEntries(
      Object.entries(found).map(([path, text]) => [path, path.startsWith('.insightpulse/backups/') ? (text.split(' ')[0] ?? '') : text]),
    ),
  )

describe('agent_config is the same under Node and as a script', () => {
  it.concurrent.each(situations)('$title', { timeout: 120_000 }, async (situation) => {
    const folder = scratch()
    try {
      const [node, script] = (await Promise.all(forms.map((form) => see(form, situation, join(folder, form))))) as [Seen, Seen]
      expect(script).toEqual(node)
      expect(script.left).toEqual([])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })

  it.concurrent.each(forms)(
    'a rollback brings back what stands outside, and takes away what runs made there (%s)',
    { timeout: 120_000 },
    async (form) => {
      const folder = scratch()
      try {
        const here = await place(form, folder, config())
        const start = tree(join(folder, 'home'))
        await here.again()
        const first = tree(join(folder, 'home'))
        here.edit('root/claude.md', '## Skills', '```yaml\nlater: "Comes later"\n```\n## Skills')
        here.edit('root/claude.md', '```yaml\nplanner', '```yaml\nlate: "Comes late"\nplanner')
        here.edit('root/claude.md', '--verbose', '--quiet')
        await here.again()
        expect(here.settings().mcpServers['fresh']).toMatchObject({ args: ['mcp-server-git', '--quiet'] })
        const back = (...words: string[]) => run(form, here.root, ['claude_config', '--yes', ...words], here.env, 'rollback')
        const [run1] = readdirSync(join(here.root, '.insightpulse/backups/claude_config')).sort()
        expect(await back()).toMatchObject({ code: 0 })
        expect(tree(join(folder, 'home'))).toEqual(first)
        expect(await back('--to', run1 ?? '')).toMatchObject({ code: 0 })
        expect(tree(join(folder, 'home'))).toEqual(start)
        expect(here.read('root/claude.md')).toBe(CLAUDE)
        expect(await back('--undo')).toMatchObject({ code: 0 })
        expect(tree(join(folder, 'home'))).toEqual(first)
      } finally {
        await execute('rm', ['-rf', folder])
      }
    },
  )
})
