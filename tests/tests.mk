# SPDX-License-Identifier: Apache-2.0
#
# The test tasks; included at the end of Makefile.
#
# unit, corpus, golden and purity need no control plane and take seconds. cluster drives the stripped program against the real one.

HOST_CC ?= gcc
GO ?= go
TEST_LIBRARIES = -lcmocka -lyaml
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all

# --- unit: src/ and the tests. On this machine's own C library and with sanitizers; for other targets see foreign.mk.
ifeq ($(TARGET),x86_64)
UNIT = build/unit
UNIT_COMPILE = $(HOST_CC) -std=c11 -O1 -g -fno-omit-frame-pointer $(SANITIZE) -MMD -MP
UNIT_LIBRARY_COMPILE = $(HOST_CC) -std=c11 -O1 -ffunction-sections
UNIT_LINK = $(HOST_CC) $(SANITIZE) -Wl,--gc-sections
WRAP_CLOCK = -Wl,--wrap=clock_gettime
else
include tests/foreign.mk
endif
PURE_SOURCES = $(filter-out src/main.c,$(wildcard src/*.c))
UNIT_HELPERS = $(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c))
UNIT_TESTS = $(wildcard tests/unit/test_*.c)
UNIT_OBJECTS = $(PURE_SOURCES:%.c=$(UNIT)/%.o) $(UNIT_HELPERS:%.c=$(UNIT)/%.o) $(UNIT_TESTS:%.c=$(UNIT)/%.o)
UNIT_PROGRAMS = $(UNIT_TESTS:tests/unit/%.c=$(UNIT)/%)

$(UNIT)/src/%.o: src/%.c Makefile tests/tests.mk | sources
	$(SAY) CC "$< (sanitized)"
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(WARN) -Werror $(SRC_INCLUDE) -c $< -o $@

$(UNIT)/tests/unit/%.o: tests/unit/%.c Makefile tests/tests.mk | sources
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(WARN) -Werror $(SRC_INCLUDE) -Itests/unit -c $< -o $@

# There <yaml.h> is libyaml's.
$(UNIT)/tests/unit/yaml_reference.o build/fuzz/tests/unit/yaml_reference.o: SRC_INCLUDE = -iquote src

$(UNIT)/inih.o: $(INIH_SRC)/ini.c Makefile | sources
	$(SAY) CC "$(<F) (sanitized)"
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) -w $(INI_OPTIONS) -c $< -o $@

$(UNIT)/pure.a: $(PURE_SOURCES:%.c=$(UNIT)/%.o) $(UNIT)/inih.o $(UNIT_HELPERS:%.c=$(UNIT)/%.o)
	$(Q)rm -f $@
	$(Q)$(AR) rc $@ $^

$(UNIT_PROGRAMS): $(UNIT)/%: $(UNIT)/tests/unit/%.o $(UNIT)/pure.a | $(TEST_ARCHIVE)
	$(Q)$(UNIT_LINK) $^ $(TEST_LIBRARIES) $(UNIT_END) -o $@

# --- library: Mbed TLS with our configuration, and platform/mbedtls around it
LIBRARY_TEST = $(UNIT)/test_library
LIBRARY_TEST_SOURCES = $(addprefix platform/mbedtls/,arena.c library.c keys.c x509.c) \
	$(addprefix platform/linux/,clock.c inside.c log.c notify.c status.c) tests/library/test_library.c
LIBRARY_TEST_OBJECTS = $(LIBRARY_TEST_SOURCES:%.c=$(UNIT)/%.o) \
	$(patsubst $(MBEDTLS_SRC)/library/%.c,$(UNIT)/library/%.o,$(wildcard $(MBEDTLS_SRC)/library/*.c))

$(UNIT)/library/%.o: $(MBEDTLS_SRC)/library/%.c platform/mbedtls/library_config.h platform/mbedtls/psa_config.h platform/mbedtls/arena.h
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_LIBRARY_COMPILE) -w $(MBEDTLS_INCLUDE) -I$(MBEDTLS_SRC)/library -c $< -o $@

$(UNIT)/platform/%.o $(UNIT)/tests/library/%.o: INCLUDE = $(MBEDTLS_INCLUDE) -Itests/unit -DSOURCE_EPOCH=0
$(UNIT)/platform/%.o: platform/%.c Makefile tests/tests.mk
	$(SAY) CC "$< (sanitized)"
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(WARN) -Werror $(INCLUDE) -c $< -o $@
$(UNIT)/tests/library/%.o: tests/library/%.c Makefile tests/tests.mk
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(UNIT_COMPILE) $(WARN) -Werror $(INCLUDE) -c $< -o $@

$(LIBRARY_TEST): $(LIBRARY_TEST_OBJECTS) $(UNIT)/pure.a | $(TEST_ARCHIVE)
	$(Q)$(UNIT_LINK) $^ $(TEST_LIBRARIES) $(UNIT_END) -o $@

# What is said of a server's certificates, by a clock that the test sets.
VERIFY_TEST = $(UNIT)/test_verify
VERIFY_TEST_OBJECTS = $(filter-out %/test_library.o,$(LIBRARY_TEST_OBJECTS)) $(UNIT)/platform/mbedtls/verify.o $(UNIT)/tests/library/test_verify.o

$(VERIFY_TEST): $(VERIFY_TEST_OBJECTS) $(UNIT)/pure.a | $(TEST_ARCHIVE)
	$(Q)$(UNIT_LINK) $(WRAP_CLOCK) $^ $(TEST_LIBRARIES) $(UNIT_END) -o $@

# For a comparison with client-go, in tests/cluster.
SHOW_KUBECONFIG = $(UNIT)/show_kubeconfig

$(SHOW_KUBECONFIG): $(UNIT)/tests/library/show_kubeconfig.o $(UNIT)/pure.a | $(TEST_ARCHIVE)
	$(Q)$(UNIT_LINK) $^ $(TEST_LIBRARIES) $(UNIT_END) -o $@

# --- files: what of platform/linux needs no more than a directory
FILES_TEST = $(UNIT)/test_files
FILES_TEST_SOURCES = $(addprefix platform/linux/,clock.c files.c inside.c landlock.c log.c notify.c status.c) tests/library/test_files.c
FILES_TEST_OBJECTS = $(FILES_TEST_SOURCES:%.c=$(UNIT)/%.o)

$(FILES_TEST): $(FILES_TEST_OBJECTS) $(UNIT)/pure.a | $(TEST_ARCHIVE)
	$(Q)$(UNIT_LINK) $^ $(TEST_LIBRARIES) $(UNIT_END) -o $@

.PHONY: prepare-unit targets
prepare-unit: $(UNIT_PROGRAMS) $(LIBRARY_TEST) $(VERIFY_TEST) $(FILES_TEST)

unit: prepare-unit ## run the unit tests: src/ in memory, with sanitizers (seconds)
	$(Q)EMULATOR=$(EMULATOR) tests/unit/run.sh $(UNIT_PROGRAMS) $(LIBRARY_TEST) $(VERIFY_TEST) $(FILES_TEST)

targets: ## run unit and golden for every target but x86_64, under qemu-user (a minute; two on the first run)
	$(Q)MAKE='$(MAKE)' JOBS='$(JOBS)' tests/targets.sh $(filter-out x86_64,$(TARGETS))

include tests/fuzz/fuzz.mk

# --- golden: the real program over every wrong configuration and command line
KUBELET_BOOTSTRAP_BINARY ?= $(PROGRAM)

golden: $(PROGRAM) ## compare what the program says about every wrong input with tests/golden
	$(Q)EMULATOR=$(EMULATOR) tests/golden/run.sh $(KUBELET_BOOTSTRAP_BINARY)

# --- purity: the walls around src/ and around Mbed TLS, and headers that stand alone
PURITY = build/purity
PURITY_OBJECTS = $(PURE_SOURCES:src/%.c=$(PURITY)/%.o)

# As written: nothing inlined, folded or dropped, so that every call stands in the object; not position independent, so that a
# constant table with pointers is .rodata and anything in .data can be written to.
$(PURITY)/%.o: src/%.c Makefile tests/tests.mk | sources
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) -std=c11 -O0 -fno-builtin -fno-inline -fkeep-static-functions -fno-stack-protector -fno-pic -fno-pie -fno-common -w -MMD -MP \
		$(SRC_INCLUDE) -c $< -o $@

purity: $(PURITY_OBJECTS) ## prove that src/ calls nothing of the machine, and that every header stands alone
	$(Q)tests/purity.sh $(PURITY_OBJECTS)
	$(Q)HOST_CC='$(HOST_CC)' SRC_INCLUDE='$(SRC_INCLUDE)' LINUX_INCLUDE='$(LINUX_INCLUDE)' \
		MBEDTLS_INCLUDE="$(MBEDTLS_INCLUDE)" tests/headers.sh

style: | sources ## what clang, the formatters and go vet say about the sources
	$(Q)WARN='$(WARN)' SRC_INCLUDE='$(SRC_INCLUDE)' LINUX_INCLUDE='$(LINUX_INCLUDE)' MAIN_INCLUDE='$(MAIN_INCLUDE)' \
		MBEDTLS_INCLUDE="$(MBEDTLS_INCLUDE)" tests/style.sh

# --- faulty: the program with faults in front of some functions, see tests/faults/faults.c. Not optimized across files: what is inlined
# cannot be wrapped.
FAULTY = build/faulty/kubelet-bootstrap
WRAPPED = mbedtls_platform_set_calloc_free read write pread fsync recv send getrandom connect clock_gettime syscall

build/faulty/faults.o: tests/faults/faults.c Makefile tests/tests.mk
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O1 $(WARN) -Wno-missing-prototypes -c $< -o $@

.PHONY: faulty
faulty: build/faulty/faults.o
	$(Q)$(MAKE) --no-print-directory TARGET=x86_64 BUILD=build/faulty LTO= EXTRA_OBJECTS=$< LDFLAGS='$(WRAPPED:%=-Wl,--wrap=%)' all

# --- cluster: the stripped program against the real control plane and kubelet
cluster: $(PROGRAM) faulty $(SHOW_KUBECONFIG) ## run the tests against a real control plane, which the first run builds (minutes)
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/build
	$(Q)cd tests/cluster && CGO_ENABLED=0 KUBELET_BOOTSTRAP_SLOW=1 $(GO) test -trimpath -count=1 -parallel=8 -timeout=30m -v . ./power

compare: $(PROGRAM) ## every state of the disk, and what this program and the real kubelet make of it (minutes; as root)
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/states

torture: $(PROGRAM) faulty $(SHOW_KUBECONFIG) ## cluster with every error at every system call, cut after a cut, byte of the network (an hour)
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/build
	$(Q)cd tests/cluster && CGO_ENABLED=0 KUBELET_BOOTSTRAP_SLOW=1 KUBELET_BOOTSTRAP_TORTURE=1 \
		$(GO) test -trimpath -count=1 -parallel=8 -timeout=4h -v . ./power

# The package that a node of the boot tests installs.
BOOT_DEB = build/deb/made-for-boot

$(BOOT_DEB): $(PROGRAM) $(shell find platform/systemd platform/packaging/debian initramfs -type f)
	$(Q)$(MAKE) --no-print-directory deb >build/deb.log 2>&1 || { cat build/deb.log; exit 1; }
	$(Q)touch $@

BOOT_TEST = cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/build && CGO_ENABLED=0

# Programs for the guests that are no x86_64.
FOREIGN = aarch64 armv7
boot-full: FOREIGN += riscv64
.PHONY: foreign-programs
foreign-programs:
	$(Q)for target in $(FOREIGN); do $(MAKE) $(JOBS) TARGET=$$target all || exit 1; done

boot: $(PROGRAM) foreign-programs $(BOOT_DEB) ## boot machines in QEMU until they are nodes of a real control plane (as root; 5 to 8 minutes)
	$(Q)$(BOOT_TEST) $(GO) test -trimpath -count=1 -parallel=2 -timeout=1h -v -skip '^TestFull' ./boot

boot-full: $(PROGRAM) foreign-programs $(BOOT_DEB) faulty ## every way to boot, every file system under a power cut (as root; an hour)
	$(Q)platform/targets/deps.sh riscv64
	$(Q)$(BOOT_TEST) KUBELET_BOOTSTRAP_BOOT_FULL=1 $(GO) test -trimpath -count=1 -parallel=2 -timeout=3h -v ./boot
	$(Q)$(MAKE) --no-print-directory KUBELET_BOOTSTRAP_BOOT_FULL=1 powercut

.PHONY: powercut
powercut: $(PROGRAM) faulty ## cut the power on real file systems, in QEMU, and let the next run mend each state (as root; minutes)
	$(Q)$(BOOT_TEST) KUBELET_BOOTSTRAP_BOOT_FULL=$(KUBELET_BOOTSTRAP_BOOT_FULL) $(GO) test -trimpath -count=1 -parallel=2 -timeout=4h -v \
		$(if $(KUBELET_BOOTSTRAP_BOOT_FULL),,-skip '^TestFull') ./powercut ./disklog

packages: $(PROGRAM) ## build every package that can be built here, install and purge it (as root; two minutes)
	$(Q)tests/packaging/run.sh build/packages

# demo and check bring what they need. Make has read the list of Mbed TLS's files by then, so they begin anew.
JOBS = -j$(shell nproc) --no-print-directory

demo: ## watch a machine become a node of a real control plane
	$(Q)platform/targets/deps.sh build sources containerd
	$(Q)$(MAKE) $(JOBS) all
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/demo

check: ## run every test; the last line says how many passed
	$(Q)platform/targets/deps.sh
	$(Q)$(MAKE) $(JOBS) prepare-check
	$(Q)MAKE='$(MAKE)' tests/check.sh build/check

.PHONY: prepare-check
prepare-check: $(PROGRAM) faulty $(SHOW_KUBECONFIG) prepare-unit $(REPLAY_PROGRAMS) $(PURITY_OBJECTS)

-include $(UNIT_OBJECTS:.o=.d) $(LIBRARY_TEST_OBJECTS:.o=.d) $(VERIFY_TEST_OBJECTS:.o=.d) $(FILES_TEST_OBJECTS:.o=.d) $(PURITY_OBJECTS:.o=.d)

# Another flag of the target is another object.
$(UNIT_OBJECTS) $(LIBRARY_TEST_OBJECTS) $(VERIFY_TEST_OBJECTS) $(FILES_TEST_OBJECTS) $(TEST_LIBRARY_OBJECTS): platform/targets/$(TARGET).mk
