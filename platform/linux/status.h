/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is: statx(2), Linux 4.11. The same call on every architecture, and its seconds have 64 bits on every one. */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>

/* linux/stat.h */
struct status_time {
	int64_t s;
	uint32_t ns;
	int32_t unused;
};

struct status {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t links;
	uint32_t owner;
	uint32_t group;
	uint16_t mode; /* type and permissions, as in struct stat */
	uint16_t unused;
	uint64_t inode;
	uint64_t size;
	uint64_t blocks;
	uint64_t attributes_mask;
	struct status_time accessed, born, changed, modified;
	uint32_t special_major, special_minor;
	uint32_t device_major, device_minor;
	uint64_t later[14]; /* what newer kernels fill in */
};

/* As fstatat(2): 0, or -1 with errno. */
int status_read(struct status *status, int fd, const char *path, int flags) __attribute__((warn_unused_result));

#endif
