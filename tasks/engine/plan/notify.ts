import { LateText } from '../config/late.ts'
import { type Channel, KINDS } from '../config/notify.ts'
import type { Target } from '../config/schema.ts'
import { type Shell, sh } from './shell.ts'

/** The body of a program's `tell_others` (scripts/lib/notify/notify.sh): who is told of what; undefined where nobody is. */
export const tellOthers = ({ notify }: Target): Shell | undefined =>
  notify.length === 0
    ? undefined
    : sh`notify_about "$1" || return 0${notify.reduce((calls, channel) => sh`${calls}\n  ${call(channel)}`, sh``)}\n  notify_over`

function call(channel: Channel): Shell {
  const [kind] = KINDS.filter((each) => channel[each] !== undefined) as [(typeof KINDS)[number]]
  const events = kind === 'heartbeat' ? kind : (channel.on ?? ['failure', 'recovery']).join(' ')
  const words = [channel[kind], channel.chat, channel.server, channel.token].filter((word) => word !== undefined)
  return sh`notify ${events} ${`notify_${kind}`}${words.reduce<Shell>((all, word) => sh`${all} ${perhaps(word)}`, sh``)}`
}

/** The same text, empty where a variable is not set: nobody is told then, and the run goes on. */
const perhaps = (text: string | LateText): string | LateText =>
  typeof text === 'string' ? text : new LateText(text.parts.map((part) => (typeof part === 'string' ? part : { fallback: '', ...part })))
