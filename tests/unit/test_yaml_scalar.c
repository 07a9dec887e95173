/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "json.h"
#include "yaml.h"
#include "yaml_scalar.h"

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
		struct yaml_fault fault;
		struct json root;
		BUFFER(line, 64);
		BUFFER(json, 64);
		BUFFER(back, 16);
		buffer_add_text(&line, "key: ");
		yaml_format_scalar(&line, text);
		assert_row(text, yaml_to_json(&json, buffer_view(&line), &fault) == 0);
		assert_row(text, json_parse(&root, buffer_view(&json)) == 0 && json_find(&root, "key", &root) && root.kind == JSON_STRING);
		json_add_string(&back, &root);
		assert_text(text, buffer_view(&back), text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_quoted_only_when_it_must_be),
		cmocka_unit_test(what_was_written_is_read_back),
	};
	return RUN("yaml_scalar", tests);
}
