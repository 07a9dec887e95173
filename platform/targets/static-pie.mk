# SPDX-License-Identifier: Apache-2.0
#
# Not a target: how every target links a static, position independent program with musl. Needs MUSL_LIB, the folder with musl's
# rcrt1.o, and CC.
#
#   $(CC) $(TARGET_CFLAGS) -c ...
#   $(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) $(TARGET_START) objects $(TARGET_END) -o ...
#
# The start files are named one by one. The specs of musl before 1.2.4 know no -static-pie: with it they link Scrt1.o, which expects
# a dynamic linker to relocate the program, and an INTERP header; such a program dies at its first relocated pointer. rcrt1.o
# relocates itself. crtbegin and crtend serve C++ and unwinding, and are left out.
# RELRO: musl 1.2.3 does not act upon the header in a static program; whoever wants it in force calls mprotect (GNU_RELRO in the
# program headers says what).
# No packed relocations (-z pack-relative-relocs): rcrt1.o of musl 1.2.3 cannot apply them.

TARGET_CFLAGS += -fPIE
TARGET_LDFLAGS += -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text
TARGET_START = $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o
TARGET_END = $(MUSL_LIB)/crtn.o
