# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# What a release would change, before it does.

# stack_check_ports: nobody else listens where it would be published.
stack_check_ports() {
  local ports=() taken
  stack_lines ports "$(compose_facts <"$run_dir/work/new/compose.yml" | awk '$1 == "port" { print $3 }')"
  ((${#ports[@]} > 0)) || return 0
  taken=$(stack_there listens "${ports[@]}" </dev/null) || return 0
  [[ -z $taken ]] ||
    fail_step "port $(paste -s -d '; ' - <<<"$taken" | sed 's/; /; port /g; s/\([0-9]\) /\1 is taken by /g'): stop that, or give $environment a port_offset" 4
}

# stack_show_release: what would change; work/differs says that anything does.
stack_show_release() {
  local service image old current
  current=$(stack_fact current)
  : >"$run_dir/work/differs"
  if [[ -z $current ]] || ! stack_there run cat ".insightpulse/state/releases/$env_project/$current/compose.yml" </dev/null >"$run_dir/work/current.yml" 2>/dev/null; then
    : >"$run_dir/work/current.yml"
    [[ -z $(stack_running) ]] || printf 'the first release: what runs now becomes the one to go back to\n' >>"$run_dir/work/differs"
  fi
  while IFS=' ' read -r _ service image; do
    old=$(stack_running | awk -v service="$service" '$2 == service { print $3; exit }')
    if [[ -z $old ]]; then
      printf '%s: new, %s\n' "$service" "${image:0:19}"
    elif [[ $old != "$image" ]]; then
      printf '%s: %s becomes %s\n' "$service" "${old:0:19}" "${image:0:19}"
    elif stack_running | awk -v service="$service" '$2 == service && $4 !~ /^running\/(healthy|none)\// { bad = 1 } END { exit !bad }'; then
      printf '%s: does not run well now\n' "$service"
    fi
  done < <(compose_facts <"$run_dir/work/new/compose.yml" | grep '^image ') >>"$run_dir/work/differs"
  while IFS=' ' read -r _ service _; do
    grep -qxF -- "$service" "$run_dir/work/new/services" || printf '%s: goes; its volumes stay\n' "$service"
  done < <(stack_running) | sort -u >>"$run_dir/work/differs"
  if [[ -s $run_dir/work/current.yml ]] && ! cmp -s "$run_dir/work/current.yml" "$run_dir/work/new/compose.yml"; then
    # Names only: the values may be secret.
    { diff "$run_dir/work/current.yml" "$run_dir/work/new/compose.yml" || :; } | LC_ALL=C awk '
      /^[<>]/ { sub(/^. *-? */, ""); if (match($0, /^[A-Za-z_][A-Za-z0-9_.-]*[:=]/)) name[substr($0, 1, RLENGTH - 1)] }
      END { delete name["image"]; for (each in name) text = text " " each; if (text) print "settings that differ:" text }' >>"$run_dir/work/differs"
    [[ -s $run_dir/work/differs ]] || printf 'the compose file differs\n' >>"$run_dir/work/differs"
  fi
  if [[ -s $run_dir/work/differs ]]; then
    sed "s/^/$environment: /" "$run_dir/work/differs" >&6
  else
    summarize "$environment runs what it should: $current"
  fi
}
