import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import type { Option } from './options.ts'
import { quote, sh } from './shell.ts'

/** A machine that ssh reaches, and a folder there. */
export interface Host {
  /** As the person called it. */
  readonly name: string
  readonly address: string
  readonly port: string | undefined
  /** From the home of the login; empty: that home itself. */
  readonly folder: string
}

const ADDRESS = String.raw`((?:[A-Za-z0-9_.][\w.+-]*@)?[A-Za-z0-9_][\w.-]*)`
const URL_FORM = new RegExp(String.raw`^ssh://${ADDRESS}(?::(\d{1,5}))?(/[^\0-\x1f]*)?$`)
const SHORT_FORM = new RegExp(String.raw`^${ADDRESS}(?::([^\0-\x1f]*))?$`)

/** What an address may look like. */
export const HOST_FORMS = '[USER@]HOST[:FOLDER], or ssh://[USER@]HOST[:PORT][/FOLDER]'

export const isHost = (text: string): boolean => URL_FORM.test(text) || SHORT_FORM.test(text)

/** `[USER@]HOST[:FOLDER]`, or `ssh://[USER@]HOST[:PORT][/FOLDER]` with the folder from the root of its file system. */
function parseHost(text: string, name = text): Host {
  const [, urlAddress, port, path] = URL_FORM.exec(text) ?? []
  if (urlAddress !== undefined) return { name, address: urlAddress, port, folder: path ?? '' }
  const [, address, folder = ''] = SHORT_FORM.exec(text) ?? []
  if (address === undefined) {
    throw new ConfigError(`--host ${text}: say a name of "hosts:", ${HOST_FORMS}`)
  }
  const [, mistaken] = /^(\d{1,5})(?:\/|$)/.exec(folder) ?? []
  if (mistaken !== undefined) {
    throw new ConfigError(`--host ${text}: with a port it is ssh://${address}:${folder}; a folder ${mistaken} is ./${folder}`)
  }
  return { name, address, port: undefined, folder: folder.replace(/^~(\/|$)/, '') }
}

/** The hosts that words name, each once: those of `hosts:`, and any that ssh knows. @throws ConfigError where one is neither. */
export function findHosts(words: readonly string[], known: Config['hosts']): Host[] {
  const names = words.flatMap(apart).filter((name) => name !== '')
  const addresses = new Map(Object.entries(known))
  return [...new Set(names)].map((name) => parseHost(addresses.get(name) ?? name, name))
}

/** Hosts with commas between them; in a folder, which comes last, a comma is one. */
function apart(text: string): string[] {
  const [, first, rest] = /^([^:/,]*),(.*)$/s.exec(text) ?? []
  return first === undefined || rest === undefined ? [text] : [first, ...apart(rest)]
}

/** What is said here and not to the program there. */
const HERE = ['host', 'hosts', 'detach', 'attach', 'target', 'root', 'json', 'report', 'events']

/** The target that `words` name, and those of them that are for its program, by all `options` there are. @throws ConfigError where it is not one. */
export function wordsForHost(words: readonly string[], options: readonly Option[]) {
  const valued = options.filter(({ value }) => value !== undefined).map(({ name }) => name)
  const named: string[] = []
  const passed: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const taken = value === undefined && valued.includes(name) ? words.slice(index, index + 2) : [word]
    index += taken.length - 1
    if (word === '--' || name === 'list' || name === 'jobs') throw new ConfigError(`${word} does not go with --host`)
    if (name === 'target') named.push(value ?? taken[1] ?? '')
    else if (!word.startsWith('-')) named.push(word)
    else if (!HERE.includes(name)) passed.push(...taken)
  }
  const [target] = named
  if (target === undefined || named.length > 1) throw new ConfigError('with --host name one TARGET: its program is what is sent')
  return { target, passed }
}

/** How a run is on a host: by itself, so that it outlives the connection, and watched from here. */
export interface Ways {
  readonly detach: boolean
  readonly attach: boolean
}

/** The ways that `words` ask for. @throws ConfigError where something else that they say has no sense then. */
export function waysOf(words: readonly string[]): Ways {
  const [detach, attach] = [words.includes('--detach'), words.includes('--attach')]
  const given = (...names: readonly string[]): string | undefined =>
    names.find((name) => words.some((word) => word === name || word.startsWith(`${name}=`)))
  const changing = detach ? given('--dry-run', '--check') : undefined
  if (changing !== undefined) throw new ConfigError(`${changing} does not go with --detach: what comes of it would be kept there`)
  const told = detach && !attach ? given('--json', '--report', '--events') : undefined
  if (told !== undefined) throw new ConfigError(`with --detach, ${told} is for --attach, which brings the report`)
  return { detach, attach }
}

/** What a host is told of a run, each in a variable of its name. */
export interface HostSettings extends Ways {
  readonly target: string
  readonly folder: string
  /** The name of what is sent, empty where the run is only watched; and its bytes. */
  readonly program: string
  readonly size: number
  /** Are its events shown here? */
  readonly watched: boolean
  /** Seconds without a sign of life after which nobody watches any more. */
  readonly silence: number
  /** What the program is told of the traces that are made of its events; empty where there are none. */
  readonly trace: string
  /** What the program is called with. */
  readonly words: readonly string[]
}

/** Bash between the functions that serve there and the call of them. */
export const settingsText = ({ words, ...settings }: HostSettings): string =>
  [...Object.entries(settings).map(([name, value]) => `${name}=${quote(String(value))}`), sh`words=(${words})`.text, ''].join('\n')
