/* SPDX-License-Identifier: Apache-2.0 */
#include "kubeconfig.h"

#include <string.h>

#include "base64.h"
#include "yaml.h"

#define NAME_LIMIT 256

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

/* One value of the kubeconfig, with its NUL. Too long a value reads as empty: it is none of ours. */
struct field {
	char text[PATH_LIMIT];
};

static void read_scalar(struct field *field, struct view scalar)
{
	struct buffer buf;

	buffer_init(&buf, field->text, sizeof field->text - 1);
	yaml_add_scalar(&buf, scalar);
	field->text[buf.overflow ? 0 : buf.len] = '\0';
}

/* Read the scalar of a key at the outermost level. False when it is not there, or the text has a fault before it. */
static bool find_top(struct view text, const char *key, struct field *value)
{
	struct yaml yaml;
	struct yaml_entry entry;

	yaml_begin(&yaml, text);
	while (yaml_take(&yaml, &entry) == 1) {
		if (entry.indent == 0 && !entry.is_item && view_equals(entry.key, key)) {
			read_scalar(value, entry.scalar);
			return true;
		}
	}
	return false;
}

/* Where a value lies: section "users", item whose name is `name`, in it the mapping "user", in that the key. */
struct place {
	const char *section;
	const char *name;
	const char *mapping;
	const char *key;
};

static bool find_in_list(struct view text, const struct place *place, struct field *value)
{
	struct yaml yaml;
	struct yaml_entry entry;
	struct field found = {""};
	bool in_section = false;
	bool in_mapping = false;
	bool has_value = false;
	bool has_name = false;
	size_t item_indent = 0;

	yaml_begin(&yaml, text);
	while (yaml_take(&yaml, &entry) == 1) {
		if (entry.indent == 0 || (in_section && entry.is_item)) {
			if (has_name && has_value) {
				break;
			}
			has_name = has_value = false;
		}
		if (entry.indent == 0) {
			in_section = view_equals(entry.key, place->section);
			continue;
		}
		if (entry.is_item) {
			item_indent = entry.indent;
		}
		if (!in_section) {
			continue;
		}
		if (entry.indent == item_indent) {
			in_mapping = view_equals(entry.key, place->mapping);
			if (view_equals(entry.key, "name")) {
				struct field name;
				read_scalar(&name, entry.scalar);
				has_name = strcmp(name.text, place->name) == 0;
			}
		} else if (in_mapping && view_equals(entry.key, place->key)) {
			read_scalar(&found, entry.scalar);
			has_value = true;
		}
	}
	*value = found;
	return has_name && has_value;
}

static bool names_certificate(struct view text, const char *certificate)
{
	struct field context;
	struct field user;
	struct field value;

	if (!find_top(text, "current-context", &context)) {
		return false;
	}

	struct place place = {"contexts", context.text, "context", "user"};
	if (!find_in_list(text, &place, &user)) {
		return false;
	}
	place = (struct place){"users", user.text, "user", "client-certificate"};
	if (!find_in_list(text, &place, &value) || strcmp(value.text, certificate) != 0) {
		return false;
	}
	place.key = "client-key";
	return find_in_list(text, &place, &value) && strcmp(value.text, certificate) == 0;
}

/* What kubelet refuses although the user is right (client-go tools/clientcmd/validation.go): no server, or a certificate given twice. */
static bool is_refused(struct view text)
{
	struct field context;
	struct field name;
	struct field value;

	(void)find_top(text, "current-context", &context); /* it is there, or the user would not be */
	struct place place = {"contexts", context.text, "context", "cluster"};
	if (!find_in_list(text, &place, &name)) {
		return true;
	}
	place = (struct place){"clusters", name.text, "cluster", "server"};
	if (!find_in_list(text, &place, &value) || value.text[0] == '\0') {
		return true;
	}
	place = (struct place){"contexts", context.text, "context", "user"};
	(void)find_in_list(text, &place, &name); /* as above */
	place = (struct place){"users", name.text, "user", "client-certificate-data"};
	struct place key = {"users", name.text, "user", "client-key-data"};
	return find_in_list(text, &place, &value) || find_in_list(text, &key, &value);
}

static bool reads_to_its_end(struct view text)
{
	struct yaml yaml;
	struct yaml_entry entry;
	int result;

	yaml_begin(&yaml, text);
	do {
		result = yaml_take(&yaml, &entry);
	} while (result == 1);
	return result == 0 && text.len > 0 && text.data[text.len - 1] == '\n';
}

/* A power cut can leave a file empty or cut off, NULs behind; a kubeconfig begins with apiVersion, since its keys are sorted. */
static bool is_beginning(struct view text)
{
	static const char first[] = "apiVersion: v1\nclusters:";

	return view_trim(text).len == 0 || memcmp(text.data, first, text.len < sizeof first - 1 ? text.len : sizeof first - 1) == 0;
}

enum kubeconfig_kind kubeconfig_judge(struct view text, const char *certificate)
{
	struct field kind;

	size_t whole_len = text.len;
	while (text.len > 0 && text.data[text.len - 1] == '\0') {
		text.len--;
	}
	if (!find_top(text, "kind", &kind) || strcmp(kind.text, "Config") != 0) {
		return is_beginning(text) ? KUBECONFIG_DAMAGED : KUBECONFIG_FOREIGN;
	}
	if (text.len != whole_len || !reads_to_its_end(text)) {
		return KUBECONFIG_DAMAGED;
	}
	return names_certificate(text, certificate) && !is_refused(text) ? KUBECONFIG_OURS : KUBECONFIG_OTHER;
}
