/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs that know their cluster by a pin only: with and without a certificate that is good. */
#include "cluster_info_samples.h"
#include "exchange_fixture.h"
#include "machine_fixture.h"

#define FOUND "https://10.0.0.9:6443"

/* Any authority of fake_crypto is pinned by the front of its public key. */
static const char *configuration(const char *number, const char *token)
{
	struct config config = {.pin_count = 0};
	const char *hex = "";

	sample_pin(&config, number);
	for (size_t i = 0; i < PIN_LEN; i++) {
		hex = script_text("%s%02x", hex, config.pins[0][i]);
	}
	return script_text("[cluster]\nserver = https://10.0.0.1:6443\nca-cert-hash = sha256:%s\n%s", hex, token);
}

#define TOKEN "[bootstrap]\ntoken = " FIXTURE_TOKEN "\n"

static int setup(void **state)
{
	int result = machine_fixture_setup(state);
	const char *content = sample_cluster_content(FOUND, sample_authorities("21"));

	machine.cluster.cluster_info = sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, FIXTURE_TOKEN));
	machine_set_config(configuration("1", TOKEN));
	return result;
}

static void expect_kubeconfig(void)
{
	const struct kubeconfig kubeconfig = {
		.server = FOUND,
		.ca_pem = view_of(sample_authorities("21")),
		.tls_server_name = "",
		.certificate = MACHINE_CERT_DIR "/" INSPECT_CURRENT,
		.proxy = "",
	};
	BUFFER(text, KUBECONFIG_LIMIT);

	kubeconfig_format(&text, &kubeconfig);
	assert_view("kubelet.conf", memory_disk_find(&machine.kubeconfig_dir, MACHINE_KUBECONFIG)->content, buffer_view(&text));
}

TEST(a_fresh_machine_discovers_and_asks_on_one_connection)
{
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.connections, 1);
	assert_int_equal(machine.cluster.discoveries, 1);
	assert_int_equal(machine.cluster.name_count, 1);
	expect_kubeconfig();
	machine_expect_valid("discovered");
}

TEST(a_kubeconfig_that_is_lost_is_written_without_a_request)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.discoveries, 1);
	assert_int_equal(machine.cluster.name_count, 0);
	assert_non_null(fake_host_find_line("files repaired"));
	expect_kubeconfig();
	machine_expect_valid("repaired");
}

TEST(a_link_that_is_lost_is_made_without_discovery)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_kubeconfig();
	machine_set_config(configuration("1", ""));
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.connections, 0);
	machine_expect_valid("linked");
}

TEST(a_repair_that_must_discover_needs_the_token)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_set_config(configuration("1", ""));
	assert_int_equal(machine_run(), MACHINE_FAILED);
	assert_error("no token", &machine.err, ERROR_CONFIG, "token");
	assert_int_equal(machine.cluster.connections, 0);
}

TEST(a_cluster_that_is_not_pinned_changes_nothing_but_the_key)
{
	machine_set_config(configuration("3", TOKEN));
	assert_int_equal(machine_run(), MACHINE_FAILED);
	assert_error("not pinned", &machine.err, ERROR_UNTRUSTED, "ca-cert-hash pins");
	assert_int_equal(machine.cluster.name_count, 0);
	assert_string_equal(machine_names(), "kubelet-client.key.tmp\n");
	machine_set_config(configuration("1", TOKEN));
	assert_int_equal(machine_run(), MACHINE_DONE);
	assert_int_equal(machine.cluster.name_count, 1);
	machine_expect_valid("with the right pin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_fresh_machine_discovers_and_asks_on_one_connection, setup),
		cmocka_unit_test_setup(a_kubeconfig_that_is_lost_is_written_without_a_request, setup),
		cmocka_unit_test_setup(a_link_that_is_lost_is_made_without_discovery, setup),
		cmocka_unit_test_setup(a_repair_that_must_discover_needs_the_token, setup),
		cmocka_unit_test_setup(a_cluster_that_is_not_pinned_changes_nothing_but_the_key, setup),
	};

	return RUN("bootstrap_discovery", tests);
}
