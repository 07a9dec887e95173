# SPDX-License-Identifier: Apache-2.0
#
# armv7, hard float, Thumb-2: Debian's cross compiler and the musl that `make deps` unpacks.

MUSL ?= $(or $(KUBELET_BOOTSTRAP_CACHE),$(HOME)/.cache/kubelet-bootstrap)/musl/armv7
MUSL_LIB = $(MUSL)/lib
ifeq ($(origin CC),default)
CC = arm-linux-gnueabihf-gcc -specs=$(MUSL)/musl-gcc.specs
endif
TARGET_CFLAGS += -march=armv7-a+fp -mfloat-abi=hard -mthumb

CROSS_PREFIX = arm-linux-gnueabihf-
STRIP = $(CROSS_PREFIX)strip
SIZE = $(CROSS_PREFIX)size
NM = $(CROSS_PREFIX)nm

# What `make size` holds the stripped program against, in bytes.
SIZE_CEILING_FILE = 159744
SIZE_GOAL_FILE = 131072

include platform/targets/static-pie.mk
