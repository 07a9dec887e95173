/* SPDX-License-Identifier: Apache-2.0 */
/* src/yaml.h: the input is a file, and also a text that must come back from one. */
#include "fuzz.h"
#include "yaml.h"

static void read_file(struct view text)
{
	struct yaml yaml;
	struct yaml_entry entry;
	int lines = 0;
	int result;

	yaml_begin(&yaml, text);
	while ((result = yaml_take(&yaml, &entry)) == 1) {
		char *memory = malloc(entry.scalar.len);
		struct buffer scalar;

		FUZZ_CHECK(memory != NULL && yaml.line_number > lines);
		FUZZ_CHECK(entry.key.len > 0 && fuzz_is_inside(entry.key, text));
		FUZZ_CHECK(entry.scalar.len == 0 || fuzz_is_inside(entry.scalar, text));
		lines = yaml.line_number;
		buffer_init(&scalar, memory, entry.scalar.len);
		yaml_add_scalar(&scalar, entry.scalar); /* never longer than it stands there */
		FUZZ_CHECK(!scalar.overflow);
		free(memory);
	}
	FUZZ_CHECK(result == 0 || (result == -1 && yaml.fault != NULL && yaml.line_number > lines));
}

/* Whatever a text without control characters is, it comes back from the file it is written to. */
static void write_and_read(struct view text)
{
	size_t capacity = 2 * text.len + 16;
	char *memory = calloc(3, capacity);
	char *copy = memory + 2 * capacity;
	struct buffer file;
	struct buffer scalar;
	struct yaml yaml;
	struct yaml_entry entry;

	FUZZ_CHECK(memory != NULL && view_copy(text, copy, capacity));
	for (char *c = copy; *c != '\0'; c++) {
		*c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
	}
	buffer_init(&file, memory, capacity);
	buffer_init(&scalar, memory + capacity, capacity);
	buffer_add_text(&file, "key: ");
	yaml_format_scalar(&file, copy);
	buffer_add_text(&file, "\n");
	FUZZ_CHECK(!file.overflow);
	yaml_begin(&yaml, buffer_view(&file));
	FUZZ_CHECK(yaml_take(&yaml, &entry) == 1 && view_equals(entry.key, "key"));
	yaml_add_scalar(&scalar, entry.scalar);
	FUZZ_CHECK(view_equals(buffer_view(&scalar), copy));
	FUZZ_CHECK(yaml_take(&yaml, &entry) == 0);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_file(fuzz_view(data, size));
	write_and_read(fuzz_view(data, size));
	return 0;
}
