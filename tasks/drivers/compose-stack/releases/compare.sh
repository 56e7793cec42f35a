# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# What a release would change, before it does.

# stack_check_ports: nobody else listens where it would be published.
stack_check_ports() {
  local ports=() taken
  stack_lines ports "$(compose_facts <"$run_dir/work/new/compose.yml" | awk '$1 == "port" { print $3 }')"
  ((${#ports[@]} > 0)) || return 0
  taken=$(stack_there listens "${ports[@]}") || fail_step "the ports of $environment could not be looked at" 3
  [[ -z $taken ]] ||
    fail_step "$(awk '{ port = $1; sub(/^[0-9]+ /, ""); text = text (NR > 1 ? "; " : "") "port " port " is taken by " $0 } END { print text }' <<<"$taken"): stop that, or give $environment a port_offset" 4
}

# stack_show_release: what would change; work/differs says that anything does.
stack_show_release() {
  local service image old current
  current=$(stack_fact current)
  : >"$run_dir/work/differs"
  : >"$run_dir/work/current.yml"
  if [[ -n $current ]]; then
    stack_there run cat ".insightpulse/state/releases/$env_project/$current/compose.yml" </dev/null >"$run_dir/work/current.yml" 2>/dev/null ||
      fail_step "the release $current, which runs in $environment, cannot be read there" 3
  elif [[ -n $(stack_running) ]]; then
    printf 'the first release: what runs now was not deployed from here; going back is these files with the images of now\n' >>"$run_dir/work/differs"
  fi
  while IFS=' ' read -r _ service image; do
    old=$(stack_running | awk -v service="$service" '$2 == service { print $3; exit }')
    if [[ -z $old ]]; then
      printf '%s: new, %s\n' "$service" "${image:0:19}"
    elif [[ $old != "$image" ]]; then
      printf '%s: %s becomes %s\n' "$service" "${old:0:19}" "${image:0:19}"
    elif stack_running | awk -v service="$service" '$2 == service && $4 !~ /^(running\/(healthy|none)\/|exited\/[a-z]*\/0\/0$)/ { bad = 1 } END { exit !bad }'; then
      printf '%s: does not run well now\n' "$service"
    fi
  done < <(compose_facts <"$run_dir/work/new/compose.yml" | grep '^image ') >>"$run_dir/work/differs"
  while IFS=' ' read -r _ service _; do
    grep -qxF -- "$service" "$run_dir/work/new/services" || printf '%s: %s; its volumes stay\n' "$service" "$(if [[ -n $current ]]; then printf goes; else printf 'is not in these files, and stays'; fi)"
  done < <(stack_running) | sort -u >>"$run_dir/work/differs"
  if [[ -s $run_dir/work/current.yml ]] && ! cmp -s "$run_dir/work/current.yml" "$run_dir/work/new/compose.yml"; then
    # Names only: the values may be secret.
    compose_settings <"$run_dir/work/current.yml" >"$run_dir/work/settings.old"
    compose_settings <"$run_dir/work/new/compose.yml" >"$run_dir/work/settings.new"
    LC_ALL=C awk -F '\t' '
      NR == FNR { old[$1] = $2; next }
      { if (!($1 in old) || old[$1] != $2) names = names " " $1; delete old[$1] }
      END { for (name in old) names = names " " name; if (names) print "settings that differ:" names }' \
      "$run_dir/work/settings.old" "$run_dir/work/settings.new" >>"$run_dir/work/differs"
    [[ -s $run_dir/work/differs ]] || printf 'the compose file differs\n' >>"$run_dir/work/differs"
  fi
  if [[ -s $run_dir/work/differs ]]; then
    sed "s/^/$environment: /" "$run_dir/work/differs" >&6
  else
    summarize "$environment runs what it should: $current"
  fi
}
