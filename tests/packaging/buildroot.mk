# SPDX-License-Identifier: Apache-2.0
#
# Stands in for Buildroot: its variables, and generic-package as a few rules that run the package's steps in Buildroot's order.
# Needs ROOT, the repository, and BR, a folder with archive/ (this source), dl/ (the libraries) and room.

BR2_EXTERNAL_KUBELET_BOOTSTRAP_PATH = $(ROOT)/platform/packaging/buildroot
BR2_x86_64 = y
BR2_ARCH = x86_64
BR2_INIT_SYSTEMD = y
TAR = tar
TARGET_CC = musl-gcc
TARGET_CROSS =
STAGING_DIR = $(BR)/staging
TARGET_DIR = $(BR)/target
TARGET_MAKE_ENV = SOURCE_DATE_EPOCH=1764000000
KUBELET_BOOTSTRAP_DL_DIR = $(BR)/dl
STAMP = $(BR)/build/kubelet-bootstrap-$(KUBELET_BOOTSTRAP_VERSION)/.stamp

define sep


endef

define generic-package
all: $(STAMP)_installed
$(STAMP)_extracted:
	mkdir -p $$(@D)
	$$(TAR) --strip-components=1 -C $$(@D) -xzf $(BR)/archive/$$(KUBELET_BOOTSTRAP_SOURCE)
	$$(foreach hook,$$(KUBELET_BOOTSTRAP_POST_EXTRACT_HOOKS),$$(call $$(hook))$$(sep))
	cd $$(@D) && ls $$(KUBELET_BOOTSTRAP_LICENSE_FILES) && \
		sed -n 's,^sha256 *\([0-9a-f]*\) *\(.*/.*\),\1  \2,p' platform/packaging/buildroot/kubelet-bootstrap/*.hash | sha256sum -c
	cd $$(KUBELET_BOOTSTRAP_DL_DIR) && ls $$(notdir $$(KUBELET_BOOTSTRAP_EXTRA_DOWNLOADS)) && \
		sed -n 's,^sha256 *\([0-9a-f]*\) *\([^/]*\)$$$$,\1  \2,p' $$(BR2_EXTERNAL_KUBELET_BOOTSTRAP_PATH)/kubelet-bootstrap/*.hash | sha256sum -c
$(STAMP)_built: $(STAMP)_extracted
	$$(KUBELET_BOOTSTRAP_BUILD_CMDS)
$(STAMP)_installed: $(STAMP)_built
	$$(KUBELET_BOOTSTRAP_INSTALL_TARGET_CMDS)
endef

include $(ROOT)/platform/packaging/buildroot/external.mk
