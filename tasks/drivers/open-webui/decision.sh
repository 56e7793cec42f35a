# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The three-way decision as SQL. A field is the name, a key of meta or a key of
# params; the prompt is params.system. sqlite3 is the JSON tool, for PostgreSQL
# too: it starts in 3 ms and keeps every number, and every key at its place.

# webui_run_decision FILE SQL NAME=VALUE...: print a line for each thing that is
# wrong with the files or the row, and VERDICT TAB FIELD for all that is not the
# same; what is to be written elsewhere goes to paths that begin with :work. SQL makes the
# temporary table row from the database FILE; where it is empty, the row is in
# the file :row, which has it in any case afterwards.
webui_run_decision() {
  sqlite_on "$1" -readonly "${@:3}" ${2:+-cmd "$2"} <<'SQL'
.mode list
.separator "\t"
CREATE TEMP TABLE written (bytes INTEGER);
CREATE TEMP TABLE IF NOT EXISTS row AS SELECT rtrim(CAST(readfile(:row) AS TEXT), char(10)) AS row;
SELECT 'missing' WHERE NOT EXISTS (SELECT 1 FROM row);
INSERT INTO written SELECT writefile(:row, CAST(row || char(10) AS BLOB)) FROM row;

CREATE TEMP TABLE file (name TEXT, place TEXT, content BLOB, text TEXT);
INSERT INTO file (name, place, content) VALUES
  ('prompt', :prompt, readfile(:prompt)),
  ('metadata', :metadata, readfile(nullif(:metadata, '')));
UPDATE file SET text = CASE WHEN content IS NULL THEN '{}'
  WHEN name = 'prompt' AND place NOT LIKE '%.json' THEN json_object('system', CAST(content AS TEXT))
  ELSE CAST(content AS TEXT) END;

SELECT 'problem', place, 'holds a NUL character, which no database text can hold'
  FROM file WHERE instr(content, x'00');
UPDATE file SET text = '{}' WHERE instr(content, x'00');
SELECT 'broken', place FROM file WHERE NOT json_valid(text);
UPDATE file SET text = '{}' WHERE NOT json_valid(text);
SELECT 'problem', place, 'holds \u0000, which no database text can hold'
  FROM file WHERE instr(replace(text, '\\', ''), '\u0000');
SELECT 'problem', place, 'must be a JSON object, not a ' || json_type(text)
  FROM file WHERE json_type(text) <> 'object';
UPDATE file SET text = '{}' WHERE json_type(text) <> 'object';
SELECT 'problem', place, '"' || key || '" would be dropped; it holds ' ||
    iif(name = 'prompt', '"system" only', '"name", "meta" and "params"')
  FROM file, json_each(text)
  WHERE key NOT IN (SELECT value FROM json_each(iif(name = 'prompt', '["system"]', '["name", "meta", "params"]')));
SELECT 'problem', place, '"' || key || '" must be ' || iif(key IN ('name', 'system'), 'a text', 'an object')
  FROM file, json_each(text)
  WHERE type <> iif(key IN ('name', 'system'), 'text', 'object') AND type <> 'null';
SELECT 'problem', place, '"system" belongs into ' || :prompt
  FROM file WHERE name = 'metadata' AND json_type(text, '$.params.system') IS NOT NULL;

CREATE TEMP TABLE base AS SELECT base FROM (SELECT CAST(readfile(:base) AS TEXT) AS base)
  WHERE CASE WHEN json_valid(base) THEN json_extract(base, '$.of') = :of END;
CREATE TEMP TABLE doc (side TEXT, part TEXT, text TEXT);
INSERT INTO doc
  SELECT 'database', part, coalesce(nullif(nullif(trim(json_extract(row, '$.' || part)), ''), 'null'), '{}')
    FROM row, (SELECT 'params' AS part UNION ALL SELECT 'meta')
  UNION ALL SELECT 'database', 'model', json_object('name', json_extract(row, '$.name')) FROM row
  UNION ALL SELECT 'files', 'params', text FROM file WHERE name = 'prompt'
  UNION ALL SELECT 'files', key, value FROM file, json_each(text) WHERE name = 'metadata' AND type = 'object'
  UNION ALL SELECT 'files', 'model', json_object('name', value) FROM file, json_each(text)
    WHERE name = 'metadata' AND key = 'name'
  UNION ALL SELECT 'base', key, value FROM base, json_each(base, '$.had');
SELECT 'damaged', part FROM doc WHERE side = 'database' AND NOT json_valid(text);
UPDATE doc SET text = '{}' WHERE NOT json_valid(text);
SELECT 'damaged', part FROM doc WHERE side = 'database' AND json_type(text) <> 'object';
SELECT 'problem', iif(part = 'params' AND key = 'system', :prompt, :metadata),
    '"' || key || '" stands there twice, or has a character that no key of Open WebUI has'
  FROM doc, json_each(text) WHERE side = 'files'
  GROUP BY part, key HAVING count(*) > 1 OR key GLOB '*[^] !#-[^-~]*';

-- The value as it is written there. With two paths json_extract gives an array
-- of both, untouched; with one it would read numbers and round them.
CREATE TEMP TABLE fact (side TEXT, part TEXT, key TEXT, value TEXT, content TEXT, PRIMARY KEY (side, part, key));
INSERT OR IGNORE INTO fact (side, part, key, value)
  SELECT side, part, key, substr(twice, 2, (length(twice) - 3) / 2)
  FROM (SELECT side, part, key, json_extract(text, '$."' || key || '"', '$."' || key || '"') AS twice
    FROM doc, json_each(text) WHERE key NOT GLOB '*[^] !#-[^-~]*');
DELETE FROM fact WHERE value IN ('null', '""')
  OR (:metadata = '' AND (part <> 'params' OR key <> 'system'));

-- The content: the same for any order of names and any spelling of characters.
UPDATE fact SET content = CASE json_type(value) WHEN 'text' THEN '=' || json_extract(value, '$') ELSE
  (SELECT group_concat(place || ' ' || type || ' ' ||
      CASE type WHEN 'real' THEN printf('%!.17g', atom) ELSE quote(atom) END, char(10))
    FROM (SELECT type, atom, iif(json_valid(name), json_extract(name, '$'), fullkey) AS place
      FROM (SELECT type, atom, fullkey, '"' || replace(replace(fullkey, '\"', ''), '"', '') || '"' AS name
        FROM json_tree(fact.value)) ORDER BY place)) END;

CREATE TEMP TABLE decision AS
  SELECT part, key, iif(part = 'model', key, part || '.' || key) AS field,
    f.value AS files, d.value AS database, b.value AS base, NULL AS result, CASE
      WHEN f.content IS d.content THEN 'same'
      WHEN f.value IS NULL THEN CASE WHEN :direction <> 'push' THEN 'to_files'
        WHEN part = 'params' AND key = 'system' THEN 'kept' ELSE 'not_ours' END
      WHEN d.value IS NULL THEN iif(:direction = 'pull', 'kept', 'to_database')
      WHEN :direction = 'push' THEN 'to_database'
      WHEN :direction = 'pull' THEN 'to_files'
      WHEN f.content = b.content THEN 'to_files'
      WHEN d.content = b.content THEN 'to_database'
      ELSE 'conflict' END AS verdict
  FROM (SELECT DISTINCT part, key FROM fact)
  LEFT JOIN (SELECT * FROM fact WHERE side = 'files') AS f USING (part, key)
  LEFT JOIN (SELECT * FROM fact WHERE side = 'database') AS d USING (part, key)
  LEFT JOIN (SELECT * FROM fact WHERE side = 'base') AS b USING (part, key);
UPDATE decision SET verdict = coalesce(json_extract(:resolved, '$."' || field || '"'), verdict)
  WHERE verdict = 'conflict';
UPDATE decision SET result = CASE verdict
  WHEN 'to_database' THEN files WHEN 'to_files' THEN database
  WHEN 'merged' THEN json_quote(CAST(readfile(:work || 'merged') AS TEXT)) END;
SELECT verdict, field FROM decision WHERE verdict NOT IN ('same', 'not_ours') ORDER BY verdict, field;
-- Open WebUI v0.5 changes a row and leaves its time as it was.
SELECT 'updated', json_extract(row, '$.updated_at') FROM row, base
  WHERE json_extract(row, '$.updated_at') <> json_extract(base, '$.at');

INSERT INTO written SELECT writefile(:work || 'merge.' || side, CAST(json_extract(value, '$') AS BLOB))
  FROM (SELECT 'files' AS side, files AS value, * FROM decision UNION ALL SELECT 'base', base, * FROM decision
    UNION ALL SELECT 'database', database, * FROM decision)
  WHERE field = 'params.system' AND verdict = 'conflict' AND base IS NOT NULL;
INSERT INTO written SELECT writefile(:work || 'side.' || side, CAST(group_concat('## ' || field || char(10) ||
    coalesce(iif(json_type(value) = 'text', json_extract(value, '$'), value) || char(10), ''), '') AS BLOB))
  FROM (SELECT 'files' AS side, files AS value, * FROM decision UNION ALL SELECT 'database', database, * FROM decision)
  WHERE verdict NOT IN ('same', 'not_ours', 'kept')
    AND (:show = 'true' OR EXISTS (SELECT 1 FROM decision WHERE verdict = 'conflict')) GROUP BY side;

-- A document with the results put into it, one after the other.
CREATE TEMP TABLE todo AS
  SELECT row_number() OVER (PARTITION BY goal, part ORDER BY key) AS n, * FROM (
    SELECT 'row' AS goal, * FROM decision WHERE verdict IN ('to_database', 'merged')
    UNION ALL SELECT iif(field = 'params.system', 'prompt', 'metadata'), * FROM decision WHERE verdict IN ('to_files', 'merged'));
CREATE TEMP TABLE done AS
  WITH RECURSIVE step (part, n, text) AS (
    SELECT part, 0, text FROM doc WHERE side = 'database'
    UNION ALL SELECT step.part, todo.n, json_set(text, '$."' || key || '"', json(result))
      FROM step JOIN todo ON goal = 'row' AND todo.part = step.part AND todo.n = step.n + 1)
  SELECT part, text FROM step JOIN (SELECT part, max(n) AS n FROM todo WHERE goal = 'row' GROUP BY part) USING (part, n);
INSERT INTO written SELECT writefile(:work || 'wanted.raw', CAST(
    coalesce((SELECT text FROM done WHERE part = 'params'), '') || char(10) ||
    coalesce((SELECT text FROM done WHERE part = 'meta'), '') || char(10) ||
    coalesce((SELECT json_quote(json_extract(text, '$.name')) FROM done WHERE part = 'model'), '') || char(10) AS BLOB))
  WHERE EXISTS (SELECT 1 FROM done);
INSERT INTO written SELECT iif(:prompt LIKE '%.json',
    writefile(:work || 'prompt.raw', CAST(json_object('system', json(result)) AS BLOB)),
    writefile(:work || 'prompt', CAST(json_extract(result, '$') AS BLOB)))
  FROM todo WHERE goal = 'prompt';
INSERT INTO written
  WITH RECURSIVE place AS (
      SELECT row_number() OVER (ORDER BY part, key) AS n, result,
        iif(part = 'model', '$.name', '$.' || part || '."' || key || '"') AS path
      FROM todo WHERE goal = 'metadata'),
    step (n, text) AS (
      SELECT 0, json_patch(json_object('name', '', 'meta', json('{}'), 'params', json('{}')), text)
        FROM file WHERE name = 'metadata'
      UNION ALL SELECT place.n, json_set(text, path, json(result)) FROM step JOIN place ON place.n = step.n + 1)
  SELECT writefile(:work || 'metadata.raw', CAST(text AS BLOB)) FROM step
    WHERE n > 0 AND n = (SELECT max(n) FROM place);

INSERT INTO written SELECT writefile(:work || 'base', CAST(json_object('of', :of, 'at',
    (SELECT json_extract(row, '$.updated_at') FROM row), 'had', json_group_object(part, json(had))) AS BLOB))
  FROM (SELECT part, json_group_object(key, json(value)) AS had
    FROM (SELECT part, key, CASE WHEN verdict = 'same' THEN files
        WHEN verdict IN ('kept', 'not_ours', 'conflict') THEN base ELSE result END AS value
      FROM decision ORDER BY part, key)
    WHERE value IS NOT NULL GROUP BY part);
SQL
}
