/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a harness over files and the files of folders, without libFuzzer: for every compiler and sanitizer there is.
 *
 *   fuzz_NAME FILE|FOLDER...
 *
 * Each file has a process of its own, so that a finding does not hide the next. Prints "FAILED - FILE" for each finding; the last line
 * is "N passed, N failed". Exit status 1 when one failed or there was none.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define PATH_MAX_LEN 4096
#define TIMEOUT_S    20 /* for one file; on the slowest machine with every sanitizer */

static unsigned int passed;
static unsigned int failed;

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* Read a file into memory of exactly its size. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
		give_up(path);
	}
	*size = (size_t)ftell(file);
	rewind(file);
	uint8_t *data = malloc(*size);
	if (data == NULL || fread(data, 1, *size, file) != *size) {
		give_up(path);
	}
	(void)fclose(file); /* read only: nothing is lost */
	return data;
}

static _Noreturn void run(const char *path)
{
	size_t size;
	uint8_t *data = read_file(path, &size);

	(void)alarm(TIMEOUT_S);
	(void)LLVMFuzzerTestOneInput(data, size); /* gives 0 */
	free(data);
	exit(0);
}

static void replay(const char *path)
{
	int status = -1;

	(void)fflush(stdout); /* the child must not print it again */
	pid_t child = fork();
	if (child == 0) {
		run(path);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		give_up(path);
	}
	if (status == 0) {
		passed++;
	} else {
		printf("FAILED - %s\n", path);
		failed++;
	}
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_shown, alphasort);

	if (count < 0 && errno == ENOTDIR) {
		replay(folder);
		return;
	}
	if (count < 0) {
		give_up(folder);
	}
	for (int at = 0; at < count; at++) {
		char path[PATH_MAX_LEN];
		(void)snprintf(path, sizeof path, "%s/%s", folder, entries[at]->d_name);
		replay(path);
		free(entries[at]);
	}
	free(entries);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		replay_folder(argv[i]);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}
