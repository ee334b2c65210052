# SPDX-License-Identifier: Apache-2.0
#
# make          forge, libforge.a, libforge.so and mod_forge.so, in build/
# make help     every target
# make V=1      with the commands in full
#
# One make reads this one file; there is no recursion.  The engine exists in several variants that differ only in
# compiler flags: each has its own directory, and `variant` at the end of the compile section writes its rules.

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG   ?= clang
APXS    ?= apxs
PYTHON  ?= python3
export PYTHONDONTWRITEBYTECODE := 1
PREFIX  ?= /usr/local
DESTDIR ?=
APP     ?= api
FUZZ_SECONDS ?= 60

# One short line for each command, or with V=1 the command.
Q    := $(if $(V),,@)
SHOW  = $(if $(V),,@echo "  $1 $@")

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# ---- sources -------------------------------------------------------------------------------------------------------

LAYERS := base value front code run template ipc state lib
ENGINE := $(foreach l,$(LAYERS),$(wildcard libforge/$l/*.c)) $(wildcard libforge/*.c)
CLI    := $(wildcard libforge/cli/*.c)
MODULE := $(wildcard mod_forge/*.c)
UNIT   := $(wildcard tests/unit/test_*.c)
HELP   := $(filter-out $(UNIT),$(wildcard tests/unit/*.c)) $(wildcard tests/ipc/*.c)
STUBS  := $(wildcard libforge/ipc/stubs/*.c)
FUZZ   := $(wildcard tests/fuzz/fuzz_*.c)
BENCH  := $(wildcard tests/bench/bench_*.c)
EVERY  := $(ENGINE) $(CLI) $(STUBS) $(MODULE) $(UNIT) $(HELP) $(wildcard tests/fuzz/*.c) $(wildcard tests/bench/*.c tests/bench/*/*.c) \
          $(foreach l,. $(LAYERS) cli include,$(wildcard libforge/$l/*.h)) \
          $(wildcard libforge/ipc/stubs/*.h mod_forge/*.h tests/ipc/*.h tests/unit/*.h tests/fuzz/*.h tests/bench/*.h)

# ---- flags ---------------------------------------------------------------------------------------------------------

WARN   := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wswitch -Wvla -Werror
# gcc cannot know that what raises an error never returns FG_OK, so it takes results for uninitialised.
WARN   += -Wno-maybe-uninitialized
COMMON := -std=gnu11 -g -pthread -fPIC -fno-plt -fno-strict-aliasing -fno-tree-slp-vectorize \
          -fvisibility=hidden $(WARN)
LIBS   := -Wl,--as-needed -lunistring -lpcre2-8 -lwslay -lcrypto -largon2 -lidn2 -lsqlite3 -llmdb -lmpack -lm -pthread
LIBS_CLI := -ledit

# The dispatch loop: no prologue checks, and values travel as two words.
RUN_FLAGS := -fno-stack-protector -fcf-protection=none

# The one file whose symbols httpd must see: it declares forge_module.
EXPORTING := mod_forge/mod_forge.c

# What each folder may include; tests/tools/layers.py checks the rest.
INC_ENGINE = -Ilibforge -Ilibforge/include -Ibuild
INC_TESTS  = $(INC_ENGINE) -Itests/unit -Itests/ipc -Imod_forge
INC_MODULE = -Ilibforge/include -Imod_forge -isystem $(shell $(APXS) -q INCLUDEDIR) \
             $(patsubst -I%,-isystem %,$(shell apr-1-config --includes)) $(shell apr-1-config --cppflags)
APXS_FLAGS = $(shell $(APXS) -q CFLAGS) $(shell $(APXS) -q CPPFLAGS)

# ---- compile -------------------------------------------------------------------------------------------------------

comma := ,

# variant NAME, DIRECTORY, COMPILER, FLAGS, HARDENING OF THE MODULE
define variant
OBJ_$1    := $$(patsubst %.c,$2/obj/%.o,$$(ENGINE) $$(CLI) $$(STUBS) $$(MODULE) $$(UNIT) $$(HELP) $$(FUZZ) $$(BENCH) \
             tests/fuzz/replay.c tests/fuzz/mutate.c)
ENGINE_$1 := $$(patsubst %.c,$2/obj/%.o,$$(ENGINE))
CLI_$1    := $$(patsubst %.c,$2/obj/%.o,$$(CLI))
STUBS_$1  := $$(patsubst %.c,$2/obj/%.o,$$(filter-out %/main.c,$$(STUBS)))
MODULE_$1 := $$(patsubst %.c,$2/obj/%.o,$$(MODULE))
HELP_$1   := $$(patsubst %.c,$2/obj/%.o,$$(HELP))
HELP_IPC_$1 := $$(filter $2/obj/tests/ipc/%,$$(HELP_$1))
UNIT_$1   := $$(patsubst tests/%.c,$2/%,$$(UNIT))

$2/obj/libforge/%.o: libforge/%.c
	@mkdir -p $$(@D)
	$$(call SHOW,CC)
	$$(Q)$3 $$(COMMON) $4 $$(if $$(filter libforge/run/%,$$<),$$(RUN_FLAGS)) $$(INC_ENGINE) -MMD -MP -c -o $$@ $$<

$2/obj/libforge/cli/httpd.o: build/serve_conf.h

$2/obj/tests/%.o: tests/%.c
	@mkdir -p $$(@D)
	$$(call SHOW,CC)
	$$(Q)$3 $$(COMMON) $4 $$(INC_TESTS) -MMD -MP -c -o $$@ $$<

$2/obj/mod_forge/%.o: mod_forge/%.c
	@mkdir -p $$(@D)
	$$(call SHOW,CC)
	$$(Q)$3 $5 $$(COMMON) $4 $$(if $$(filter $$(EXPORTING),$$<),-fvisibility=default) $$(INC_MODULE) -MMD -MP -c -o $$@ $$<

$2/libforge.a: $$(ENGINE_$1)
	@rm -f $$@
	$$(call SHOW,AR)
	$$(Q)ar rcs $$@ $$^

# What makes C of the schemas of services; no part of what is installed.
$2/stubs.a: $$(STUBS_$1)
	@rm -f $$@
	$$(call SHOW,AR)
	$$(Q)ar rcs $$@ $$^

$2/forge: $$(CLI_$1) $2/libforge.a
	$$(call SHOW,LINK)
	$$(Q)$3 $$(COMMON) $4 -o $$@ $$^ $$(LIBS) $$(LIBS_CLI)

# A running httpd may have the old one mapped, so the new one is renamed over it.
$2/mod_forge.so: $$(MODULE_$1) $2/libforge.a
	$$(call SHOW,LINK)
	$$(Q)$3 $$(COMMON) $4 -shared -Wl,--exclude-libs,ALL -Wl,-z,relro,-z,now -o $$@.new $$^ $$(LIBS)
	@mv -f $$@.new $$@

$2/unit/%: $2/obj/tests/unit/%.o $$(HELP_$1) $2/stubs.a $2/libforge.a
	@mkdir -p $$(@D)
	$$(call SHOW,LINK)
	$$(Q)$3 $$(COMMON) $4 $$(WRAP) -o $$@ $$^ -lcmocka $$(LIBS) -ljansson

$2/replay/fuzz_%: $2/obj/tests/fuzz/fuzz_%.o $2/obj/tests/fuzz/replay.o $2/obj/tests/fuzz/mutate.o $$(HELP_IPC_$1) $2/stubs.a $2/libforge.a
	@mkdir -p $$(@D)
	$$(call SHOW,LINK)
	$$(Q)$3 $$(COMMON) $4 $$(WRAP) -o $$@ $$^ $$(LIBS) -ljansson

$$(OBJ_$1): Makefile | $$(PACKAGES)
-include $$(wildcard $$(OBJ_$1:.o=.d))
endef

# Only these goals may install Debian packages, and only missing ones.
PACKAGES := $(if $(filter run check bench instructions valgrind fuzz packages,$(MAKECMDGOALS)),packages)

# Builds in which a test can turn the stress of the collector on and off (base/heap.h).
STRESS := -DFG_GC_SWITCH -DFG_AUDIT

ASAN := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DFG_DISPATCH_GOTO $(STRESS)
TSAN := -O1 -fsanitize=thread -DFG_DISPATCH_GOTO

$(eval $(call variant,plain,build,$$(CC),-O2,$$(APXS_FLAGS)))
$(eval $(call variant,asan,build/asan,$$(CC),$(ASAN)))
$(eval $(call variant,tsan,build/tsan,$$(CC),$(TSAN)))
$(eval $(call variant,stress,build/stress,$$(CC),-O1 -DFG_GC_STRESS -DFG_AUDIT -DFG_DISPATCH_GOTO))
# Nothing there for the collector to do: what these test has no heap.
NO_HEAP := client cpus frame pack reactor ring scheduler scheduler_model schema service slots store store_commit \
           store_model store_process thread_gate thread_reactor thread_responder thread_scheduler thread_store url wipe
UNIT_stress := $(filter-out $(NO_HEAP:%=build/stress/unit/test_%),$(UNIT_stress))
$(eval $(call variant,coverage,build/coverage,$$(CC),-O0 --coverage -fprofile-update=atomic -DFG_DISPATCH_GOTO $(STRESS)))
$(eval $(call variant,fuzz,build/fuzz,$$(CLANG),-O1 -fsanitize=fuzzer-no-link$$(comma)address \
        -DFG_DISPATCH_GOTO $(STRESS) -Wno-error -Wno-unknown-warning-option -Wno-unused-command-line-argument))

# Programs that replace functions of the C library.
wrap = $(addprefix -Wl$(comma)--wrap=,$1)
%/fuzz_diff: WRAP = $(call wrap,clock_gettime nanosleep getrandom)
%/test_nomem: WRAP = $(call wrap,malloc calloc realloc strdup strndup mmap)

# The configuration of `forge serve` as one C string.
build/serve_conf.h: conf/serve.conf.in Makefile
	@mkdir -p $(@D)
	$(call SHOW,SED)
	@sed -e '/^#/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< > $@

build/libforge.so: $(ENGINE_plain)
	$(call SHOW,LINK)
	$(Q)$(CC) $(COMMON) -O2 -shared -Wl,-soname,libforge.so -Wl,-z,defs -o $@ $^ $(LIBS)

build/stubs: build/obj/libforge/ipc/stubs/main.o build/stubs.a build/libforge.a
	$(call SHOW,LINK)
	$(Q)$(CC) $(COMMON) -O2 -o $@ $^ $(LIBS) -ljansson

build/bench/%: build/obj/tests/bench/%.o build/libforge.a
	@mkdir -p $(@D)
	$(call SHOW,LINK)
	$(Q)$(CC) $(COMMON) -O2 -o $@ $^ $(LIBS)

build/bench/mod_%.so: tests/bench/serving/mod_%.c Makefile
	@mkdir -p $(@D)
	$(call SHOW,LINK)
	$(Q)$(CC) $(APXS_FLAGS) $(COMMON) -fvisibility=default -O2 -shared $(INC_MODULE) -o $@ $<

build/fuzz/fuzz_%: build/fuzz/obj/tests/fuzz/fuzz_%.o build/fuzz/obj/tests/fuzz/mutate.o $(HELP_IPC_fuzz) build/fuzz/stubs.a build/fuzz/libforge.a
	$(call SHOW,LINK)
	$(Q)$(CLANG) -g -fsanitize=fuzzer,address $(WRAP) -o $@ $^ $(LIBS) -ljansson

# ---- targets -------------------------------------------------------------------------------------------------------

PROGRAMS := build/libforge.a build/libforge.so $(if $(CLI),build/forge) $(if $(MODULE),build/mod_forge.so)
THREADED := $(filter build/tsan/unit/test_thread% build/tsan/unit/test_task,$(UNIT_tsan))
REPLAY   := $(patsubst tests/fuzz/%.c,build/asan/replay/%,$(FUZZ))
FORGES   := build/forge build/asan/forge build/stress/forge

.PHONY: all
all: $(PROGRAMS)   ## build everything (the default)

.PHONY: run
run: packages all   ## serve conf/examples/$(APP).fg from a private httpd (APP=hello, api or cpu)
	@exec $(PYTHON) tests/tools/serve.py --app $(APP)

.PHONY: check
check: check-layers check-format check-stubs check-dispatch check-instructions check-unit check-lang check-cli check-net check-db check-fuzz check-http   ## every test; what CI runs

.PHONY: check-programs
check-programs: all $(FORGES) build/asan/mod_forge.so   ## build what the tests need, run nothing
check-programs: $(UNIT_plain) $(UNIT_asan) $(UNIT_stress) $(THREADED) $(REPLAY)

.PHONY: check-layers layers
layers check-layers: $(PACKAGES)   ## includes point down, headers compile alone, nothing grows too long
	@$(PYTHON) tests/tools/layers.py

.PHONY: stubs check-stubs
stubs check-stubs: build/stubs   ## C of the schemas of services: make it anew; that in the tree is what the generator makes
	@sh tests/tools/stubs.sh $(if $(filter stubs,$@),--update)

.PHONY: check-format
check-format: $(PACKAGES)   ## clang-format agrees with every C file
	@clang-format --dry-run -Werror $(EVERY) && echo "$(words $(EVERY)) files formatted"

.PHONY: check-dispatch
check-dispatch: all   ## the interpreter's handlers end in jumps
	@$(PYTHON) tests/tools/dispatch.py build/obj/libforge/run/run.o

.PHONY: check-unit
check-unit: $(UNIT_plain) $(UNIT_asan) $(UNIT_stress) $(THREADED)   ## cmocka programs: plain, asan, stress, tsan
	@$(PYTHON) tests/tools/unit.py $^

.PHONY: check-lang
check-lang: $(FORGES)   ## the programs of tests/lang, and random ones, with every build of forge
	@$(PYTHON) tests/tools/lang.py $^
	@$(PYTHON) tests/tools/values.py $^

.PHONY: check-net
check-net: build/forge build/asan/forge   ## what programs say to HTTP and WebSocket servers
	$(Q)$(PYTHON) tests/tools/net_test.py build/forge build/asan/forge
	$(Q)$(PYTHON) tests/tools/ws_test.py build/forge build/asan/forge

.PHONY: check-cli
check-cli: all build/asan/forge   ## what the forge command prints and how it ends
	@$(PYTHON) tests/tools/cli_test.py build/forge
	@$(PYTHON) tests/tools/cli_test.py build/asan/forge
	@$(PYTHON) tests/tools/fmt_test.py build/forge
	@$(PYTHON) tests/tools/repl_test.py build/forge
	@$(PYTHON) tests/tools/repl_test.py build/asan/forge

.PHONY: check-db
check-db: build/forge build/asan/forge build/unit/test_db build/asan/unit/test_db   ## databases: SQLite, private PostgreSQL and MariaDB
	@$(PYTHON) tests/tools/db_test.py build/forge build/asan/forge

.PHONY: check-fuzz
check-fuzz: $(REPLAY)   ## replay the fuzz corpus under the address sanitizer
	@$(PYTHON) tests/tools/replay.py $^

# What this covers is what `check` covers: the same programs, in a build that counts lines.
COVERAGE := $(UNIT_coverage) build/coverage/forge $(patsubst tests/fuzz/%.c,build/coverage/replay/%,$(FUZZ))

.PHONY: coverage
coverage: $(COVERAGE)   ## lines of the engine that the tests run; fails below 92 % of a folder
	@find build/coverage -name '*.gcda' -delete
	@$(PYTHON) tests/tools/unit.py $(UNIT_coverage)
	@$(PYTHON) tests/tools/lang.py build/coverage/forge
	@$(PYTHON) tests/tools/values.py build/coverage/forge
	@$(PYTHON) tests/tools/cli_test.py build/coverage/forge
	@$(PYTHON) tests/tools/fmt_test.py build/coverage/forge
	@$(PYTHON) tests/tools/replay.py $(filter build/coverage/replay/%,$(COVERAGE))
	@$(PYTHON) tests/tools/coverage.py build/coverage

# A cell is an MPM, what its servers speak, and maybe a build: check-http-worker-h1, check-http-worker-tls-asan.
# Two at a time, since most of it is waiting; what a cell says comes when it has ended.
# mod_http2 does not serve prefork.  What `check` runs has each MPM, each protocol in a child with threads, and HTTP/1.1
# and HTTP/2 (in clear, with h1) under the address sanitizer.
MATRIX := worker-h1 worker-tls worker-h2 event-h1 event-tls event-h2 prefork-h1 prefork-tls
CELLS  := event-h2 worker-tls worker-h1-asan prefork-h1
cells   = $(MAKE) -s -j2 -Otarget $(addprefix check-http-,$1)
.PHONY: check-http check-matrix
check-http: all build/asan/mod_forge.so   ## a private httpd with each MPM and each protocol, driven by pytest
	@$(call cells,$(CELLS))
check-matrix: all   ## the same with every pair of an MPM and a protocol
	@$(call cells,$(MATRIX))
check-http-%:
	@echo "$*"
	@set -- $(subst -, ,$*); FORGE_MPM=$$1 FORGE_PROTOCOL=$$2 FORGE_BUILD=build$${3:+/$$3} \
	    $(PYTHON) -m pytest -q -p no:cacheprovider tests/http

# Programs of C and of Python; what they print is kept in build/bench/*.txt.
MEASURED := $(patsubst tests/bench/%.c,build/bench/%,$(BENCH)) $(filter-out %/soak.py,$(wildcard tests/bench/*.py))

.PHONY: bench
bench: all $(filter build/%,$(MEASURED)) build/bench/mod_floor.so   ## measurements and their bars; never part of check
	@$(PYTHON) tests/tools/bench.py $(MEASURED)

.PHONY: soak
soak: all   ## REQUESTS (1000000) requests whose clients stay: none may be taken for gone; MPM=worker, event or prefork
	@$(PYTHON) tests/bench/soak.py $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(MPM),--mpm $(MPM))

.PHONY: valgrind
valgrind: packages all   ## memcheck over an httpd that answers requests of all kinds
	@$(PYTHON) tests/tools/valgrind.py

.PHONY: check-instructions instructions
instructions check-instructions: build/forge   ## instructions of the peer programs, within 5 % of those in the tree; UPDATE=1 writes them
	@$(PYTHON) tests/tools/instructions.py $(if $(UPDATE),--update)

.PHONY: fuzz
fuzz: $(patsubst tests/fuzz/%.c,build/fuzz/%,$(FUZZ))   ## run each fuzzer for FUZZ_SECONDS (60)
	@set -e; for f in $^; do \
	    name=$${f#build/fuzz/fuzz_}; mkdir -p build/fuzz/corpus/$$name tests/fuzz/corpus/$$name; echo "== $$f"; \
	    ASAN_OPTIONS=detect_leaks=0 $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
	        -artifact_prefix=build/fuzz/ build/fuzz/corpus/$$name tests/fuzz/corpus/$$name; done

# A loaded file is never written over: the new one is put beside it and renamed.
put = install -D -m $1 $2 $(DESTDIR)$3.new && mv -f $(DESTDIR)$3.new $(DESTDIR)$3

.PHONY: install
install: all   ## forge, libforge, forge.h and the module; honours DESTDIR and PREFIX
	$(call put,755,build/forge,$(PREFIX)/bin/forge)
	$(call put,644,build/libforge.a,$(PREFIX)/lib/libforge.a)
	$(call put,644,build/libforge.so,$(PREFIX)/lib/libforge.so)
	$(call put,644,libforge/include/forge.h,$(PREFIX)/include/forge.h)
	$(call put,644,build/mod_forge.so,$(shell $(APXS) -q LIBEXECDIR)/mod_forge.so)
	$(call put,644,conf/forge.load,$(shell $(APXS) -q SYSCONFDIR)/mods-available/forge.load)
	$(call put,644,conf/forge.conf,$(shell $(APXS) -q SYSCONFDIR)/mods-available/forge.conf)
	$(call put,644,conf/forge-guard.conf,$(shell $(APXS) -q SYSCONFDIR)/conf-available/forge-guard.conf)

.PHONY: packages
packages:   ## install missing Debian packages (sudo when not root)
	@sh tests/tools/packages.sh $(MAKECMDGOALS) $(GOALS)

.PHONY: format
format:   ## clang-format every C file in place
	clang-format -i $(EVERY)

.PHONY: clean
clean:   ## remove build/
	rm -rf build

.PHONY: help
help:   ## this list
	@sed -n 's/^\([a-z][a-z-]*\).*:.*   ## /\1\t/p' Makefile | expand -t 18
