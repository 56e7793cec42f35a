import { z } from 'zod'

/** A name that neither a target's nor that of a verb can be mistaken for. */
export const profileName = (verbs: readonly string[]) =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be small letters, digits and "-", starting with a letter')
    .refine((name) => !verbs.includes(name), 'is a verb, and cannot be the name of a profile')

const overrides = z.record(z.string(), z.unknown()).optional()

/** What holds in a profile only: over what stands at the top, and checked there. */
export const profile = z.strictObject({
  defaults: overrides.describe('Over `defaults`.'),
  secrets: overrides.describe('Over `secrets`.'),
  notify: z.array(z.unknown()).optional().describe('In place of `notify`.'),
  hosts: overrides.describe('Over `hosts`.'),
  safety: overrides.describe('Over `safety`.'),
  targets: overrides.describe('Over the targets of these names; others are new.'),
})
