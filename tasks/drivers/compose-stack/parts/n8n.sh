# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# n8n as a part: its workflows and credentials as readable JSON beside the database,
# which is the truth and carries them over, with what is active. Its own import
# would deactivate every workflow, and takes credentials of another key without a
# word; so this part loads nothing, and proves afterwards that all of it works.

# stack_n8n COMMAND ARGUMENT...: its program in the container.
stack_n8n() {
  stack_in "$container" n8n "$@"
}

stack_n8n_look() {
  stack_require_service
  printf '1\n'
}

# stack_n8n_export OUT COMMAND: JSON that n8n prints; an empty list where it finds
# nothing, which it calls a failure.
stack_n8n_export() {
  local status=0
  stack_n8n "$2" --all >"$1" 2>"$run_dir/work/n8n.$part" || status=$?
  if grep -q '^No .* found' "$1" 2>/dev/null; then
    printf '[]\n' >"$1"
  elif ((status != 0)); then
    stack_fail "n8n $2 failed: $(tail -n 1 -- "$1" "$run_dir/work/n8n.$part" | tail -n 1)"
  fi
  jq -e 'type == "array"' "$1" >/dev/null 2>&1 || stack_fail "n8n $2 gave no JSON"
}

# stack_n8n_key: print the fingerprint of its encryption key; the key itself stays
# within the pipe.
stack_n8n_key() {
  # shellcheck disable=SC2016 # the container's own
  stack_in "$container" sh -c 'if [ -n "${N8N_ENCRYPTION_KEY-}" ]; then printf %s "$N8N_ENCRYPTION_KEY"
    else sed -n "s/.*\"encryptionKey\": *\"\([^\"]*\)\".*/\1/p" "${N8N_USER_FOLDER:-$HOME}/.n8n/config"; fi' |
    {
      printf 'n8n encryption key:'
      tr -d '\n'
    } | hash_text | cut -c 1-16
}

# stack_n8n_facts WORKFLOWS CREDENTIALS OUT: what was exported to be replaced says so: what
# is taken of it goes back.
stack_n8n_facts() {
  local key='' its_version
  its_version=$(stack_n8n --version 2>/dev/null | tail -n 1) || its_version=unknown
  key=$(stack_n8n_key) || key=unknown
  jq -cn --slurpfile w "$1" --slurpfile c "$2" --arg version "$its_version" --arg key "$key" \
    --argjson ancestors "$(stack_ancestors)" --argjson replaced "$(if [[ $verb == export ]]; then printf '{}'; else printf '{"replaced": true}'; fi)" \
    '{version: $version, workflows: ($w[0] | length), active: ([$w[0][] | select(.active)] | length), credentials: ($c[0] | length), key_fingerprint: $key,
      ancestors: $ancestors} + $replaced' >"$3"
}

# stack_n8n_file NAME PART FILE: set NAME to what FILE of a part is called in an archive.
stack_n8n_file() {
  stack_has n8n
  if [[ $2 == "$first_part" ]]; then printf -v "$1" '%s' "$3"; else printf -v "$1" '%s-%s' "$2" "$3"; fi
}

stack_n8n_dump() {
  local workflows credentials
  stack_require_service
  stack_n8n_file workflows "$part" workflows.json
  stack_n8n_file credentials "$part" credentials.json
  stack_n8n_export "$1/$workflows" export:workflow
  stack_n8n_export "$1/$credentials" export:credentials
  stack_n8n_facts "$1/$workflows" "$1/$credentials" "$run_dir/work/facts.$part"
}

# stack_n8n_accept FACTS: a database of a newer n8n cannot be read by an older one,
# and one of another key not at all.
stack_n8n_accept() {
  stack_require_service
  printf '[]\n' >"$run_dir/work/none"
  stack_n8n_facts "$run_dir/work/none" "$run_dir/work/none" "$run_dir/work/here.$part"
  # Workflows alone leave the credentials where they are.
  jq -rn --slurpfile h "$run_dir/work/here.$part" --slurpfile t "$1" --arg only "${only:-}" '
    def numbers: [scan("[0-9]+") | tonumber]; $h[0] as $h | $t[0] as $t |
    "note n8n \($t.version) there and \($h.version) here; \($t.workflows) workflows, \($t.active) active; \($t.credentials) credentials",
    (if ($h.version | numbers) < ($t.version | numbers) then "refuse the data is of n8n \($t.version) and n8n here is older, \($h.version): update it first"
     elif ($h.version | numbers) != ($t.version | numbers) then "warn n8n here is newer, \($h.version): it will update the data of \($t.version)" else empty end),
    (if $only != "" and ($h.version | numbers)[0] == 1
     then "refuse n8n here is \($h.version), and its command line cannot publish one workflow: import all, without --only" else empty end),
    (if $only == "" and $h.key_fingerprint != $t.key_fingerprint and $t.credentials > 0
     then "refuse the encryption key here (\($h.key_fingerprint)) is not that of the data (\($t.key_fingerprint)): no credential could be read; set N8N_ENCRYPTION_KEY to theirs" else empty end)'
}

# What is carried over by the database needs no load of its own.

stack_n8n_load() {
  :
}

stack_n8n_switch() {
  :
}

stack_n8n_drop() {
  :
}

stack_n8n_back() {
  :
}

stack_n8n_forget() {
  :
}

# stack_n8n_prove FOLDER: once all runs: the same workflows, as active as they were,
# credentials that can be read, and a webhook that answers; what is decrypted is
# only counted.
stack_n8n_prove() {
  local now=$run_dir/work/now.$part workflows credentials active_as='.active' count
  stack_require_service
  stack_n8n_file workflows "$part" workflows.json
  stack_n8n_file credentials "$part" credentials.json
  stack_n8n_export "$now" export:workflow
  [[ $inactive == false ]] || active_as=false
  # One that was changed while the archive was made is another in the database.
  jq -ne --slurpfile now "$now" --slurpfile was "$1/$workflows" \
    "(\$now[0] | map({key: .id, value: .}) | from_entries) as \$here | [\$was[0][] | select(\$here[.id])] as \$common |
      (\$common | length > 0 or (\$was[0] | length == 0)) and
      ([\$common[] | select(.updatedAt == \$here[.id].updatedAt and $active_as != \$here[.id].active)] | length == 0)" >/dev/null ||
    stack_fail "n8n does not have the workflows of the archive, as active as they were"
  count=$(stack_n8n export:credentials --all --decrypted 2>/dev/null | jq 'length' 2>/dev/null) || count=0
  [[ $count == "$(jq length "$1/$credentials")" || $(jq length "$1/$credentials") == 0 ]] ||
    stack_fail "n8n cannot decrypt its credentials: its encryption key is another"
  [[ -z $part_webhook || $inactive == true ]] || stack_n8n_webhook
}

# stack_n8n_webhook: n8n says that it is ready long before it answers.
stack_n8n_webhook() {
  local began=$SECONDS
  until with_timeout 20 curl -fsS -o /dev/null --max-time 10 "$part_webhook" 2>"$run_dir/work/webhook"; do
    ((SECONDS - began < health_seconds)) ||
      stack_fail "the webhook does not answer after $health_seconds s: $(tail -n 1 -- "$run_dir/work/webhook")"
    command sleep 0.5
  done
}
