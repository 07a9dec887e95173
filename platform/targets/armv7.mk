# SPDX-License-Identifier: Apache-2.0
#
# armv7, hard float, Thumb-2: Debian's cross compiler and the musl that `make deps` unpacks.

MUSL ?= $(or $(KUBELET_BOOTSTRAP_CACHE),$(HOME)/.cache/kubelet-bootstrap)/musl/armv7
MUSL_LIB = $(MUSL)/lib
ifeq ($(origin CC),default)
CC = arm-linux-gnueabihf-gcc -specs=$(MUSL)/musl-gcc.specs
endif
TARGET_CFLAGS += -march=armv7-a+fp -mfloat-abi=hard -mthumb

# Devices of this kind have less storage than time: no tables for the multiples of a curve's base point, no -O2 anywhere. That saves 8 KB,
# and costs about 30 million instructions of the 46 million of a run (counted on x86_64).
TARGET_CFLAGS += -DMBEDTLS_ECP_FIXED_POINT_OPTIM=0
TARGET_SPEED =

CROSS_PREFIX = arm-linux-gnueabihf-
STRIP = $(CROSS_PREFIX)strip
SIZE = $(CROSS_PREFIX)size
NM = $(CROSS_PREFIX)nm
EMULATOR = qemu-arm

# What `make size` holds the stripped program against, in bytes.
SIZE_CEILING_FILE = 180224
SIZE_GOAL_FILE = 131072

include platform/targets/static-pie.mk
