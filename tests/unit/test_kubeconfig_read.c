/* SPDX-License-Identifier: Apache-2.0 */
/* What a kubeconfig that is given leads to, and why one is refused. */
#include "support.h"

#include <stdlib.h>

#include "kubeconfig.h"

static char memory[KUBECONFIG_JSON_LIMIT];
static struct error err;

static int read_text(struct json *root, const char *text)
{
	struct buffer json;

	buffer_init(&json, memory, sizeof memory);
	(void)error_set(&err, ERROR_USAGE, "%s", "NOT SET");
	return kubeconfig_read(root, support_exact(view_of(text)), json, &err);
}

static int choose(struct kubeconfig_choice *choice, const char *text)
{
	struct json root;

	return read_text(&root, text) == 0 ? kubeconfig_choose(choice, &root, &err) : -1;
}

static void expect_text(const char *label, const struct json *mapping, const char *field, const char *expected)
{
	char text[512];

	if (kubeconfig_take_text(text, sizeof text, mapping, field, &err) != 0) {
		fail_msg("in \"%s\": %s", label, err.text);
	}
	assert_text(label, view_of(text), expected);
}

#define CONTEXTS "contexts:\n- context:\n    cluster: c\n    user: u\n  name: x\ncurrent-context: x\n"
#define FILE_OF(cluster, user) \
	"apiVersion: v1\nclusters:\n- cluster:\n" cluster "  name: c\n" CONTEXTS "kind: Config\nusers:\n- name: u\n  user:\n" user
#define SERVER              "    server: https://a\n"
#define TOKEN               "    token: abcdef.0123456789abcdef\n"
#define WITH_CLUSTER(lines) FILE_OF(SERVER lines, TOKEN)
#define WITH_USER(lines)    FILE_OF(SERVER, lines)

TEST(yaml_and_json_lead_to_the_same)
{
	static const char *const texts[] = {
		WITH_CLUSTER("    certificate-authority-data: QUJD\n"),
		"{\"current-context\":\"x\",\n\t\"clusters\":[{\"name\":\"d\"},{\"name\":\"\\u0063\",\"cluster\":{\"server\":\"https://a\","
		"\"certificate-authority-data\":\"QUJD\"}}],\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"abcdef.0123456789abcdef\"}}],"
		"\"contexts\":[{\"name\":\"x\",\"context\":{\"cluster\":\"c\",\"user\":\"u\"}}]}",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct kubeconfig_choice choice;
		BUFFER(data, 16);
		if (choose(&choice, texts[i]) != 0) {
			fail_msg("%s", err.text);
		}
		expect_text("server", &choice.cluster, "server", "https://a");
		expect_text("proxy", &choice.cluster, "proxy-url", "");
		expect_text("token", &choice.user, "token", "abcdef.0123456789abcdef");
		assert_int_equal(kubeconfig_take_data(&data, &choice.cluster, "certificate-authority-data", &err), 0);
		assert_text("data", buffer_view(&data), "ABC");
		assert_int_equal(kubeconfig_take_data(&data, &choice.user, "client-key-data", &err), 0);
		assert_int_equal(data.len, 3);
		assert_string_equal(choice.cluster_name, "c");
		assert_string_equal(choice.user_name, "u");
	}
}

TEST(what_client_go_writes_is_read)
{
	static const char *const texts[] = {
		WITH_CLUSTER("    insecure-skip-tls-verify: false\n    disable-compression: true\n    certificate-authority: ca.crt\n"),
		WITH_CLUSTER(
			"    certificate-authority-data: \"\"\n    certificate-authority: ca.crt\n    insecure-skip-tls-verify: null\n"),
		WITH_USER("    tokenFile: /run/token\n"),
		WITH_USER("    client-certificate: a\n    client-key-data: QUJD\n"),
		WITH_USER("    client-certificate-data: QUJD\n    client-key: a\n"),
		WITH_USER("    as: \"\"\n    as-groups: []\n    exec: null\n    auth-provider:\n    username: \"\"\n" TOKEN),
		WITH_USER(TOKEN "preferences: {}\nextensions:\n- extension:\n    a: 1\n  name: e\n"),
		WITH_USER(TOKEN "- name: other\n  user:\n    exec:\n      command: aws\n      args:\n      - a\n      - --b\n"),
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct kubeconfig_choice choice;
		if (choose(&choice, texts[i]) != 0) {
			fail_msg("in \"%s\": %s", texts[i], err.text);
		}
		expect_text(texts[i], &choice.cluster, "server", "https://a");
	}
}

TEST(a_context_without_a_user_is_known)
{
	struct kubeconfig_choice choice;

	assert_int_equal(choose(&choice, "clusters:\n- cluster:\n" SERVER "  name: c\ncontexts:\n- context:\n    cluster: c\n    user: "
					 "\"\"\n  name: x\ncurrent-context: x\n"),
			 0);
	assert_int_equal(choice.user.kind, JSON_LITERAL);
	expect_text("no user", &choice.user, "token", "");
}

TEST(a_context_without_a_user_has_the_one_without_a_name)
{
	struct kubeconfig_choice choice;

	assert_int_equal(choose(&choice, "clusters:\n- cluster:\n" SERVER "  name: c\ncontexts:\n- context:\n    cluster: c\n  name: x\n"
					 "current-context: x\nusers:\n- user:\n" TOKEN),
			 0);
	expect_text("user", &choice.user, "token", "abcdef.0123456789abcdef");
}

TEST(what_is_refused_says_why)
{
	static const struct {
		const char *text, *cause;
	} rows[] = {
		{"", "it is empty"},
		{" \n\n", "it is empty"},
		{"kind: Config\n", "there is no current-context"},
		{"- a\n", "kind is not inside of a mapping"},
		{"a: b\nc\n", "line 2: not a \"key: value\" line"},
		{"{\"a\":", "it begins with '{', and is not JSON"},
		{"{\"a\":\"\x7f\"}", "a control character, or not UTF-8"},
		{"kind: List\n", "kind \"List\": must be Config"},
		{"kind: 1\n", "kind is not text"},
		{"apiVersion: v2\n", "apiVersion \"v2\": must be v1"},
		{"current-context: x\n", "current-context names context \"x\"; there are: none"},
		{"current-context: x\ncontexts: x\n", "contexts is not a list"},
		{"current-context: x\ncontexts:\n- name: a\n- name: b\n", "current-context names context \"x\"; there are: \"a\", \"b\""},
		{"current-context: x\ncontexts:\n- name: x\n", "context \"x\": cluster is missing"},
		{"current-context: x\ncontexts:\n- name: x\n- name: x\n", "context \"x\": its name is there twice"},
		{"current-context: x\ncurrent-context: x\n", "current-context is given twice"},
		{"clusters:\n- name: d\n" CONTEXTS, "context \"x\" names cluster \"c\"; there are: \"d\""},
		{"clusters:\n- name: c\n" CONTEXTS, "cluster \"c\": server is missing"},
		{"clusters:\n- name: c\n  cluster:\n    server: \"\"\n" CONTEXTS, "cluster \"c\": server is missing"},
		{"clusters:\n- name: c\n  cluster:\n" SERVER CONTEXTS "users:\n- name: kubelet-bootstrap\n",
		 "context \"x\" names user \"u\"; there are: \"kubelet-bootstrap\""},
		{"{\"current-c\\u006fntext\":\"x\"}", "written with a backslash"},
		{FILE_OF(SERVER SERVER, TOKEN), "server is given twice"},
		{WITH_USER(TOKEN TOKEN), "token is given twice"},
		{WITH_CLUSTER("    insecure-skip-tls-verify: true\n"),
		 "cluster \"c\": insecure-skip-tls-verify is not supported: the server is always verified"},
		{WITH_CLUSTER("    insecure-skip-tls-verify: yes\n"), "insecure-skip-tls-verify is not supported"},
		{WITH_CLUSTER("    insecure-skip-tls-verify: \"false\"\n"), "insecure-skip-tls-verify is not supported"},
		{WITH_CLUSTER("    certificate-authority: a\n    certificate-authority-data: QUJD\n"),
		 "cluster \"c\": certificate-authority and certificate-authority-data exclude each other"},
		{WITH_USER("    client-certificate: a\n    client-certificate-data: QUJD\n    client-key: a\n"),
		 "user \"u\": client-certificate and client-certificate-data exclude each other"},
		{WITH_USER("    client-certificate: a\n    client-key-data: QUJD\n    client-key: a\n"),
		 "user \"u\": client-key and client-key-data exclude each other"},
		{WITH_USER(TOKEN "    tokenFile: a\n"), "user \"u\": token and tokenFile exclude each other"},
		{WITH_USER("    client-certificate: a\n"), "user \"u\": client-key is missing"},
		{WITH_USER("    client-key-data: QUJD\n"), "user \"u\": client-certificate is missing"},
		{WITH_USER("    exec:\n      command: aws\n      args:\n      - a\n"), "user \"u\": exec is not supported"},
		{WITH_USER("    exec: {}\n"), "user \"u\": exec is not supported"},
		{WITH_USER("    auth-provider:\n      name: gcp\n"), "user \"u\": auth-provider is not supported"},
		{WITH_USER("    username: a\n    password: b\n"), "user \"u\": username is not supported"},
		{WITH_USER("    password: b\n"), "user \"u\": password is not supported"},
		{WITH_USER(TOKEN "    as: a\n"), "user \"u\": as is not supported"},
		{WITH_USER(TOKEN "    as-uid: a\n"), "user \"u\": as-uid is not supported"},
		{WITH_USER(TOKEN "    as-groups:\n    - a\n"), "user \"u\": as-groups is not supported"},
		{WITH_USER(TOKEN "    as-user-extra:\n      a:\n      - b\n"), "user \"u\": as-user-extra is not supported"},
		{WITH_USER("    token: 1\n") "    token: 2\n", "token is given twice"},
		{"clusters:\n- name: c\n  cluster: a\n" CONTEXTS, "server is not inside of a mapping"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kubeconfig_choice choice;
		assert_row(rows[i].text, choose(&choice, rows[i].text) == -1);
		assert_error(rows[i].text, &err, ERROR_CONFIG, rows[i].cause);
	}
}

TEST(a_name_in_a_message_is_cut)
{
	struct kubeconfig_choice choice;
	BUFFER(text, 512);

	buffer_add_text(&text, "current-context: ");
	for (int i = 0; i < 200; i++) {
		buffer_add_text(&text, "n");
	}
	buffer_add(&text, "\n", 2);
	assert_int_equal(choose(&choice, text.data), -1);
	assert_non_null(strstr(err.text, "nnn\"; there are: none"));
	assert_int_equal(strlen(err.text), strlen("current-context names context \"\"; there are: none") + 80);
}

TEST(fields_that_cannot_be_taken_are_named_without_their_value)
{
	static const struct {
		const char *text, *cause;
	} rows[] = {
		{"token: 1234\n", "token is not text"},
		{"token: yes\n", "token is not text"},
		{"token:\n  secret: a\n", "token is not text"},
		{"token: secret-that-is-long\n", "token is longer than 15 characters"},
		{"{\"token\":\"secret\\n\"}", "token holds a control character"},
		{"{\"token\":\"secret\\u0000\"}", "token holds a control character"},
		{"{\"token\":\"secret\\u0009\"}", "token holds a control character"},
		{"{\"token\":\"secret\\u0085\"}", "token holds a control character"},
		{"{\"token\":\"secret\\u2028\"}", "token holds a control character"},
		{"{\"token\":\"secret\\/\"}", "or an escape that is not supported"},
		{"{\"token\":\"\\ud83d\\ude00\"}", "or an escape that is not supported"},
		{"{\"token\":\"\\uD800\"}", "or an escape that is not supported"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[16];
		struct json root;
		assert_row(rows[i].text, read_text(&root, rows[i].text) == 0);
		assert_row(rows[i].text, kubeconfig_take_text(text, sizeof text, &root, "token", &err) == -1);
		assert_error(rows[i].text, &err, ERROR_CONFIG, rows[i].cause);
		assert_row(rows[i].text, strstr(err.text, "secret") == NULL);
	}
}

TEST(data_is_base64_as_go_reads_it)
{
	static const struct {
		const char *text, *cause;
	} rows[] = {
		{"d: '*'\n", "d is not base64"},
		{"d: QU JD\n", "d is not base64"},
		{"d: QUJ\n", "d is not base64"},
		{"d: 1234\n", "d is not base64"},
		{"d: {}\n", "d is not base64"},
		{"{\"d\":\"QUJD\\n\"}", "d is not base64"},
		{"d: QUJDREVGR0g=\n", "d is too large: more than 7 bytes"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json root;
		BUFFER(data, 7);
		assert_row(rows[i].text, read_text(&root, rows[i].text) == 0);
		assert_row(rows[i].text, kubeconfig_take_data(&data, &root, "d", &err) == -1);
		assert_error(rows[i].text, &err, ERROR_CONFIG, rows[i].cause);
	}
}

#define CLUSTER(name, server) "- cluster:\n    server: " server "\n  name: " name "\n"
#define CLUSTERS              "clusters:\n" CLUSTER("a", "https://a") CLUSTER("\"\"", "https://none") CLUSTER("b", "https://b")

TEST(a_cluster_info_document_leads_to_one_cluster)
{
	static const struct {
		const char *text, *server;
	} rows[] = {
		{"apiVersion: v1\nclusters:\n" CLUSTER("\"\"",
						       "https://a") "contexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n",
		 "https://a"},
		{CLUSTERS, "https://none"},
		{CLUSTERS "contexts:\n- context:\n    cluster: b\n  name: x\ncurrent-context: x\n", "https://b"},
		{"clusters:\n" CLUSTER("a", "https://a"), "https://a"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json root;
		struct json cluster;
		assert_row(rows[i].text, read_text(&root, rows[i].text) == 0);
		assert_row(rows[i].text, kubeconfig_choose_cluster(&cluster, &root, &err) == 0);
		expect_text(rows[i].text, &cluster, "server", rows[i].server);
	}
}

TEST(a_cluster_info_document_that_leads_to_none_says_why)
{
	static const struct {
		const char *text, *cause;
	} rows[] = {
		{"kind: ConfigMap\n", "kind \"ConfigMap\": must be Config"},
		{"clusters: null\n", "there is no current-context"},
		{"clusters:\n" CLUSTER("a", "https://a") CLUSTER("b", "https://b"), "there is no current-context"},
		{"clusters:\n" CLUSTER("a", "\"\""), "server is missing"},
		{CLUSTERS "current-context: x\n", "current-context names context \"x\"; there are: none"},
		{CLUSTERS "contexts:\n- context:\n    cluster: d\n  name: x\ncurrent-context: x\n",
		 "names cluster \"d\"; there are: \"a\", \"\", \"b\""},
		{"clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: https://a\n  name: a\n", "is always verified"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json root;
		struct json cluster;
		assert_row(rows[i].text, read_text(&root, rows[i].text) == 0);
		assert_row(rows[i].text, kubeconfig_choose_cluster(&cluster, &root, &err) == -1);
		assert_error(rows[i].text, &err, ERROR_CONFIG, rows[i].cause);
	}
}

TEST(a_file_too_large_for_the_memory_is_refused_and_leaves_nothing_there)
{
	char small[16] = "";
	struct buffer json;
	struct json root;

	buffer_init(&json, small, sizeof small);
	assert_int_equal(kubeconfig_read(&root, LITERAL("current-context: secret\n"), json, &err), -1);
	assert_error("large", &err, ERROR_CONFIG, "more than 16 bytes as JSON");
	for (size_t i = 0; i < sizeof small; i++) {
		assert_int_equal(small[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_and_json_lead_to_the_same),
		cmocka_unit_test(what_client_go_writes_is_read),
		cmocka_unit_test(a_context_without_a_user_is_known),
		cmocka_unit_test(a_context_without_a_user_has_the_one_without_a_name),
		cmocka_unit_test(what_is_refused_says_why),
		cmocka_unit_test(a_name_in_a_message_is_cut),
		cmocka_unit_test(fields_that_cannot_be_taken_are_named_without_their_value),
		cmocka_unit_test(data_is_base64_as_go_reads_it),
		cmocka_unit_test(a_cluster_info_document_leads_to_one_cluster),
		cmocka_unit_test(a_cluster_info_document_that_leads_to_none_says_why),
		cmocka_unit_test(a_file_too_large_for_the_memory_is_refused_and_leaves_nothing_there),
	};
	return RUN("kubeconfig_read", tests);
}
