/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "node.h"

TEST(names_are_trimmed_and_lower_cased_as_kubelet_does)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"worker-1", "worker-1"},
		{" Worker-1\n", "worker-1"},
		{"NODE", "node"},
		{"a", "a"},
		{"1", "1"},
		{"a.b", "a.b"},
		{"a-b.c--d", "a-b.c--d"},
		{"10.0.0.1", "10.0.0.1"},
		{"ip-10-0-0-1.EC2.Internal", "ip-10-0-0-1.ec2.internal"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[NODE_NAME_LIMIT];
		struct error err;
		assert_row(rows[i].text, node_parse_name(name, support_exact(view_of(rows[i].text)), &err) == 0);
		assert_text(rows[i].text, view_of(name), rows[i].name);
	}
}

TEST(what_a_node_object_cannot_be_called_is_refused)
{
	static const char *const rows[] = {
		"",    " ",   "-",   ".",   "-a",  "a-",     ".a",       "a.",   "a..b",  "a.-b",  "a-.b",
		"a_b", "a b", "a/b", "a:b", "a,b", "(none)", "\xc3\xa9", "a\tb", "a\x01", "a\x7f", "a\"b",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[NODE_NAME_LIMIT];
		struct error err;
		assert_row(rows[i], node_parse_name(name, support_exact(view_of(rows[i])), &err) == -1);
		assert_error(rows[i], &err, ERROR_CONFIG, "must be a DNS subdomain");
	}
}

TEST(a_nul_byte_does_not_end_a_name)
{
	char name[NODE_NAME_LIMIT];
	struct error err;

	assert_int_equal(node_parse_name(name, support_exact(LITERAL("a\0b")), &err), -1);
}

TEST(a_name_may_have_253_characters)
{
	char text[254];
	char name[NODE_NAME_LIMIT];
	struct error err;

	memset(text, 'A', sizeof text);
	assert_int_equal(node_parse_name(name, support_exact((struct view){text, 253}), &err), 0);
	assert_int_equal(strlen(name), 253);
	assert_int_equal(node_parse_name(name, support_exact((struct view){text, 254}), &err), -1);
	assert_error("254", &err, ERROR_CONFIG, "must be at most 253 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_trimmed_and_lower_cased_as_kubelet_does),
		cmocka_unit_test(what_a_node_object_cannot_be_called_is_refused),
		cmocka_unit_test(a_nul_byte_does_not_end_a_name),
		cmocka_unit_test(a_name_may_have_253_characters),
	};
	return RUN("node", tests);
}
