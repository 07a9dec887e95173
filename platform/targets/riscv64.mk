# SPDX-License-Identifier: Apache-2.0
#
# riscv64: Debian's cross compiler and the musl that `make deps` unpacks, from Debian 13, since Debian 12 has none.

MUSL ?= $(or $(KUBELET_BOOTSTRAP_CACHE),$(HOME)/.cache/kubelet-bootstrap)/musl/riscv64
MUSL_LIB = $(MUSL)/lib
ifeq ($(origin CC),default)
CC = riscv64-linux-gnu-gcc -specs=$(MUSL)/musl-gcc.specs
endif
# That musl holds debugging sections with relocations newer than Debian 12's linker, which crashes on them.
TARGET_LDFLAGS += -Wl,--strip-debug
# Otherwise Debian 12's linker leaves relocations with the name of a symbol in .data, which rcrt1.o does not apply: where the files are not
# optimized as one, pointers to what other files define would stay NULL.
TARGET_CFLAGS += -fvisibility=hidden

CROSS_PREFIX = riscv64-linux-gnu-
STRIP = $(CROSS_PREFIX)strip
SIZE = $(CROSS_PREFIX)size
NM = $(CROSS_PREFIX)nm
EMULATOR = qemu-riscv64

# No size budget was agreed upon: `make size` prints, and judges nothing.
SIZE_CEILING_FILE =
SIZE_GOAL_FILE =

include platform/targets/static-pie.mk
