# SPDX-License-Identifier: Apache-2.0

SUMMARY = "Get a machine its Kubernetes node identity before kubelet starts"
SECTION = "admin"
LICENSE = "Apache-2.0 & BSD-3-Clause & MIT"
LIC_FILES_CHKSUM = " \
    file://${COMMON_LICENSE_DIR}/Apache-2.0;md5=89aea4e17d99a7cacdbeed46a0096b10 \
    file://${WORKDIR}/mbedtls-${MBEDTLS}/LICENSE;md5=379d5819937a6c2f1ef1630d341e026d \
    file://${WORKDIR}/inih-${INIH}/LICENSE.txt;md5=a7a95d2af90376e85a05318794e6f202 \
"

MBEDTLS = "3.6.7"
INIH = "r61"
# The first one is not published anywhere yet: README.md says how to make it.
SRC_URI = " \
    file://kubelet-bootstrap-${PV}.tar.gz \
    https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-${MBEDTLS}/mbedtls-${MBEDTLS}.tar.bz2;name=mbedtls \
    https://github.com/benhoyt/inih/archive/refs/tags/${INIH}.tar.gz;name=inih;downloadfilename=inih-${INIH}.tar.gz \
"
SRC_URI[mbedtls.sha256sum] = "a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6"
SRC_URI[inih.sha256sum] = "7caf26a2202a4ca689df3fe4175dfa74e0faa18fcca07331bba934fd0ecb8f12"

# The start files of musl's static programs.
COMPATIBLE_HOST = "(x86_64|aarch64|arm|riscv64).*-linux-musl.*"
COMPATIBLE_HOST:arm = "null"
COMPATIBLE_HOST:armv7a = "arm.*-linux-musleabi.*"
COMPATIBLE_HOST:armv7ve = "arm.*-linux-musleabi.*"

OUR_TARGET = "${TARGET_ARCH}"
OUR_TARGET:arm = "armv7"

# Not the distribution's CFLAGS: the program brings its own, for size and hardening. Stripped already, so that no symbols are left to split.
EXTRA_OEMAKE = " \
    TARGET=${OUR_TARGET} 'CC=${CC}' 'STRIP=${STRIP}' CFLAGS=-Oz LDFLAGS= MUSL_LIB=${STAGING_LIBDIR} \
    MBEDTLS_SRC=${WORKDIR}/mbedtls-${MBEDTLS} INIH_SRC=${WORKDIR}/inih-${INIH} \
    PREFIX=${prefix} SBINDIR=${sbindir} MANDIR=${mandir} TMPFILES_DIR=${nonarch_libdir}/tmpfiles.d \
    'SYSTEMD_UNIT_DIR=${@bb.utils.contains("DISTRO_FEATURES", "systemd", d.getVar("systemd_system_unitdir"), "", d)}' \
"
INHIBIT_PACKAGE_STRIP = "1"
INSANE_SKIP:${PN} += "already-stripped ldflags"

do_install() {
    oe_runmake 'DESTDIR=${D}' install
}

# Nothing to enable: what starts kubelet starts the unit.
FILES:${PN} += "${systemd_system_unitdir} ${nonarch_libdir}/tmpfiles.d"
