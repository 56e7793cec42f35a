# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Writing the model's row, and putting it back.

# webui_write_row: in one transaction; refused if the row is not as it was read.
webui_write_row() {
  local count
  undo_with webui_undo_row "${run_dir#"$root/"}/saved"
  webui_ask "$run_dir/work/count" "${engine}_write_row" "$run_dir/work/row.json" "$run_dir/work/wanted"
  read -r count <"$run_dir/work/count" || count=0
  [[ $count == 1 ]] ||
    fail_step "model $model: somebody changed it since it was read; nothing was written, run again"
  output changed "model $model"
}

# webui_undo_row SAVED: put the former row back if it still is as this run wrote
# it. What somebody wrote since is theirs and stays.
webui_undo_row() {
  local former=$1/artifacts/row.json now=$1/row.now
  webui_recall_settings "$1" || return 1
  "${engine}_read_row" >"$now" || return 1
  ! cmp -s -- "$former" "$now" || return 0
  "${engine}_put_row" "$former" "$1/wanted" >/dev/null || return 1
  "${engine}_read_row" >"$now" || return 1
  same_texts "$former" "$now" ||
    warn "model $model: changed since by somebody else; it stays as it is now, what it was before is in the backup"
}

# same_texts ROW OTHER: have they the same name, params and meta?
same_texts() {
  sqlite_on :memory: one="$1" other="$2" >"$2.same" <<'SQL'
SELECT json_extract(one, '$.params') IS json_extract(other, '$.params')
  AND json_extract(one, '$.meta') IS json_extract(other, '$.meta')
  AND json_extract(one, '$.name') IS json_extract(other, '$.name')
FROM (SELECT CAST(readfile(:one) AS TEXT) AS one, CAST(readfile(:other) AS TEXT) AS other);
SQL
  [[ $(<"$2.same") == 1 ]]
}
