import { z } from 'zod'
import { HOST_FORMS, isHost } from '../plan/host.ts'
import { LateText, parseLateText } from './late.ts'

/** Text of `config:` that may hold variables; see late.ts. */
export const lateText = (check: RegExp, expected: string) =>
  z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
    .transform(parseLateText)
    .refine((value) => typeof value !== 'string' || check.test(value), { error: `must be ${expected}` })

/** The address of an HTTP service, as http_service takes it. */
export const httpAddress = lateText(
  /^https?:\/\/[A-Za-z0-9[][\w.:[\]-]*(\/[\w.~:/@!$&'()*+,;=%-]*)?$/i,
  'an address: https://, a host, and perhaps a path',
)

/** A token or password: it stands in variables, and never in sync.yaml. */
export const secretText = z
  .string()
  .transform(parseLateText)
  .refine((value) => value instanceof LateText && value.parts.every((part) => typeof part !== 'string' && part.fallback === undefined), {
    error: 'must be a variable, such as ${API_TOKEN}: a token never stands in sync.yaml',
  })

/** A path inside the root: relative, without `..`, without variables, because it is checked before the run. */
export const relativePath = z
  .string()
  .min(1, 'must not be empty')
  .refine((path) => !/[\0-\x1f\x7f$]/.test(path), 'must be a plain path, without variables and control characters')
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:|^~/.test(path), 'must be relative to the root')
  .refine((path) => !path.split('/').includes('..'), 'must not contain "..": it must stay inside the root')
  .transform((path) =>
    path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  )
  .refine((path) => path !== '' && !path.startsWith('-') && !/(^|\/)\.git(\/|$)|^\.insightpulse(\/|$)/i.test(path), {
    error: 'must not be the root itself, .git or .insightpulse, nor start with "-"',
  })

const hostName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, ".", "_" and "-"')

/** Addresses of other machines, by name. */
export const hosts = z.record(hostName, z.string().refine(isHost, `must be ${HOST_FORMS}`)).default({})

/** Those of a target. */
export const hostNames = z.array(hostName).default([])

/** A folder with a driver of the user's own: .insightpulse/drivers/NAME, or elsewhere in the root. */
export const driverFolder = z
  .string()
  .regex(
    /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9._][A-Za-z0-9._/-]*[A-Za-z0-9_-]$/,
    'must be a folder in the root: .insightpulse/drivers/NAME',
  )

/** A file that another one includes: its path from there. */
export const includedFile = z
  .string()
  .regex(/^[A-Za-z0-9._][A-Za-z0-9._/-]*\.ya?ml$/, 'must be the path of a YAML file, from the folder of this one: team.yaml')

/** One name of a file or folder that also stands in addresses: what GitHub allows, never an option. */
export const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be letters, digits, ".", "_" and "-", starting with a letter or digit')
  .refine((name) => !/\.(lock|git)$/.test(name), 'must not end in .lock or .git')
