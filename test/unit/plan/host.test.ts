import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { findHosts, isHost } from '../../../tasks/engine/plan/host.ts'
import { usedParts } from '../../../tasks/engine/render/library.ts'
import { joinReports, worstCode } from '../../../tasks/engine/run/host-report.ts'
import { readLibrary } from '../../../tasks/engine/run/sources.ts'
import { goodPlus, load } from '../example.ts'

const addresses = { web1: 'ops@web1:/srv/app', web2: 'ssh://web2:2222/srv' }

it('a name of hosts: is its address, and any other what ssh knows; each once', () => {
  expect(findHosts(['web1,web2', 'web1', 'there:~/app'], addresses)).toEqual([
    { name: 'web1', address: 'ops@web1', port: undefined, folder: '/srv/app' },
    { name: 'web2', address: 'web2', port: '2222', folder: '/srv' },
    { name: 'there:~/app', address: 'there', port: undefined, folder: 'app' },
  ])
  expect(findHosts(['constructor'], addresses)).toMatchObject([{ address: 'constructor' }])
  expect(() => findHosts(['-oProxyCommand=x'], addresses)).toThrow(/say a name of "hosts:", \[USER@\]HOST/)
  expect(findHosts(['one,ops@two:/srv,b'], {})).toMatchObject([{ name: 'one' }, { address: 'ops@two', folder: '/srv,b' }])
  expect(() => findHosts(['ops@there:2222/srv'], {})).toThrow('with a port it is ssh://ops@there:2222/srv; a folder 2222 is ./2222/srv')
})

it.each(['-oProxyCommand=x', 'a b', '', 'ops@-x:/', 'ssh://h/a\nb'])('%j is no address', (text) => {
  expect(isHost(text)).toBe(false)
})

const named = { ...addresses, 'a-b': 'ops@a.example:~' }
const program = [
  'set -euo pipefail; lockstep_silence=',
  ...usedParts('choose_hosts\nhost_is\nis_function', readLibrary()).map(({ text }) => text),
  `trap 'printf "%s" "\${message:-}"' EXIT; named_hosts() { ${Object.entries(named)
    .map(([name, address]) => `host_is ${name} '${address}'`)
    .join('; ')}; }`,
  'names=(job); wanted=(job); selected=(0); host_words=("$@"); choose_hosts',
  'for index in "${!host_names[@]}"; do',
  `  printf '%s\\n' "\${host_names[index]}" "\${host_addresses[index]}" "\${host_ports[index]}" "\${host_folders[index]}"`,
  'done',
].join('\n')

/** What a script makes of hosts: their fields, or why it refuses them. */
function inBash(words: readonly string[]): string {
  try {
    return execFileSync('bash', ['-c', program, 'bash', ...words], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

function inNode(words: readonly string[]): string {
  try {
    return findHosts(words, named)
      .map(({ name, address, port, folder }) => `${[name, address, port ?? '', folder].join('\n')}\n`)
      .join('')
  } catch (error) {
    return (error as Error).message
  }
}

it.each([
  [['web1,web2', 'web1', 'there:~/app']],
  [['a-b']],
  [['there:~', 'there:~x', 'there:~x/y', 'u.s+er@th-ere.example:a b']],
  [['one,ops@two:/srv,b', ',,one']],
  [['ssh://ops@there:2222/srv/é', 'ssh://there', 'ssh://there/', 'ssh://there:22']],
  [['ops@there:2222/srv']],
  [['there:22']],
  [['there:123456']],
  [['ssh://there:123456/']],
  [['ssh://there:22x']],
  [['-oProxyCommand=x']],
  [['a b']],
  [['ops@-x:/']],
  [['é@there']],
  [['ssh://h/a\nb']],
  [['h:a\tb']],
  [['a@b@c']],
])('%j means the same to a script', (words) => {
  expect(inNode(words)).not.toBe('')
  expect(inBash(words)).toBe(inNode(words))
})

it('a target names hosts that there are', () => {
  const hosts = 'hosts: { web1: "ops@web1:/srv/app" }\n'
  expect(load(hosts + goodPlus('hosts: [web1]')).targets[0]?.hosts).toEqual(['web1'])
  expect(() => load(hosts + goodPlus('hosts: [web2]'))).toThrow(/there is no host "web2" in "hosts:"; did you mean "?web1/)
  expect(() => load(`hosts: { web1: "-oProxyCommand=x" }\n${goodPlus()}`)).toThrow(/must be \[USER@\]HOST/)
})

it.each([
  [[0, 8, 3], 3],
  [[0, 0], 0],
  [[1, 7, 5], 7],
  [[130, 1], 130],
  [[0, 99], 1],
])('of the exit codes %j %i counts', (codes, code) => {
  expect(worstCode(codes)).toBe(code)
})

it('what is no report counts as none', () => {
  const outcome = (report: string | undefined, code: number) => ({ report, code, log: [] })
  const joined = joinReports(
    'job',
    [
      { name: 'a', outcome: outcome('{', 3) },
      { name: 'b', outcome: outcome(undefined, 6) },
    ],
    3,
  )
  expect(JSON.parse(joined)).toMatchObject({ timestamp: null, successful: 0, failed: 2, results: [{ host: 'a' }, { exit_code: 6 }] })
})
