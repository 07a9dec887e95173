/* SPDX-License-Identifier: Apache-2.0 */
/* remove-after-use: the bootstrap credential goes once all is in place, not before, and no matter in which run. */
#include "machine_fixture.h"

#include "exchange_fixture.h"

#define CA_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClEwRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define CLUSTER "[cluster]\nserver = https://10.0.0.1:6443\ncertificate-authority-data = " CA_DATA "\n"
#define KUBE    "/etc/kubernetes/bootstrap-kubelet.conf"

/* A kubeconfig that names /etc/kubernetes/token. */
static const char kubeconfig[] = "current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: c\n    user: u\nclusters:\n- name: c\n"
				 "  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: " CA_DATA
				 "\nusers:\n- name: u\n  user:\n    tokenFile: token\n";

static struct fake_host_file *file(const char *path)
{
	for (size_t i = 0; i < COUNT(fake_host_state.files); i++) {
		if (fake_host_state.files[i].path != NULL && strcmp(fake_host_state.files[i].path, path) == 0) {
			return &fake_host_state.files[i];
		}
	}
	fail_msg("there is no %s", path);
	return NULL;
}

static void configure(const char *remove)
{
	machine_set_config(script_text(CLUSTER "[bootstrap]\ntoken-file = /token\nremove-after-use = %s\n", remove));
	fake_host_add_file("/token", view_of(FIXTURE_TOKEN));
}

static void configure_kubeconfig(void)
{
	machine_set_config("[bootstrap]\nkubeconfig = " KUBE "\nremove-after-use = yes\n");
	fake_host_add_file("/etc/kubernetes/token", view_of(FIXTURE_TOKEN));
	fake_host_add_file(KUBE, LITERAL(kubeconfig));
}

TEST(a_credential_stays_unless_it_is_to_go)
{
	configure("no");
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_false(file("/token")->is_gone);
}

TEST(a_credential_goes_after_use)
{
	configure("yes");
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_true(file("/token")->is_gone);
	assert_int_equal(machine_run(), MACHINE_DONE); /* without it all stays valid */
	machine_expect_valid("after removal");
}

TEST(a_kubeconfig_goes_with_the_file_it_names)
{
	configure_kubeconfig();
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_true(file(KUBE)->is_gone);
	assert_true(file("/etc/kubernetes/token")->is_gone);
}

TEST(a_run_that_has_nothing_to_do_removes_what_an_earlier_one_left)
{
	configure_kubeconfig();
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_true(file(KUBE)->is_gone);
	assert_true(file("/etc/kubernetes/token")->is_gone);
	assert_int_equal(machine.cluster.connections, 0);
	assert_int_equal(machine_run(), MACHINE_DONE);
	machine_expect_valid("after removal");
}

TEST(a_failed_run_removes_nothing)
{
	static const enum cluster_manner manners[] = {CLUSTER_DENIES,         CLUSTER_FAILS,          CLUSTER_ISSUES_FOR_ANOTHER_KEY,
						      CLUSTER_ISSUES_EXPIRED, CLUSTER_ISSUES_GARBAGE, CLUSTER_KEEPS_WAITING,
						      CLUSTER_IS_DOWN};

	for (size_t i = 0; i < COUNT(manners); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		configure("yes");
		machine.cluster.manner = manners[i];
		assert_int_equal(machine_run(), MACHINE_FAILED);
		assert_false(file("/token")->is_gone);
	}
}

/* At every change of the disk the run is cut: the credential is there unless all else is, and the next run ends well and without it. */
TEST(no_power_cut_takes_a_credential_before_its_use)
{
	size_t cuts = 0;

	for (enum machine_outcome outcome = MACHINE_OFF; outcome == MACHINE_OFF; cuts++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		configure_kubeconfig();
		machine.power.cut_at = cuts / 2 + 1;
		machine.power.cut = cuts % 2 == 0 ? MEMORY_HALFWAY : MEMORY_AFTER;
		outcome = machine_run();
		bool is_gone = file(KUBE)->is_gone || file("/etc/kubernetes/token")->is_gone;
		machine.power.cut_at = 0;
		if (is_gone) {
			machine_look();
			assert_int_equal(machine.bootstrap.found.verdict, INSPECT_VALID);
		}
		assert_int_equal(machine_run(), MACHINE_DONE);
		assert_true(file(KUBE)->is_gone && file("/etc/kubernetes/token")->is_gone);
	}
	assert_true(cuts > 10); /* key, request, certificate, link, kubelet.conf, and the key again: each twice */
}

TEST(a_credential_that_cannot_be_removed_is_a_notice)
{
	configure("yes");
	file("/token")->is_fixed = true;
	for (int run = 0; run < 2; run++) {
		assert_int_equal(machine_run(), MACHINE_DONE);
		assert_int_equal(fake_host_count_lines(HOST_NOTICE, "cannot remove /token: Read-only file system"), 1);
	}
}

TEST(where_the_nodes_name_comes_from_is_told)
{
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(fake_host_count_lines(HOST_DETAIL, "the node's name is node-1, as the host name says"), 1);
	machine_set_config(CLUSTER "[bootstrap]\ntoken = " FIXTURE_TOKEN "\n[node]\nname = Node-1\n");
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(fake_host_count_lines(HOST_DETAIL, "the node's name is node-1, as " MACHINE_INI " says"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_credential_stays_unless_it_is_to_go, machine_fixture_setup),
		cmocka_unit_test_setup(a_credential_goes_after_use, machine_fixture_setup),
		cmocka_unit_test_setup(a_kubeconfig_goes_with_the_file_it_names, machine_fixture_setup),
		cmocka_unit_test_setup(a_run_that_has_nothing_to_do_removes_what_an_earlier_one_left, machine_fixture_setup),
		cmocka_unit_test_setup(a_failed_run_removes_nothing, machine_fixture_setup),
		cmocka_unit_test_setup(no_power_cut_takes_a_credential_before_its_use, machine_fixture_setup),
		cmocka_unit_test_setup(a_credential_that_cannot_be_removed_is_a_notice, machine_fixture_setup),
		cmocka_unit_test_setup(where_the_nodes_name_comes_from_is_told, machine_fixture_setup),
	};
	return RUN("bootstrap removal", tests);
}
