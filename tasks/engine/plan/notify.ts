import { LateText, variablesIn } from '../config/late.ts'
import { type Channel, KINDS } from '../config/notify.ts'
import type { Target } from '../config/schema.ts'
import { type Shell, sh } from './shell.ts'

/** The body of a program's `tell_others` (scripts/lib/notify/notify.sh): who is told of what; undefined where nobody is. */
export const tellOthers = (target: Target): Shell | undefined => bodyOf(target, [])

/** The same for a program over several targets: each body with the targets that it is for. */
export function tellOthersOf(targets: readonly Target[]): { readonly names: readonly string[]; readonly body: Shell }[] {
  const same = new Map<string, { readonly names: string[]; readonly body: Shell }>()
  for (const target of targets) {
    const told = variablesIn(target.notify).map(({ name }) => name)
    const secrets = Object.entries(target.secrets).filter(([name]) => told.includes(name))
    // A program of one target has asked for them before it began; this one asks once there is something to tell.
    const body = bodyOf(
      target,
      secrets.map(([name, command]) => sh`ask_secret ${name} ${command} false`),
    )
    if (body === undefined) continue
    const known = same.get(body.text)
    if (known) known.names.push(target.name)
    else same.set(body.text, { names: [target.name], body })
  }
  return [...same.values()]
}

/** The variables that stand in addresses and tokens: nobody sees them. */
export const hiddenVariables = ({ notify }: Target): string[] => [
  ...new Set(variablesIn(notify.map(({ email, chat, server, ...places }) => places)).map(({ name }) => name)),
]

function bodyOf({ notify }: Target, before: readonly Shell[]): Shell | undefined {
  if (notify.length === 0) return undefined
  const lines = [sh`notify_about "$1" || return 0`, ...before, ...notify.map(call), sh`notify_over`]
  return lines.reduce((all, line) => sh`${all}\n  ${line}`)
}

function call(channel: Channel): Shell {
  const [kind] = KINDS.filter((each) => channel[each] !== undefined) as [(typeof KINDS)[number]]
  const events = kind === 'heartbeat' ? kind : (channel.on ?? ['failure', 'recovery']).join(' ')
  const words = [channel[kind], channel.chat, channel.server, channel.token].filter((word) => word !== undefined)
  return sh`notify ${events} ${`notify_${kind}`}${words.reduce<Shell>((all, word) => sh`${all} ${perhaps(word)}`, sh``)}`
}

/** The same text, empty where a variable is not set: nobody is told then, and the run goes on. */
const perhaps = (text: string | LateText): string | LateText =>
  typeof text === 'string' ? text : new LateText(text.parts.map((part) => (typeof part === 'string' ? part : { fallback: '', ...part })))
