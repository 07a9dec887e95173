/* SPDX-License-Identifier: Apache-2.0 */
/* src/yaml.h: the input is a file, which libyaml must read in the same way, and also a text that must come back from one. */
#include "fuzz.h"
#include "json.h"
#include "yaml.h"
#include "yaml_reference.h"
#include "yaml_scalar.h"

/* Six bytes of "a: y\n" become twelve of `,"a":true`. */
static struct buffer allocate(struct view text)
{
	struct buffer buf;
	size_t capacity = 4 * text.len + 64;
	char *memory = malloc(capacity);

	FUZZ_CHECK(memory != NULL);
	buffer_init(&buf, memory, capacity);
	return buf;
}

static void read_file(struct view text)
{
	struct buffer json = allocate(text);
	struct buffer expected = allocate(text);
	struct yaml_fault fault;
	struct json root;
	struct view lines = text;
	struct view line;
	int count = 0;

	int result = yaml_to_json(&json, text, &fault);
	FUZZ_CHECK(!json.overflow);
	FUZZ_CHECK(json_parse(&root, buffer_view(&json)) == 0); /* also of what stands before a fault */
	while (view_take_line(&lines, &line)) {
		count++;
	}
	FUZZ_CHECK(fault.line_number <= count && (fault.text != NULL) == (result == -1));
	if (result == 0) {
		FUZZ_CHECK(yaml_reference_to_json(&expected, text) == 0);
		FUZZ_CHECK(fuzz_is_same(buffer_view(&json), buffer_view(&expected)));
	}
	free(json.data);
	free(expected.data);
}

/* Whatever a text without control characters is, it comes back from the file it is written to. */
static void write_and_read(struct view text)
{
	size_t capacity = 3 * text.len + 16;
	char *memory = calloc(4, capacity);
	char *copy = memory + 3 * capacity;
	struct buffer file;
	struct buffer json;
	struct buffer back;
	struct yaml_fault fault;
	struct json root;

	FUZZ_CHECK(memory != NULL && view_copy(text, copy, capacity));
	for (char *c = copy; *c != '\0'; c++) {
		*c = (unsigned char)*c < ' ' || *c == 0x7f || !yaml_is_text(text) ? '?' : *c;
	}
	buffer_init(&file, memory, capacity);
	buffer_init(&json, memory + capacity, capacity);
	buffer_init(&back, memory + 2 * capacity, capacity);
	buffer_add_text(&file, "key: ");
	yaml_format_scalar(&file, copy);
	buffer_add_text(&file, "\n");
	FUZZ_CHECK(!file.overflow);
	FUZZ_CHECK(yaml_to_json(&json, buffer_view(&file), &fault) == 0 && !json.overflow);
	FUZZ_CHECK(json_parse(&root, buffer_view(&json)) == 0 && json_find(&root, "key", &root) && root.kind == JSON_STRING);
	json_add_string(&back, &root);
	FUZZ_CHECK(view_equals(buffer_view(&back), copy));
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_file(fuzz_view(data, size));
	write_and_read(fuzz_view(data, size));
	return 0;
}
