import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

const sanitise = fileURLToPath(new URL('../../../tasks/drivers/odoo-live/sanitise.sh', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The three files that become of a configuration, or what is wrong with it. */
function masked(lines: readonly string[]): string {
  const input = `${lines.join('\n')}\nz\n`
  try {
    execFileSync('bash', ['-euc', '. "$1"; odoo_sanitise "$2"', 'bash', sanitise, folder], { encoding: 'utf8', input })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
  return ['ADDONS_PATH', 'DB_CONFIG', 'ENV_VARS'].map((name) => readFileSync(join(folder, `${name}.prod.txt`), 'utf8')).join('')
}

const SECRET = 'Pl4nted!'
const text = fc.oneof(
  fc.constantFrom('', '64', 'True', '/opt/odoo', 'https://', '$(touch ran)', ',', '"', '[x]', '#', '; ', ' = ', '\t'),
  fc.string(),
)
const secret = fc.tuple(text, text).map(([before, after]) => `${before}${SECRET}${after}`.replaceAll(/[\0\n]/g, ''))
const option = fc.constantFrom(
  ...['db_password', 'admin_passwd', 'workers', 'db_maxconn', 'log_level', 'list_db', 'server_wide_modules', 'db_sslmode', 'db_template'],
  ...['addons_path', 'without_demo', 'limit_time_real', 'smtp_password', 'x_api_key', 'proxy_mode', 'xmlrpc_port'],
)
const variable = fc.constantFrom('TZ', 'LANG', 'ODOO_VERSION', 'ODOO_RC', 'PGPORT', 'PASSWORD', 'PYTHONUNBUFFERED', 'PORT')

describe('what odoo_live writes down', () => {
  it('holds no part of any value that was not known to be harmless', () => {
    fc.assert(
      fc.property(fc.dictionary(option, secret), fc.dictionary(variable, secret), secret, (options, variables, comment) => {
        const files = masked([
          'c [options]',
          `c # ${comment}`,
          ...Object.entries(options).map(([name, value]) => `c ${name} = ${value}`),
          ...Object.entries(variables).map(([name, value]) => `e ${name}=${value}`),
        ])
        expect(files).not.toContain(SECRET)
        for (const name of Object.keys(variables)) expect(files).toContain(`${name} (masked)`)
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('is the same for any order of the options, and says of each that it is there', () => {
    fc.assert(
      fc.property(
        fc.dictionary(option, fc.constantFrom('64', 'False', 'info', 'base,web', SECRET)).chain((options) => {
          const lines = Object.entries(options).map(([name, value]) => `c ${name}: ${value}`)
          return fc.record({ lines: fc.constant(lines), others: fc.shuffledSubarray(lines, { minLength: lines.length }) })
        }),
        ({ lines, others }) => {
          const files = masked(['c [options]', ...lines])
          expect(masked(['c [options]', ...others])).toBe(files)
          expect(files.match(/^[A-Z_]+ /gm) ?? []).toHaveLength(lines.filter((line) => !line.startsWith('c addons_path')).length)
        },
      ),
      { numRuns: 30, endOnFailure: true },
    )
  })

  it('is nothing where the answer was cut off', () => {
    expect(masked(['c [options]'])).toContain('[options]')
    const cut = (): string => {
      try {
        return execFileSync('bash', ['-euc', '. "$1"; odoo_sanitise "$2"', 'bash', sanitise, folder], {
          encoding: 'utf8',
          input: 'c [options]\n',
        })
      } catch (error) {
        return (error as { stdout: string }).stdout
      }
    }
    expect(cut()).toBe('the answer was cut off\n')
  })
})
