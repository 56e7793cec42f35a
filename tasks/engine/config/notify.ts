import { z } from 'zod'
import { lateText } from './fields.ts'
import { command } from './safety.ts'

const EVENTS = ['failure', 'recovery', 'change', 'always', 'overdue'] as const

const address = lateText(/^https?:\/\/[^\s\0-\x1f\x7f]+$/i, 'an address: https://, a host, and perhaps a path')
const word = lateText(/^[^\s\0-\x1f\x7f]+$/, 'one word')

/** Who is told: each is a function `notify_KIND` of scripts/lib/notify/channels.sh. */
const kinds = {
  slack: address.optional().describe('An incoming webhook of Slack.'),
  mattermost: address.optional().describe('An incoming webhook of Mattermost.'),
  teams: address.optional().describe('A workflow of Teams that a webhook starts.'),
  telegram: word.optional().describe('The token of a bot of Telegram; `chat` is where it writes.'),
  ntfy: address.optional().describe('A topic of ntfy: https://ntfy.sh/TOPIC.'),
  email: lateText(/^[^\s@]+@[^\s@]+$/, 'an e-mail address')
    .optional()
    .describe('An address, by the sendmail of the machine.'),
  url: address.optional().describe('Any address: it is given all of it as JSON.'),
  command: command.optional().describe('Bash; all of it stands as JSON on its standard input.'),
  heartbeat: address.optional().describe('Called at the start and at the end of each run, as healthchecks.io has it.'),
}

export const KINDS = Object.keys(kinds) as (keyof typeof kinds)[]

/** What belongs to one kind alone. */
const more = {
  chat: word.optional().describe('Of telegram: the chat that the bot writes into.'),
  server: address.optional().describe('Of telegram: a server other than https://api.telegram.org.'),
  token: word.optional().describe('Of ntfy: for a topic that is not open to all.'),
}

const OWNERS = { chat: 'telegram', server: 'telegram', token: 'ntfy' } as const

const channel = z
  .strictObject({
    on: z.array(z.enum(EVENTS)).min(1).optional().describe('What is told: failure and recovery, where this is left out.'),
    ...kinds,
    ...more,
  })
  .superRefine((given, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', message })
    const named = KINDS.filter((kind) => given[kind] !== undefined)
    if (named.length !== 1) say(`needs one of ${KINDS.join(', ')}${named.length === 0 ? '' : `, and has ${named.join(' and ')}`}`)
    for (const [key, owner] of Object.entries(OWNERS)) {
      if (given[key as keyof typeof OWNERS] !== undefined && given[owner] === undefined) say(`${key} belongs to ${owner}`)
    }
    if (given.telegram !== undefined && given.chat === undefined) say('telegram needs chat: the one that the bot writes into')
    if (given.heartbeat !== undefined && given.on !== undefined) say('heartbeat tells each start and end, and takes no "on"')
  })

export type Channel = z.output<typeof channel>

export const channels = z.array(channel)
