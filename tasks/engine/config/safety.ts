import { z } from 'zod'

/** A user's bash. */
export const command = z
  .string()
  .min(1, 'must not be empty')
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character')

/** Text on one line. */
export const line = z.string().transform((text) => text.replace(/[\s\0-\x1f\x7f]+/g, ' ').trim())

const gate = z
  .strictObject({
    name: line.describe('What it is called in messages.'),
    command: command.describe('Bash; it must only read.'),
    expected_exit_code: z.int().min(0).max(255).default(0).describe('How the command ends where all is well.'),
    skip_on_pull: z.boolean().default(false).describe('Left out when a target is pulled.'),
    skip_on_push: z.boolean().default(false).describe('Left out when a target is pushed.'),
    timeout: z.int().min(1).max(86_400).default(300).describe('Seconds.'),
    max_drift_score: z.number().optional().describe('The number in its last line is at most this.'),
    min_value: z.number().optional().describe('The number in its last line is at least this.'),
    max_value: z.number().optional().describe('The number in its last line is at most this.'),
  })
  .refine(({ min_value, max_value }) => min_value === undefined || max_value === undefined || min_value <= max_value, {
    error: 'must not be above max_value',
    path: ['min_value'],
  })

export type Gate = z.output<typeof gate>

const gates = z.array(gate).default([])

/** The gates of a target, or of the whole run. */
export const gateFields = {
  pre_sync_checks: gates.describe('Before anything is touched; a failure is exit code 4.'),
  post_sync_checks: gates.describe('After the changes; a failure puts them back and is exit code 5.'),
  drift_gates: gates.describe('The same, after the verification.'),
}

export type Gates = { readonly [Phase in keyof typeof gateFields]: readonly Gate[] }

export const safety = z.strictObject({
  secret_patterns: z
    .array(z.string().min(1, 'must not be empty'))
    .default([])
    .describe('Names, or regular expressions (POSIX, extended), of what a secret is assigned to.'),
  ...gateFields,
})

/** A check of what a run has made. */
export const verification = z.strictObject({
  command: command.describe('Bash; its last line is the count.'),
  expected_min: z.int().optional().describe('The number in its last line is at least this.'),
  expected_max: z.int().optional().describe('The number in its last line is at most this.'),
  expected_exit_code: z.int().min(0).max(255).default(0).describe('How the command ends.'),
})
