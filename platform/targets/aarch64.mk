# SPDX-License-Identifier: Apache-2.0
#
# aarch64: Debian's cross compiler and the musl that `make deps` unpacks. No -march: the ARMv8 AES instructions are chosen at run
# time, and Mbed TLS asks the compiler for them in the one file that needs them.

MUSL ?= $(or $(KUBELET_BOOTSTRAP_CACHE),$(HOME)/.cache/kubelet-bootstrap)/musl/aarch64
MUSL_LIB = $(MUSL)/lib
ifeq ($(origin CC),default)
CC = aarch64-linux-gnu-gcc -specs=$(MUSL)/musl-gcc.specs
endif

CROSS_PREFIX = aarch64-linux-gnu-
STRIP = $(CROSS_PREFIX)strip
SIZE = $(CROSS_PREFIX)size
NM = $(CROSS_PREFIX)nm
EMULATOR = qemu-aarch64

# What `make size` holds the stripped program against, in bytes.
SIZE_CEILING_FILE = 245760
SIZE_GOAL_FILE = 188416

include platform/targets/static-pie.mk
