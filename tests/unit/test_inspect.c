/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in cert-dir, and what is made of it. kubelet.conf: test_inspect_kubeconfig.c. */
#include "pem_samples.h"

#define OLDEST "kubelet-client-2025-11-24-08-00-00.pem"
#define OLDER  "kubelet-client-2026-01-01-00-00-00.pem"

#define CURRENT INSPECT_CURRENT
/* One state, one line. */
/* clang-format off */
#define TO(name) {CURRENT, LINK_ABSOLUTE, name}

static const struct {
	const char *label;
	struct put puts[4];
	enum inspect_verdict verdict;
	const char *pem_name;
	bool is_linked;
	bool link_is_taken;
	const char *damaged_name;
	const char *reason;
} rows[] = {
	{"an empty directory", {{0}}, INSPECT_ENROLL, "", false, false, "", "kubelet-client-current.pem does not exist"},
	{"all well", {{MACHINE_OLD, GOOD, 0}, TO(MACHINE_OLD)}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"a relative link", {{MACHINE_OLD, GOOD, 0}, {CURRENT, LINK, MACHINE_OLD}}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"a name without a date", {{"node.pem", GOOD, 0}, TO("node.pem")}, INSPECT_VALID, "node.pem", true, false, "", ""},
	{"it expires this second", {{MACHINE_OLD, GOOD_TO_THE_SECOND, 0}, TO(MACHINE_OLD)}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"not valid yet: the clock may be behind", {{MACHINE_OLD, NOT_YET_VALID, 0}, TO(MACHINE_OLD)}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"a newer file beside the current one", {{MACHINE_OLD, GOOD, 0}, TO(MACHINE_OLD), {MACHINE_NEW, GOOD_LONGER, 0}}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"an interrupted swap beside the current one", {{MACHINE_OLD, GOOD, 0}, TO(MACHINE_OLD), {INSPECT_UPDATED, LINK, MACHINE_NEW}}, INSPECT_VALID, MACHINE_OLD, true, false, "", ""},
	{"a file in the place of kubelet's temporary link", {{MACHINE_OLD, GOOD, 0}, TO(MACHINE_OLD), {INSPECT_UPDATED, EMPTY, 0}}, INSPECT_REPAIR, MACHINE_OLD, true, false, "", "kubelet-client-updated.pem is not a symlink: kubelet could not renew"},
	{"a directory in the place of kubelet's temporary link", {{MACHINE_OLD, GOOD, 0}, TO(MACHINE_OLD), {INSPECT_UPDATED, DIRECTORY, 0}}, INSPECT_REPAIR, MACHINE_OLD, true, false, "", "is not a symlink"},
	{"for a key of another kind", {{MACHINE_OLD, OTHER_KIND, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "is for a key of another kind than P-256"},
	{"expired", {{MACHINE_OLD, EXPIRED, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", MACHINE_OLD " is expired"},
	{"of another node", {{MACHINE_OLD, OTHER_NODE, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "is for another node or organization"},
	{"of another organization", {{MACHINE_OLD, OTHER_ORGANIZATION, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "is for another node or organization"},
	{"with more in its subject", {{MACHINE_OLD, MORE_NAMES, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "is for another node or organization"},
	{"not for clients", {{MACHINE_OLD, NOT_FOR_CLIENTS, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "is not for client authentication"},
	{"another key", {{MACHINE_OLD, KEY_OF_ANOTHER, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "holds a key that does not fit"},
	{"key cut off", {{MACHINE_OLD, KEY_CUT_OFF, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"no certificate", {{MACHINE_OLD, KEY_ONLY, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"key out of range", {{MACHINE_OLD, KEY_OUT_OF_RANGE, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"empty", {{MACHINE_OLD, EMPTY, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"zeros", {{MACHINE_OLD, ZEROS, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"garbage", {{MACHINE_OLD, GARBAGE, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"too large", {{MACHINE_OLD, TOO_LARGE, 0}, TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, MACHINE_OLD, "is damaged"},
	{"expired, with a newer good one", {{MACHINE_OLD, EXPIRED, 0}, TO(MACHINE_OLD), {MACHINE_NEW, GOOD, 0}}, INSPECT_REPAIR, MACHINE_NEW, false, false, "", "is expired"},
	{"damaged, with an older good one", {{MACHINE_OLD, KEY_CUT_OFF, 0}, TO(MACHINE_OLD), {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, MACHINE_OLD, "is damaged"},
	{"a dangling link", {{OLDER, GOOD, 0}, TO(MACHINE_OLD)}, INSPECT_REPAIR, OLDER, false, false, "", "leads to " MACHINE_OLD ", which does not exist"},
	{"a dangling link and nothing else", {TO(MACHINE_OLD)}, INSPECT_ENROLL, "", false, false, "", "does not exist"},
	{"no link", {{OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "kubelet-client-current.pem does not exist"},
	{"an interrupted swap without current", {{OLDER, GOOD, 0}, {INSPECT_UPDATED, LINK, OLDER}}, INSPECT_REPAIR, OLDER, false, false, "", "does not exist"},
	{"three files, the longest counts", {{OLDEST, GOOD_LONGER, 0}, {OLDER, GOOD, 0}, {MACHINE_OLD, EXPIRED, 0}}, INSPECT_REPAIR, OLDEST, false, false, "", ""},
	{"a link to itself", {{CURRENT, LINK, CURRENT}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "is not a file"},
	{"a link to a link", {{"a.pem", LINK, OLDER}, TO("a.pem"), {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "leads to a.pem, which is not a file"},
	{"a link to a directory", {{"a", DIRECTORY, 0}, TO("a"), {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "leads to a, which is not a file"},
	{"a link out of the directory", {{CURRENT, LINK, "/etc/kubernetes/admin.pem"}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "leads to /etc/kubernetes/admin.pem, where no certificate is kept"},
	{"a link up and down again", {{CURRENT, LINK, "../pki/" OLDER}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "where no certificate is kept"},
	{"a link to a directory of a longer name", {{CURRENT, LINK, MACHINE_CERT_DIR "2/" OLDER}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "where no certificate is kept"},
	{"a link to a file beside the directory", {{CURRENT, LINK, MACHINE_CERT_DIR "-" OLDER}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "where no certificate is kept"},
	{"a link to a directory below", {{CURRENT, LINK, MACHINE_CERT_DIR "/a/" OLDER}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "where no certificate is kept"},
	{"a link to the directory itself", {{CURRENT, LINK, MACHINE_CERT_DIR "/"}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", "where no certificate is kept"},
	{"a link to ..", {{CURRENT, LINK, ".."}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", ""},
	{"a regular file that is good", {{CURRENT, GOOD, 0}}, INSPECT_REPAIR, CURRENT, false, true, "", "is not a symlink"},
	{"a regular file that is good, and a better one", {{CURRENT, GOOD, 0}, {OLDER, GOOD_LONGER, 0}}, INSPECT_REPAIR, OLDER, false, true, "", "is not a symlink"},
	{"a regular file that is expired", {{CURRENT, EXPIRED, 0}}, INSPECT_ENROLL, "", false, true, "", "is not a symlink"},
	{"a regular file that is empty", {{CURRENT, EMPTY, 0}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, true, "", "is not a symlink"},
	{"a directory in the place of the link", {{CURRENT, DIRECTORY, 0}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, true, "", "is not a symlink"},
	{"a good file of another name", {{"node.pem", GOOD, 0}, {MACHINE_OLD ".corrupt-2026-11-24-08-00-00", GOOD, 0}}, INSPECT_ENROLL, "", false, false, "", "does not exist"},
	{"a good file of kubelet's temporary name", {{INSPECT_UPDATED, GOOD, 0}}, INSPECT_REPAIR, INSPECT_UPDATED, false, false, "", "does not exist"},
	{"a link to a good file of kubelet's temporary name", {{INSPECT_UPDATED, GOOD, 0}, TO(INSPECT_UPDATED)}, INSPECT_REPAIR, INSPECT_UPDATED, false, false, "", "where no certificate is kept"},
	{"a link to a damaged file that is none of ours", {{"ca.crt", GARBAGE, 0}, TO("ca.crt")}, INSPECT_ENROLL, "", false, false, "", "is damaged"},
	{"a link of a dated name", {{"node.pem", GOOD, 0}, {MACHINE_OLD, LINK, "node.pem"}}, INSPECT_ENROLL, "", false, false, "", "does not exist"},
	{"a dated directory", {{MACHINE_OLD, DIRECTORY, 0}, {OLDER, GOOD, 0}}, INSPECT_REPAIR, OLDER, false, false, "", ""},
};
/* clang-format on */

TEST(every_state_of_the_directory_is_judged_and_nothing_is_written)
{
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		const char *label = rows[i / 2].label;
		const struct inspection *found = &machine.bootstrap.found;

		assert_int_equal(machine_fixture_setup(NULL), 0);
		machine.cert_dir.lists_backwards = i % 2 == 1; /* a directory has no order */
		machine_add_kubeconfig();
		for (size_t j = 0; j < COUNT(rows[0].puts); j++) {
			sample_put(&rows[i / 2].puts[j]);
		}
		machine_look();
		assert_row(label, found->verdict == rows[i / 2].verdict);
		assert_text(label, view_of(found->pem_name), rows[i / 2].pem_name);
		assert_row(label, found->is_linked == rows[i / 2].is_linked);
		assert_row(label, found->link_is_taken == rows[i / 2].link_is_taken);
		assert_text(label, view_of(found->damaged_name), rows[i / 2].damaged_name);
		assert_row(label, strstr(found->reason, rows[i / 2].reason) != NULL);
		assert_row(label, found->reason[0] != '\0' || found->verdict == INSPECT_VALID);
		assert_row(label, found->has_kubeconfig && !found->has_leftover_key);
		assert_row(label, found->pem_name[0] == '\0' || strcmp(found->certificate.common_name, "system:node:node-1") == 0);
	}
}

/* Errors: inspect_disk() over a machine whose only certificate is MACHINE_OLD. */
static void expect_error(const char *label, enum error_class class, const char *cause)
{
	struct inspect_place place = {
		.cert_dir = &machine.cert_dir.disk,
		.kubeconfig_dir = &machine.kubeconfig_dir.disk,
		.kubeconfig_name = MACHINE_KUBECONFIG,
		.kubeconfig_path = MACHINE_KUBECONFIG_DIR "/" MACHINE_KUBECONFIG,
		.root = "",
		.host = &fake_host,
		.node_name = "node-1",
		.current_path = MACHINE_CERT_DIR "/" INSPECT_CURRENT,
		.now_s = MACHINE_NOW_S,
		.crypto = &fake_crypto,
	};
	struct inspection found;
	BUFFER(scratch, KUBECONFIG_LIMIT);

	place.scratch = scratch;
	assert_row(label, inspect_disk(&found, &place, &machine.err) == -1);
	assert_error(label, &machine.err, class, cause);
}

TEST(a_file_that_cannot_be_judged_just_now_is_not_taken_for_damaged)
{
	for (size_t is_linked = 0; is_linked <= 1; is_linked++) {
		const char *label = is_linked ? "linked" : "found by its name";
		assert_int_equal(machine_fixture_setup(NULL), 0);
		machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
		if (is_linked) {
			machine_add_link(MACHINE_OLD);
		}
		memory_disk_find(&machine.cert_dir, MACHINE_OLD)->read_result = DISK_FAILED;
		expect_error(label, ERROR_DISK, MACHINE_OLD ": it cannot be read");
		memory_disk_find(&machine.cert_dir, MACHINE_OLD)->read_result = DISK_OK;
		fake_crypto_state.derive_fails = true;
		expect_error(label, ERROR_INTERNAL, "cannot judge " MACHINE_CERT_DIR "/" MACHINE_OLD ": cannot read a key: no luck");
		fake_crypto_state = (struct fake_crypto_state){.read_fails = true};
		expect_error(label, ERROR_INTERNAL, "cannot read a certificate: no luck");
		fake_crypto_state.read_fails = false;
		machine_look();
		assert_row(label, machine.bootstrap.found.verdict != INSPECT_ENROLL);
	}
}

TEST(a_file_whose_content_is_lost_is_damaged)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	memory_disk_find(&machine.cert_dir, MACHINE_OLD)->read_result = DISK_LOST;
	machine_look();
	assert_int_equal(machine.bootstrap.found.verdict, INSPECT_ENROLL);
	assert_string_equal(machine.bootstrap.found.damaged_name, MACHINE_OLD);
}

TEST(a_file_that_cannot_be_read_does_not_matter_where_another_is_good)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_pem(MACHINE_NEW, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	memory_disk_find(&machine.cert_dir, MACHINE_NEW)->read_result = DISK_FAILED;
	machine_look();
	assert_int_equal(machine.bootstrap.found.verdict, INSPECT_REPAIR);
	assert_string_equal(machine.bootstrap.found.pem_name, MACHINE_OLD);
}

TEST(private_keys_are_wiped_from_memory)
{
	struct key key = fake_key(1);
	BUFFER(pem, KEY_PEM_LIMIT);

	key_format_pem(&pem, &key);
	struct view line = {pem.data + strlen("-----BEGIN EC PRIVATE KEY-----\n"), 40};
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		for (size_t j = 0; j < COUNT(rows[0].puts); j++) {
			sample_put(&rows[i].puts[j]);
		}
		machine_look();
		assert_row(rows[i].label, view_find((struct view){(const char *)&machine.bootstrap, sizeof machine.bootstrap}, line.data,
						    line.len) == NULL);
	}
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, machine_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(every_state_of_the_directory_is_judged_and_nothing_is_written),
		IN_FIXTURE(a_file_that_cannot_be_judged_just_now_is_not_taken_for_damaged),
		IN_FIXTURE(a_file_whose_content_is_lost_is_damaged),
		IN_FIXTURE(a_file_that_cannot_be_read_does_not_matter_where_another_is_good),
		IN_FIXTURE(private_keys_are_wiped_from_memory),
	};
	return RUN("inspect", tests);
}
