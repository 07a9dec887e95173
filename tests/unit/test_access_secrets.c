/* SPDX-License-Identifier: Apache-2.0 */
/* Who else can read the secrets, and what is left of them in memory. */
#include "access_fixture.h"

TEST(secrets_that_others_can_read_are_named_with_their_mode)
{
	static const struct {
		const char *ini, *user, *path; /* `path`: the file whose mode counts, NULL for the configuration */
	} rows[] = {
		{CONFIG_LEAST "[bootstrap]\ntoken = " TOKEN "\n", NULL, NULL},
		{CONFIG_LEAST "proxy-url = http://u:p@h\n[bootstrap]\ntoken-file = /token\n", NULL, NULL},
		{CONFIG_LEAST "[bootstrap]\ntoken-file = /token\n", NULL, "/token"},
		{CONFIG_LEAST "[bootstrap]\nclient-certificate = /ca.crt\nclient-key = /key\n", NULL, "/key"},
		{CONFIG_LEAST NAMES_IT, WITH_TOKEN, KUBECONFIG},
		{CONFIG_LEAST NAMES_IT, "\n    client-certificate-data: QUJD\n    client-key-data: QUJD", KUBECONFIG},
		{CONFIG_LEAST NAMES_IT, "\n    tokenFile: /token", "/token"},
	};
	static const struct {
		unsigned int mode;
		const char *shown; /* NULL: no warning */
	} modes[] = {{0600, NULL}, {0400, NULL}, {0711, NULL}, {0640, "0640"}, {0604, "0604"}, {0602, "0602"}, {0777, "0777"}};

	for (size_t i = 0; i < COUNT(rows) * COUNT(modes); i++) {
		const char *path = rows[i / COUNT(modes)].path;
		const char *shown = modes[i % COUNT(modes)].shown;
		const char *label = rows[i / COUNT(modes)].ini;
		struct access_place place = access_place_in("");
		(void)access_setup(NULL); /* it cannot fail */
		fake_host_add_file("/token", view_of(TOKEN));
		fake_host_add_file("/key", view_of("key"));
		if (rows[i / COUNT(modes)].user != NULL) {
			access_add_kubeconfig(KUBECONFIG, "", rows[i / COUNT(modes)].user);
		}
		place.mode = path == NULL ? modes[i % COUNT(modes)].mode : 0600;
		for (size_t j = 0; j < COUNT(fake_host_state.files); j++) {
			struct fake_host_file *file = &fake_host_state.files[j];
			bool is_it = file->path != NULL && path != NULL && strcmp(file->path, path) == 0;
			file->mode = is_it ? modes[i % COUNT(modes)].mode : 0600;
		}
		assert_row(label, access_complete_at(&place, rows[i / COUNT(modes)].ini) == 0);
		BUFFER(line, 256);
		buffer_format(&line, "%s holds a secret and is open to others (mode %s); chmod 600", path == NULL ? INI : path,
			      shown == NULL ? "" : shown);
		buffer_add(&line, "", 1);
		assert_row(label, fake_host_count_lines(HOST_NOTICE, "holds a secret") == (shown != NULL));
		assert_row(label, shown == NULL || fake_host_count_lines(HOST_NOTICE, line.data) == 1);
	}
}

static bool is_in(const void *memory, size_t len, const char *text)
{
	return view_find((struct view){memory, len}, text, strlen(text)) != NULL;
}

TEST(working_memory_is_wiped_whatever_the_end)
{
	static const struct {
		const char *label, *ini, *cluster, *user;
		bool is_good;
	} rows[] = {
		{"token", NAMES_IT, KUBECONFIG_CA, "\n    token: secretsecretsecret", true},
		{"token file", NAMES_IT, KUBECONFIG_CA, "\n    tokenFile: /secret", true},
		{"not a bootstrap token", CONFIG_LEAST "[bootstrap]\ntoken-file = /secret\n", "", " {}", false},
		{"no authority", NAMES_IT, "", "\n    token: secretsecretsecret", false},
		{"proxy", NAMES_IT, KUBECONFIG_CA "    proxy-url: http://u:secretsecretsecret@h/x\n", WITH_TOKEN, false},
		{"YAML", NAMES_IT, KUBECONFIG_CA, "\n    token: secretsecretsecret\n\tx: y", false},
		{"exec", NAMES_IT, KUBECONFIG_CA, "\n    token: secretsecretsecret\n    exec:\n      command: x", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)access_setup(NULL); /* it cannot fail */
		fake_host_add_file("/secret", view_of("secretsecretsecret"));
		access_add_kubeconfig(KUBECONFIG, rows[i].cluster, rows[i].user);
		assert_row(rows[i].label, (access_complete_ini(rows[i].ini) == 0) == rows[i].is_good);
		assert_row(rows[i].label, !is_in(access_fixture.text, sizeof access_fixture.text, "secretsecret"));
		assert_row(rows[i].label, !is_in(access_fixture.json, sizeof access_fixture.json, "secretsecret"));
	}
}

/* Nobody knows how long the part is that was read: bootstrap_wipe() goes by the length. */
TEST(a_part_of_a_key_does_not_stay)
{
	static char large[CLIENT_KEY_LIMIT + 1];

	access_add_kubeconfig(KUBECONFIG, KUBECONFIG_CA, "\n    client-certificate-data: QUJD\n    client-key-data: c2VjcmV0c2VjcmV0*");
	assert_int_equal(access_complete_ini(NAMES_IT), -1);
	assert_int_equal(access_fixture.config.client_key_len, 0);
	assert_false(is_in(access_fixture.config.client_key, sizeof access_fixture.config.client_key, "secret"));

	memset(large, 's', sizeof large);
	fake_host_add_file("/key", (struct view){large, sizeof large});
	assert_int_equal(access_complete_ini(CONFIG_LEAST "[bootstrap]\nclient-certificate = /ca.crt\nclient-key = /key\n"), -1);
	assert_error("large", &access_fixture.err, ERROR_DISK, "cannot read /key: it is larger than");
	assert_false(is_in(access_fixture.config.client_key, sizeof access_fixture.config.client_key, "ss"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(secrets_that_others_can_read_are_named_with_their_mode, access_setup),
		cmocka_unit_test_setup(working_memory_is_wiped_whatever_the_end, access_setup),
		cmocka_unit_test_setup(a_part_of_a_key_does_not_stay, access_setup),
	};
	return RUN("access secrets", tests);
}
