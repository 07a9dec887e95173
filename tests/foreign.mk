# SPDX-License-Identifier: Apache-2.0
#
# How the unit tests of a target that is not this machine's are built and run; included by tests.mk.
#
# As the program is: with the target's compiler, musl and flags, static. Not optimized across files, which would compile src/ anew for each
# test. No sanitizers: musl has none. What the tests are linked with is built from source, since Debian's is for glibc.

CMOCKA_SRC ?= $(CACHE)/sources/cmocka
YAML_SRC ?= $(CACHE)/sources/yaml

UNIT = $(BUILD)/unit
UNIT_CC = $(CC) -std=c11 $(CFLAGS) $(TARGET_CFLAGS) $(HARDEN) -ffunction-sections -fdata-sections
# cmocka.h would make a uintptr_t of its own: musl has one, and none of the macros by which cmocka.h would know.
UNIT_COMPILE = $(UNIT_CC) -isystem $(CMOCKA_SRC)/include -isystem $(YAML_SRC)/include \
	-D_UINTPTR_T -D_UINTPTR_T_DEFINED -MMD -MP
# After -Wl,--gc-sections no test of platform/linux holds what it does not call.
UNIT_LIBRARY_COMPILE = $(UNIT_CC)
UNIT_LINK = $(UNIT_CC) $(TARGET_LDFLAGS) -Wl,--gc-sections,-z,noexecstack,-z,relro,-z,now $(TARGET_START)
UNIT_END = $(TARGET_END)
WRAP_CLOCK = -Wl,--wrap=clock_gettime
# Where time was of 32 bits once, musl gives those who were compiled with the header of today another function.
ifeq ($(TARGET),armv7)
WRAP_CLOCK = -Wl,--wrap=__clock_gettime64,--defsym=__wrap___clock_gettime64=__wrap_clock_gettime,--defsym=__real_clock_gettime=__clock_gettime64
endif
TEST_ARCHIVE = $(UNIT)/test_libraries.a
TEST_LIBRARIES = $(TEST_ARCHIVE)
TEST_LIBRARY_SOURCES = $(CMOCKA_SRC)/src/cmocka.c $(wildcard $(YAML_SRC)/src/*.c)
TEST_LIBRARY_OBJECTS = $(addprefix $(UNIT)/test_libraries/,$(notdir $(TEST_LIBRARY_SOURCES:.c=.o)))
TEST_LIBRARY_OPTIONS = -w -D_GNU_SOURCE -DHAVE_SIGNAL_H -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_REALTIME -DHAVE_SIGLONGJMP -DHAVE_STRSIGNAL \
	-DHAVE_INTTYPES_H -DHAVE_STRINGS_H -DHAVE_MALLOC_H -DYAML_DECLARE_STATIC \
	-DYAML_VERSION_STRING='"0"' -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=0 -DYAML_VERSION_PATCH=0

$(UNIT)/test_libraries/cmocka.o: $(CMOCKA_SRC)/src/cmocka.c
$(filter-out %/cmocka.o,$(TEST_LIBRARY_OBJECTS)): $(UNIT)/test_libraries/%.o: $(YAML_SRC)/src/%.c
$(TEST_LIBRARY_OBJECTS): tests/foreign.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(TEST_LIBRARY_OPTIONS) -c $(filter %.c,$^) -o $@

$(TEST_ARCHIVE): $(TEST_LIBRARY_OBJECTS)
	$(Q)rm -f $@
	$(Q)$(AR) rc $@ $^
