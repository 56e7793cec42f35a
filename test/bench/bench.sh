#!/usr/bin/env bash
# Measures what the plan promises about speed, against what one would use instead.
#   test/bench/bench.sh [ROUNDS]     medians of ROUNDS (default 5); contenders take turns in each round
# Prints a table: what | ours | theirs | ratio | goal. Nothing leaves this machine.
# BENCH_SIZE=tiny shows that it runs.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
rounds=${1:-5} count=40 files=300 jobs=16 some=100 many=1000
[[ ${BENCH_SIZE:-} != tiny ]] || rounds=1 count=3 files=30 some=2 many=3
# shellcheck source=../fixtures/upstreams.sh
source "$project/test/fixtures/upstreams.sh"

work=$(mktemp -d)
servers=()
trap '((${#servers[@]} == 0)) || kill "${servers[@]}"; rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
# shellcheck source=lib.sh
source "$here/lib.sh"

# The contenders; each is called in the folder of its network ($net is ssh: a host each, one: all on one, or http).
address() {
  case $net in
    ssh) printf 'ssh://host%s%s/upstreams/repo-%s' "$1" "$work" "$1" ;;
    one) printf 'ssh://host%s/upstreams/repo-%s' "$work" "$1" ;;
    *) printf 'http://127.0.0.1:%s/repo-%s' "$port" "$1" ;;
  esac
}
each() { seq "$count" | xargs -P "$jobs" -I N "$@"; }
ours() { bash root/generated/sync-bench.sh --root "$work/$net/root" --quiet; }
xargs_clone() { each sh -c 'git clone -q --depth 1 -b 18.0 "$(sed -n Np addresses)" shallow/repo-N'; }
xargs_fetch() { each git -C shallow/repo-N fetch -q --depth 1 origin 18.0; }
xargs_ls_remote() { each sh -c 'git ls-remote "$(sed -n Np addresses)" refs/heads/18.0'; }
pull_loop() { for ((i = 1; i <= count; i++)); do git -C "full/repo-$i" pull -q --ff-only || return; done; }
clone_loop() { for ((i = 1; i <= count; i++)); do git clone -q -b 18.0 "$(sed -n "${i}p" addresses)" "full/repo-$i" || return; done; }
vcs_pull() { vcs pull --workers "$jobs" full; }
mr_update() { mr -t -c full/.mrconfig -d full -j "$jobs" update; }
aggregate() { gitaggregate -c aggregate.yaml -j "$jobs"; }

# The installed tools that pull; what is not compared is said.
others=()
for pair in vcs:vcs_pull mr:mr_update gitaggregate:aggregate; do
  if command -v "${pair%%:*}" >/dev/null; then
    others+=("${pair#*:}")
  else
    printf 'bench: %s is not installed, and not compared\n' "${pair%%:*}" >&2
  fi
done

new_root() {
  mkdir -p "$net/root/.insightpulse"
  {
    printf 'version: "1.0"\ntargets:\n  bench:\n    driver: git_repos\n    direction: pull\n    config:\n'
    printf '      base_url: http://127.0.0.1:9\n      branch: "18.0"\n      destination: addons\n      jobs: %s\n      repositories:\n' "$jobs"
    for ((i = 1; i <= count; i++)); do printf '        - { name: repo-%s, url: "%s" }\n' "$i" "$(address "$i")"; done
  } >"$net/root/.insightpulse/sync.yaml"
  for ((i = 1; i <= count; i++)); do address "$i" && echo; done >"$net/addresses"
  for ((i = 1; i <= count; i++)); do printf '[repo-%s]\ncheckout = false\n' "$i"; done >"$work/mrconfig"
  for ((i = 1; i <= count; i++)); do printf './aggregated/repo-%s:\n  defaults: { depth: 1 }\n  remotes: { up: "%s" }\n  target: up 18.0\n  merges: [up 18.0]\n' "$i" "$(address "$i")"; done >"$net/aggregate.yaml"
  (cd "$project" && node --import tsx tasks/generate.ts --root "$work/$net/root") >/dev/null
}

# A real sshd on loopback that takes 300 ms to connect to, and an ssh that knows it by any name.
start_sshd() {
  local sshd port=$((20000 + RANDOM % 10000)) ssh
  sshd=$(PATH=$PATH:/usr/sbin command -v sshd)
  ssh=$(command -v ssh)
  mkdir -p bin
  ssh-keygen -q -t ed25519 -N '' -f key
  ssh-keygen -q -t ed25519 -N '' -f host
  # With that level of shells no startup file of whoever runs this is read.
  printf '%s\n' "ListenAddress 127.0.0.1:$port" "HostKey $work/host" "AuthorizedKeysFile $work/key.pub" 'PidFile none' \
    'StrictModes no' 'UsePAM no' 'MaxStartups 100' 'SetEnv SHLVL=5' >sshd_config
  printf '%s\n' "IdentityFile $work/key" 'IdentitiesOnly yes' 'IdentityAgent none' "UserKnownHostsFile /dev/null" \
    'StrictHostKeyChecking no' 'LogLevel ERROR' "Port $port" 'HostName 127.0.0.1' \
    "ProxyCommand bash -c 'sleep 0.3; exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; kill \$!'" >ssh_config
  printf '#!/bin/sh\nexec %s -F %s/ssh_config "$@"\n' "$ssh" "$work" >bin/ssh
  chmod +x bin/ssh
  [[ $EUID -ne 0 ]] || mkdir -p /run/sshd
  "$sshd" -D -f "$work/sshd_config" 2>/dev/null &
  servers+=("$!")
  until : </dev/tcp/127.0.0.1/"$port"; do sleep 0.05; done 2>/dev/null
  export PATH=$work/bin:$PATH
}

move_two() { move_upstream "$work/upstreams" repo-2 && move_upstream "$work/upstreams" "repo-$count"; }

measure_network() {
  local tool moved round
  new_root
  cd "$work/$net"
  for ((round = 0; round < rounds; round++)); do
    rm -rf root/addons root/addons.lock.json root/.insightpulse/{cache,state,logs,reports} shallow
    mkdir shallow && sync
    timed "$net first ours" ours
    sync
    timed "$net first xargs_clone" xargs_clone
  done
  [[ $(find root/addons \( -type f -o -type l \) | wc -l) -eq $((count * files)) ]] || {
    echo 'bench: files are missing' >&2
    exit 1
  }
  mkdir full
  timed "$net first clone_loop" clone_loop
  cp "$work/mrconfig" full/.mrconfig
  if [[ ${others[*]-} == *aggregate* ]]; then aggregate >/dev/null 2>&1; fi
  for moved in nothing 2; do
    for ((round = 0; round < rounds; round++)); do
      for tool in ours xargs_fetch ${others[@]+"${others[@]}"} xargs_ls_remote; do
        [[ $moved == nothing || $tool != xargs_ls_remote ]] || continue
        [[ $moved == nothing ]] || move_two
        timed "$net $moved $tool" "$tool"
      done
    done
    [[ $moved == nothing ]] || move_two
    timed "$net $moved pull_loop" pull_loop
  done
  cd "$work"
  row "$net, first pull, xargs -P $jobs git clone --depth 1" "$net first ours" "$net first xargs_clone" '1.3 x'
  row "$net, first pull, git clone one by one (once)" "$net first ours" "$net first clone_loop"
  for moved in nothing 2; do
    for tool in xargs_fetch xargs_ls_remote pull_loop ${others[@]+"${others[@]}"}; do
      [[ -n ${samples["$net $moved $tool"]:-} ]] || continue
      case "$net $moved $tool" in
        'http nothing xargs_fetch') goal='0.4 x' ;;
        'http 2 xargs_fetch') goal='0.8 x' ;;
        'ssh nothing xargs_ls_remote' | 'ssh 2 xargs_fetch') goal='1.1 x' ;;
        'one nothing xargs_ls_remote') goal='0.5 x' ;;
        'one 2 xargs_fetch') goal='0.6 x' ;;
        *) goal= ;;
      esac
      row "$net, $moved of $count moved, ${tool//_/ }" "$net $moved ours" "$net $moved $tool" "$goal"
    done
  done
}

measure_start() {
  # A generated script whose steps are replaced by two that do nothing.
  mkdir -p "$work/start/.insightpulse"
  {
    sed '$d' "$work/http/root/generated/sync-bench.sh"
    printf 'needs() { :; }\nbind_config() { :; }\none() { :; }\ntwo() { :; }\n'
    printf 'plan() {\n  step one One reads\n  step two Two changes\n}\nmain "$@"\n'
  } >"$work/start/nothing.sh"
  : >"$work/start/empty.ts"
  cd "$project"
  timed warm node --import tsx "$work/start/empty.ts"
  for ((round = 0; round < rounds * 4; round++)); do
    timed 'start ours' bash "$work/start/nothing.sh" --root "$work/start" --quiet
    timed 'start bash' bash -c true
  done
  row 'two steps that do nothing, bash -c true' 'start ours' 'start bash' '30 ms more'
  [[ -e tasks/sync.ts ]] || { echo 'tasks/sync.ts: not there, not measured' && return; }
  for ((round = 0; round < rounds; round++)); do
    timed 'node list' node --import tsx tasks/sync.ts --list --root "$work/http/root"
    timed 'node help' node --import tsx tasks/sync.ts --help
    timed 'node empty' node --import tsx "$work/start/empty.ts"
  done
  row 'sync.ts --list, node --import tsx of nothing' 'node list' 'node empty' '2.5 x'
  row 'sync.ts --help, node --import tsx of nothing' 'node help' 'node empty' '1.5 x'
}

measure_generate() {
  local number
  cd "$project"
  for number in "$some" "$many"; do
    mkdir -p "$work/$number/.insightpulse"
    {
      printf 'version: "1.0"\ntargets:\n'
      for ((i = 1; i <= number; i++)); do
        printf '  target_%s:\n    driver: git_repos\n    direction: pull\n    config:\n      base_url: https://example.com/%s\n' "$i" "$i"
        printf '      branch: "18.0"\n      destination: addons/%s\n      repositories: [one, two, three]\n' "$i"
      done
    } >"$work/$number/.insightpulse/sync.yaml"
  done
  for ((round = 0; round < rounds; round++)); do
    for number in "$some" "$many"; do
      rm -rf "${work:?}/$number/generated"
      timed "generate $number" node --import tsx tasks/generate.ts --root "$work/$number"
    done
  done
  row "generate $many targets, $some targets" "generate $many" "generate $some" '3000 ms'
}

printf '%-58s | %11s | %11s | %6s | %s\n' 'what' 'ours' 'theirs' 'ratio' 'goal'
make_upstreams "$work/upstreams" "$count" "$files"
cd "$work"

start_sshd
for net in ssh one; do
  measure_network
done

node "$project/test/fixtures/git-server.mjs" "$work/upstreams" --delay 40 >"$work/port" &
servers+=("$!")
until [[ -s $work/port ]]; do sleep 0.05; done
read -r port <"$work/port"
net=http
measure_network
cd "$work"
measure_start
measure_generate
