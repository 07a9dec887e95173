################################################################################
#
# kubelet-bootstrap
#
################################################################################

# SPDX-License-Identifier: Apache-2.0

KUBELET_BOOTSTRAP_VERSION = 0.1.0
KUBELET_BOOTSTRAP_MBEDTLS = mbedtls-3.6.7
KUBELET_BOOTSTRAP_INIH = r61
# Not published anywhere yet: README.md says how to make it.
KUBELET_BOOTSTRAP_SITE = $(BR2_EXTERNAL_KUBELET_BOOTSTRAP_PATH)/archive
KUBELET_BOOTSTRAP_SITE_METHOD = file
KUBELET_BOOTSTRAP_SOURCE = kubelet-bootstrap-$(KUBELET_BOOTSTRAP_VERSION).tar.gz
KUBELET_BOOTSTRAP_EXTRA_DOWNLOADS = \
	https://github.com/Mbed-TLS/mbedtls/releases/download/$(KUBELET_BOOTSTRAP_MBEDTLS)/$(KUBELET_BOOTSTRAP_MBEDTLS).tar.bz2 \
	https://github.com/benhoyt/inih/archive/refs/tags/$(KUBELET_BOOTSTRAP_INIH).tar.gz
KUBELET_BOOTSTRAP_LICENSE = Apache-2.0, BSD-3-Clause (inih)
KUBELET_BOOTSTRAP_LICENSE_FILES = mbedtls/LICENSE inih/LICENSE.txt

# Compiled in, with options of this program: the packages mbedtls and inih would not do.
define KUBELET_BOOTSTRAP_EXTRACT_LIBRARIES
	mkdir -p $(@D)/mbedtls $(@D)/inih
	$(TAR) --strip-components=1 -C $(@D)/mbedtls -xjf $(KUBELET_BOOTSTRAP_DL_DIR)/$(KUBELET_BOOTSTRAP_MBEDTLS).tar.bz2
	$(TAR) --strip-components=1 -C $(@D)/inih -xzf $(KUBELET_BOOTSTRAP_DL_DIR)/$(KUBELET_BOOTSTRAP_INIH).tar.gz
endef
KUBELET_BOOTSTRAP_POST_EXTRACT_HOOKS += KUBELET_BOOTSTRAP_EXTRACT_LIBRARIES

# Not TARGET_CFLAGS: the program brings its own, for size and hardening.
KUBELET_BOOTSTRAP_MAKE_OPTIONS = \
	TARGET=$(if $(BR2_arm),armv7,$(if $(BR2_RISCV_64),riscv64,$(BR2_ARCH))) \
	CC="$(TARGET_CC)" \
	STRIP="$(TARGET_CROSS)strip" \
	MUSL_LIB=$(STAGING_DIR)/usr/lib \
	CFLAGS=-Oz LDFLAGS= \
	MBEDTLS_SRC=$(@D)/mbedtls INIH_SRC=$(@D)/inih \
	SYSTEMD_UNIT_DIR=$(if $(BR2_INIT_SYSTEMD),/usr/lib/systemd/system)

define KUBELET_BOOTSTRAP_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(KUBELET_BOOTSTRAP_MAKE_OPTIONS)
endef

define KUBELET_BOOTSTRAP_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(KUBELET_BOOTSTRAP_MAKE_OPTIONS) DESTDIR=$(TARGET_DIR) install
endef

$(eval $(generic-package))
