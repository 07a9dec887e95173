/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kubeconfig_choose() makes of files, for a comparison with client-go: tests/cluster/kubeconfig_read_test.go.
 *
 *   show_kubeconfig FILE...
 *
 * Prints for each file "refused: REASON", or one "field: value" line for each field that has a value; then an empty line.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "kubeconfig.h"

#define VALUE_LIMIT 65536

static const char *const cluster_fields[] = {"server", "tls-server-name", "proxy-url", "certificate-authority", NULL};
static const char *const user_fields[] = {"token", "tokenFile", "client-certificate", "client-key", NULL};
static const char *const cluster_data[] = {"certificate-authority-data", NULL};
static const char *const user_data[] = {"client-certificate-data", "client-key-data", NULL};

static char output[8 * VALUE_LIMIT];

static int add_texts(struct buffer *out, const struct json *mapping, const char *const *fields, struct error *err)
{
	static char text[VALUE_LIMIT];

	for (; *fields != NULL; fields++) {
		if (kubeconfig_take_text(text, sizeof text, mapping, *fields, err) != 0) {
			return -1;
		}
		if (text[0] != '\0') {
			buffer_format(out, "%s: %s\n", *fields, text);
		}
	}
	return 0;
}

static int add_data(struct buffer *out, const struct json *mapping, const char *const *fields, struct error *err)
{
	static char memory[VALUE_LIMIT];
	struct buffer data;

	for (; *fields != NULL; fields++) {
		buffer_init(&data, memory, sizeof memory);
		if (kubeconfig_take_data(&data, mapping, *fields, err) != 0) {
			return -1;
		}
		if (data.len > 0) {
			buffer_format(out, "%s: ", *fields);
			base64_format(out, data.data, data.len);
			buffer_add_text(out, "\n");
		}
	}
	return 0;
}

static void show(struct view text)
{
	static char memory[KUBECONFIG_JSON_LIMIT];
	struct kubeconfig_choice choice;
	struct buffer json;
	struct buffer out;
	struct json root;
	struct error err;

	buffer_init(&json, memory, sizeof memory);
	buffer_init(&out, output, sizeof output);
	if (kubeconfig_read(&root, text, json, &err) != 0 || kubeconfig_choose(&choice, &root, &err) != 0 ||
	    add_texts(&out, &choice.cluster, cluster_fields, &err) != 0 || add_data(&out, &choice.cluster, cluster_data, &err) != 0 ||
	    add_texts(&out, &choice.user, user_fields, &err) != 0 || add_data(&out, &choice.user, user_data, &err) != 0) {
		printf("refused: %s\n\n", err.text);
		return;
	}
	printf("%.*s\n", (int)out.len, out.data);
}

int main(int argc, char *argv[])
{
	static char text[KUBECONFIG_LIMIT];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		if (file == NULL) {
			perror(argv[i]);
			return 1;
		}
		size_t len = fread(text, 1, sizeof text, file);
		(void)fclose(file); /* read only: nothing is lost */
		show((struct view){text, len});
	}
	return 0;
}
