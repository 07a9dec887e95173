/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/kubeconfig.h, src/kubeconfig_read.h: the input is a kubelet.conf that is there, or a kubeconfig that is given, and its lines are
 * also the values of one that is written.
 */
#include "fuzz.h"
#include "kubeconfig.h"
#include "yaml.h"

#define LINK "/var/lib/kubelet/pki/kubelet-client-current.pem"

static enum kubeconfig_kind judge(struct view text, const char *certificate)
{
	static const char zeros[KUBECONFIG_JSON_LIMIT];
	static char memory[KUBECONFIG_JSON_LIMIT];
	struct buffer json;

	buffer_init(&json, memory, sizeof memory);
	enum kubeconfig_kind kind = kubeconfig_judge(text, certificate, json);
	FUZZ_CHECK(memcmp(memory, zeros, sizeof memory) == 0); /* it is wiped */
	return kind;
}

/* `text` in memory of its own, with `extra` more bytes of NUL behind it. */
static enum kubeconfig_kind judge_copy(struct view text, size_t extra, const char *certificate)
{
	char *copy = calloc(1, text.len + extra + 1);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, text.data, text.len);
	enum kubeconfig_kind kind = judge((struct view){copy, text.len + extra}, certificate);
	free(copy);
	return kind;
}

static void judge_file(struct view text)
{
	enum kubeconfig_kind kind = judge(text, LINK);
	bool is_whole = kind == KUBECONFIG_OURS || kind == KUBECONFIG_OTHER;

	FUZZ_CHECK(is_whole || kind == KUBECONFIG_DAMAGED || kind == KUBECONFIG_FOREIGN);
	if (is_whole) { /* what a power cut can do to it is seen */
		FUZZ_CHECK(judge_copy(text, 1, LINK) == KUBECONFIG_DAMAGED);
		FUZZ_CHECK(text.data[0] == '{' || judge_copy((struct view){text.data, text.len - 1}, 0, LINK) != KUBECONFIG_OURS);
	}
	if (kind == KUBECONFIG_OURS) {
		FUZZ_CHECK(text.data[0] == '{' || view_find(text, LINK, strlen(LINK)) != NULL); /* JSON has escapes */
		FUZZ_CHECK(judge_copy(text, 0, LINK "2") == KUBECONFIG_OTHER);
	}
}

/* The next line as a value: no control characters, and short enough for a path. */
static const char *take_value(struct view *text, char value[PATH_LIMIT])
{
	struct view line = {"", 0};

	(void)view_take_line(text, &line); /* nothing is a value, too */
	line.len = line.len < PATH_LIMIT ? line.len : PATH_LIMIT - 1;
	(void)view_copy(line, value, PATH_LIMIT); /* it fits */
	for (char *c = value; *c != '\0'; c++) {
		*c = (unsigned char)*c < ' ' || *c == 0x7f || !yaml_is_text(line) ? '?' : *c;
	}
	return value;
}

/* Whatever the values are: what we write is ours, and where it is cut off, it is neither whole nor foreign. */
static void write_and_judge(struct view text)
{
	char values[4][PATH_LIMIT];
	char memory[16 * PATH_LIMIT];
	struct buffer file;
	struct kubeconfig config = {.ca_path = take_value(&text, values[0]), .server = take_value(&text, values[1]), .proxy = ""};

	config.tls_server_name = take_value(&text, values[2]);
	config.certificate = take_value(&text, values[3])[0] != '\0' ? values[3] : LINK;
	config.ca_path = config.ca_path[0] != '\0' ? config.ca_path : NULL;
	config.ca_pem = view_of(values[1]);
	buffer_init(&file, memory, sizeof memory);
	kubeconfig_format(&file, &config);
	FUZZ_CHECK(!file.overflow);
	enum kubeconfig_kind expected = config.server[0] != '\0' ? KUBECONFIG_OURS : KUBECONFIG_OTHER; /* no kubelet takes such a one */
	FUZZ_CHECK(judge_copy(buffer_view(&file), 0, config.certificate) == expected);
	for (size_t len = text.len % 16; len < file.len; len += 1 + file.len / 16) {
		enum kubeconfig_kind kind = judge_copy((struct view){memory, len}, len % 3, config.certificate);
		FUZZ_CHECK(kind == KUBECONFIG_DAMAGED || (kind == KUBECONFIG_OTHER && len % 3 == 0));
	}
}

static void take_fields(const struct json *mapping)
{
	static const char *const fields[] = {"server",     "certificate-authority",  "token", "tokenFile",
					     "client-key", "client-certificate-data"};
	char value[PATH_LIMIT];
	struct error err;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		fuzz_error_init(&err);
		int result = kubeconfig_take_text(value, sizeof value, mapping, fields[i], &err);
		fuzz_check_error(&err, result, ERROR_CONFIG);
		FUZZ_CHECK(result != 0 || yaml_is_text(view_of(value)));
	}
	struct buffer data;
	buffer_init(&data, value, sizeof value);
	fuzz_error_init(&err);
	fuzz_check_error(&err, kubeconfig_take_data(&data, mapping, "certificate-authority-data", &err), ERROR_CONFIG);
}

/* A kubeconfig that is given. */
static void choose(struct view text)
{
	static char memory[KUBECONFIG_JSON_LIMIT];
	struct kubeconfig_choice choice;
	struct json cluster;
	struct buffer json;
	struct json root;
	struct error err;

	buffer_init(&json, memory, sizeof memory);
	fuzz_error_init(&err);
	int result = kubeconfig_read(&root, text, json, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result != 0) {
		return;
	}
	result = kubeconfig_choose(&choice, &root, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result == 0) {
		take_fields(&choice.cluster);
		take_fields(&choice.user);
	}
	fuzz_error_init(&err);
	result = kubeconfig_choose_cluster(&cluster, &root, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result == 0) {
		take_fields(&cluster);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_file(fuzz_view(data, size));
	write_and_judge(fuzz_view(data, size));
	choose(fuzz_view(data, size));
	return 0;
}
