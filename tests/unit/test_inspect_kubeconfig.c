/* SPDX-License-Identifier: Apache-2.0 */
/* What is judged beside the certificate: kubelet.conf, what is left over, a disk that fails, the names of files. */
#include "machine_fixture.h"
#include "scripted_transport.h"

static int look(void)
{
	memset(&machine.bootstrap, 0, sizeof machine.bootstrap);
	machine.bootstrap.options = &machine.options;
	machine.bootstrap.platform = &machine.platform;
	machine.power.operations = 0;
	assert_int_equal(bootstrap_load(&machine.bootstrap, &machine.err), 0);
	return bootstrap_look(&machine.bootstrap, &machine.err);
}

static int with_a_good_certificate(void **state)
{
	(void)machine_fixture_setup(state); /* gives 0 */
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	return 0;
}

TEST(a_kubeconfig_that_is_not_as_it_must_be_is_to_be_replaced)
{
	struct view whole = machine_kubeconfig();
	const char *text = script_text("%.*s", (int)whole.len, whole.data);
	const char *other = script_text("%.*s/etc/other.pem\n", (int)(strstr(text, "client-key: ") + 12 - text), text);
	const struct {
		const char *label;
		struct view content;
		bool is_ours;
	} rows[] = {
		{"ours", whole, true},
		{"another key", view_of(other), false},
		{"empty", {"", 0}, false},
		{"cut off in its middle", {text, whole.len / 2}, false},
		{"without its last byte", {text, whole.len - 1}, false},
		{"kubeadm's, with a token",
		 view_of("apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n"), false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, rows[i].content);
		assert_row(rows[i].label, look() == 0);
		assert_row(rows[i].label, machine.bootstrap.found.has_kubeconfig == rows[i].is_ours);
		assert_row(rows[i].label, machine.bootstrap.found.kubeconfig_is_taken);
		assert_row(rows[i].label, machine.bootstrap.found.verdict == (rows[i].is_ours ? INSPECT_VALID : INSPECT_REPAIR));
		assert_row(rows[i].label, (machine.bootstrap.found.reason[0] == '\0') == rows[i].is_ours);
	}
}

TEST(a_kubeconfig_that_is_missing_is_to_be_written)
{
	assert_int_equal(look(), 0);
	assert_false(machine.bootstrap.found.has_kubeconfig || machine.bootstrap.found.kubeconfig_is_taken);
	assert_int_equal(machine.bootstrap.found.verdict, INSPECT_REPAIR);
	assert_string_equal(machine.bootstrap.found.reason, "/etc/kubernetes/kubelet.conf does not exist");
}

TEST(what_is_no_kubeconfig_is_refused_and_never_replaced)
{
	char large[KUBECONFIG_LIMIT + 1];
	const struct {
		const char *label;
		struct view content;
		const char *cause;
	} rows[] = {
		{"KubeletConfiguration", view_of("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
		 "it is not a kubeconfig; move it away"},
		{"too large", {large, sizeof large}, "it is larger than 32767 bytes; move it away"},
		{"shell", view_of("#!/bin/sh\nexit 0\n"), "it is not a kubeconfig; move it away"},
	};

	memset(large, ' ', sizeof large);
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, rows[i].content);
		assert_row(rows[i].label, look() == -1);
		assert_error(rows[i].label, &machine.err, ERROR_DISK, "cannot replace /etc/kubernetes/kubelet.conf: it is ");
		assert_error(rows[i].label, &machine.err, ERROR_DISK, rows[i].cause);
	}
}

TEST(a_kubeconfig_that_is_no_file_is_refused)
{
	memory_disk_add_link(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, "/run/kubelet.conf");
	assert_int_equal(look(), -1);
	assert_error("symlink", &machine.err, ERROR_DISK, "cannot write /etc/kubernetes/kubelet.conf: it is a symlink");
	memory_disk_add_other(&machine.kubeconfig_dir, MACHINE_KUBECONFIG);
	assert_int_equal(look(), -1);
	assert_error("directory", &machine.err, ERROR_DISK, "it is a directory or device");
}

TEST(a_kubeconfig_behind_a_symlink_is_as_good)
{
	memory_disk_add_link(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, "/srv/kubelet.conf");
	fake_host_add_file(MACHINE_KUBECONFIG_DIR "/" MACHINE_KUBECONFIG, machine_kubeconfig());
	assert_int_equal(look(), 0);
	assert_int_equal(machine.bootstrap.found.verdict, INSPECT_VALID);
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.power.changes, 0);
}

TEST(a_key_that_is_left_over_is_seen)
{
	machine_add_kubeconfig();
	(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, view_of(""));
	assert_int_equal(look(), 0);
	assert_true(machine.bootstrap.found.has_leftover_key);
	assert_int_equal(machine.bootstrap.found.verdict, INSPECT_VALID);
}

TEST(a_disk_that_fails_anywhere_is_an_error_or_one_candidate_less)
{
	machine_add_kubeconfig();
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S - 1); /* expired, so that the others are looked at too */
	machine_add_pem(MACHINE_NEW, 1, MACHINE_NOW_S + 1);
	assert_int_equal(look(), 0);
	size_t operations = machine.power.operations;

	size_t errors = 0;

	assert_true(operations >= 10);
	for (size_t i = 1; i <= operations; i++) {
		machine.power.fail_at = i;
		(void)error_set(&machine.err, ERROR_USAGE, "%s", "NOT SET");
		if (look() != 0) {
			assert_error("any", &machine.err, ERROR_DISK, "Input/output error");
			errors++;
		} else {
			assert_int_not_equal(machine.bootstrap.found.verdict, INSPECT_VALID);
		}
	}
	assert_true(errors >= 6);
}

TEST(a_file_that_cannot_be_read_is_an_error_and_not_damage)
{
	memory_disk_find(&machine.cert_dir, MACHINE_OLD)->read_result = DISK_FAILED;
	assert_int_equal(look(), -1);
	assert_error("pem", &machine.err, ERROR_DISK, "cannot read /var/lib/kubelet/pki/" MACHINE_OLD);
}

TEST(names_of_dated_files_are_known)
{
	static const struct {
		const char *name;
		bool is_dated;
	} names[] = {
		{"kubelet-client-2027-11-24-08-00-00.pem", true},
		{"kubelet-client-0000-00-00-00-00-00.pem", true},
		{"kubelet-client-current.pem", false},
		{"kubelet-client-2027-11-24-08-00-0.pem", false},
		{"kubelet-client-2027-11-24-08-00-000.pem", false},
		{"kubelet-client-2027-11-24-08-00-00.pem.corrupt", false},
		{"kubelet-server-2027-11-24-08-00-00.pem", false},
		{"kubelet-client-2027-11-24-08-00-00", false},
		{"kubelet-client-2027-11-24-08-00-0a.pem", false},
		{"kubelet-client-2027_11-24-08-00-00.pem", false},
		{"", false},
		{"kubelet-client-dddd-dd-dd-dd-dd-dd.pem", false},
		{"akubelet-client-2027-11-24-08-00-00.pem", false},
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct view name = support_exact((struct view){names[i].name, strlen(names[i].name) + 1});
		assert_row(names[i].name, inspect_is_dated(name.data) == names[i].is_dated);
	}
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, with_a_good_certificate)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_kubeconfig_that_is_not_as_it_must_be_is_to_be_replaced),
		IN_FIXTURE(a_kubeconfig_that_is_missing_is_to_be_written),
		IN_FIXTURE(what_is_no_kubeconfig_is_refused_and_never_replaced),
		IN_FIXTURE(a_kubeconfig_that_is_no_file_is_refused),
		IN_FIXTURE(a_kubeconfig_behind_a_symlink_is_as_good),
		IN_FIXTURE(a_key_that_is_left_over_is_seen),
		IN_FIXTURE(a_disk_that_fails_anywhere_is_an_error_or_one_candidate_less),
		IN_FIXTURE(a_file_that_cannot_be_read_is_an_error_and_not_damage),
		IN_FIXTURE(names_of_dated_files_are_known),
	};
	return RUN("inspect_kubeconfig", tests);
}
