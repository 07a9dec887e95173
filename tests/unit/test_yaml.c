/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "yaml.h"

static void expect(const char *text, const char *expected)
{
	struct yaml_fault fault;
	BUFFER(json, 1024);

	if (yaml_to_json(&json, support_exact(view_of(text)), &fault) != 0) {
		fail_msg("in \"%s\", line %d: %s", text, fault.line_number, fault.text);
	}
	assert_text(text, buffer_view(&json), expected);
}

TEST(a_kubeconfig_becomes_json)
{
	expect("---\napiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.1:6443\n  name: \"\"\n\ncontexts: "
	       "null\npreferences: {}\n"
	       "# comment\n    # comment\nusers: []",
	       "{\"apiVersion\":\"v1\",\"clusters\":[{\"cluster\":{\"server\":\"https://10.0.0.1:6443\"},\"name\":\"\"}],\"contexts\":null,"
	       "\"preferences\":{},\"users\":[]}");
}

TEST(mappings_and_lists_nest)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{"", "null"},
		{"---\n# nothing\n", "null"},
		{"a:\n", "{\"a\":null}"},
		{"a:\nb: c\n", "{\"a\":null,\"b\":\"c\"}"},
		{"a:\n  b:\n    c: d\ne: f\n", "{\"a\":{\"b\":{\"c\":\"d\"}},\"e\":\"f\"}"},
		{"a:\n  b:\n  c:\n", "{\"a\":{\"b\":null,\"c\":null}}"},
		{"  a: b\n  c: d\n", "{\"a\":\"b\",\"c\":\"d\"}"},
		{"a:\n- b\n- c\nd: e\n", "{\"a\":[\"b\",\"c\"],\"d\":\"e\"}"},
		{"a:\n  - b\n  - c\nd: e\n", "{\"a\":[\"b\",\"c\"],\"d\":\"e\"}"},
		{"a:\n- b:\n  - c\n  - d\n- e\n", "{\"a\":[{\"b\":[\"c\",\"d\"]},\"e\"]}"},
		{"a:\n-   b: c\n    d: e\n- f: g\n", "{\"a\":[{\"b\":\"c\",\"d\":\"e\"},{\"f\":\"g\"}]}"},
		{"a:\n- b:\n    c: d\n  e:\n- f:\ng:\n", "{\"a\":[{\"b\":{\"c\":\"d\"},\"e\":null},{\"f\":null}],\"g\":null}"},
		{"- a\n- b: c\n", "[\"a\",{\"b\":\"c\"}]"},
		{"a: b\r\nc:\r\n  d: e\r\n", "{\"a\":\"b\",\"c\":{\"d\":\"e\"}}"},
		{"a:\n\n# c\n    # c\n  b: c   \n", "{\"a\":{\"b\":\"c\"}}"},
		{"a: 1\na: 2\n", "{\"a\":1,\"a\":2}"},
		{"args:\n- --flag\n- key:value\n- null\n- {}\n", "{\"args\":[\"--flag\",\"key:value\",null,{}]}"},
		{"node-role.kubernetes.io/Worker_9: v\n", "{\"node-role.kubernetes.io/Worker_9\":\"v\"}"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].yaml, rows[i].json);
	}
}

TEST(values_have_the_type_that_client_go_gives_them)
{
	static const struct {
		const char *scalar, *json;
	} rows[] = {
		{"", "null"},
		{"~", "null"},
		{"NULL", "null"},
		{"Null", "null"},
		{"y", "true"},
		{"Y", "true"},
		{"Yes", "true"},
		{"ON", "true"},
		{"true", "true"},
		{"n", "false"},
		{"No", "false"},
		{"off", "false"},
		{"False", "false"},
		{"yEs", "\"yEs\""},
		{"nULL", "\"nULL\""},
		{"yesterday", "\"yesterday\""},
		{"0", "0"},
		{"-1", "-1"},
		{"1.5", "1.5"},
		{"1e3", "1e3"},
		{"123456.1234567890123456", "123456.1234567890123456"},
		{"1abcde.0123456789abcdef", "\"1abcde.0123456789abcdef\""},
		{"0x0000.0123456789abcdef", "\"0x0000.0123456789abcdef\""},
		{"10.0.0.1", "\"10.0.0.1\""},
		{"10.0.0.1:6443", "\"10.0.0.1:6443\""},
		{"2001:db8::1", "\"2001:db8::1\""},
		{"::1", "\"::1\""},
		{"2024-prod", "\"2024-prod\""},
		{"2024-10-01-prod", "\"2024-10-01-prod\""},
		{"2024-2025-1", "\"2024-2025-1\""},
		{"0badcafe", "\"0badcafe\""},
		{"0xcluster", "\"0xcluster\""},
		{"1e", "\"1e\""},
		{"e1", "\"e1\""},
		{"--", "\"--\""},
		{".", "\".\""},
		{"./ca.crt", "\"./ca.crt\""},
		{".kube/ca.crt", "\".kube/ca.crt\""},
		{"a b", "\"a b\""},
		{"a#b", "\"a#b\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"(none)", "\"(none)\""},
		{"LS0tLS1CRUdJTg==", "\"LS0tLS1CRUdJTg==\""},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"''", "\"\""},
		{"'null'", "\"null\""},
		{"'it''s'", "\"it's\""},
		{"''''", "\"'\""},
		{"'a\\b\"c'", "\"a\\\\b\\\"c\""},
		{"'a: b # c'", "\"a: b # c\""},
		{"\"\"", "\"\""},
		{"\"123\"", "\"123\""},
		{"\"a'b\"", "\"a'b\""},
		{"\"a\\\"b\\\\\"", "\"a\\\"b\\\\\""},
		{"{}", "{}"},
		{"[]", "[]"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 128);
		BUFFER(json, 128);
		buffer_format(&text, "key: %s\n%c", rows[i].scalar, '\0');
		buffer_format(&json, "{\"key\":%s}%c", rows[i].json, '\0');
		expect(text.data, json.data);
	}
}

TEST(what_is_outside_the_subset_is_refused_with_its_line)
{
	static const struct {
		const char *line, *fault;
	} rows[] = {
		{"\tkey: value", "a tab, a control"},
		{"key:\tvalue", "a tab, a control"},
		{"key: a\tb", "a tab, a control"},
		{"# a\tb", "a tab, a control"},
		{"key: a\x7f", "a tab, a control"},
		{"key: a\rb", "a tab, a control"},
		{"key: \xff", "a tab, a control"},
		{"key: \xc0\xaf", "a tab, a control"},
		{"key: \xe2\x82", "a tab, a control"},
		{"key: \xed\xa0\x80", "a tab, a control"},
		{"key: \xf4\x90\x80\x80", "a tab, a control"},
		{"key: \xc2\x85", "a tab, a control"},
		{"key: \xc2\x9b", "a tab, a control"},
		{"key: \xe2\x80\xa8", "a tab, a control"},
		{"key: \xe2\x80\xa9", "a tab, a control"},
		{"key: \xef\xbb\xbf", "a tab, a control"},
		{"key: \xef\xbf\xbf", "a tab, a control"},
		{"key", "key: value"},
		{"key value", "key: value"},
		{"key:value", "key: value"},
		{": value", "key: value"},
		{"-", "key: value"},
		{"\"key\": value", "key: value"},
		{"? key", "key: value"},
		{"a key: value", "key: value"},
		{"---", "key: value"},
		{"...", "key: value"},
		{"%YAML 1.2", "key: value"},
		{"{\"key\": 1}", "key: value"},
		{"y: value", "ambiguous"},
		{"12: value", "ambiguous"},
		{"null: value", "ambiguous"},
		{"2024-01-01: value", "ambiguous"},
		{"key: &anchor value", "only plain and quoted"},
		{"key: *alias", "only plain and quoted"},
		{"key: !!str value", "only plain and quoted"},
		{"key: |", "only plain and quoted"},
		{"key: >-", "only plain and quoted"},
		{"key: {a: 1}", "only plain and quoted"},
		{"key: [1, 2]", "only plain and quoted"},
		{"key: - a", "only plain and quoted"},
		{"key: -", "only plain and quoted"},
		{"key: # comment", "only plain and quoted"},
		{"key: @a", "only plain and quoted"},
		{"key: `a`", "only plain and quoted"},
		{"- - key: value", "only plain and quoted"},
		{"- \"key\": value", "quoted"},
		{"key: value # comment", "ambiguous"},
		{"key: a: b", "ambiguous"},
		{"key: a:", "ambiguous"},
		{"key: =", "ambiguous"},
		{"key: <<", "ambiguous"},
		{"key: 0x1F", "ambiguous"},
		{"key: 0o17", "ambiguous"},
		{"key: 0b101", "ambiguous"},
		{"key: 017", "ambiguous"},
		{"key: +1", "ambiguous"},
		{"key: -0x1f", "ambiguous"},
		{"key: 1_000", "ambiguous"},
		{"key: 0_x1_f", "ambiguous"},
		{"key: 1.", "ambiguous"},
		{"key: .5", "ambiguous"},
		{"key: -.5e-3", "ambiguous"},
		{"key: 012345.1234567890123456", "ambiguous"},
		{"key: .inf", "ambiguous"},
		{"key: -.Inf", "ambiguous"},
		{"key: .NaN", "ambiguous"},
		{"key: 190:20:30", "ambiguous"},
		{"key: 190:20:30.15", "ambiguous"},
		{"key: 2024-01-02", "ambiguous"},
		{"key: 2024-1-2", "ambiguous"},
		{"key: 2024-01-02T03:04:05Z", "ambiguous"},
		{"key: 2024-01-02 03:04:05", "ambiguous"},
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
		{"  key: value", "indentation"},
		{" key: value", "indentation"},
		{"- key: value", "indentation"},
		{"  - value", "indentation"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct yaml_fault fault;
		BUFFER(text, 128);
		BUFFER(json, 128);
		buffer_format(&text, "a: 1\n\n%s\nb: 2\n", rows[i].line);
		assert_row(rows[i].line, yaml_to_json(&json, support_exact(buffer_view(&text)), &fault) == -1);
		assert_row(rows[i].line, fault.line_number == 3);
		assert_row(rows[i].line, strstr(fault.text, rows[i].fault) != NULL);
		assert_text(rows[i].line, buffer_view(&json), "{\"a\":1}");
	}
}

TEST(a_line_that_belongs_nowhere_is_refused_and_what_is_above_is_kept)
{
	static const struct {
		const char *yaml;
		int line;
		const char *json;
	} rows[] = {
		{"  a: b\nc: d\n", 2, "{\"a\":\"b\"}"},
		{"a:\n    b: c\n  d: e\n", 3, "{\"a\":{\"b\":\"c\"}}"},
		{"a:\n  b: c\n   d: e\n", 3, "{\"a\":{\"b\":\"c\"}}"},
		{"a:\n- b: c\n d: e\n", 3, "{\"a\":[{\"b\":\"c\"}]}"},
		{"a:\n- b: c\n  - d\n", 3, "{\"a\":[{\"b\":\"c\"}]}"},
		{"a:\n- b\n  c: d\n", 3, "{\"a\":[\"b\"]}"},
		{"a:\n  - b\n- c\n", 3, "{\"a\":[\"b\"]}"},
		{"- a\nb: c\n", 2, "[\"a\"]"},
		{"a:\n  b: c\n  - d\n", 3, "{\"a\":{\"b\":\"c\"}}"},
		{"a:\n  b:\n  &c\n", 3, "{\"a\":{\"b\":null}}"},
		{" ---\na: b\n", 1, "null"},
		{"a:\n- b:\n---\n", 3, "{\"a\":[{\"b\":null}]}"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct yaml_fault fault;
		BUFFER(json, 128);
		assert_row(rows[i].yaml, yaml_to_json(&json, support_exact(view_of(rows[i].yaml)), &fault) == -1);
		assert_row(rows[i].yaml, fault.line_number == rows[i].line);
		assert_text(rows[i].yaml, buffer_view(&json), rows[i].json);
	}
}

TEST(a_nul_byte_and_a_byte_order_mark_are_refused)
{
	struct yaml_fault fault;
	BUFFER(json, 64);

	assert_int_equal(yaml_to_json(&json, support_exact(LITERAL("key: a\0b\n")), &fault), -1);
	assert_int_equal(yaml_to_json(&json, support_exact(LITERAL("\xef\xbb\xbfkey: a\n")), &fault), -1);
}

TEST(nesting_ends_at_sixteen)
{
	for (int depth = 14; depth <= 17; depth++) {
		struct yaml_fault fault;
		BUFFER(text, 1024);
		BUFFER(json, 1024);
		for (int i = 0; i < depth; i++) {
			buffer_format(&text, "%.*sa:\n", i, "                ");
		}
		assert_int_equal(yaml_to_json(&json, support_exact(buffer_view(&text)), &fault), depth <= 15 ? 0 : -1);
	}
}

TEST(a_buffer_too_small_is_seen)
{
	for (size_t capacity = 0; capacity < 12; capacity++) {
		struct yaml_fault fault;
		struct buffer json;
		buffer_init(&json, (char *)support_exact((struct view){"000000000000", capacity}).data, capacity);
		assert_int_equal(yaml_to_json(&json, LITERAL("a: 'b'\n"), &fault), 0);
		assert_true(json.overflow == (capacity < 9));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kubeconfig_becomes_json),
		cmocka_unit_test(mappings_and_lists_nest),
		cmocka_unit_test(values_have_the_type_that_client_go_gives_them),
		cmocka_unit_test(what_is_outside_the_subset_is_refused_with_its_line),
		cmocka_unit_test(a_line_that_belongs_nowhere_is_refused_and_what_is_above_is_kept),
		cmocka_unit_test(a_nul_byte_and_a_byte_order_mark_are_refused),
		cmocka_unit_test(nesting_ends_at_sixteen),
		cmocka_unit_test(a_buffer_too_small_is_seen),
	};
	return RUN("yaml", tests);
}
