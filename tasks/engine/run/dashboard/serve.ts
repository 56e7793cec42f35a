import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { ConfigError } from '../../config/problem.ts'
import type { Dashboard } from './page.ts'

const LOOK_MILLISECONDS = 1000
/** The targets are asked at most that often, and the page is made anew at least so often: a schedule passes without a record. */
const ASK_MILLISECONDS = 30_000
const RENEW_MILLISECONDS = 120_000
const LOOPBACK = /^(127(\.\d+){3}|::1|localhost)$/
const COOKIE = 'lockstep_token'

/**
 * Serves the page until a signal comes, and tells who looks at it when it has changed. At another address than loopback only
 * who brings the token sees it.
 *
 * @throws ConfigError where it cannot listen.
 */
export async function servePage(dashboard: Dashboard, host: string, port: number): Promise<number> {
  const token = LOOPBACK.test(host) ? undefined : randomBytes(24).toString('base64url')
  let page = dashboard.make()
  const watchers = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const refusal = refusalOf(request, token)
    if (refusal !== undefined) return answer(response, refusal.code, refusal.text)
    const { pathname, searchParams } = urlOf(request)
    if (searchParams.has('token')) {
      // Out of the address, so that it stays in no list of visited pages.
      return answer(response, 303, '', { Location: pathname, 'Set-Cookie': `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/` })
    }
    if (pathname === '/events') return watch(response, watchers)
    if (pathname !== '/') return answer(response, 404, 'There is only one page, at /\n')
    answer(response, 200, page.html, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': page.policy })
  })
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ConfigError(`dashboard: cannot listen at ${host}, port ${port} (${(error as NodeJS.ErrnoException).code})`, 3)
  }
  process.stdout.write(`${addressOf(server.address() as AddressInfo, token)}\n`)

  const renew = (): void => {
    try {
      page = dashboard.make()
    } catch (error) {
      process.stderr.write(`${(error as Error).message}; the page stays as it was\n`)
    }
    for (const watcher of watchers) watcher.write('event: changed\ndata:\n\n')
  }
  const stop = follow(dashboard, renew)
  const [signal] = await Promise.race((['SIGINT', 'SIGTERM'] as const).map(async (name) => [name, await once(process, name)] as const))
  stop()
  for (const watcher of watchers) watcher.end()
  server.close()
  server.closeAllConnections()
  return signal === 'SIGINT' ? 130 : 143
}

/** Calls `renew` when the records have changed, and when the targets have answered how they stand; gives what ends that. */
function follow(dashboard: Dashboard, renew: () => void): () => void {
  let mark = dashboard.mark()
  let asking = false
  let outdated = true
  let [asked, renewed] = [0, Date.now()]
  const ask = async (): Promise<void> => {
    ;[asking, outdated, asked] = [true, false, Date.now()]
    await dashboard.ask()
    asking = false
    renew()
  }
  void ask()
  const timer = setInterval(() => {
    const [next, now] = [dashboard.mark(), Date.now()]
    if (next !== mark || now - renewed > RENEW_MILLISECONDS) {
      ;[mark, renewed, outdated] = [next, now, true]
      renew()
    }
    if (outdated && !asking && now - asked > ASK_MILLISECONDS) void ask()
  }, LOOK_MILLISECONDS)
  return () => clearInterval(timer)
}

interface Refusal {
  readonly code: number
  readonly text: string
}

function refusalOf(request: IncomingMessage, token: string | undefined): Refusal | undefined {
  if (request.method !== 'GET') return { code: 405, text: 'Only GET is answered\n' }
  // A place that is an address would be taken for the host that was asked.
  if (!/^\/(?!\/)/.test(request.url ?? '')) return { code: 400, text: 'Not a place on this page\n' }
  const { hostname, searchParams } = urlOf(request)
  // A page of somebody else whose name leads here must not read this one.
  if (token === undefined)
    return LOOPBACK.test(hostname.replace(/^\[|\]$/g, '')) ? undefined : { code: 403, text: 'Only for this machine\n' }
  const given = searchParams.get('token') ?? cookieOf(request) ?? ''
  return isEqual(given, token) ? undefined : { code: 401, text: 'This page needs the address with its token, as it was printed\n' }
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', `http://${request.headers.host}`)
  } catch {
    return new URL('http://unknown/')
  }
}

const cookieOf = ({ headers }: IncomingMessage): string | undefined =>
  headers.cookie
    ?.split('; ')
    .find((each) => each.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)

function isEqual(given: string, token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function answer(response: ServerResponse, code: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', ...PRIVATE, ...headers })
  response.end(text)
}

const PRIVATE = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

function watch(response: ServerResponse, watchers: Set<ServerResponse>): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', ...PRIVATE })
  response.write('retry: 2000\n\n')
  watchers.add(response)
  response.once('close', () => watchers.delete(response))
}

function addressOf({ address, family, port }: AddressInfo, token: string | undefined): string {
  // All addresses are none to go to.
  const name = /^(0\.0\.0\.0|::)$/.test(address) ? hostname() : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${port}/${token === undefined ? '' : `?token=${token}`}`
}
