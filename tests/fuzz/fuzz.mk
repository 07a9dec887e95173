# SPDX-License-Identifier: Apache-2.0
#
# Fuzzing, its corpora, and coverage; included by tests.mk, whose sanitized objects are used here.
#
# A new harness is a file fuzz_NAME.c and a folder corpus/NAME with some inputs. Those called found-* are the fuzzer's own: they reach code
# that no other input does.

FUZZ_NAMES = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SOURCES = $(filter-out %/no_sandbox.c,$(wildcard tests/fuzz/*.c))
FUZZ_LIBRARY_SOURCES = platform/mbedtls/arena.c platform/mbedtls/library.c platform/mbedtls/keys.c platform/mbedtls/x509.c platform/linux/clock.c platform/linux/inside.c platform/linux/status.c
# Not the arena: see heap.c.
FUZZ_MBEDTLS = $(filter-out %/memory_buffer_alloc.o,$(patsubst $(MBEDTLS_SRC)/library/%.c,$(1)/library/%.o,$(wildcard $(MBEDTLS_SRC)/library/*.c)))
FUZZ_INCLUDE = $(SRC_INCLUDE) -Iplatform/mbedtls -Itests/unit -Itests/fuzz

# --- corpus: each harness over the inputs that are kept, without libFuzzer
REPLAY_PROGRAMS = $(FUZZ_NAMES:%=$(UNIT)/fuzz_%)
REPLAY_HELPERS = $(patsubst %.c,$(UNIT)/%.o,$(filter-out tests/fuzz/fuzz_%,$(FUZZ_SOURCES)))
REPLAY_LIBRARY = $(UNIT)/library.a

$(UNIT)/tests/fuzz/%.o: tests/fuzz/%.c Makefile tests/tests.mk tests/fuzz/fuzz.mk
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(WARN) -Werror $(FUZZ_INCLUDE) -c $< -o $@

$(REPLAY_LIBRARY): $(call FUZZ_MBEDTLS,$(UNIT)) $(FUZZ_LIBRARY_SOURCES:%.c=$(UNIT)/%.o) $(REPLAY_HELPERS)
	$(Q)rm -f $@
	$(Q)$(AR) rc $@ $^

$(REPLAY_PROGRAMS): $(UNIT)/%: $(UNIT)/tests/fuzz/%.o $(UNIT)/pure.a $(REPLAY_LIBRARY)
	$(Q)$(HOST_CC) $(SANITIZE) -Wl,--gc-sections $(UNIT)/tests/fuzz/$*.o $(UNIT)/tests/fuzz/replay.o -Wl,--start-group $(REPLAY_LIBRARY) $(UNIT)/pure.a \
		-Wl,--end-group $(TEST_LIBRARIES) -o $@

corpus: $(REPLAY_PROGRAMS) ## run the fuzz harnesses over the inputs in tests/fuzz/corpus (seconds)
	$(Q)tests/fuzz/replay.sh $(REPLAY_PROGRAMS)

# --- fuzz: the same harnesses with clang and libFuzzer
FUZZING = build/fuzz
FUZZ_CC ?= clang
SECONDS ?= 30
FUZZ_PROGRAMS = $(patsubst %,$(FUZZING)/fuzz_%,$(or $(FUZZ),$(FUZZ_NAMES)))
FUZZ_COMPILE = $(FUZZ_CC) -std=c11 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -MMD -MP
FUZZ_OBJECTS = $(patsubst %.c,$(FUZZING)/%.o,$(PURE_SOURCES) $(UNIT_HELPERS) $(FUZZ_LIBRARY_SOURCES) $(filter-out %/replay.c,$(FUZZ_SOURCES)))
FUZZ_ARCHIVED = $(FUZZING)/inih.o $(filter-out $(FUZZING)/tests/fuzz/fuzz_%,$(FUZZ_OBJECTS)) $(call FUZZ_MBEDTLS,$(FUZZING))

$(FUZZING)/%.o: INCLUDE = $(FUZZ_INCLUDE)
$(FUZZING)/platform/%.o: INCLUDE = $(MBEDTLS_INCLUDE) -DSOURCE_EPOCH=0
$(FUZZ_OBJECTS): $(FUZZING)/%.o: %.c Makefile tests/tests.mk tests/fuzz/fuzz.mk | sources
	$(SAY) CC "$< (for libFuzzer)"
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_COMPILE) -fsanitize=fuzzer-no-link,address,undefined $(WARN) $(INCLUDE) -c $< -o $@

$(FUZZING)/inih.o: $(INIH_SRC)/ini.c Makefile | sources
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_COMPILE) -fsanitize=fuzzer-no-link,address,undefined -w $(INI_OPTIONS) -c $< -o $@

$(FUZZING)/library/%.o: $(MBEDTLS_SRC)/library/%.c platform/mbedtls/library_config.h platform/mbedtls/psa_config.h platform/mbedtls/arena.h
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_COMPILE) -fsanitize=fuzzer-no-link,address -w $(MBEDTLS_INCLUDE) -I$(MBEDTLS_SRC)/library -c $< -o $@

$(FUZZING)/all.a: $(FUZZ_ARCHIVED)
	$(Q)rm -f $@
	$(Q)$(AR) rc $@ $^

# The symbol is wanted by functions that nobody calls. (The linker drops them elsewhere; here that would drop the list of edges, too.)
$(FUZZ_NAMES:%=$(FUZZING)/fuzz_%): $(FUZZING)/%: $(FUZZING)/tests/fuzz/%.o $(FUZZING)/all.a
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -Wl,--defsym=MBEDTLS_PLATFORM_STD_SNPRINTF=snprintf $^ $(TEST_LIBRARIES) -o $@

.PHONY: corpus fuzz coverage
fuzz: $(FUZZ_PROGRAMS) ## look for inputs that break a promise: SECONDS=30 for each harness, or for FUZZ=NAME alone
	$(Q)tests/fuzz/fuzz.sh $(SECONDS) $(FUZZ_PROGRAMS)

# --- coverage: of src/ by unit tests, golden and corpora. Without sanitizers, whose checks would count as branches.
COVERAGE = build/coverage
COVERAGE_SOURCES = $(PURE_SOURCES) src/main.c
COVERAGE_PLATFORM = $(patsubst %.c,$(COVERAGE)/%.o,$(filter-out %/sandbox.c %/seccomp.c %/landlock.c,$(wildcard platform/linux/*.c platform/mbedtls/*.c)) \
	tests/fuzz/no_sandbox.c)
COVERAGE_TESTS = $(patsubst $(UNIT)/%,$(COVERAGE)/%,$(UNIT_PROGRAMS) $(REPLAY_PROGRAMS))
COVERAGE_PROGRAM = $(COVERAGE)/kubelet-bootstrap

$(COVERAGE)/src/%.o: src/%.c Makefile tests/fuzz/fuzz.mk | sources
	$(SAY) CC "$< (for coverage)"
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $(@:.o=.gcda)
	$(Q)$(HOST_CC) -std=c11 -O0 -g --coverage -MMD -MP $(MAIN_INCLUDE) $(SRC_INCLUDE) -DVERSION='"$(VERSION)"' -c $< -o $@

$(COVERAGE_PLATFORM): $(COVERAGE)/%.o: %.c Makefile tests/fuzz/fuzz.mk | sources
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) -std=c11 -O1 -MMD -MP $(MBEDTLS_INCLUDE) -DSOURCE_EPOCH=$(SOURCE_DATE_EPOCH) -c $< -o $@

$(COVERAGE)/pure.a: $(PURE_SOURCES:%.c=$(COVERAGE)/%.o) $(UNIT)/inih.o $(UNIT_HELPERS:%.c=$(UNIT)/%.o)
	$(Q)rm -f $@
	$(Q)$(AR) rc $@ $^

$(COVERAGE)/test_%: $(UNIT)/tests/unit/test_%.o $(COVERAGE)/pure.a
	$(Q)$(HOST_CC) $(SANITIZE) --coverage $^ $(TEST_LIBRARIES) -o $@

$(COVERAGE)/fuzz_%: $(UNIT)/tests/fuzz/fuzz_%.o $(COVERAGE)/pure.a $(REPLAY_LIBRARY)
	$(Q)$(HOST_CC) $(SANITIZE) --coverage -Wl,--gc-sections $< $(UNIT)/tests/fuzz/replay.o -Wl,--start-group $(REPLAY_LIBRARY) $(COVERAGE)/pure.a \
		-Wl,--end-group $(TEST_LIBRARIES) -o $@

$(COVERAGE_PROGRAM): $(COVERAGE_SOURCES:%.c=$(COVERAGE)/%.o) $(COVERAGE_PLATFORM) $(COVERAGE)/inih.o \
		$(patsubst $(MBEDTLS_SRC)/library/%.c,$(UNIT)/library/%.o,$(wildcard $(MBEDTLS_SRC)/library/*.c))
	$(Q)$(HOST_CC) --coverage -Wl,--gc-sections $^ -o $@

$(COVERAGE)/inih.o: $(INIH_SRC)/ini.c Makefile | sources
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) -std=c11 -O1 $(INI_OPTIONS) -c $< -o $@

coverage: $(COVERAGE_TESTS) $(COVERAGE_PROGRAM) ## say which lines and branches of src/ no quick test reaches
	$(Q)find $(COVERAGE) -name '*.gcda' -delete
	$(Q)tests/unit/run.sh $(filter $(COVERAGE)/test_%,$(COVERAGE_TESTS)) >$(COVERAGE)/unit.log || { cat $(COVERAGE)/unit.log; exit 1; }
	$(Q)tests/fuzz/replay.sh $(filter $(COVERAGE)/fuzz_%,$(COVERAGE_TESTS)) >$(COVERAGE)/corpus.log || { cat $(COVERAGE)/corpus.log; exit 1; }
	$(Q)tests/golden/run.sh $(COVERAGE_PROGRAM) >$(COVERAGE)/golden.log || { cat $(COVERAGE)/golden.log; exit 1; }
	$(Q)tests/fuzz/coverage.sh $(COVERAGE) $(COVERAGE_SOURCES)

-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_SOURCES:%.c=$(UNIT)/%.d) $(COVERAGE_SOURCES:%.c=$(COVERAGE)/%.d) $(COVERAGE_PLATFORM:.o=.d)
