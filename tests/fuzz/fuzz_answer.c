/* SPDX-License-Identifier: Apache-2.0 */
/* src/answer.h: the input is the body of an HTTP answer, with "NNN " in front, its status; or lines of a watch. */
#include "answer.h"
#include "fuzz.h"
#include "support.h"

#define OUR_NAME "node-csr-FEMnMkYqVDoTfbHWfHnaG6VXUlXXCnRnPfLqMsn02EU" /* node-1 with the vector key */

static enum enroll_event expected_event(int status)
{
	static const struct {
		int from;
		enum enroll_event event;
	} rows[] = {
		{500, ENROLL_SERVER_ERROR}, {430, ENROLL_INVALID},      {429, ENROLL_THROTTLED}, {411, ENROLL_INVALID},
		{410, ENROLL_WATCH_ENDED},  {409, ENROLL_EXISTS},       {404, ENROLL_INVALID},   {403, ENROLL_FORBIDDEN},
		{402, ENROLL_INVALID},      {401, ENROLL_UNAUTHORIZED}, {400, ENROLL_INVALID},   {202, ENROLL_MALFORMED},
		{201, ENROLL_CREATED},      {0, ENROLL_MALFORMED},
	};
	size_t i = 0;

	while (status < rows[i].from) {
		i++;
	}
	return rows[i].event;
}

static void fuzz_status(struct view text, int status)
{
	static struct http_response response;
	struct error err;
	char *copy = malloc(text.len);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, text.data, text.len);
	http_begin(&response, copy, text.len);
	response.status = status;
	response.body.len = text.len;
	fuzz_error_init(&err);
	enum enroll_event event = answer_read_status(&response, "x", &err);
	bool may_be_cut_off = status == 400 || status == 408; /* where the answer is no object */
	FUZZ_CHECK(event == expected_event(status) || (may_be_cut_off && event == ENROLL_GARBLED));
	if (event == ENROLL_CREATED || event == ENROLL_EXISTS) {
		FUZZ_CHECK(err.text[0] == '\0');
	} else {
		fuzz_check_text(&err);
	}
	free(copy);
}

/* One line, with `filler` in the memory that it may work in, and `capacity` bytes of that. */
static enum enroll_event read_line(struct view line, size_t capacity, int filler)
{
	unsigned char spki[KEY_SPKI_LEN];
	const struct answer_wanted wanted = {OUR_NAME, spki, "x"};
	char *memory = malloc(capacity);
	struct buffer certificate;
	struct error err;

	FUZZ_CHECK(memory != NULL);
	support_vector_spki(spki);
	memset(memory, filler, capacity);
	buffer_init(&certificate, memory, capacity);
	fuzz_error_init(&err);
	enum enroll_event event = answer_read_watch_line(line, &wanted, &certificate, &err);
	bool is_quiet = event == ENROLL_CERTIFIED || event == ENROLL_PENDING || event == ENROLL_APPROVED || event == ENROLL_EVENTS;
	FUZZ_CHECK(event != ENROLL_CREATED && event != ENROLL_EXISTS && event <= ENROLL_EVENTS);
	if (is_quiet) {
		FUZZ_CHECK(err.text[0] == '\0');
	} else {
		fuzz_check_text(&err);
	}
	FUZZ_CHECK(event != ENROLL_CERTIFIED || (certificate.len > 0 && !certificate.overflow));
	FUZZ_CHECK(event == ENROLL_CERTIFIED || event == ENROLL_MALFORMED || certificate.len == 0);
	free(memory);
	return event;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	struct view line;
	long long status;

	if (size >= 4 && text.data[3] == ' ' && view_parse_number((struct view){text.data, 3}, 999, &status)) {
		fuzz_status((struct view){text.data + 4, size - 4}, (int)status);
		return 0;
	}
	for (int lines = 0; lines < 4 && view_take_line(&text, &line); lines++) {
		enum enroll_event event = read_line(line, PEM_LIMIT, 'A');
		FUZZ_CHECK(read_line(line, PEM_LIMIT, 'B') == event);
		(void)read_line(line, line.len / 4, 'C'); /* too little memory is another result, but no fault */
	}
	return 0;
}
