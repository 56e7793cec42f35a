import { describe, expect, it } from 'vitest'
import { planTarget } from '../../../tasks/engine/plan/plan.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { load } from '../example.ts'

const good = `version: "1.0"
targets:
  inna:
    driver: open_webui
    direction: bidirectional
    config:
      database: \${OPEN_WEBUI_DATABASE}
      model: inna
      system_prompt: inna/prompt.md
      metadata: inna/metadata.json
`

function messageFor(piece: string, replacement: string): string {
  if (!good.includes(piece)) throw new Error(`the good config does not hold ${piece}`)
  try {
    load(good.replace(piece, () => replacement))
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the config was accepted')
}

describe('a config of open_webui is refused', () => {
  it.each([
    ['two databases configured, as a list', 'database: ${OPEN_WEBUI_DATABASE}', 'database: [a.db, b.db]', '7:7: database: must be text'],
    [
      'two databases configured, as two keys',
      '      model: inna',
      '      database: b.db\n      model: inna',
      '8:7: duplicate key "database"',
    ],
    ['no model', '      model: inna\n', '', 'model is missing'],
    ['a prompt outside the root', 'inna/prompt.md', '../prompt.md', '9:22: system_prompt: must not contain ".."'],
    ['metadata by an absolute path', 'inna/metadata.json', '/etc/metadata.json', '10:17: metadata: must be relative'],
    ['metadata that is no JSON', 'inna/metadata.json', 'inna/metadata.yaml', '10:17: metadata: must end in .json'],
    ['an unknown key', 'model: inna', 'modell: inna', '8:7: unknown key "modell"; did you mean "model"?'],
    ['a direction that is none', 'bidirectional', 'sideways', 'direction: must be'],
    [
      'a conflict rule of another driver',
      '    config:',
      '    on_conflict: theirs\n    config:',
      'on_conflict: must be "stop" or "files" or "database" or "newest"',
    ],
  ])('%s', (_, piece, replacement, message) => {
    expect(messageFor(piece, replacement)).toContain(message)
  })

  it.each(['postgres://me:hunter22@host/db', '${DB:-postgres://me:hunter22@host/db}', 'postgres://host/db?password=hunter22'])(
    'a password in the file, which the message masks: %s',
    (address) => {
      const message = messageFor('${OPEN_WEBUI_DATABASE}', `"${address}"`)
      expect(message).toContain('7:17: database: must be an address without the password')
      expect(message).not.toContain('hunter22')
      expect(message).toContain('********')
    },
  )
})

describe('a config of open_webui', () => {
  it.each(['data/webui.db', 'sqlite:////app/webui.db', 'postgres://me@host/db', 'postgres://${USER}:${PASSWORD}@host/db'])(
    'takes the database %s',
    (database) => {
      expect(() => load(good.replace('${OPEN_WEBUI_DATABASE}', database))).not.toThrow()
    },
  )

  it('goes each way when it is bidirectional, and only its own otherwise', () => {
    const directions = (text: string) => planTarget(load(text).targets[0] as never).directions
    expect(directions(good)).toEqual(['bidirectional', 'push', 'pull'])
    expect(directions(good.replace('bidirectional', 'push'))).toEqual(['push'])
  })

  it('gives a program that neither writes files on push nor rows on pull', () => {
    const program = (direction: string) =>
      createRenderer(readSources((verb) => `lockstep ${verb}`)).target(
        planTarget(load(good.replace('bidirectional', direction)).targets[0] as never),
      )
    expect(program('push')).not.toContain('step write_files')
    expect(program('pull')).not.toContain('step write_row')
  })
})

describe('aliases', () => {
  const withAlias = (line: string): string => `${good}aliases:\n  ${line}\n`

  it('are a verb with its words', () => {
    expect(load(withAlias('inna-push: sync inna --direction push')).aliases).toEqual([
      { name: 'inna-push', verb: 'sync', words: ['inna', '--direction', 'push'] },
    ])
    expect(load(good).aliases).toEqual([])
  })

  it.each([
    ['x: snyc inna', '12:6: x: unknown verb "snyc"; did you mean "sync"?'],
    ['x: sync $(touch ran)', 'x: "$(touch": an alias is a verb and plain words'],
    ['"../x": sync', '"../x" must be letters, digits'],
  ])('%s is refused', (line, message) => {
    expect(() => load(withAlias(line))).toThrow(message)
  })
})
