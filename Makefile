# make without a goal lists the goals. TARGET= and ARGS= go to the program:
#   make sync TARGET=oca_repos ARGS=--dry-run
# Where there is no Node the same goals run the generated scripts.

SHELL := /bin/bash
TARGET ?=
ARGS ?=

ifeq ($(shell command -v node),)
sync_program := generated/sync.sh
status_program := generated/status.sh
verify_program := generated/sync.sh --check
backup_program := generated/backup.sh
rollback_program := generated/rollback.sh
else
ready := node_modules
sync_program := npx tsx tasks/sync.ts
status_program := npx tsx tasks/status.ts
verify_program := npx tsx tasks/verify.ts
backup_program := npx tsx tasks/backup.ts
rollback_program := npx tsx tasks/rollback.ts
endif

.DEFAULT_GOAL := help
.PHONY: help list status sync pull push verify backup rollback aliases generate check test test-crash bench messages demo

help: ## list the goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

status: $(ready) ## show how each target stands
	@$(status_program) $(TARGET) $(ARGS)

list: $(ready) ## list the targets
	@$(sync_program) --list $(TARGET) $(ARGS)

sync: $(ready) ## sync the targets (TARGET= a name or a pattern)
	@$(sync_program) $(TARGET) $(ARGS)

pull: $(ready) ## sync the targets that pull
	@$(sync_program) $(TARGET) --direction pull $(ARGS)

push: $(ready) ## sync the targets that push
	@$(sync_program) $(TARGET) --direction push $(ARGS)

verify: $(ready) ## say whether both sides are in step; change nothing
	@$(verify_program) $(TARGET) $(ARGS)

backup: $(ready) ## save what a target writes (TARGET=), or list: ARGS=--list
	@$(backup_program) $(if $(TARGET),--target $(TARGET)) $(ARGS)

rollback: $(ready) ## go back to the state before the last change
	@$(rollback_program) $(TARGET) $(ARGS)

aliases: ## say how to put the commands of aliases: on PATH
	@printf 'Put this line into your shell profile:\n  export PATH="%s/generated/bin:$$PATH"\n' "$(CURDIR)"
	@for file in generated/bin/*; do [[ ! -e $$file ]] || sed -n 's/^# /  /; 2p' "$$file"; done

generate: node_modules ## write the scripts of generated/
	@npx tsx tasks/generate.ts $(ARGS)

check: node_modules ## types, lint, generated files, shell: what is quick to check
	@npx tsc --noEmit
	@npx biome check --config-path="$(CURDIR)/.config" tasks test
	@npx tsx tasks/generate.ts --check
	@shellcheck scripts/*.sh scripts/lib/*/*.sh tasks/drivers/*/*.sh generated/*.sh generated/bin/*
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

messages: ## every text that is said to people, in one list
	@scripts/messages.sh

demo: node_modules ## a tour in a scratch folder
	@scripts/demo.sh

node_modules: package-lock.json
	npm ci --no-audit --no-fund >&2
	@touch node_modules
