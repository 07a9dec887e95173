/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "kubeconfig.h"

#define CURRENT "/var/lib/kubelet/pki/kubelet-client-current.pem"

/* Byte by byte what kubelet 1.37.2 writes. */
#define KUBECONFIG(cluster)                                \
	"apiVersion: v1\n"                                 \
	"clusters:\n"                                      \
	"- cluster:\n" cluster "  name: default-cluster\n" \
	"contexts:\n"                                      \
	"- context:\n"                                     \
	"    cluster: default-cluster\n"                   \
	"    namespace: default\n"                         \
	"    user: default-auth\n"                         \
	"  name: default-context\n"                        \
	"current-context: default-context\n"               \
	"kind: Config\n"                                   \
	"users:\n"                                         \
	"- name: default-auth\n"                           \
	"  user:\n"                                        \
	"    client-certificate: " CURRENT "\n"            \
	"    client-key: " CURRENT "\n"
#define WITH_DATA KUBECONFIG("    certificate-authority-data: QUJD\n    server: https://10.0.0.1:6443\n")

static enum kubeconfig_kind judge(struct view text, const char *certificate)
{
	BUFFER(memory, KUBECONFIG_JSON_LIMIT);

	return kubeconfig_judge(text, certificate, memory);
}

static const struct kubeconfig with_data = {"https://10.0.0.1:6443", NULL, {"ABC", 3}, "", CURRENT, ""};

TEST(the_file_is_byte_by_byte_that_of_kubelet)
{
	static const struct {
		const char *name;
		struct kubeconfig config;
		const char *text;
	} rows[] = {
		{"data", {"https://10.0.0.1:6443", NULL, {"ABC", 3}, "", CURRENT, ""}, WITH_DATA},
		{"path",
		 {"https://10.0.0.1:6443", "/etc/kubernetes/pki/ca.crt", {"ABC", 3}, "", CURRENT, ""},
		 KUBECONFIG("    certificate-authority: /etc/kubernetes/pki/ca.crt\n    server: https://10.0.0.1:6443\n")},
		{"server name",
		 {"https://[::1]", "/ca", {NULL, 0}, "kubernetes", CURRENT, ""},
		 KUBECONFIG("    certificate-authority: /ca\n    server: https://[::1]\n    tls-server-name: kubernetes\n")},
		{"proxy",
		 {"https://a", "/ca", {NULL, 0}, "kubernetes", CURRENT, "http://p:3128"},
		 KUBECONFIG("    certificate-authority: /ca\n    proxy-url: http://p:3128\n    server: https://a\n    tls-server-name: "
			    "kubernetes\n")},
		{"values that need quotes",
		 {"https://a", "/x/my: ca #1.pem", {NULL, 0}, "10.0.0.1", CURRENT, ""},
		 KUBECONFIG("    certificate-authority: '/x/my: ca #1.pem'\n    server: https://a\n    tls-server-name: '10.0.0.1'\n")},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 2048);
		kubeconfig_format(&buf, &rows[i].config);
		assert_text(rows[i].name, buffer_view(&buf), rows[i].text);
	}
}

TEST(a_path_with_a_quote_is_quoted_in_all_its_places)
{
	const struct kubeconfig config = {"https://a", NULL, {"ABC", 3}, "", "/it's/kubelet-client-current.pem", ""};
	BUFFER(buf, 2048);

	kubeconfig_format(&buf, &config);
	assert_non_null(view_find(buffer_view(&buf), "client-certificate: '/it''s/kubelet-client-current.pem'\n", 56));
	assert_non_null(view_find(buffer_view(&buf), "client-key: '/it''s/kubelet-client-current.pem'\n", 48));
	assert_int_equal(judge(buffer_view(&buf), config.certificate), KUBECONFIG_OURS);
}

#define JSON(user)                                                                                       \
	"{\"kind\":\"Config\",\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://a\"}}],\n" \
	"\"users\":[{\"name\":\"u\",\"user\":{" user "}}],"                                              \
	"\"contexts\":[{\"name\":\"x\",\"context\":{\"cluster\":\"c\",\"user\":\"u\"}}],\"current-context\":\"x\"}"
#define JSON_OURS JSON("\"client-certificate\":\"" CURRENT "\",\"client-key\":\"" CURRENT "\"")

#define KUBEADM                                                                                                                    \
	"apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: QUJD\n    server: https://10.0.0.1:6443\n  name: " \
	"kubernetes\n"                                                                                                             \
	"contexts:\n- context:\n    cluster: kubernetes\n    user: system:node:a\n  name: system:node:a@kubernetes\n"              \
	"current-context: system:node:a@kubernetes\nkind: Config\n"
#define KUBEADM_USER(certificate, key) \
	"users:\n- name: system:node:a\n  user:\n    client-certificate: " certificate "\n    client-key: " key "\n"

TEST(what_is_in_the_way_is_known)
{
	static const struct {
		const char *name, *text;
		enum kubeconfig_kind kind;
	} rows[] = {
		{"ours", WITH_DATA, KUBECONFIG_OURS},
		{"as kubeadm writes it", KUBEADM "preferences: {}\n" KUBEADM_USER(CURRENT, CURRENT), KUBECONFIG_OURS},
		{"quoted", KUBEADM KUBEADM_USER("'" CURRENT "'", "\"" CURRENT "\""), KUBECONFIG_OURS},
		{"with comments", "# written by hand\n" KUBEADM "\n" KUBEADM_USER(CURRENT, CURRENT), KUBECONFIG_OURS},
		{"second of two users",
		 KUBEADM "users:\n- name: admin\n  user:\n    client-certificate: /a\n    client-key: /a\n"
			 "- name: system:node:a\n  user:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OURS},
		{"name behind the user",
		 KUBEADM "users:\n- user:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n  name: system:node:a\n",
		 KUBECONFIG_OURS},
		{"JSON", JSON_OURS, KUBECONFIG_OURS},
		{"JSON with a newline", JSON_OURS "\n", KUBECONFIG_OURS},
		{"JSON with another user", JSON("\"token\":\"t\""), KUBECONFIG_OTHER},
		{"JSON with more behind it", JSON_OURS "x", KUBECONFIG_DAMAGED},
		{"JSON of another kind", "{\"kind\":\"List\"}\n", KUBECONFIG_FOREIGN},
		{"something like JSON", "{\"kind\":\"Config\"", KUBECONFIG_FOREIGN},
		{"unverified, as kubelet allows", KUBECONFIG("    insecure-skip-tls-verify: true\n    server: https://a\n"),
		 KUBECONFIG_OURS},
		{"a certificate authority in two ways",
		 KUBECONFIG("    certificate-authority: /ca\n    certificate-authority-data: QUJD\n    server: https://a\n"),
		 KUBECONFIG_OTHER},
		{"other certificate", KUBEADM KUBEADM_USER("/other", CURRENT), KUBECONFIG_OTHER},
		{"other key", KUBEADM KUBEADM_USER(CURRENT, "/other"), KUBECONFIG_OTHER},
		{"longer path", KUBEADM KUBEADM_USER(CURRENT "x", CURRENT), KUBECONFIG_OTHER},
		{"a token", KUBEADM "users:\n- name: system:node:a\n  user:\n    token: t\n", KUBECONFIG_OTHER},
		{"the wrong one of two users",
		 KUBEADM "users:\n- name: system:node:a\n  user:\n    client-certificate: /a\n    client-key: /a\n"
			 "- name: admin\n  user:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OTHER},
		{"user without a name that is known",
		 KUBEADM "users:\n- name: admin\n  user:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OTHER},
		{"the key with another user",
		 KUBEADM "users:\n- name: system:node:a\n  user:\n    token: t\n- name: admin\n  user:\n    client-certificate: " CURRENT
			 "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OTHER},
		{"the key in another mapping",
		 KUBEADM "users:\n- name: system:node:a\n  exec:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OTHER},
		{"a certificate in it as well", WITH_DATA "    client-certificate-data: QUJD\n", KUBECONFIG_OTHER},
		{"a key in it as well", WITH_DATA "    client-key-data: QUJD\n", KUBECONFIG_OTHER},
		{"no cluster",
		 "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- context:\n    user: u\n  name: c\n"
		 "users:\n- name: u\n  user:\n    client-certificate: " CURRENT "\n    client-key: " CURRENT "\n",
		 KUBECONFIG_OTHER},
		{"no server", KUBECONFIG("    certificate-authority-data: QUJD\n"), KUBECONFIG_OTHER},
		{"an empty server", KUBECONFIG("    server: \"\"\n"), KUBECONFIG_OTHER},
		{"no users", KUBEADM "users: null\n", KUBECONFIG_OTHER},
		{"no context", "apiVersion: v1\nkind: Config\nusers: []\n", KUBECONFIG_OTHER},
		{"empty", "", KUBECONFIG_DAMAGED},
		{"white space", " \n\n", KUBECONFIG_DAMAGED},
		{"tab", KUBEADM "users:\n\t- name: a\n", KUBECONFIG_DAMAGED},
		{"anchor", KUBEADM "users: &a\n", KUBECONFIG_DAMAGED},
		{"no newline at the end", KUBEADM "users: null", KUBECONFIG_DAMAGED},
		{"KubeletConfiguration",
		 "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: cluster.local\n",
		 KUBECONFIG_FOREIGN},
		{"KubeletConfiguration, kind in front", "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n",
		 KUBECONFIG_FOREIGN},
		{"KubeletConfiguration with lists",
		 "apiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  anonymous:\n    enabled: false\nclusterDNS:\n- "
		 "10.96.0.10\nkind: KubeletConfiguration\n",
		 KUBECONFIG_FOREIGN},
		{"a ConfigMap", "apiVersion: v1\nkind: ConfigMap\n", KUBECONFIG_FOREIGN},
		{"text", "hello world\n", KUBECONFIG_FOREIGN},
		{"a shell file", "#!/bin/sh\nexit 0\n", KUBECONFIG_FOREIGN},
		{"INI", "[cluster]\nserver = https://a\n", KUBECONFIG_FOREIGN},
		{"ELF",
		 "\x7f"
		 "ELF\x02\x01\x01",
		 KUBECONFIG_FOREIGN},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum kubeconfig_kind kind = judge(support_exact(view_of(rows[i].text)), CURRENT);
		if (kind != rows[i].kind) {
			fail_msg("in \"%s\": %d instead of %d", rows[i].name, (int)kind, (int)rows[i].kind);
		}
	}
}

/* A power cut must not leave a file that we take for whole, nor one that we dare not replace. */
TEST(a_file_cut_off_anywhere_is_neither_ours_nor_foreign)
{
	struct view whole = LITERAL(WITH_DATA);

	for (size_t len = 0; len < whole.len; len++) {
		enum kubeconfig_kind kind = judge(support_exact((struct view){whole.data, len}), CURRENT);
		if (kind != KUBECONFIG_DAMAGED && kind != KUBECONFIG_OTHER) {
			fail_msg("cut at %zu: %d; \"...%.*s\"", len, (int)kind, (int)(len < 20 ? len : 20),
				 whole.data + len - (len < 20 ? len : 20));
		}
	}
}

TEST(a_file_with_a_tail_of_nuls_is_neither_ours_nor_foreign)
{
	char text[sizeof WITH_DATA] = WITH_DATA;

	for (size_t at = sizeof text - 1; at-- > 0;) {
		text[at] = '\0';
		enum kubeconfig_kind kind = judge(support_exact((struct view){text, sizeof text - 1}), CURRENT);
		if (kind != KUBECONFIG_DAMAGED && kind != KUBECONFIG_OTHER) {
			fail_msg("NULs from %zu: %d", at, (int)kind);
		}
	}
}

TEST(a_value_that_is_too_long_is_none_of_ours)
{
	BUFFER(text, 2048);

	buffer_add_text(&text, KUBEADM "users:\n- name: system:node:a\n  user:\n    client-certificate: /");
	for (int i = 0; i < PATH_LIMIT; i++) {
		buffer_add_text(&text, "x");
	}
	buffer_add_text(&text, "\n    client-key: " CURRENT "\n");
	assert_int_equal(judge(buffer_view(&text), CURRENT), KUBECONFIG_OTHER);
}

TEST(what_is_written_is_known_as_ours)
{
	BUFFER(buf, 2048);

	kubeconfig_format(&buf, &with_data);
	assert_int_equal(judge(support_exact(buffer_view(&buf)), CURRENT), KUBECONFIG_OURS);
	assert_int_equal(judge(support_exact(buffer_view(&buf)), "/other"), KUBECONFIG_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_byte_by_byte_that_of_kubelet),
		cmocka_unit_test(a_path_with_a_quote_is_quoted_in_all_its_places),
		cmocka_unit_test(what_is_in_the_way_is_known),
		cmocka_unit_test(a_file_cut_off_anywhere_is_neither_ours_nor_foreign),
		cmocka_unit_test(a_file_with_a_tail_of_nuls_is_neither_ours_nor_foreign),
		cmocka_unit_test(a_value_that_is_too_long_is_none_of_ours),
		cmocka_unit_test(what_is_written_is_known_as_ours),
	};
	return RUN("kubeconfig", tests);
}
