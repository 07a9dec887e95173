/* SPDX-License-Identifier: Apache-2.0 */
/* Files as kubeadm, kubectl and minikube write them, changed at random, the same in every run: what is read is what libyaml reads. */
#include "support.h"

#include <stdlib.h>

#include "yaml.h"
#include "yaml_reference.h"

#define ROUNDS     (support_is_emulated() ? 10000 : 100000) /* a minute is too long */
#define FILE_LIMIT 2048

static const char *const files[] = {
	"apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: QUJD\n    server: https://10.0.0.1:6443\n  name: "
	"kubernetes\n"
	"contexts:\n- context:\n    cluster: kubernetes\n    user: tls-bootstrap-token-user\n  name: "
	"tls-bootstrap-token-user@kubernetes\ncurrent-context: tls-bootstrap-token-user@kubernetes\nkind: Config\nusers:\n- name: "
	"tls-bootstrap-token-user\n  user:\n    token: abcdef.0123456789abcdef\n",
	"apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: '/x/my: ca #1.pem'\n    insecure-skip-tls-verify: false\n    "
	"proxy-url: http://p:3128\n    server: https://[::1]:6443\n    tls-server-name: \"10\"\n  name: 10.0.0.1:6443\ncontexts:\n- "
	"context:\n  "
	"  cluster: 2024-prod\n    namespace: \"yes\"\n    user: \"123456.1234567890123456\"\n  name: \"\"\ncurrent-context: \"\"\nkind: "
	"Config\npreferences: {}\nusers:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n  "
	" "
	"   - token\n      - --id=1\n      command: aws\n      env: null\n      provideClusterInfo: false\n- name: b\n  user: {}\n",
	"apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: /root/.minikube/ca.crt\n    extensions:\n    - extension:\n     "
	"   "
	"last-update: Tue, 24 Nov 2026 10:00:00 UTC\n        provider: minikube.sigs.k8s.io\n        version: v1.37.0\n      name: "
	"cluster_info\n    server: https://192.168.49.2:8443\n  name: minikube\ncontexts: []\ncurrent-context: minikube\nkind: "
	"Config\nusers:\n- "
	"name: minikube\n  user:\n    client-certificate: /root/.minikube/client.crt\n    client-key: /root/.minikube/client.key\n",
	"---\n# by hand\napiVersion: v1\nclusters:\n  - name: 'it''s'\n    cluster:\n        server: \"https://a/\\\"b\\\\c\"\n\n  -   "
	"name: null\n"
	"      cluster: ~\n    # comment\nargs:\n  - a b\n  - 1.5\n  - {}\n\xc3\xa9: \xe2\x82\xac\n",
};

static uint32_t drawn = 1;

/* Of 0 to `below` - 1; xorshift. */
static size_t draw(size_t below)
{
	drawn ^= drawn << 13;
	drawn ^= drawn >> 17;
	drawn ^= drawn << 5;
	return drawn % below;
}

/* Replace `len` bytes at `at`. */
static void splice(struct buffer *file, size_t at, size_t len, const char *text)
{
	size_t added = strlen(text);

	len = len <= file->len - at ? len : file->len - at;
	if (file->len - len + added <= file->capacity) {
		memmove(file->data + at + added, file->data + at + len, file->len - at - len);
		memcpy(file->data + at, text, added);
		file->len += added - len;
	}
}

/* Where the line begins that `at` is in. */
static size_t line_at(const struct buffer *file, size_t at)
{
	while (at > 0 && file->data[at - 1] != '\n') {
		at--;
	}
	return at;
}

static void move_line(struct buffer *file)
{
	char line[FILE_LIMIT + 1];
	size_t at = line_at(file, draw(file->len));
	const char *newline = memchr(file->data + at, '\n', file->len - at);
	size_t len = newline != NULL ? (size_t)(newline + 1 - (file->data + at)) : file->len - at;

	assert_true(view_copy((struct view){file->data + at, len}, line, sizeof line));
	if (draw(2) == 0) {
		splice(file, at, len, "");
	}
	splice(file, line_at(file, draw(file->len + 1)), 0, line);
}

static void mutate(struct buffer *file)
{
	static const char *const parts[] = {
		" ",        "  ",       "\n",           "- ",           "-",    ":",   ": ",     "#",      " #",    "'",     "\"",  "''",
		"\\",       "\t",       "\r",           "\r\n",         "{}",   "[]",  "null",   "~",      "yes",   "0x1f",  "1_0", ".5",
		"1:30",     "=",        "<<",           "2024-01-01",   "|",    "&a ", "*a",     "!!str ", "---\n", "...\n", "? ",  "%",
		"\xc2\x85", "\xc3\xa9", "\xe2\x80\xa8", "\xef\xbb\xbf", "True", "nan", "a: b\n", "- c\n",  "[",     "}",     ",",   "e5",
		"-1",       "@",
	};
	size_t at = draw(file->len);
	char byte[2] = {(char)(file->data[at] ^ (1 << draw(8))), '\0'};

	switch (draw(5)) {
	case 0:
		splice(file, at, 1, byte);
		break;
	case 1:
		move_line(file);
		break;
	case 2:
		splice(file, line_at(file, at), draw(5), "");
		break;
	case 3:
		splice(file, line_at(file, at), 0, parts[draw(4)]);
		break;
	default:
		splice(file, at, draw(4), parts[draw(COUNT(parts))]);
		break;
	}
	if (file->len == 0) {
		buffer_add_text(file, "a");
	}
}

/* True when it was read. */
static bool compare(struct view text)
{
	BUFFER(json, 8 * FILE_LIMIT);
	BUFFER(expected, 8 * FILE_LIMIT);
	struct yaml_fault fault;

	if (yaml_to_json(&json, text, &fault) != 0) {
		return false;
	}
	assert_false(json.overflow);
	if (yaml_reference_to_json(&expected, text) != 0) {
		fail_msg("libyaml does not read \"%.*s\"", (int)text.len, text.data);
	}
	assert_view("libyaml", buffer_view(&json), buffer_view(&expected));
	return true;
}

TEST(what_is_read_is_what_libyaml_reads)
{
	size_t read = 0;

	for (int round = 0; round < ROUNDS; round++) {
		BUFFER(file, FILE_LIMIT);
		buffer_add_text(&file, files[draw(COUNT(files) - (size_t)(round % 2))]);
		for (size_t count = 1 + draw(3); count > 0; count--) {
			mutate(&file);
		}
		read += compare(buffer_view(&file));
	}
	assert_in_range(read, ROUNDS / 10, ROUNDS * 9 / 10); /* both are tried */
}

/* All texts of these characters as a value, and as an item of a list. */
TEST(every_short_value_is_read_as_libyaml_and_go_yaml_read_it)
{
	static const char letters[] = "019_-+.:eExobTyn~=<'\"\\ #{}/";
	const size_t base = sizeof letters - 1;
	size_t read = 0;

	for (size_t n = 0; n < base * base * base * base; n++) {
		const char text[] = {letters[n % base], letters[n / base % base], letters[n / base / base % base],
				     letters[n / base / base / base], '\0'};
		BUFFER(file, 64);
		buffer_format(&file, n % 2 == 0 ? "a: %s\n" : "- %s\n", text);
		read += compare(buffer_view(&file));
	}
	assert_true(read > base * base * base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_libyaml_reads),
		cmocka_unit_test(every_short_value_is_read_as_libyaml_and_go_yaml_read_it),
	};
	return RUN("yaml_mutations", tests);
}
