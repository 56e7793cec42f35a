// make picture: records a real run at a terminal of tmux, and draws its screen as .github/lockstep.svg, for the README.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))
const repositories = ['web', 'server-tools', 'server-ux', 'queue', 'sale-workflow', 'stock-logistics-workflow', 'account-invoicing', 'project']
const config = (upstream: string): string => `version: "1.0"
targets:
  oca_repos:
    driver: git_repos
    schedule: "0 2 * * *"
    git_commit: true
    config: { base_url: ${upstream}, branch: "18.0", destination: addons/oca, repositories: [${repositories.join(', ')}] }
  handbook:
    direction: pull
    entrypoint: scripts/handbook.sh
    outputs: ["docs/**"]
  notion_field_docs:
    driver: notion_table
    config: { database: "\${NOTION_DB_ID}", rows: fields, files: ["docs/**.md"] }
`

/** What is typed there, and where: each command is shown after a prompt, and run. */
const session = (root: string): string => `
cd ${root}
npx() { (cd ${home} && node --import tsx "tasks/$2.ts" --root ${root} "\${@:3}"); }
show() { printf '\\e[1;36m$\\e[0m \\e[1m%s\\e[0m\\n' "$*"; "$@"; }
clear
show npx lockstep sync oca_repos --verify
echo 'edited by hand' >>addons/oca/web/run.sh
show npx lockstep verify oca_repos
show npx lockstep status
tmux -L lockstep-picture wait-for -S done
sleep 600
`

const COLUMNS = 104
const COLOURS = ['#6e7681', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#76e3ea', '#e6edf3']

/** A screen as `tmux capture-pane -e` prints it, with SGR sequences (ECMA-48, 8.3.117), as SVG. */
function draw(screen: string): string {
  const rows = screen.trimEnd().split('\n')
  const [cell, line, edge] = [8.43, 19, 16]
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  let style = { fill: '', bold: false, dim: false }
  const texts = rows.map((row, index) => {
    let column = 0
    const spans = row.split(/\x1b\[([\d;]*)m/).map((part, place) => {
      if (place % 2 === 1) {
        for (const code of part.split(';').map(Number)) style = restyled(style, code)
        return ''
      }
      const x = (edge + column * cell).toFixed(1)
      column += [...part].length
      if (part.trim() === '') return ''
      const weight = style.bold ? ' font-weight="bold"' : ''
      return `<tspan x="${x}"${style.fill && ` fill="${style.fill}"`}${weight}${style.dim ? ' opacity="0.6"' : ''}>${escape(part)}</tspan>`
    })
    return `<text y="${edge + 14 + index * line}" xml:space="preserve">${spans.join('')}</text>`
  })
  const [width, height] = [Math.ceil(COLUMNS * cell + 2 * edge), rows.length * line + 2 * edge]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal in which Lockstep mirrors repositories, finds an edit, and says how all targets stand">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${texts.join('\n')}
</g>
</svg>
`
}

function restyled(style: { fill: string; bold: boolean; dim: boolean }, code: number): typeof style {
  if (code === 0) return { fill: '', bold: false, dim: false }
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 39) return { ...style, fill: '' }
  return { ...style, fill: COLOURS[code % 10] ?? style.fill }
}

const folder = mkdtempSync(join(tmpdir(), 'lockstep-picture.'))
const run = (name: string, ...words: string[]): string => execFileSync(name, words, { cwd: folder, encoding: 'utf8' })
const tmux = (...words: string[]): string => run('tmux', '-L', 'lockstep-picture', ...words)
try {
  run('bash', '-euc', `. ${home}test/fixtures/upstreams.sh; make_upstreams upstream ${repositories.length} 40`)
  repositories.forEach((name, index) => {
    renameSync(join(folder, `upstream/repo-${index + 1}`), join(folder, 'upstream', name))
  })
  const root = join(folder, 'root')
  for (const name of ['.insightpulse', 'scripts', 'docs']) mkdirSync(join(root, name), { recursive: true })
  writeFileSync(join(root, '.insightpulse/sync.yaml'), config(join(folder, 'upstream')))
  writeFileSync(join(root, 'scripts/handbook.sh'), 'date >docs/handbook.md\n')
  writeFileSync(join(root, '.gitignore'), '/.insightpulse/*\n!/.insightpulse/sync.yaml\n')
  run('npx', '--prefix', home, 'tsx', join(home, 'tasks/generate.ts'), '--root', root)
  const git = (...words: string[]): string => run('git', '-C', root, ...words)
  git('init', '-q')
  git('config', 'user.name', 'Ana')
  git('config', 'user.email', 'ana@example.org')
  git('add', '-A')
  git('commit', '-qm', 'start')
  run('bash', join(root, 'generated/sync-handbook.sh'), '--quiet')
  writeFileSync(join(folder, 'session.sh'), session(root))
  tmux('new-session', '-d', '-x', String(COLUMNS), '-y', '50', `bash --norc ${join(folder, 'session.sh')}`)
  tmux('wait-for', 'done')
  writeFileSync(join(home, '.github/lockstep.svg'), draw(tmux('capture-pane', '-e', '-p')))
  tmux('kill-server')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
