#!/usr/bin/env bash
# make hooks: before each push Git runs what is quick to check. A hook that is
# there already stays as it is.
set -euo pipefail

hook=$(git rev-parse --git-path hooks/pre-push)
# shellcheck disable=SC2016 # for the hook
body='#!/bin/sh
# Made by "make hooks"; remove this file to have it no longer.
# What Git tells its hooks is not for the Git that the checks start.
unset $(git rev-parse --local-env-vars)
exec make check </dev/null >&2'

if [[ -e $hook || -L $hook ]]; then
  [[ -f $hook && $(cat -- "$hook") == "$body" ]] || {
    printf '%s: there is a hook already; it stays. To have both, let it run: make check\n' "$hook" >&2
    exit 4
  }
else
  mkdir -p -- "$(dirname -- "$hook")"
  printf '%s\n' "$body" >"$hook"
fi
chmod +x "$hook"
printf '%s: runs make check before each push (once without it: git push --no-verify)\n' "$hook"
