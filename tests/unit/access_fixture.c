/* SPDX-License-Identifier: Apache-2.0 */
#include "access_fixture.h"

struct access_fixture access_fixture;

int access_setup(__attribute__((unused)) void **state)
{
	fake_host_reset();
	fake_crypto_reset();
	memset(&access_fixture, 0, sizeof access_fixture);
	fake_host_add_file("/ca.crt", view_of(CONFIG_CA_PEM));
	fake_host_add_file("/etc/kubernetes/ca.crt", view_of(CONFIG_CA_PEM));
	return 0;
}

void access_add_kubeconfig(const char *path, const char *cluster, const char *user)
{
	BUFFER(text, 8192);

	buffer_format(&text,
		      "current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: c\n    user: u\nclusters:\n- name: c\n"
		      "  cluster:\n    server: https://k\n%susers:\n- name: u\n  user:%s\n",
		      cluster, user);
	assert_false(text.overflow);
	fake_host_add_file(path, support_exact(buffer_view(&text)));
}

struct access_place access_place_in(const char *root)
{
	struct access_place place = {
		.host = &fake_host,
		.crypto = &fake_crypto,
		.root = root,
		.config_name = INI,
		.mode = 0600,
		.asks = true,
		.reason = "/pki/current.pem does not exist",
	};

	buffer_init(&place.text, access_fixture.text, sizeof access_fixture.text);
	buffer_init(&place.json, access_fixture.json, sizeof access_fixture.json);
	return place;
}

int access_complete_at(const struct access_place *place, const char *ini)
{
	memset(&access_fixture.config, 0, sizeof access_fixture.config);
	if (config_parse(&access_fixture.config, INI, support_exact(view_of(ini)), &access_fixture.err) != 0) {
		fail_msg("%s", access_fixture.err.text);
	}
	return access_complete(&access_fixture.config, place, &access_fixture.err);
}

int access_complete_ini(const char *ini)
{
	const struct access_place place = access_place_in("");

	return access_complete_at(&place, ini);
}
