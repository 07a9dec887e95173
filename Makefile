# SPDX-License-Identifier: Apache-2.0
#
# `make help` lists the tasks. Nothing is configured; everything built lies in build/<target>/.

VERSION = 0.1.0
TARGET ?= x86_64
TARGETS = $(filter-out static-pie,$(patsubst platform/targets/%.mk,%,$(wildcard platform/targets/*.mk)))
ifeq ($(filter $(TARGET),$(TARGETS)),)
$(error TARGET must be one of: $(TARGETS))
endif
include platform/targets/$(TARGET).mk

CACHE = $(or $(KUBELET_BOOTSTRAP_CACHE),$(HOME)/.cache/kubelet-bootstrap)
MBEDTLS_SRC ?= $(CACHE)/sources/mbedtls
INIH_SRC ?= $(CACHE)/sources/inih
# No verified certificate is older than the source (see src/host.h, calendar_s).
SOURCE_DATE_EPOCH ?= $(or $(shell git -c safe.directory=$(CURDIR) log -1 --format=%ct 2>/dev/null),$(shell date +%s))

# What tools say, and how they sort, is the same everywhere.
export LC_ALL = C

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
# Set empty, install leaves out what is for systemd.
SYSTEMD_UNIT_DIR ?= $(PREFIX)/lib/systemd/system
TMPFILES_DIR ?= $(PREFIX)/lib/tmpfiles.d
BUILD = build/$(TARGET)
PROGRAM = $(BUILD)/kubelet-bootstrap

CFLAGS ?= -Oz
LTO = -flto -flto-partition=one
# Guards in every function that holds a char array. (-strong guards those that hold any array or address, for 6 KB more.)
HARDEN = -fstack-protector --param=ssp-buffer-size=1
WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wvla -Wundef
ifneq ($(CI),)
WARN += -Werror
endif
INI_OPTIONS = -DINI_USE_STACK=1 -DINI_MAX_LINE=6144 -DINI_ALLOW_MULTILINE=0 -DINI_ALLOW_INLINE_COMMENTS=0 \
	-DINI_HANDLER_LINENO=1 -DINI_CALL_HANDLER_ON_NEW_SECTION=1 -DINI_STOP_ON_FIRST_ERROR=1
MBEDTLS_OPTIONS = -isystem $(MBEDTLS_SRC)/include -DMBEDTLS_CONFIG_FILE='<library_config.h>' -DMBEDTLS_PSA_CRYPTO_CONFIG_FILE='<psa_config.h>'

# What a folder may include is what is on its list: this is the wall around the machine and around Mbed TLS.
SRC_INCLUDE = -Isrc -I$(INIH_SRC) $(INI_OPTIONS)
LINUX_INCLUDE = -Isrc -Iplatform/linux
MBEDTLS_INCLUDE = -Isrc -Iplatform/linux -Iplatform/mbedtls $(MBEDTLS_OPTIONS)
MAIN_INCLUDE = -Isrc -Iplatform/linux -Iplatform/mbedtls

COMPILE = $(CC) -std=c11 $(CFLAGS) $(TARGET_CFLAGS) $(LTO) $(HARDEN) -ffunction-sections -fdata-sections -fomit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -MMD -MP
LINK = $(CC) $(CFLAGS) $(TARGET_CFLAGS) $(LTO) $(HARDEN) $(TARGET_LDFLAGS) $(LDFLAGS) -Wl,--gc-sections,--build-id=none \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code,-z,max-page-size=4096

OUR_SOURCES = $(wildcard src/*.c platform/linux/*.c platform/mbedtls/*.c)
OUR_OBJECTS = $(OUR_SOURCES:%.c=$(BUILD)/%.o)
LIBRARY_OBJECTS = $(BUILD)/inih/ini.o $(patsubst $(MBEDTLS_SRC)/library/%.c,$(BUILD)/library/%.o,$(wildcard $(MBEDTLS_SRC)/library/*.c))

Q = $(if $(V),,@)
SAY = @printf '  %-8s%s\n'

.DELETE_ON_ERROR:
.PHONY: all deps check unit golden purity style cluster compare torture boot boot-full demo size bench install deb packages clean help

all: $(PROGRAM) ## build the program for TARGET (default x86_64)

$(PROGRAM): $(PROGRAM).debug
	$(SAY) STRIP $@
	$(Q)$(STRIP) -s -R .comment -R .note.gnu.property -R .ARM.attributes -R .note.ABI-tag -o $@ $<

# The twin with symbols: for measuring and debugging. EXTRA_OBJECTS: see tests/tests.mk.
$(PROGRAM).debug: $(OUR_OBJECTS) $(LIBRARY_OBJECTS) $(EXTRA_OBJECTS)
	$(SAY) LINK $@
	$(Q)$(LINK) $(TARGET_START) $^ $(TARGET_END) -o $@

$(BUILD)/src/main.o: INCLUDE = $(MAIN_INCLUDE) -DVERSION='"$(VERSION)"'
$(BUILD)/src/%.o: INCLUDE = $(SRC_INCLUDE)
$(BUILD)/platform/linux/%.o: INCLUDE = $(LINUX_INCLUDE) -DSOURCE_EPOCH=$(SOURCE_DATE_EPOCH)
$(BUILD)/platform/mbedtls/%.o: INCLUDE = $(MBEDTLS_INCLUDE)
$(OUR_OBJECTS): $(BUILD)/%.o: %.c Makefile platform/targets/$(TARGET).mk | sources
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(WARN) $(INCLUDE) -c $< -o $@

$(BUILD)/inih/ini.o: $(INIH_SRC)/ini.c Makefile
	$(SAY) CC $(<F)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(INI_OPTIONS) -c $< -o $@

# Four fifths of all instructions are big number arithmetic: there -O2 is worth its 2 KB.
ifeq ($(origin TARGET_SPEED),undefined)
TARGET_SPEED = -O2 -fno-align-functions -fno-align-loops -fno-align-jumps -fno-align-labels
endif
$(BUILD)/library/bignum_core.o: SPEED = $(TARGET_SPEED)
$(BUILD)/library/%.o: $(MBEDTLS_SRC)/library/%.c platform/mbedtls/library_config.h platform/mbedtls/psa_config.h platform/mbedtls/arena.h Makefile \
	platform/targets/$(TARGET).mk
	$(SAY) CC $(<F)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -w $(SPEED) $(MBEDTLS_INCLUDE) -I$(MBEDTLS_SRC)/library -c $< -o $@

.PHONY: sources
sources:
	@test -f $(MBEDTLS_SRC)/library/ssl_tls.c -a -f $(INIH_SRC)/ini.c || { \
		echo 'Mbed TLS or inih is missing: run `make deps`, or set MBEDTLS_SRC= and INIH_SRC='; exit 1; }

deps: ## fetch Mbed TLS, inih and musl, install missing Debian packages (as root)
	$(Q)platform/targets/deps.sh

-include $(OUR_OBJECTS:.o=.d) $(LIBRARY_OBJECTS:.o=.d)
include tests/tests.mk

MEASURED = build/bench/measured
size: ## print sizes and what whole runs use beside the budgets (starts a control plane)
	$(Q)for target in $(TARGETS); do $(MAKE) $(JOBS) TARGET=$$target all || exit 1; done
	$(Q)mkdir -p build/bench && $(HOST_CC) -std=c11 -O2 -o build/bench/peak tests/bench/peak.c
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/measure -peak $(CURDIR)/build/bench/peak \
		-symbols $(CURDIR)/build/x86_64/kubelet-bootstrap.debug -o $(CURDIR)/$(MEASURED)
	$(Q)KUBELET_BOOTSTRAP_MEASURED=$(MEASURED) tests/bench/size.sh $(foreach t,$(TARGETS),$(t)=build/$(t)/kubelet-bootstrap)

bench: $(PROGRAM) ## kubelet's own bootstrap beside this program over a slow network, figures only
	$(Q)cd tests/cluster && CGO_ENABLED=0 $(GO) run -trimpath ./cmd/bench

install: $(PROGRAM) ## install into $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(SBINDIR)/kubelet-bootstrap
	install -D -m 0644 src/man/kubelet-bootstrap.8 $(DESTDIR)$(MANDIR)/man8/kubelet-bootstrap.8
	install -D -m 0644 src/man/kubelet-bootstrap.ini.5 $(DESTDIR)$(MANDIR)/man5/kubelet-bootstrap.ini.5
ifneq ($(SYSTEMD_UNIT_DIR),)
	install -D -m 0644 -t $(DESTDIR)$(SYSTEMD_UNIT_DIR) platform/systemd/kubelet-bootstrap.service
	sed -i 's|/usr/sbin/|$(SBINDIR)/|' $(DESTDIR)$(SYSTEMD_UNIT_DIR)/kubelet-bootstrap.service
	install -D -m 0644 -t $(DESTDIR)$(SYSTEMD_UNIT_DIR)/kubelet.service.d platform/systemd/kubelet.service.d/10-kubelet-bootstrap.conf
	install -D -m 0644 platform/systemd/kubelet-bootstrap.tmpfiles.conf $(DESTDIR)$(TMPFILES_DIR)/kubelet-bootstrap.conf
endif

deb: ## build the Debian packages into build/deb (see platform/packaging)
	$(Q)MBEDTLS_SRC=$(abspath $(MBEDTLS_SRC)) INIH_SRC=$(abspath $(INIH_SRC)) platform/packaging/build-deb build/deb

clean: ## remove build/ (the cache stays)
	rm -rf build

help: ## list the tasks
	@echo 'make [TASK] [TARGET=$(TARGET)|...] [V=1]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile tests/tests.mk tests/fuzz/fuzz.mk | awk -F'|' '{printf "%-12s%s\n", $$1, $$2}'
	@echo 'Targets: $(TARGETS)'
	@echo 'Variables: CC CFLAGS LDFLAGS DESTDIR PREFIX MBEDTLS_SRC INIH_SRC KUBELET_BOOTSTRAP_CACHE KUBELET_BOOTSTRAP_BINARY'
