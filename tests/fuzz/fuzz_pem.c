/* SPDX-License-Identifier: Apache-2.0 */
/* src/pem.h, src/base64.h and src/key.h: the input is PEM, and also base64, and also DER. */
#include "base64.h"
#include "fuzz.h"
#include "key.h"
#include "pem.h"

static void *allocate(size_t len)
{
	void *memory = malloc(len);

	FUZZ_CHECK(memory != NULL);
	return memory;
}

/* What can be read is, written again, the same without white space. */
static void read_base64(struct view text)
{
	struct buffer bytes;
	struct buffer again;
	size_t at = 0;

	buffer_init(&bytes, allocate(text.len), text.len);
	buffer_init(&again, allocate(text.len + 4), text.len + 4);
	if (base64_parse(&bytes, text) == 0) {
		FUZZ_CHECK(!bytes.overflow && bytes.len <= text.len / 4 * 3);
		base64_format(&again, bytes.data, bytes.len);
		for (size_t i = 0; i < text.len; i++) {
			if (memchr(" \t\r\n", text.data[i], 4) == NULL) {
				FUZZ_CHECK(at < again.len && again.data[at] == text.data[i]);
				at++;
			}
		}
		FUZZ_CHECK(at == again.len);
	}
	free(bytes.data);
	free(again.data);
}

/* Bytes come back from a block that was made of them; in too little memory they are cut. */
static void write_block(struct view der)
{
	size_t capacity = 2 * der.len + 256;
	struct buffer pem;
	struct buffer again;
	struct view body;

	buffer_init(&pem, allocate(capacity), capacity);
	buffer_init(&again, allocate(der.len), der.len);
	pem_format(&pem, "CERTIFICATE REQUEST", der);
	FUZZ_CHECK(!pem.overflow && pem_find(buffer_view(&pem), "CERTIFICATE REQUEST", &body));
	FUZZ_CHECK(base64_parse(&again, body) == 0 && !again.overflow && fuzz_is_same(buffer_view(&again), der));
	again.len = 0;
	again.capacity = der.len / 2;
	FUZZ_CHECK(base64_parse(&again, body) == 0 && again.overflow == (der.len > 0) && again.len <= again.capacity);
	free(pem.data);
	free(again.data);
}

static void read_blocks(struct view text, const char *label)
{
	struct view rest = text;
	struct view body;
	struct view first;
	size_t left = rest.len;

	for (bool is_first = true; pem_take(&rest, label, &body); is_first = false, left = rest.len) {
		FUZZ_CHECK(fuzz_is_inside(body, text) && rest.len < left);
		FUZZ_CHECK(!is_first || (pem_find(text, label, &first) && fuzz_is_same(first, body)));
		read_base64(body);
	}
}

static void read_key(struct view text)
{
	char memory[KEY_PEM_LIMIT];
	struct buffer pem;
	struct key key = {{0}, {0}};
	struct key again;

	if (key_parse_pem(key.private, text) == 0) {
		buffer_init(&pem, memory, sizeof memory);
		key_format_pem(&pem, &key);
		FUZZ_CHECK(!pem.overflow && key_parse_pem(again.private, buffer_view(&pem)) == 0);
		FUZZ_CHECK(memcmp(again.private, key.private, sizeof key.private) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);

	read_base64(text);
	write_block(text);
	read_blocks(text, "CERTIFICATE");
	read_blocks(text, "EC PRIVATE KEY");
	read_key(text);
	return 0;
}
