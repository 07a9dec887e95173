/* SPDX-License-Identifier: Apache-2.0 */
/* Files as src/host.h describes them, on the disk of this machine. */
#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "landlock.h"
#include "support.h"

static char root[64]; /* a directory of its own for each test */

static const char *inside(const char *path)
{
	static char whole[32][256];
	static size_t turn;
	char *text = whole[turn++ % 32];

	(void)snprintf(text, sizeof whole[0], "%s%s", root, path);
	return text;
}

static void make_file(const char *path, const char *content, mode_t mode)
{
	int fd = open(inside(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static bool is_there(const char *path)
{
	return access(inside(path), F_OK) == 0;
}

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof root, "/tmp/test-files-XXXXXX");
	assert_non_null(mkdtemp(root));
	assert_int_equal(mkdir(inside("/etc"), 0755), 0);
	assert_int_equal(mkdir(inside("/other"), 0755), 0);
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TEST(a_file_is_removed_and_a_missing_one_is_no_error)
{
	struct error err;

	make_file("/etc/token", "secret", 0600);
	assert_int_equal(files_remove("", inside("/etc/token"), &err), 0);
	assert_false(is_there("/etc/token"));
	assert_int_equal(files_remove("", inside("/etc/token"), &err), 0);
	assert_int_equal(files_remove("", inside("/nowhere/token"), &err), 0);
	make_file("/etc/token", "secret", 0600);
	assert_int_equal(files_remove(root, "/etc/token", &err), 0);
	assert_false(is_there("/etc/token"));
}

TEST(what_cannot_be_removed_is_an_error_that_says_why)
{
	struct error err;

	assert_int_equal(files_remove(root, "/etc", &err), -1);
	assert_error("a directory", &err, ERROR_DISK, inside("/etc: Is a directory"));
	make_file("/file", "", 0600);
	assert_int_equal(files_remove(root, "/file/token", &err), -1);
	assert_error("below a file", &err, ERROR_DISK, "cannot remove ");
}

TEST(a_link_out_of_the_root_leads_to_no_other_file)
{
	struct error err;

	make_file("/other/token", "of the machine that prepares the image", 0600);
	assert_int_equal(symlink(inside("/other"), inside("/etc/link")), 0);
	/* There is none inside. qemu-user has no openat2(2): there no link is followed at all. */
	assert_int_equal(files_remove(root, "/etc/link/token", &err), support_is_emulated() ? -1 : 0);
	assert_true(is_there("/other/token"));
}

TEST(a_link_is_removed_itself_not_what_it_leads_to)
{
	struct error err;

	make_file("/other/token", "secret", 0600);
	assert_int_equal(symlink("../other/token", inside("/etc/token")), 0);
	assert_int_equal(files_remove(root, "/etc/token", &err), 0);
	assert_int_equal(readlink(inside("/etc/token"), (char[8]){0}, 8), -1);
	assert_true(is_there("/other/token"));
}

TEST(the_permission_bits_come_with_the_content)
{
	static const struct {
		const char *path;
		mode_t mode;
	} rows[] = {{"/etc/a", 0600}, {"/etc/b", 0644}, {"/etc/c", 04750}};
	struct error err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(content, 64);
		unsigned int mode = 0;
		make_file(rows[i].path, rows[i].path, rows[i].mode);
		assert_int_equal(files_read(root, rows[i].path, &content, &mode, &err), HOST_READ_OK);
		assert_text(rows[i].path, buffer_view(&content), rows[i].path);
		assert_int_equal(mode, rows[i].mode);
	}
}

TEST(a_credential_lies_in_the_directory_that_the_service_manager_names)
{
	char long_path[PATH_LIMIT + 1] = "";
	const struct {
		const char *label;
		const char *directory; /* NULL: the variable is not set */
		const char *name;
		enum host_read result;
	} rows[] = {
		{"the directory", inside("/etc"), "kubelet-bootstrap.token", HOST_READ_OK},
		{"another name", inside("/etc"), "kubelet-bootstrap.other", HOST_READ_MISSING},
		{"another directory", inside("/other"), "kubelet-bootstrap.token", HOST_READ_MISSING},
		{"no variable", NULL, "kubelet-bootstrap.token", HOST_READ_MISSING},
		{"an empty variable", "", "kubelet-bootstrap.token", HOST_READ_MISSING},
		{"a relative path", "etc", "kubelet-bootstrap.token", HOST_READ_MISSING},
		{"a path that is too long", long_path, "kubelet-bootstrap.token", HOST_READ_MISSING},
	};
	struct error err;

	make_file("/etc/kubelet-bootstrap.token", "secret", 0400);
	memset(long_path, '/', PATH_LIMIT - 20);
	memcpy(long_path + PATH_LIMIT - 20 - strlen(inside("/etc")), inside("/etc"), strlen(inside("/etc")));
	assert_int_equal(chdir(root), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(content, 64);
		err.text[0] = '\0';
		assert_int_equal(rows[i].directory != NULL ? setenv("CREDENTIALS_DIRECTORY", rows[i].directory, 1)
							   : unsetenv("CREDENTIALS_DIRECTORY"),
				 0);
		assert_row(rows[i].label, files_read_credential(rows[i].name, &content, &err) == rows[i].result);
		assert_text(rows[i].label, buffer_view(&content), rows[i].result == HOST_READ_OK ? "secret" : "");
		assert_row(rows[i].label, rows[i].result == HOST_READ_OK || strstr(err.text, rows[i].name) != NULL);
	}
	assert_int_equal(chdir("/"), 0);
}

/* The number of what went wrong, in a process of its own: nobody gets out of Landlock. */
static int look_from_inside(void)
{
	const char *removed = inside("/etc/token");
	const struct landlock_paths paths = {
		.root = root, .cert_dir = "/none", .kubeconfig_dir = "/none", .kubeconfig_file = "/none", .removed = {"/etc/token", NULL}};
	struct error err;

	landlock_enter(&paths);
	if (files_remove(root, "/other/token", &err) != -1 || strstr(err.text, "Permission denied") == NULL) {
		return 2;
	}
	if (open(removed, O_RDONLY | O_CLOEXEC) >= 0 || open(removed, O_WRONLY | O_CLOEXEC) >= 0) {
		return 3;
	}
	if (files_remove(root, "/etc/token", &err) != 0) {
		return 4;
	}
	return 0;
}

TEST(once_locked_in_it_removes_what_it_may_and_reads_nothing)
{
	int status = -1;

	make_file("/etc/token", "secret", 0600);
	make_file("/other/token", "secret", 0600);
	if (syscall(444, NULL, 0, 1) < 1) {                                 /* landlock_create_ruleset(2): the version */
		assert_true(support_is_emulated() || getenv("CI") == NULL); /* there everything has to be there */
		skip();
	}
	pid_t child = fork();
	if (child == 0) {
		_exit(look_from_inside());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_false(is_there("/etc/token"));
	assert_true(is_there("/other/token"));
}

#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOT(a_file_is_removed_and_a_missing_one_is_no_error),
		IN_ROOT(what_cannot_be_removed_is_an_error_that_says_why),
		IN_ROOT(a_link_out_of_the_root_leads_to_no_other_file),
		IN_ROOT(a_link_is_removed_itself_not_what_it_leads_to),
		IN_ROOT(the_permission_bits_come_with_the_content),
		IN_ROOT(a_credential_lies_in_the_directory_that_the_service_manager_names),
		IN_ROOT(once_locked_in_it_removes_what_it_may_and_reads_nothing),
	};

	return RUN("files", tests);
}
