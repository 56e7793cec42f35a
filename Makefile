# make without a goal lists the goals. TARGET= and ARGS= go to the program:
#   make sync TARGET=oca_repos ARGS=--dry-run
# Where there is no Node the same goals run the generated scripts.

SHELL := /bin/bash
TARGET ?=
ARGS ?=

lockstep_node := $(shell command -v node)
lockstep_ready := $(if $(lockstep_node),node_modules)
sync := $(if $(lockstep_node),npx tsx tasks/sync.ts,generated/sync.sh)

include generated/goals.mk

.DEFAULT_GOAL := help
.PHONY: help list pull push aliases check test test-crash bench messages demo picture hooks

help: ## list the goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-10s %s\n", $$1, $$2 }' generated/goals.mk Makefile

list: $(lockstep_ready) ## list the targets
	@$(sync) --list $(TARGET) $(ARGS)

pull: $(lockstep_ready) ## sync the targets that pull
	@$(sync) $(TARGET) --direction pull $(ARGS)

push: $(lockstep_ready) ## sync the targets that push
	@$(sync) $(TARGET) --direction push $(ARGS)

aliases: ## say how to put the commands of aliases: on PATH
	@printf 'Put this line into your shell profile:\n  export PATH="%s/generated/bin:$$PATH"\n' "$(CURDIR)"
	@for file in generated/bin/*; do [[ ! -e $$file ]] || sed -n 's/^# /  /; 2p' "$$file"; done

check: node_modules ## types, lint, generated files, shell: what is quick to check
	@npx tsc --noEmit
	@npx biome check --config-path="$(CURDIR)/.config" tasks test scripts
	@npx knip -c .config/knip.json
	@npx tsx tasks/generate.ts --check
	@scripts/shellcheck.sh
	@shfmt -i 2 -ci -d scripts tasks generated test/shell test/bench test/crash

test: ## everything, after installing what it needs
	@scripts/test.sh

test-crash: node_modules ## kill every verb at every call that changes a file; takes an hour
	@npx vitest run --config test/vitest.config.ts test/crash

bench: node_modules ## speed, as ratios against what one would run otherwise
	@test/bench/bench.sh
	@test/bench/backup.sh
	@test/bench/push.sh
	@test/bench/notion.sh
	@test/bench/secrets.sh
	@test/bench/stack.sh
	@test/bench/dashboard.sh

messages: ## every text that is said to people, in one list
	@scripts/messages.sh

demo: node_modules ## a tour in a scratch folder
	@scripts/demo.sh

picture: node_modules ## record the picture of the README anew; needs tmux
	@npx tsx scripts/picture.ts

hooks: ## let Git run make check before each push
	@scripts/hooks.sh

node_modules: package-lock.json
	npm ci --no-audit --no-fund >&2
	@touch node_modules
