/* SPDX-License-Identifier: Apache-2.0 */
/* Which old files are kept, and what is set aside under which name. */
#include "pem_samples.h"
#include "scripted_transport.h"

/* The dated files there are, by their years, in order: "2025 2026". */
static void assert_years(const char *label, const char *expected)
{
	BUFFER(years, 1024);

	for (int year = 2000; year < 2100; year++) {
		const char *name = script_text("kubelet-client-%d-01-01-00-00-00.pem", year);
		if (memory_disk_find(&machine.cert_dir, name) != NULL) {
			buffer_format(&years, "%s%d", years.len > 0 ? " " : "", year);
		}
	}
	assert_text(label, buffer_view(&years), expected);
}

static void add_year(int year)
{
	const struct put put = {script_text("kubelet-client-%d-01-01-00-00-00.pem", year), EXPIRED, NULL};

	sample_put(&put);
}

TEST(the_newest_two_beside_the_current_file_are_kept)
{
	static const struct {
		const char *label;
		int years[8];
		const char *kept;
	} rows[] = {
		{"none", {0}, ""},
		{"one", {2020}, "2020"},
		{"two", {2021, 2020}, "2020 2021"},
		{"three", {2020, 2021, 2022}, "2021 2022"},
		{"three, in another order", {2022, 2020, 2021}, "2021 2022"},
		{"six", {2023, 2021, 2025, 2020, 2024, 2022}, "2024 2025"},
		{"newer than the new one", {2031, 2020, 2030, 2021}, "2030 2031"},
	};

	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		machine.cert_dir.lists_backwards = i % 2 == 1;
		for (size_t j = 0; rows[i / 2].years[j] != 0; j++) {
			add_year(rows[i / 2].years[j]);
		}
		assert_int_equal(machine_run(), MACHINE_DONE);
		assert_years(rows[i / 2].label, rows[i / 2].kept);
		assert_non_null(memory_disk_find(&machine.cert_dir, MACHINE_NEW));
		machine_expect_valid(rows[i / 2].label);
	}
}

TEST(the_current_file_is_kept_however_old_it_is)
{
	machine_add_pem("kubelet-client-2019-01-01-00-00-00.pem", 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link("kubelet-client-2019-01-01-00-00-00.pem");
	for (int year = 2020; year < 2026; year++) {
		add_year(year);
	}
	assert_int_equal(machine_run(), MACHINE_DONE); /* kubelet.conf is missing */
	assert_years("kept", "2019 2024 2025");
	machine_expect_valid("kept");
}

TEST(files_of_other_names_are_never_removed)
{
	static const char *const names[] = {"kubelet.crt",
					    "kubelet-server-2020-01-01-00-00-00.pem",
					    "kubelet-client-2020-01-01-00-00-00.pem.corrupt-2021-01-01-00-00-00",
					    "kubelet-client-2020.pem",
					    "ca.crt",
					    "lost+found"};

	for (size_t i = 0; i < COUNT(names); i++) {
		(void)memory_disk_add_file(&machine.cert_dir, names[i], view_of("x"));
	}
	for (int year = 2020; year < 2026; year++) {
		add_year(year);
	}
	assert_int_equal(machine_run(), MACHINE_DONE);
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_row(names[i], memory_disk_find(&machine.cert_dir, names[i]) != NULL);
	}
	assert_years("others", "2024 2025");
}

TEST(an_old_file_that_cannot_be_removed_is_no_reason_to_fail)
{
	static const char old[] = "kubelet-client-2020-01-01-00-00-00.pem";

	add_year(2021);
	add_year(2022);
	memory_disk_add_other(&machine.cert_dir, old);
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_non_null(memory_disk_find(&machine.cert_dir, old));
}

TEST(more_files_than_kubelet_ever_leaves_are_dealt_with)
{
	for (int year = 2000; year < 2080; year++) {
		add_year(year);
	}
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_years("80", "2078 2079");
	machine_expect_valid("80");
}

/* The contract of install_links(): ".corrupt-" where a file was damaged, ".replaced-" where it was something else. */
TEST(nothing_that_was_in_the_way_is_lost)
{
	struct view whole = machine_kubeconfig();
	const struct {
		const char *label;
		struct put put;
		struct view kubeconfig;
		const char *aside;
	} rows[] = {
		{"empty, for the link", {INSPECT_CURRENT, EMPTY, 0}, {0}, INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00\n"},
		{"key cut off, for the link", {INSPECT_CURRENT, KEY_CUT_OFF, 0}, {0}, INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00\n"},
		{"expired, for the link", {INSPECT_CURRENT, EXPIRED, 0}, {0}, INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00\n"},
		{"of another node, for the link", {INSPECT_CURRENT, OTHER_NODE, 0}, {0}, INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00\n"},
		{"a directory, for the link", {INSPECT_CURRENT, DIRECTORY, 0}, {0}, INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00/\n"},
		{"a kubeconfig cut off", {0}, {whole.data, whole.len / 2}, "kubelet.conf.replaced-2027-11-24-08-00-00\n"},
		{"another kubeconfig",
		 {0},
		 view_of("apiVersion: v1\nkind: Config\nusers: null\n"),
		 "kubelet.conf.replaced-2027-11-24-08-00-00\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		sample_put(&rows[i].put);
		if (rows[i].kubeconfig.len > 0) {
			(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, rows[i].kubeconfig);
		}
		assert_row(rows[i].label, machine_run() == MACHINE_DONE);
		if (strstr(machine_names(), rows[i].aside) == NULL) {
			fail_msg("in \"%s\": no %sin\n%s", rows[i].label, rows[i].aside, machine_names());
		}
		machine_expect_valid(rows[i].label);
	}
}

TEST(a_name_of_any_length_is_set_aside)
{
	for (size_t len = 180; len < FILE_NAME_LIMIT; len++) {
		char name[FILE_NAME_LIMIT];
		char path[PATH_LIMIT];

		assert_int_equal(machine_fixture_setup(NULL), 0);
		memset(name, 'k', len);
		name[len] = '\0';
		text_format(path, sizeof path, "%s/%s", MACHINE_KUBECONFIG_DIR, name);
		machine_set_config(script_text("%s[output]\nkubeconfig = %s\n", fake_host_state.files[0].content.data, path));
		for (size_t times = 0; times < 3; times++) {
			(void)memory_disk_add_file(&machine.kubeconfig_dir, name, view_of("apiVersion: v1\nkind: Config\nusers: null\n"));
			assert_int_equal(machine_run(), MACHINE_DONE);
			assert_int_equal(memory_disk_count(&machine.kubeconfig_dir), times + 2);
		}
		(void)memory_disk_add_file(&machine.cert_dir, name, view_of(""));
		machine_add_link(name);
		assert_int_equal(machine_run(), MACHINE_DONE);
		assert_non_null(memory_disk_find(&machine.cert_dir, name)); /* it is none of ours: it stays */
	}
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, machine_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(the_newest_two_beside_the_current_file_are_kept),
		IN_FIXTURE(the_current_file_is_kept_however_old_it_is),
		IN_FIXTURE(files_of_other_names_are_never_removed),
		IN_FIXTURE(an_old_file_that_cannot_be_removed_is_no_reason_to_fail),
		IN_FIXTURE(more_files_than_kubelet_ever_leaves_are_dealt_with),
		IN_FIXTURE(nothing_that_was_in_the_way_is_lost),
		IN_FIXTURE(a_name_of_any_length_is_set_aside),
	};
	return RUN("install_names", tests);
}
