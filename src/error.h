/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error is a value: a class that is the exit status, and one line for a person.
 *
 * It is made where the fault is known, gains context on the way up, and is printed once, by main. Functions that can fail return 0
 * or -1 and take `struct error *` last; it is written only when they return -1.
 */
#ifndef ERROR_H
#define ERROR_H

#include "sizes.h"

/* The exit status contract (README.md, "Exit status"); the values are those of sysexits.h. */
enum error_class {
	ERROR_USAGE = 64,       /* wrong command line */
	ERROR_UNREACHABLE = 69, /* no API server answered before the deadline; trying again may help */
	ERROR_INTERNAL = 70,    /* no memory in the arena, no random numbers from the kernel, or a bug */
	ERROR_DISK = 73,        /* cannot read or write the disk */
	ERROR_PENDING = 75,     /* the request stands, or another run is at work; the next run goes on from there */
	ERROR_UNTRUSTED = 76,   /* the server's identity could not be verified, or it spoke nonsense */
	ERROR_REFUSED = 77,     /* the cluster said no */
	ERROR_CONFIG = 78,      /* a person must change the configuration */
};

struct error {
	enum error_class class;
	char text[ERROR_TEXT_LIMIT]; /* "cannot <verb> <object>: <cause>", no trailing newline */
};

/* Fill `err` and return -1, so that `return error_set(...)` is one line. Conversions: see buffer_format(). Long text is cut. */
int error_set(struct error *err, enum error_class class, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "<context>: " in front of the text of `err` and return -1. The class stays. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
