import { z } from 'zod'
import { parseLateText } from './late.ts'

/** Text of `config:` that may hold variables; see late.ts. */
export const lateText = (check: RegExp, expected: string) =>
  z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => !text.includes('\0'), 'text without NUL')
    .transform(parseLateText)
    .refine((value) => typeof value !== 'string' || check.test(value), { error: expected })

/** A path inside the root: relative, without `..`, without variables, because it is checked before the run. */
export const relativePath = z
  .string()
  .min(1, 'must not be empty')
  .refine((path) => !/[\0-\x1f\x7f$]/.test(path), 'a path without variables and control characters')
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:|^~/.test(path), 'a path inside the root, so it must be relative')
  .refine((path) => !path.split('/').includes('..'), 'a path inside the root, so it must not hold ".."')
  .transform((path) =>
    path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  )
  .refine((path) => path !== '' && !path.startsWith('-') && !/(^|\/)\.git(\/|$)|^\.insightpulse(\/|$)/i.test(path), {
    error: 'a folder of the user, not the root itself, .git or .insightpulse',
  })

/** One name of a file or folder that also stands in addresses: what GitHub allows, never an option. */
export const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a name of letters, digits, ".", "_" and "-", starting with a letter or digit')
  .refine((name) => !/\.(lock|git)$/.test(name), 'a name that does not end in .lock or .git')
