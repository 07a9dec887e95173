/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs in memory: what they ask for, what they leave behind, and with which error they end. */
#include "exchange_fixture.h"
#include "pem_samples.h"

#define DONE_FILES MACHINE_NEW "\nkubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\nkubelet.conf\n"

static void expect_failure(const char *label, enum error_class class, const char *text)
{
	assert_row(label, machine_run() == MACHINE_FAILED);
	assert_error(label, &machine.err, class, text);
	assert_row(label, fake_host_state.committed_count == 0);
	assert_row(label, strstr(machine.err.text, FIXTURE_SECRET) == NULL);
}

TEST(a_fresh_machine_gets_a_certificate_and_all_files)
{
	machine.cert_dir.exists = machine.kubeconfig_dir.exists = false;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_string_equal(machine_names(), DONE_FILES);
	assert_int_equal(machine.cluster.name_count, 1);
	assert_int_equal(machine.cluster.connections, 1);
	assert_non_null(fake_host_find_line("node-1: certificate valid until 2028-11-23T08:00:00Z, files written"));
	machine_expect_valid("fresh");
}

TEST(a_machine_that_is_valid_is_left_alone)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
	machine.cluster.manner = CLUSTER_IS_DOWN;
	machine.power.is_busy = true; /* not even the lock is asked for */
	machine_set_config("[cluster]\nserver = https://10.0.0.1\ncertificate-authority = /not/there\n"); /* no token, no CA */
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.power.changes, 0);
	assert_int_equal(machine.cluster.connections, 0);
	assert_int_equal(
		fake_host_count_lines(HOST_NOTICE, "node-1: certificate valid until 2028-11-23T08:00:00Z, already valid, nothing to do"),
		1);
}

TEST(a_repair_asks_nobody)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine.cluster.manner = CLUSTER_IS_DOWN;
	machine_set_config("[cluster]\nserver = https://10.0.0.1:6443\ncertificate-authority = /not/there\n");
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.connections, 0);
	assert_non_null(fake_host_find_line("files repaired"));
	assert_int_equal(fake_host_state.committed_count, 1);
	machine_expect_valid("repair");
}

TEST(a_run_that_was_pending_is_resumed_with_the_same_request)
{
	machine.cluster.manner = CLUSTER_KEEPS_WAITING;
	expect_failure("first", ERROR_PENDING, "kubectl certificate approve node-csr-");
	assert_string_equal(machine_names(), "kubelet-client.key.tmp\n");
	expect_failure("second", ERROR_PENDING, "it stands");
	assert_int_equal(fake_host_state.standing_count, 1);
	machine.cluster.manner = CLUSTER_ISSUES;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.name_count, 1);
	assert_string_equal(machine_names(), DONE_FILES);
	machine_expect_valid("resumed");
}

TEST(a_key_that_led_nowhere_is_dropped_and_the_next_run_asks_anew)
{
	static const struct {
		const char *label;
		enum cluster_manner manner;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"denied", CLUSTER_DENIES, ERROR_REFUSED, "it was denied: NotToday"},
		{"failed", CLUSTER_FAILS, ERROR_REFUSED, "it failed: NotToday"},
		{"another key", CLUSTER_ISSUES_FOR_ANOTHER_KEY, ERROR_UNTRUSTED, "holds a key that does not fit its certificate"},
		{"another node", CLUSTER_ISSUES_FOR_ANOTHER_NODE, ERROR_UNTRUSTED, "is for another node or organization"},
		{"expired", CLUSTER_ISSUES_EXPIRED, ERROR_UNTRUSTED, "is expired"},
		{"garbage", CLUSTER_ISSUES_GARBAGE, ERROR_UNTRUSTED, "is damaged"},
		{"garbage behind the certificate", CLUSTER_ISSUES_DAMAGED_CHAIN, ERROR_UNTRUSTED, "is damaged"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		machine.cluster.manner = rows[i].manner;
		expect_failure(rows[i].label, rows[i].class, rows[i].text);
		assert_string_equal(machine_names(), "");
		machine.cluster.manner = CLUSTER_ISSUES;
		assert_row(rows[i].label, machine_run() == MACHINE_DONE);
		assert_row(rows[i].label, machine.cluster.name_count == 2);
		machine_expect_valid(rows[i].label);
	}
}

TEST(a_key_is_kept_when_the_servers_cannot_be_reached)
{
	machine.cluster.manner = CLUSTER_IS_DOWN;
	expect_failure("down", ERROR_UNREACHABLE, "Connection refused");
	assert_string_equal(machine_names(), "kubelet-client.key.tmp\n");
}

#define SERVER  "[cluster]\nserver = https://10.0.0.1:6443\n"
#define CA_FILE "certificate-authority = /etc/ca.crt\n"

TEST(what_is_missing_is_said_before_a_key_is_made)
{
	static const struct {
		const char *label;
		const char *config; /* NULL: none */
		const char *ca;
		const char *token;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"no configuration", NULL, NULL, NULL, ERROR_CONFIG,
		 "cannot read /etc/kubernetes/kubelet-bootstrap.ini: No such file or directory"},
		{"wrong configuration", "server = a\n", NULL, NULL, ERROR_CONFIG, "kubelet-bootstrap.ini:1"},
		{"no token", SERVER CA_FILE, NULL, NULL, ERROR_CONFIG,
		 "cannot request a certificate: no credential in /etc/kubernetes/kubelet-bootstrap.ini: set [bootstrap] token, "
		 "token-file or client-certificate in "},
		{"no token file", SERVER CA_FILE "[bootstrap]\ntoken-file = /etc/token\n", NULL, NULL, ERROR_DISK,
		 "cannot read /etc/token: No such file or directory"},
		{"no token in the file", SERVER CA_FILE "[bootstrap]\ntoken-file = /etc/token\n", NULL, FIXTURE_TOKEN "x\n", ERROR_CONFIG,
		 "cannot read the token in /etc/token: "},
		{"no CA file", SERVER CA_FILE "[bootstrap]\ntoken-file = /etc/token\n", NULL, FIXTURE_TOKEN "\n", ERROR_DISK,
		 "cannot read /etc/ca.crt: No such file or directory"},
		{"no CA in the file", SERVER CA_FILE "[bootstrap]\ntoken-file = /etc/token\n", "nothing", FIXTURE_TOKEN "\n", ERROR_CONFIG,
		 "cannot use /etc/ca.crt: it must hold PEM certificates"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		memset(fake_host_state.files, 0, sizeof fake_host_state.files);
		const char *const files[][2] = {{MACHINE_INI, rows[i].config}, {"/etc/ca.crt", rows[i].ca}, {"/etc/token", rows[i].token}};
		for (size_t j = 0; j < COUNT(files); j++) {
			if (files[j][1] != NULL) {
				fake_host_add_file(files[j][0], view_of(files[j][1]));
			}
		}
		expect_failure(rows[i].label, rows[i].class, rows[i].text);
		assert_row(rows[i].label, machine.power.changes == 0 && machine.cluster.connections == 0);
	}
}

TEST(files_of_the_configuration_are_read_inside_the_root_and_named_without_it)
{
	static const char ca[] = "-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n";
	const struct memory_entry *kubeconfig;

	machine_set_config(SERVER CA_FILE "tls-server-name = api\n[bootstrap]\ntoken-file = /etc/token\n[node]\nname = node-1\n");
	fake_host_add_file("/sysroot/etc/ca.crt", view_of(ca));
	fake_host_add_file("/sysroot/etc/token", view_of(FIXTURE_TOKEN "\n"));
	(void)view_copy(view_of("/sysroot"), machine.options.root, sizeof machine.options.root); /* it fits */
	fake_host_state.node_name = NULL;                                                        /* is not asked for */
	assert_int_equal(machine_run(), MACHINE_DONE);
	kubeconfig = memory_disk_find(&machine.kubeconfig_dir, MACHINE_KUBECONFIG);
	assert_non_null(kubeconfig);
	assert_non_null(view_find(kubeconfig->content, "certificate-authority: /etc/ca.crt\n", 35));
	assert_non_null(view_find(kubeconfig->content, "tls-server-name: api\n", 21));
	assert_null(view_find(kubeconfig->content, "sysroot", 7));
	assert_string_equal(machine_names(), DONE_FILES);
}

TEST(a_host_name_that_no_node_can_have_is_an_error)
{
	fake_host_state.node_name = NULL;
	expect_failure("host name", ERROR_CONFIG, "cannot use the host name");
}

TEST(one_run_at_a_time_may_write)
{
	machine.power.is_busy = true;
	expect_failure("busy", ERROR_PENDING, "another run is at work there");
	assert_int_equal(machine.power.changes, 0);
	assert_int_equal(machine.cluster.connections, 0);
}

static void write_all_files(void)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
}

TEST(who_waited_for_another_run_looks_at_what_it_did)
{
	machine.power.other_run = write_all_files;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.power.changes, 0);
	assert_int_equal(machine.cluster.connections, 0);
	assert_non_null(fake_host_find_line("nothing to do"));
}

TEST(a_foreign_file_in_the_place_of_kubelet_conf_stops_the_run_before_anything_is_done)
{
	(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, view_of("kind: KubeletConfiguration\n"));
	expect_failure("foreign", ERROR_DISK, "it is not a kubeconfig");
	assert_int_equal(machine.power.changes, 0);
	assert_int_equal(machine.cluster.connections, 0);
}

TEST(success_is_told_when_all_is_in_place_and_not_before)
{
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(fake_host_state.committed_count, 1);
	assert_int_equal(fake_host_state.changes_at_commit, machine.power.changes - 1); /* then the key is removed */
	assert_int_equal(fake_host_state.standing_count, 1);
}

/* It is good for the node all the same: a clock that is behind is the likelier fault. */
TEST(a_certificate_that_is_not_valid_yet_is_kept_and_both_dates_are_said)
{
	static const struct {
		int64_t begin_s;
		bool is_said;
	} rows[] = {{MACHINE_NOW_S - 1, false}, {MACHINE_NOW_S, false}, {MACHINE_NOW_S + 1, true}, {MACHINE_NOW_S + MACHINE_YEAR_S, true}};
	const struct key key = fake_key(1);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate certificate = fake_certificate("node-1", &key, MACHINE_NOW_S + 2 * MACHINE_YEAR_S);
		BUFFER(pem, 4096);
		assert_int_equal(machine_fixture_setup(NULL), 0);
		certificate.not_before_s = rows[i].begin_s;
		fake_pem_format(&pem, &certificate, &key);
		(void)memory_disk_add_file(&machine.cert_dir, MACHINE_OLD, support_exact(buffer_view(&pem)));
		machine_add_link(MACHINE_OLD);
		machine_add_kubeconfig();
		assert_int_equal(machine_run(), MACHINE_DONE);
		assert_int_equal(machine.power.changes, 0);
		assert_int_equal(fake_host_count_lines(HOST_NOTICE, "not valid before"), rows[i].is_said);
	}
	assert_non_null(
		fake_host_find_line("the certificate is not valid before 2028-11-23T08:00:00Z, and it is 2027-11-24T08:00:00Z by the "
				    "clock of this machine; kubelet needs the clock set"));
}

TEST(a_certificate_that_is_issued_expired_is_judged_by_a_clock_that_is_named)
{
	machine.cluster.manner = CLUSTER_ISSUES_EXPIRED;
	expect_failure("expired", ERROR_UNTRUSTED, ": it is expired, and it is 2027-11-24T08:00:00Z by the clock of this machine");
}

TEST(a_key_that_cannot_be_removed_does_not_make_a_good_node_a_failure)
{
	assert_int_equal(machine_run(), MACHINE_DONE);
	size_t last = machine.power.operations; /* the removal */

	assert_int_equal(machine_fixture_setup(NULL), 0);
	machine.power.fail_at = last;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(fake_host_state.committed_count, 1);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "cannot remove /var/lib/kubelet/pki/kubelet-client.key.tmp"), 1);
	machine.power.fail_at = 0;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_null(memory_disk_find(&machine.cert_dir, INSPECT_KEY));
	machine_expect_valid("later");
}

TEST(what_is_not_where_kubelet_looks_for_it_is_no_success)
{
	machine.cert_dir.is_replaced = true;
	expect_failure("cert-dir", ERROR_DISK,
		       "cannot find what was written: /var/lib/kubelet/pki/kubelet-client-current.pem does not exist");
	assert_int_equal(machine_fixture_setup(NULL), 0);
	machine.kubeconfig_dir.is_replaced = true;
	expect_failure("kubelet.conf", ERROR_DISK, "cannot find what was written: /etc/kubernetes/kubelet.conf does not exist");
}

TEST(a_configuration_that_is_missing_is_told_from_one_that_cannot_be_read)
{
	fake_host_state.files[0].is_broken = true;
	expect_failure("I/O error", ERROR_DISK, "cannot read " MACHINE_INI ": Input/output error");
	machine.options.config = "/not/there.ini";
	expect_failure("missing", ERROR_CONFIG, "cannot read /not/there.ini: No such file or directory");
}

TEST(a_certificate_that_cannot_be_read_just_now_is_asked_for_again_with_the_same_request)
{
	fake_crypto_state.read_fails = true;
	expect_failure("out of memory", ERROR_INTERNAL, "cannot read a certificate: no luck");
	assert_non_null(memory_disk_find(&machine.cert_dir, INSPECT_KEY));
	fake_crypto_state.read_fails = false;
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.name_count, 1);
	machine_expect_valid("later");
}

TEST(a_crypto_library_that_fails_is_an_error)
{
	fake_crypto_state.generate_fails = true;
	expect_failure("generate", ERROR_INTERNAL, "cannot make a key");
	fake_crypto_state = (struct fake_crypto_state){.sign_fails = true};
	expect_failure("sign", ERROR_INTERNAL, "cannot sign");
	assert_int_equal(machine.cluster.connections, 0);
	fake_crypto_state.sign_fails = false;
	assert_int_equal(machine_run(), MACHINE_DONE);
	machine_expect_valid("later");
}

TEST(a_file_name_that_no_file_can_have_is_an_error)
{
	char name[FILE_NAME_LIMIT + 1];

	memset(name, 'k', FILE_NAME_LIMIT);
	name[FILE_NAME_LIMIT] = '\0';
	machine_set_config(
		script_text("%s[output]\nkubeconfig = %s/%s\n", fake_host_state.files[0].content.data, MACHINE_KUBECONFIG_DIR, name));
	assert_int_equal(machine_run(), MACHINE_FAILED);
	assert_true(machine.err.class == ERROR_CONFIG || machine.err.class == ERROR_DISK);
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, machine_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_fresh_machine_gets_a_certificate_and_all_files),
		IN_FIXTURE(a_machine_that_is_valid_is_left_alone),
		IN_FIXTURE(a_repair_asks_nobody),
		IN_FIXTURE(a_run_that_was_pending_is_resumed_with_the_same_request),
		IN_FIXTURE(a_key_that_led_nowhere_is_dropped_and_the_next_run_asks_anew),
		IN_FIXTURE(a_key_is_kept_when_the_servers_cannot_be_reached),
		IN_FIXTURE(what_is_missing_is_said_before_a_key_is_made),
		IN_FIXTURE(files_of_the_configuration_are_read_inside_the_root_and_named_without_it),
		IN_FIXTURE(a_host_name_that_no_node_can_have_is_an_error),
		IN_FIXTURE(one_run_at_a_time_may_write),
		IN_FIXTURE(who_waited_for_another_run_looks_at_what_it_did),
		IN_FIXTURE(a_foreign_file_in_the_place_of_kubelet_conf_stops_the_run_before_anything_is_done),
		IN_FIXTURE(success_is_told_when_all_is_in_place_and_not_before),
		IN_FIXTURE(a_certificate_that_is_not_valid_yet_is_kept_and_both_dates_are_said),
		IN_FIXTURE(a_certificate_that_is_issued_expired_is_judged_by_a_clock_that_is_named),
		IN_FIXTURE(a_key_that_cannot_be_removed_does_not_make_a_good_node_a_failure),
		IN_FIXTURE(what_is_not_where_kubelet_looks_for_it_is_no_success),
		IN_FIXTURE(a_configuration_that_is_missing_is_told_from_one_that_cannot_be_read),
		IN_FIXTURE(a_certificate_that_cannot_be_read_just_now_is_asked_for_again_with_the_same_request),
		IN_FIXTURE(a_crypto_library_that_fails_is_an_error),
		IN_FIXTURE(a_file_name_that_no_file_can_have_is_an_error),
	};
	return RUN("bootstrap", tests);
}
