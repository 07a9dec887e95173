/* SPDX-License-Identifier: Apache-2.0 */
#include "kubeconfig.h"

#include <string.h>

#include "base64.h"
#include "yaml_scalar.h"

void kubeconfig_format(struct buffer *buf, const struct kubeconfig *config)
{
	buffer_add_text(buf, "apiVersion: v1\nclusters:\n- cluster:\n");
	if (config->ca_path != NULL) {
		buffer_add_text(buf, "    certificate-authority: ");
		yaml_format_scalar(buf, config->ca_path);
	} else {
		buffer_add_text(buf, "    certificate-authority-data: ");
		base64_format(buf, config->ca_pem.data, config->ca_pem.len);
	}
	if (config->proxy[0] != '\0') {
		buffer_add_text(buf, "\n    proxy-url: ");
		yaml_format_scalar(buf, config->proxy);
	}
	buffer_add_text(buf, "\n    server: ");
	yaml_format_scalar(buf, config->server);
	if (config->tls_server_name[0] != '\0') {
		buffer_add_text(buf, "\n    tls-server-name: ");
		yaml_format_scalar(buf, config->tls_server_name);
	}
	buffer_add_text(buf, "\n  name: default-cluster\n"
			     "contexts:\n"
			     "- context:\n"
			     "    cluster: default-cluster\n"
			     "    namespace: default\n"
			     "    user: default-auth\n"
			     "  name: default-context\n"
			     "current-context: default-context\n"
			     "kind: Config\n"
			     "users:\n"
			     "- name: default-auth\n"
			     "  user:\n"
			     "    client-certificate: ");
	yaml_format_scalar(buf, config->certificate);
	buffer_add_text(buf, "\n    client-key: ");
	yaml_format_scalar(buf, config->certificate);
	buffer_add_text(buf, "\n");
}

static bool is_field(const struct json *mapping, const char *field, const char *expected)
{
	char text[PATH_LIMIT];
	struct error ignored; /* what cannot be read is none of ours */

	return kubeconfig_take_text(text, sizeof text, mapping, field, &ignored) == 0 && strcmp(text, expected) == 0;
}

static bool names_certificate(const struct json *root, const char *certificate)
{
	struct kubeconfig_choice choice;
	struct error ignored; /* as above */

	return kubeconfig_follow(&choice, root, &ignored) == 0 && is_field(&choice.user, "client-certificate", certificate) &&
	       is_field(&choice.user, "client-key", certificate);
}

/* A power cut can leave a file empty or cut off, NULs behind; a kubeconfig begins with apiVersion, since its keys are sorted. */
static bool is_beginning(struct view text)
{
	static const char first[] = "apiVersion: v1\nclusters:";

	return view_trim(text).len == 0 || memcmp(text.data, first, text.len < sizeof first - 1 ? text.len : sizeof first - 1) == 0;
}

/* A file that was cut off has no newline, or in JSON no closing bracket. */
static bool has_end(struct view text)
{
	return text.data[text.len - 1] == '\n' || text.data[0] == '{';
}

enum kubeconfig_kind kubeconfig_judge(struct view text, const char *certificate, struct buffer memory)
{
	enum kubeconfig_kind result;
	size_t whole_len = text.len;
	struct json root;
	struct error ignored;

	while (text.len > 0 && text.data[text.len - 1] == '\0') {
		text.len--;
	}
	bool is_read = kubeconfig_read(&root, text, memory, &ignored) == 0;
	if (!is_field(&root, "kind", "Config")) {
		result = is_beginning(text) ? KUBECONFIG_DAMAGED : KUBECONFIG_FOREIGN;
	} else if (!is_read || text.len != whole_len || !has_end(text)) {
		result = KUBECONFIG_DAMAGED;
	} else {
		result = names_certificate(&root, certificate) ? KUBECONFIG_OURS : KUBECONFIG_OTHER;
	}
	buffer_wipe(memory.data, root.text.len);
	return result;
}
