import { describe, expect, it } from 'vitest'
import { sanitiseLines } from '../../../tasks/drivers/compose-stack/copies/sanitise.ts'

describe('the rules of sanitise.yaml', () => {
  it('are lines for bash: part, table, column, action, SQL', () => {
    const lines = sanitiseLines(`database:
  public.users: { id: keep, city: null, email: email, "odd name": { fixed: it's }, meta: { json: { a.b: keep, c: hash } } }
  public.audit: empty
  public.towns: { keep: all }
`)
    const [id, city, email, odd, meta, audit, towns] = lines.split('\n').map((line) => line.split('\t'))
    expect(id).toEqual(['database', 'public.users', 'id', 'keep', '{c}', '{c}'])
    expect(city?.slice(2, 5)).toEqual(['city', 'null', 'NULL'])
    expect(email?.slice(3, 5)).toEqual(['email', "'test@example.com'"])
    expect(email?.[5]).toContain("'test+' || left(translate(encode(sha256(")
    expect(odd?.slice(2, 5)).toEqual(['odd name', 'fixed', "'it''s'"])
    expect(meta?.[4]).toContain("jsonb_build_object('b', ({c}::jsonb -> 'a') -> 'b')")
    expect(meta?.[6]).toBe("CASE WHEN jsonb_typeof({c}::jsonb) = 'object' THEN {c}::jsonb #- ARRAY['a', 'b'] ELSE {c}::jsonb END")
    expect(audit?.slice(1, 4)).toEqual(['public.audit', '*', 'empty'])
    expect(towns?.slice(1, 4)).toEqual(['public.towns', '*', 'keep'])
  })

  it('tell a key of JSON from an action of the same name', () => {
    const [line] = sanitiseLines('database:\n  public.t: { j: { json: { a.fixed: keep, a.b: name } } }\n').split('\n')
    expect(line?.split('\t')[4]).toContain("jsonb_build_object('fixed', ({c}::jsonb -> 'a') -> 'fixed')")
  })

  it('are other SQL for SQLite, which looks a hash up', () => {
    const lines = sanitiseLines(
      `chats:
  main.user: { email: email, chat: { json: { a.b: keep, c: hash } }, meta: { json: {} } }
other:
  public.user: { email: email }
`,
      { chats: 'sqlite', other: 'postgres' },
    )
    const [email, chat, meta, other] = lines.split('\n').map((line) => line.split('\t'))
    expect(email?.slice(4)).toEqual([
      "'test@example.com'",
      "'test+' || substr((SELECT h FROM lockstep.hashes WHERE v = CAST({c} AS TEXT)), 1, 20) || '@example.com'",
    ])
    expect(chat?.[4]).toContain("WHERE lockstep_1.key IN ('a', 'c'))")
    expect(chat?.[6]).toContain(`json_remove({c}, '$."a"."b"')`)
    expect(chat?.[7]).toContain("WHERE lockstep_1.key = 'c'")
    expect(meta?.slice(4)).toEqual(["'{}'", "'{}'", '{c}'])
    expect(other?.[5]).toContain('encode(sha256(')
  })

  it.each([
    ['database:\n  public.t: { a: keep, b: emial }\n', '2:27: database: public.t: b: "emial" is no rule: .*; did you mean "email"?'],
    ['database:\n  public.t: emty\n', '2:13: database: public.t: "emty" is no rule for a table'],
    ['database:\n  t: empty\n', '2:6: database: t: '],
    ['database:\n  public.t: { a: { json: { b: keep, b.c: name } } }\n', '2:26: database: public.t: a: json: in json stand keys'],
    ['database:\n  public.t: { "*": keep }\n', '2:20: database: public.t: \\*: each column is named'],
    ['x: 1\n', '1:4: x: must be tables'],
    ['database: [\n', '2:1: '],
    ['database:\n  public.t:\n    a: { json: { "a..b": keep } }\n', '3:26: database: public.t: a: json: a..b: in json stand keys'],
    ['database:\n  public.t: { a: keep, a: name }\n', '2:2'],
  ])('%j is refused where it is wrong', (text, words) => {
    expect(() => sanitiseLines(text)).toThrow(new RegExp(`^${words.replaceAll('?', '\\?')}`))
  })
})
