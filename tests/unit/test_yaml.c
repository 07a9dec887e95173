/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "yaml.h"

struct entry {
	size_t indent;
	bool is_item;
	const char *key, *scalar;
	int line;
};

static void expect(const char *text, const struct entry *entries, size_t count)
{
	struct yaml yaml;
	struct yaml_entry entry;

	yaml_begin(&yaml, support_exact(view_of(text)));
	for (size_t i = 0; i < count; i++) {
		int result = yaml_take(&yaml, &entry);
		if (result != 1) {
			fail_msg("in \"%s\", entry %zu: %d, %s", text, i, result, result < 0 ? yaml.fault : "end");
		}
		assert_text(text, entry.key, entries[i].key);
		assert_text(text, entry.scalar, entries[i].scalar);
		assert_row(text, entry.indent == entries[i].indent);
		assert_row(text, entry.is_item == entries[i].is_item);
		assert_row(text, entries[i].line == 0 || yaml.line_number == entries[i].line);
	}
	assert_row(text, yaml_take(&yaml, &entry) == 0);
}

TEST(the_lines_of_a_kubeconfig_are_read)
{
	static const struct entry entries[] = {
		{0, false, "apiVersion", "v1", 2},  {0, false, "clusters", "", 3},
		{2, true, "cluster", "", 4},        {4, false, "server", "https://10.0.0.1:6443", 5},
		{2, false, "name", "\"\"", 6},      {0, false, "contexts", "null", 8},
		{0, false, "preferences", "{}", 9}, {0, false, "users", "[]", 12},
	};

	expect("---\napiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.1:6443\n  name: \"\"\n\ncontexts: "
	       "null\npreferences: {}\n"
	       "# comment\n    # comment\nusers: []",
	       entries, COUNT(entries));
}

TEST(values_are_taken_as_they_stand)
{
	static const char *const rows[] = {
		"plain",
		"with spaces inside",
		"a:b",
		"https://[::1]:6443",
		"a#b",
		"'single'",
		"'it''s'",
		"\"double\"",
		"\"a\\\"b\\\\c\"",
		"'a: b # c'",
		"\"a: b # c\"",
		"''",
		"\"\"",
		"-1",
		"1.5",
		"true",
		"null",
		"~",
		"/path/with.dots",
		"a=b",
		"LS0tLS1CRUdJTg==",
		"x{}",
		"(none)",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 64);
		const struct entry entry = {0, false, "key", rows[i], 1};
		buffer_format(&text, "key: %s\n%c", rows[i], '\0');
		expect(text.data, &entry, 1);
	}
}

TEST(spaces_and_line_ends_may_differ)
{
	static const struct entry entry = {2, false, "key", "value", 0};
	static const struct entry item = {4, true, "key", "value", 0};

	expect("  key: value", &entry, 1);
	expect("  key: value   \r\n", &entry, 1);
	expect("  key:    value\n\n", &entry, 1);
	expect("\n# c\n  key: value\n", &entry, 1);
	expect("  - key: value\n", &item, 1);
	expect("-   key: value\n", &item, 1);
}

TEST(keys_may_hold_what_labels_hold)
{
	static const struct entry entry = {0, false, "node-role.kubernetes.io/Worker_9", "v", 1};

	expect("node-role.kubernetes.io/Worker_9: v\n", &entry, 1);
}

TEST(what_is_outside_the_subset_is_refused_with_its_line)
{
	static const struct {
		const char *line, *fault;
	} rows[] = {
		{"\tkey: value", "control character"},
		{"key:\tvalue", "control character"},
		{"key: a\tb", "control character"},
		{"key: a\x7f", "control character"},
		{"key: a\rb", "control character"},
		{"key", "key: value"},
		{"key value", "key: value"},
		{"key:value", "key: value"},
		{": value", "key: value"},
		{"- value", "key: value"},
		{"-", "key: value"},
		{"- - key: value", "key: value"},
		{"\"key\": value", "key: value"},
		{"'key': value", "key: value"},
		{"? key", "key: value"},
		{"a key: value", "key: value"},
		{"key{}: value", "key: value"},
		{"---", "key: value"},
		{"...", "key: value"},
		{"%YAML 1.2", "key: value"},
		{"{\"key\": 1}", "key: value"},
		{"key: &anchor value", "only plain and quoted"},
		{"key: *alias", "only plain and quoted"},
		{"key: !!str value", "only plain and quoted"},
		{"key: |", "only plain and quoted"},
		{"key: >-", "only plain and quoted"},
		{"key: {a: 1}", "only plain and quoted"},
		{"key: [1, 2]", "only plain and quoted"},
		{"key: - a", "only plain and quoted"},
		{"key: # comment", "only plain and quoted"},
		{"key: @a", "only plain and quoted"},
		{"key: `a`", "only plain and quoted"},
		{"key: %a", "only plain and quoted"},
		{"key: value # comment", "ambiguous"},
		{"key: a: b", "ambiguous"},
		{"key: a:", "ambiguous"},
		{"key: 'value' # comment", "quoted"},
		{"key: 'open", "quoted"},
		{"key: 'open''", "quoted"},
		{"key: \"open", "quoted"},
		{"key: \"open\\\"", "quoted"},
		{"key: \"a\\n\"", "quoted"},
		{"key: \"a\\u0041\"", "quoted"},
		{"key: 'a'b", "quoted"},
		{"key: \"a\" b", "quoted"},
		{"key: '", "quoted"},
		{"key: \"", "quoted"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct yaml yaml;
		struct yaml_entry entry;
		BUFFER(text, 128);
		buffer_format(&text, "a: 1\n\n%s\nb: 2\n", rows[i].line);
		yaml_begin(&yaml, support_exact(buffer_view(&text)));
		assert_row(rows[i].line, yaml_take(&yaml, &entry) == 1);
		assert_row(rows[i].line, yaml_take(&yaml, &entry) == -1);
		assert_row(rows[i].line, yaml.line_number == 3);
		assert_row(rows[i].line, strstr(yaml.fault, rows[i].fault) != NULL);
	}
}

TEST(a_nul_byte_and_a_byte_order_mark_are_refused)
{
	struct yaml yaml;
	struct yaml_entry entry;

	yaml_begin(&yaml, support_exact(LITERAL("key: a\0b\n")));
	assert_int_equal(yaml_take(&yaml, &entry), -1);
	yaml_begin(&yaml, support_exact(LITERAL("\xef\xbb\xbfkey: a\n")));
	assert_int_equal(yaml_take(&yaml, &entry), -1);
}

TEST(quotes_are_taken_off)
{
	static const struct {
		const char *scalar, *text;
	} rows[] = {
		{"", ""},
		{"null", ""},
		{"~", ""},
		{"plain text", "plain text"},
		{"''", ""},
		{"\"\"", ""},
		{"'null'", "null"},
		{"\"~\"", "~"},
		{"'it''s'", "it's"},
		{"''''", "'"},
		{"'a\\b\"c'", "a\\b\"c"},
		{"\"a'b\"", "a'b"},
		{"\"a\\\"b\\\\\"", "a\"b\\"},
		{"\"\\\\\\\"\"", "\\\""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 32);
		yaml_add_scalar(&buf, support_exact(view_of(rows[i].scalar)));
		assert_text(rows[i].scalar, buffer_view(&buf), rows[i].text);
	}
}

TEST(text_is_quoted_only_when_it_must_be)
{
	static const struct {
		const char *text, *scalar;
	} rows[] = {
		{"https://10.0.0.1:6443", "https://10.0.0.1:6443"},
		{"https://[::1]:6443", "https://[::1]:6443"},
		{"/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.crt"},
		{"kubernetes.default", "kubernetes.default"},
		{"a_b-c=d+e@f", "a_b-c=d+e@f"},
		{"yesterday", "yesterday"},
		{"nullify", "nullify"},
		{"falsehood", "falsehood"},
		{"e1", "e1"},
		{"", "''"},
		{"yes", "'yes'"},
		{"No", "'No'"},
		{"TRUE", "'TRUE'"},
		{"off", "'off'"},
		{"y", "'y'"},
		{"Null", "'Null'"},
		{"~", "'~'"},
		{"123", "'123'"},
		{"10.0.0.1", "'10.0.0.1'"},
		{"1e3", "'1e3'"},
		{".inf", "'.inf'"},
		{"-a", "'-a'"},
		{"/x/my: ca #1.pem", "'/x/my: ca #1.pem'"},
		{"a:", "'a:'"},
		{"a b", "'a b'"},
		{" a", "' a'"},
		{"it's", "'it''s'"},
		{"''", "''''''"},
		{"a\\b\"c", "'a\\b\"c'"},
		{"{}", "'{}'"},
		{"[a]", "'[a]'"},
		{"*a", "'*a'"},
		{"/\xc3\xa9", "'/\xc3\xa9'"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 64);
		yaml_format_scalar(&buf, rows[i].text);
		assert_text(rows[i].text, buffer_view(&buf), rows[i].scalar);
	}
}

/* Text of every length up to three, of characters that mean something to YAML. */
TEST(what_was_written_is_read_back)
{
	static const char letters[] = "a1-:#'\"\\ {[|~/.";
	const size_t base = sizeof letters; /* its NUL ends a text */

	for (size_t n = 0; n < base * base * base; n++) {
		const char text[] = {letters[n % base], letters[n / base % base], letters[n / base / base], '\0'};
		struct yaml yaml;
		struct yaml_entry entry;
		BUFFER(line, 64);
		BUFFER(back, 16);
		buffer_add_text(&line, "key: ");
		yaml_format_scalar(&line, text);
		yaml_begin(&yaml, buffer_view(&line));
		assert_row(text, yaml_take(&yaml, &entry) == 1);
		yaml_add_scalar(&back, entry.scalar);
		assert_text(text, buffer_view(&back), text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lines_of_a_kubeconfig_are_read),
		cmocka_unit_test(values_are_taken_as_they_stand),
		cmocka_unit_test(spaces_and_line_ends_may_differ),
		cmocka_unit_test(keys_may_hold_what_labels_hold),
		cmocka_unit_test(what_is_outside_the_subset_is_refused_with_its_line),
		cmocka_unit_test(a_nul_byte_and_a_byte_order_mark_are_refused),
		cmocka_unit_test(quotes_are_taken_off),
		cmocka_unit_test(text_is_quoted_only_when_it_must_be),
		cmocka_unit_test(what_was_written_is_read_back),
	};
	return RUN("yaml", tests);
}
