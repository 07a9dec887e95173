/* SPDX-License-Identifier: Apache-2.0 */
/* Where each setting and the credential come from, and what is missing. */
#include "access_fixture.h"

TEST(a_kubeconfig_gives_what_the_file_leaves_open)
{
	access_add_kubeconfig(KUBECONFIG, KUBECONFIG_CA "    tls-server-name: kube\n    proxy-url: http://p:1\n", WITH_TOKEN);
	assert_int_equal(access_complete_ini(NAMES_IT), 0);
	assert_int_equal(access_fixture.config.server_count, 1);
	assert_string_equal(access_fixture.config.servers[0].text, "https://k");
	assert_string_equal(access_fixture.config.ca_path, "/etc/kubernetes/ca.crt");
	assert_text("ca", ((struct view){access_fixture.config.ca_data, access_fixture.config.ca_data_len}), CONFIG_CA_PEM);
	assert_string_equal(access_fixture.config.tls_server_name, "kube");
	assert_string_equal(access_fixture.config.proxy.text, "http://p:1");
	assert_string_equal(access_fixture.config.token.text, TOKEN);
	assert_true(access_fixture.config.token.is_bootstrap);
	assert_int_equal(access_fixture.config.servers_from, CONFIG_KUBECONFIG);
	assert_int_equal(access_fixture.config.authority_from, CONFIG_KUBECONFIG);
	assert_int_equal(access_fixture.config.credential_from, CONFIG_KUBECONFIG);
}

TEST(what_the_file_gives_wins_setting_by_setting)
{
	static const char from_kubeconfig[] = "https://k /etc/kubernetes/ca.crt kube http://p:1 abcdef";
	static const struct {
		const char *ini, *expected;
	} rows[] = {
		{NAMES_IT, from_kubeconfig},
		{NAMES_IT "[cluster]\nserver = https://f\n", "https://f /etc/kubernetes/ca.crt kube http://p:1 abcdef"},
		{NAMES_IT "[cluster]\ncertificate-authority = /ca.crt\n", "https://k /ca.crt kube http://p:1 abcdef"},
		{NAMES_IT "[cluster]\ncertificate-authority-data = " CONFIG_CA_DATA "\n", "https://k  kube http://p:1 abcdef"},
		{NAMES_IT "[cluster]\ntls-server-name = f\n", "https://k /etc/kubernetes/ca.crt f http://p:1 abcdef"},
		{NAMES_IT "[cluster]\nproxy-url = http://f:2\n", "https://k /etc/kubernetes/ca.crt kube http://f:2 abcdef"},
		{NAMES_IT "token = fedcba.0123456789abcdef\n", "https://k /etc/kubernetes/ca.crt kube http://p:1 fedcba"},
		{NAMES_IT "token-file = /fedcba\n", "https://k /etc/kubernetes/ca.crt kube http://p:1 fedcba"},
	};

	access_add_kubeconfig(KUBECONFIG, KUBECONFIG_CA "    tls-server-name: kube\n    proxy-url: http://p:1\n", WITH_TOKEN);
	fake_host_add_file("/fedcba", view_of("fedcba.0123456789abcdef\n"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(got, 4096);
		if (access_complete_ini(rows[i].ini) != 0) {
			fail_msg("in \"%s\": %s", rows[i].ini, access_fixture.err.text);
		}
		assert_row(rows[i].ini, access_fixture.config.server_count == 1);
		buffer_format(&got, "%s %s %s %s %.*s", access_fixture.config.servers[0].text, access_fixture.config.ca_path,
			      access_fixture.config.tls_server_name, access_fixture.config.proxy.text, TOKEN_ID_LEN,
			      access_fixture.config.token.text);
		assert_text(rows[i].ini, buffer_view(&got), rows[i].expected);
		assert_row(rows[i].ini, access_fixture.config.ca_data_len == strlen(CONFIG_CA_PEM));
	}
}

TEST(of_credentials_the_files_wins_then_the_services_then_the_kubeconfigs)
{
	static const struct {
		const char *ini;
		bool has_credential;
		const char *id;
		enum config_origin from;
	} rows[] = {
		{CONFIG_LEAST NAMES_IT "token = fffff1.0123456789abcdef\n", true, "fffff1", CONFIG_FILE},
		{CONFIG_LEAST NAMES_IT, true, "sssss1", CONFIG_CREDENTIAL},
		{CONFIG_LEAST NAMES_IT, false, "abcdef", CONFIG_KUBECONFIG},
		{CONFIG_LEAST, true, "sssss1", CONFIG_CREDENTIAL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)access_setup(NULL); /* it cannot fail */
		access_add_kubeconfig(KUBECONFIG, "", WITH_TOKEN);
		if (rows[i].has_credential) {
			fake_host_add_file("/credentials/" ACCESS_CREDENTIAL, view_of("sssss1.0123456789abcdef\n"));
		}
		assert_row(rows[i].ini, access_complete_ini(rows[i].ini) == 0);
		assert_text(rows[i].ini, ((struct view){access_fixture.config.token.text, TOKEN_ID_LEN}), rows[i].id);
		assert_row(rows[i].ini, access_fixture.config.credential_from == rows[i].from);
	}
}

TEST(a_client_certificate_in_the_file_leaves_no_room_for_a_token)
{
	fake_host_add_file("/c.pem", view_of("certificate"));
	fake_host_add_file("/k.pem", view_of("key"));
	fake_host_add_file("/credentials/" ACCESS_CREDENTIAL, view_of(TOKEN));
	access_add_kubeconfig(KUBECONFIG, "", WITH_TOKEN);
	assert_int_equal(access_complete_ini(CONFIG_LEAST NAMES_IT "client-certificate = /c.pem\nclient-key = /k.pem\n"), 0);
	assert_string_equal(access_fixture.config.token.text, "");
	assert_text("certificate", ((struct view){access_fixture.config.client_certificate, access_fixture.config.client_certificate_len}),
		    "certificate");
	assert_text("key", ((struct view){access_fixture.config.client_key, access_fixture.config.client_key_len}), "key");
}

TEST(relative_paths_begin_at_the_kubeconfig_and_stay_inside_the_root)
{
	const struct access_place place = access_place_in("/root");

	access_add_kubeconfig("/root" KUBECONFIG, "    certificate-authority: pki/ca.crt\n",
			      "\n    tokenFile: ../token\n    client-certificate: c.pem\n    client-key: /k.pem");
	fake_host_add_file("/root/etc/kubernetes/pki/ca.crt", view_of(CONFIG_CA_PEM));
	fake_host_add_file("/root/etc/kubernetes/../token", view_of("Any/token\n"));
	fake_host_add_file("/root/etc/kubernetes/c.pem", view_of("certificate"));
	fake_host_add_file("/root/k.pem", view_of("key"));
	if (access_complete_at(&place, NAMES_IT) != 0) {
		fail_msg("%s", access_fixture.err.text);
	}
	assert_string_equal(access_fixture.config.ca_path, "/etc/kubernetes/pki/ca.crt");
	assert_string_equal(access_fixture.config.token.text, "Any/token");
	assert_string_equal(access_fixture.config.client_certificate_path, "/etc/kubernetes/c.pem");
	assert_string_equal(access_fixture.config.client_key_path, "/k.pem");
}

struct refusal {
	const char *label, *ini, *cluster, *user; /* `cluster` NULL: there is no kubeconfig */
	enum error_class class;
	const char *text;
};

static void refuse(const struct refusal *row, const struct access_place *place)
{
	(void)access_setup(NULL); /* it cannot fail */
	fake_host_add_file("/bad", view_of("secretsecretsecret"));
	if (row->cluster != NULL) {
		access_add_kubeconfig(KUBECONFIG, row->cluster, row->user);
	}
	assert_row(row->label, access_complete_at(place, row->ini) == -1);
	assert_error(row->label, &access_fixture.err, row->class, row->text);
	assert_row(row->label, strstr(access_fixture.err.text, "secretsecret") == NULL);
}

TEST(what_is_missing_or_wrong_is_named)
{
	static const struct refusal rows[] = {
		{"no kubeconfig", NAMES_IT, NULL, NULL, ERROR_DISK, "cannot read " KUBECONFIG ": No such file or directory"},
		{"no YAML", NAMES_IT, "\tx\n", "", ERROR_CONFIG, "cannot use " KUBECONFIG ": line "},
		{"no authority", NAMES_IT, "", WITH_TOKEN, ERROR_CONFIG,
		 "cannot verify any server: " KUBECONFIG " has no certificate-authority; set it, or ca-cert-hash, in " INI},
		{"no user", NAMES_IT, KUBECONFIG_CA, " {}", ERROR_CONFIG,
		 "no credential in " KUBECONFIG ": set [bootstrap] token, token-file or client-certificate in " INI
		 ", or the systemd credential kubelet-bootstrap.token; one is needed: /pki/current.pem does not exist"},
		{"no credential", CONFIG_LEAST, NULL, NULL, ERROR_CONFIG, "cannot request a certificate: no credential in " INI ": set"},
		{"bad proxy", NAMES_IT, KUBECONFIG_CA "    proxy-url: socks5://u:secretsecret@h\n", WITH_TOKEN, ERROR_CONFIG,
		 "cannot use " KUBECONFIG ": proxy-url: must be http://"},
		{"bad name", NAMES_IT, KUBECONFIG_CA "    tls-server-name: a b\n", WITH_TOKEN, ERROR_CONFIG,
		 ": tls-server-name \"a b\": must be"},
		{"bad token", NAMES_IT, KUBECONFIG_CA, "\n    token: secretsecret secretsecret", ERROR_CONFIG,
		 "cannot use " KUBECONFIG ": token: must be printable ASCII"},
		{"bad authority", NAMES_IT, "    certificate-authority-data: '*'\n", WITH_TOKEN, ERROR_CONFIG,
		 "certificate-authority-data is not base64"},
		{"bad key", NAMES_IT, KUBECONFIG_CA, "\n    client-certificate-data: QUJD\n    client-key-data: secretsecretsecret*",
		 ERROR_CONFIG, "client-key-data is not base64"},
		{"no CA file", NAMES_IT, "    certificate-authority: gone\n", WITH_TOKEN, ERROR_DISK, "cannot read /etc/kubernetes/gone: "},
		{"no token file", NAMES_IT, KUBECONFIG_CA, "\n    tokenFile: gone", ERROR_DISK, "cannot read /etc/kubernetes/gone: "},
		{"no key file", CONFIG_LEAST "[bootstrap]\nclient-certificate = /ca.crt\nclient-key = /gone\n", NULL, NULL, ERROR_DISK,
		 "cannot read /gone: "},
		{"a token of another kind in the file's file", CONFIG_LEAST "[bootstrap]\ntoken-file = /bad\n", NULL, NULL, ERROR_CONFIG,
		 "cannot read the token in /bad: 18 characters, must be 23"},
		{"only a pin, and a token of another kind", NAMES_IT "[cluster]\n" OTHER_PIN, "", "\n    token: secretsecret", ERROR_CONFIG,
		 "ca-cert-hash alone needs a bootstrap token"},
		{"another pin", NAMES_IT "[cluster]\n" OTHER_PIN, KUBECONFIG_CA, WITH_TOKEN, ERROR_UNTRUSTED, "ca-cert-hash"},
	};
	const struct access_place place = access_place_in("");

	for (size_t i = 0; i < COUNT(rows); i++) {
		refuse(&rows[i], &place);
	}
}

TEST(a_password_in_the_url_of_a_server_is_not_shown)
{
	fake_host_add_file(KUBECONFIG,
			   LITERAL("current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: c\nclusters:\n- name: c\n"
				   "  cluster:\n    server: https://u:secretsecret@h\n"));
	assert_int_equal(access_complete_ini(NAMES_IT), -1);
	assert_error("user", &access_fixture.err, ERROR_CONFIG, "cannot use " KUBECONFIG ": server: must have no user");
	assert_null(strstr(access_fixture.err.text, "secret"));
}

TEST(without_a_configuration_both_places_are_named)
{
	struct access_place place = access_place_in("/root");

	place.is_default = true;
	config_set_defaults(&access_fixture.config);
	(void)view_copy(view_of(CONFIG_BOOTSTRAP_DEFAULT), access_fixture.config.bootstrap_path, PATH_LIMIT); /* it fits */
	assert_int_equal(access_complete(&access_fixture.config, &place, &access_fixture.err), -1);
	assert_error("neither", &access_fixture.err, ERROR_CONFIG, "there is neither " INI " nor /root" KUBECONFIG);
}

TEST(a_bad_credential_of_the_service_is_named_and_not_shown)
{
	fake_host_add_file("/credentials/" ACCESS_CREDENTIAL, view_of("secretsecret"));
	assert_int_equal(access_complete_ini(CONFIG_LEAST), -1);
	assert_error("bad", &access_fixture.err, ERROR_CONFIG, "cannot use the systemd credential " ACCESS_CREDENTIAL ": 12 characters");
	assert_null(strstr(access_fixture.err.text, "secretsecret"));
}

/* A run that only writes kubelet.conf. */
TEST(a_repair_needs_neither_credential_nor_kubeconfig)
{
	struct access_place place = access_place_in("");

	place.asks = false;
	assert_int_equal(access_complete_at(&place, CONFIG_LEAST), 0);
	assert_int_equal(access_fixture.config.ca_data_len, 0); /* kubelet.conf names the file */
	assert_int_equal(access_complete_at(&place, CONFIG_LEAST NAMES_IT), 0);
	assert_int_equal(access_complete_at(&place, CONFIG_LEAST "[bootstrap]\ntoken-file = /gone\n"), 0);
	assert_int_equal(access_complete_at(&place, NAMES_IT), -1);
	assert_error("needed", &access_fixture.err, ERROR_DISK, KUBECONFIG);
	assert_int_equal(access_complete_at(&place, NAMES_IT "[cluster]\ncertificate-authority = /ca.crt\n"), -1);
	assert_error("needed for the server", &access_fixture.err, ERROR_DISK, KUBECONFIG);
	access_add_kubeconfig(KUBECONFIG, "    tls-server-name: kube\n", " {}");
	assert_int_equal(access_complete_at(&place, CONFIG_LEAST NAMES_IT), 0); /* it is there, and has its say */
	assert_string_equal(access_fixture.config.tls_server_name, "kube");
}

TEST(a_repair_with_a_pin_looks_at_the_authority_all_the_same)
{
	struct access_place place = access_place_in("");

	place.asks = false;
	assert_int_equal(access_complete_at(&place, CONFIG_LEAST OTHER_PIN), -1);
	assert_error("another pin", &access_fixture.err, ERROR_UNTRUSTED, "ca-cert-hash");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_kubeconfig_gives_what_the_file_leaves_open, access_setup),
		cmocka_unit_test_setup(what_the_file_gives_wins_setting_by_setting, access_setup),
		cmocka_unit_test_setup(of_credentials_the_files_wins_then_the_services_then_the_kubeconfigs, access_setup),
		cmocka_unit_test_setup(a_client_certificate_in_the_file_leaves_no_room_for_a_token, access_setup),
		cmocka_unit_test_setup(relative_paths_begin_at_the_kubeconfig_and_stay_inside_the_root, access_setup),
		cmocka_unit_test_setup(what_is_missing_or_wrong_is_named, access_setup),
		cmocka_unit_test_setup(a_password_in_the_url_of_a_server_is_not_shown, access_setup),
		cmocka_unit_test_setup(without_a_configuration_both_places_are_named, access_setup),
		cmocka_unit_test_setup(a_bad_credential_of_the_service_is_named_and_not_shown, access_setup),
		cmocka_unit_test_setup(a_repair_needs_neither_credential_nor_kubeconfig, access_setup),
		cmocka_unit_test_setup(a_repair_with_a_pin_looks_at_the_authority_all_the_same, access_setup),
	};
	return RUN("access", tests);
}
