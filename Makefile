# aback: see `make help`. Everything is built below build/<variant>/.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DEFAULT_GOAL := all

VERSION := 0.1.0
VARIANT ?= release
CC = gcc
PREFIX ?= /usr/local
B := build/$(VARIANT)

# ---- flags ------------------------------------------------------------
PKGS := libcurl libcrypto jansson libgit2 zlib yaml-0.1 expat
SIM_PKGS := libmicrohttpd

WARN := -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes \
	-Wstrict-prototypes -Wwrite-strings -Wvla -Wformat=2 -Wpointer-arith \
	-Wundef -Wold-style-definition -Werror
GCC_WARN := -Wjump-misses-init -Wlogical-op -Wduplicated-cond
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE \
	-fcf-protection
OPT := -O2
VARIANT_CFLAGS := -D_FORTIFY_SOURCE=2
VARIANT_LDFLAGS :=

ifeq ($(VARIANT),asan)
OPT := -O1
HARDEN := -fPIE
VARIANT_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DABACK_ARENA_MALLOC
VARIANT_LDFLAGS := -fsanitize=address,undefined
endif
ifeq ($(VARIANT),valgrind)
OPT := -O1
VARIANT_CFLAGS := -DABACK_ARENA_MALLOC
endif
ifeq ($(VARIANT),fuzz)
CC := clang
OPT := -O1
GCC_WARN :=
HARDEN := -fPIE
VARIANT_CFLAGS := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -DABACK_ARENA_MALLOC
VARIANT_LDFLAGS := -fsanitize=address,undefined
endif
ifeq ($(VARIANT),cover)
OPT := -O0
VARIANT_CFLAGS := --coverage
VARIANT_LDFLAGS := --coverage
endif

CPPFLAGS := -I. -D_GNU_SOURCE -DABACK_VERSION='"$(VERSION)"' \
	-include core/banned.h
CFLAGS := -std=gnu11 -pedantic -g $(OPT) $(WARN) $(GCC_WARN) $(HARDEN) \
	$(VARIANT_CFLAGS)
LDFLAGS := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed \
	$(VARIANT_LDFLAGS)

# ---- sources ----------------------------------------------------------
LAYERS := core state plans
LIB_SRC := $(wildcard $(LAYERS:%=%/*.c))
CMD_SRC := $(wildcard cmd/*.c)
SIM_SRC := $(wildcard tests/sim/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)

LIBS_A := $(B)/libplans.a $(B)/libstate.a $(B)/libcore.a
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
FUZZ_BIN := $(FUZZ_SRC:%.c=$(B)/%)

ALL_SRC := $(LIB_SRC) $(CMD_SRC) $(SIM_SRC) $(UNIT_SRC) $(FUZZ_SRC) \
	tests/fuzz/standalone.c
HEADERS := $(wildcard core/*.h state/*.h plans/*.h cmd/*.h tests/sim/*.h \
	tests/unit/*.h)

.PHONY: all deps demo test torture check lint format golden axe sarif asan valgrind fuzz cover \
	bench docs rehearse rehearse-all install uninstall clean help FORCE

## help: list the targets
help:
	@sed -n 's/^## /  /p' Makefile | sed 's/: /\t/' | expand -t 14

## all: build aback and aback-sim below build/
all: $(B)/aback $(B)/aback-sim build/compile_commands.json

## deps: install from Debian's packages what the build and the tests need
deps:
	@tests/deps.sh build demo test browser

# Building needs its packages; asked of pkg-config, so that nothing runs twice.
build/.deps-%: tests/deps.sh
	@tests/deps.sh $*
	@mkdir -p build && touch $@

# The flags of each variant: when they change, its objects are rebuilt.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' >$@
FORCE:

pkg_cflags = $$(pkg-config --cflags $(PKGS) $(SIM_PKGS))
pkg_libs = $$(pkg-config --libs $(PKGS))

$(B)/%.o: %.c $(B)/flags | build/.deps-build
	@mkdir -p $(@D)
	@echo "  CC    $*.c"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(pkg_cflags) -MMD -MP -c -o $@ $<

define layer
$(B)/lib$(1).a: $$(patsubst %.c,$(B)/%.o,$$(wildcard $(1)/*.c))
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

$(B)/aback: $(CMD_SRC:%.c=$(B)/%.o) $(LIBS_A)
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(pkg_libs)

$(B)/aback-sim: $(SIM_SRC:%.c=$(B)/%.o) $(B)/libcore.a
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(pkg_libs) \
		$$(pkg-config --libs $(SIM_PKGS)) -lpthread -lm

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(LIBS_A) | build/.deps-test
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(pkg_libs) $$(pkg-config --libs cmocka)

# Outside the fuzz variant a target is a program that takes files.
FUZZ_DRIVER := $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer,\
	$(B)/tests/fuzz/standalone.o)
FUZZ_NEEDS := $(filter %.o,$(FUZZ_DRIVER))
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_NEEDS) $(LIBS_A)
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $(filter -f%,$(FUZZ_DRIVER)) -o $@ $^ $(pkg_libs)

.PRECIOUS: $(B)/%.o build/.deps-%
-include $(ALL_SRC:%.c=$(B)/%.d)

# as one word of the shell, which the quotes of a definition would end
database_flags = $(subst ",\",$(CC) $(CPPFLAGS)) \
	$(filter-out $(GCC_WARN),$(CFLAGS))
build/compile_commands.json: Makefile $(ALL_SRC)
	@mkdir -p build
	@tests/compile_commands.sh "$(database_flags) $(pkg_cflags)" \
		$(ALL_SRC) >$@

## demo: plan, apply, plan again and back out, against the bundled simulator
demo: all | build/.deps-demo
	@tests/demo.sh $(B)

## rehearse: apply, back out, apply against the simulator; PLAN=plan.json
rehearse: all
	@python3 tests/rehearse.py $(B) $(PLAN)

## rehearse-all: rehearse every plan that the tests make; ONLY=kind- for some
rehearse-all: all | build/.deps-demo build/.deps-test
	@tests/rehearsal/all.sh $(B) $(ONLY)

# ---- tests ------------------------------------------------------------
## test: unit and command-line tests; ONLY=promise-3 runs what matches
test: all $(UNIT_BIN) $(FUZZ_BIN) $(B)/interpose.so | build/.deps-demo build/.deps-test
	@tests/run.sh $(B) $(ONLY)

# What is loaded into aback to break it, see docs/torture.md.
$(B)/interpose.so: tests/torture/interpose.c | build/.deps-build
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) -std=gnu11 -Wall -Wextra -Werror -O1 -D_GNU_SOURCE -shared -fPIC \
		-o $@ $< -ldl

## torture: break everything while aback works; TORTURE='--short' for a sample
torture: all $(B)/interpose.so $(B)/tests/unit/test_race | build/.deps-demo build/.deps-test
	@tests/torture/run.sh $(B) $(TORTURE)

## check: lint, then test
check: lint test

## asan: all tests under the address and undefined-behaviour sanitizers
asan:
	@$(MAKE) --no-print-directory VARIANT=asan test

## valgrind: all unit tests and a whole run under valgrind
valgrind: | build/.deps-demo build/.deps-valgrind
	@$(MAKE) --no-print-directory VARIANT=valgrind all valgrind-run

valgrind-run: all $(UNIT_BIN)
	@tests/valgrind.sh $(B)
.PHONY: valgrind-run

## axe: judge the pages by axe-core, which is in AXE_CORE=FILE (axe.min.js)
axe: all
	@test -r "$(AXE_CORE)" || { echo 'make axe AXE_CORE=.../axe.min.js: see \
	docs/pages.md'; exit 1; }
	@AXE_CORE=$$(realpath "$(AXE_CORE)") tests/run.sh $(B) cli/html

## sarif: judge SARIF by its schema, SARIF_SCHEMA=FILE (docs/review.md)
sarif: all
	@test -r "$(SARIF_SCHEMA)" || { echo 'make sarif SARIF_SCHEMA=FILE: see \
	docs/review.md'; exit 1; }
	@SARIF_SCHEMA=$$(realpath "$(SARIF_SCHEMA)") tests/run.sh $(B) cli/review.bats

## golden: rewrite the golden files; review the diff
golden: all
	@GOLDEN_REWRITE=1 tests/run.sh $(B) 'render\|golden'

## fuzz: run every fuzzer for FUZZ_SECONDS (60) each
fuzz: | build/.deps-fuzz
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-run
fuzz-run: $(FUZZ_BIN)
	@tests/fuzz/run.sh $(B) $${FUZZ_SECONDS:-60}
.PHONY: fuzz-run

## cover: line coverage of a test run, into build/cover/coverage.txt
cover:
	@$(MAKE) --no-print-directory VARIANT=cover test
	@tests/cover.sh build/cover

## bench: the benchmarks of tests/bench, against named peers
bench: all | build/.deps-demo build/.deps-test
	@tests/bench/run.sh $(B)

## lint: formatting, clang-tidy, cppcheck, shellcheck, includes, headers
lint: build/compile_commands.json | build/.deps-lint
	@tests/lint.sh

## format: rewrite the sources as clang-format wants them
format: | build/.deps-lint
	@clang-format -i $(ALL_SRC) $(HEADERS)

## docs: regenerate the parts of docs/ that come from tables
docs: all
	@tests/docs.sh $(B)

## install: into PREFIX (/usr/local), with man pages, completions and units
install: $(B)/aback $(B)/aback-sim
	@tests/install.sh install $(B) "$(DESTDIR)$(PREFIX)" "$(PREFIX)"

## uninstall: remove what install put there
uninstall:
	@tests/install.sh uninstall $(B) "$(DESTDIR)$(PREFIX)"

## clean: remove build/
clean:
	@rm -rf build
