/* SPDX-License-Identifier: Apache-2.0 */
#include "kubeconfig_read.h"

#include <string.h>

#include "base64.h"
#include "yaml.h"

#define SHOWN 80 /* characters of a text from the file that a message shows */

static const struct json null = {JSON_LITERAL, {"null", 4}};

static bool is_null(const struct json *json)
{
	return json->kind == JSON_LITERAL && json->text.data[0] == 'n';
}

static int read_json(struct json *root, struct view text, struct error *err)
{
	struct view rest = text;
	struct view line;

	while (view_take_line(&rest, &line)) {
		if (!yaml_is_text(line)) {
			return error_set(err, ERROR_CONFIG, "a control character, or not UTF-8");
		}
	}
	return json_parse(root, text) == 0 ? 0 : error_set(err, ERROR_CONFIG, "it begins with '{', and is not JSON");
}

int kubeconfig_read(struct json *root, struct view text, struct buffer memory, struct error *err)
{
	struct yaml_fault fault;

	*root = null;
	if (view_trim(text).len == 0) {
		return error_set(err, ERROR_CONFIG, "it is empty");
	}
	if (view_starts_with(view_trim(text), "{")) {
		return read_json(root, text, err);
	}
	int result = yaml_to_json(&memory, text, &fault);
	if (memory.overflow || json_parse(root, buffer_view(&memory)) != 0) {
		buffer_wipe(memory.data, memory.len);
		return error_set(err, ERROR_CONFIG, "it is too large: more than %zu bytes as JSON", memory.capacity);
	}
	return result == 0 ? 0 : error_set(err, ERROR_CONFIG, "line %d: %s", fault.line_number, fault.text);
}

/* Null when it is absent. */
static int find_field(struct json *found, const struct json *mapping, const char *field, struct error *err)
{
	struct json rest = *mapping;
	struct view key;
	struct json value;
	bool is_found = false;

	*found = null;
	if (mapping->kind != JSON_OBJECT && !is_null(mapping)) {
		return error_set(err, ERROR_CONFIG, "%s is not inside of a mapping", field);
	}
	while (json_take_member(&rest, &key, &value)) {
		if (memchr(key.data, '\\', key.len) != NULL || (view_equals(key, field) && is_found)) {
			return error_set(err, ERROR_CONFIG, "%s is given twice, or a key beside it is written with a backslash", field);
		}
		if (view_equals(key, field)) {
			*found = value;
			is_found = true;
		}
	}
	return 0;
}

/* The escapes that are the same in JSON and in the YAML as which client-go reads it: no surrogates, no "\/". */
static bool has_common_escapes(struct view string)
{
	for (size_t i = 0; i + 1 < string.len; i++) {
		if (string.data[i] == '\\') {
			char escape = string.data[++i];
			bool is_surrogate = escape == 'u' && (string.data[i + 1] | 0x20) == 'd';
			if (strchr("\"\\u", escape) == NULL || is_surrogate) {
				return false;
			}
		}
	}
	return true;
}

int kubeconfig_take_text(char *text, size_t capacity, const struct json *mapping, const char *field, struct error *err)
{
	struct buffer buf;
	struct json value;

	buffer_init(&buf, text, capacity - 1);
	text[0] = '\0';
	if (find_field(&value, mapping, field, err) != 0) {
		return -1;
	}
	if (value.kind != JSON_STRING) {
		return is_null(&value) ? 0 : error_set(err, ERROR_CONFIG, "%s is not text; a number, for example, must be quoted", field);
	}
	json_add_string(&buf, &value);
	text[buf.len] = '\0';
	if (buf.overflow) {
		return error_set(err, ERROR_CONFIG, "%s is longer than %zu characters", field, capacity - 1);
	}
	if (!has_common_escapes(value.text) || !yaml_is_text(buffer_view(&buf)) || memchr(text, '\t', buf.len) != NULL) {
		return error_set(err, ERROR_CONFIG, "%s holds a control character, or an escape that is not supported", field);
	}
	return 0;
}

int kubeconfig_take_data(struct buffer *data, const struct json *mapping, const char *field, struct error *err)
{
	struct json value;

	if (find_field(&value, mapping, field, err) != 0) {
		return -1;
	}
	if (is_null(&value)) {
		return 0;
	}
	if (value.kind != JSON_STRING || memchr(value.text.data, ' ', value.text.len) != NULL || base64_parse(data, value.text) != 0) {
		return error_set(err, ERROR_CONFIG, "%s is not base64", field);
	}
	return data->overflow ? error_set(err, ERROR_CONFIG, "%s is too large: more than %zu bytes", field, data->capacity) : 0;
}

/* 1 when the field has a value, 0 when it is absent, null or empty, or -1. */
static int has_field(const struct json *mapping, const char *field, struct error *err)
{
	struct json value;
	struct json element;

	if (find_field(&value, mapping, field, err) != 0) {
		return -1;
	}
	bool is_empty = value.kind == JSON_ARRAY ? !json_take_element(&value, &element) : value.kind == JSON_STRING && value.text.len == 0;
	return !is_empty && !is_null(&value);
}

/* One of a list, for the mapping of its kind and for messages: cluster "a". */
struct item {
	const char *kind;
	const char *name;
	struct json mapping;
};

static int refuse(const struct item *item, const char *field, const char *why, struct error *err)
{
	return error_set(err, ERROR_CONFIG, "%s \"%.*s\": %s %s", item->kind, SHOWN, item->name, field, why);
}

static int find_list(struct json *list, const struct json *root, const char *kind, struct error *err)
{
	char section[16];

	text_format(section, sizeof section, "%ss", kind);
	if (find_field(list, root, section, err) != 0) {
		return -1;
	}
	return list->kind == JSON_ARRAY || is_null(list) ? 0 : error_set(err, ERROR_CONFIG, "%s is not a list", section);
}

/* Find the item named `item->name`. 1, 0 when it is not there, or -1. */
static int find_item(struct item *item, const struct json *root, struct error *err)
{
	char name[KUBECONFIG_NAME_LIMIT];
	struct json list;
	struct json element;
	int result = 0;

	if (find_list(&list, root, item->kind, err) != 0) {
		return -1;
	}
	while (json_take_element(&list, &element)) {
		if (kubeconfig_take_text(name, sizeof name, &element, "name", err) != 0) {
			return -1;
		}
		if (strcmp(name, item->name) != 0) {
			continue;
		}
		if (result++ > 0) {
			return refuse(item, "its name", "is there twice", err);
		}
		if (find_field(&item->mapping, &element, item->kind, err) != 0) {
			return -1;
		}
	}
	return result;
}

/* `from` names an item that is not there: say which are. */
static int refuse_name(const struct item *item, const char *from, const struct json *root, struct error *err)
{
	char names[ERROR_TEXT_LIMIT / 2];
	char name[KUBECONFIG_NAME_LIMIT];
	struct buffer known;
	struct json list;
	struct json element;

	buffer_init(&known, names, sizeof names - 1);
	if (find_list(&list, root, item->kind, err) != 0) {
		return -1;
	}
	while (json_take_element(&list, &element)) {
		if (kubeconfig_take_text(name, sizeof name, &element, "name", err) != 0) {
			return -1;
		}
		buffer_format(&known, "%s\"%.*s\"", known.len > 0 ? ", " : "", SHOWN, name);
	}
	names[known.len] = '\0';
	return error_set(err, ERROR_CONFIG, "%s names %s \"%.*s\"; there are: %s", from, item->kind, SHOWN, item->name,
			 known.len > 0 ? names : "none");
}

/* As client-go, which takes a user without a name where a context names none; where there is no such user, either, it is null. */
static int require_item(struct item *item, const char *from, const struct json *root, struct error *err)
{
	int result = find_item(item, root, err);

	if (result == 0 && item->name[0] != '\0') {
		return refuse_name(item, from, root, err);
	}
	return result < 0 ? -1 : 0;
}

static int refuse_both(const struct item *item, const char *one, const char *other, struct error *err)
{
	int has_one = has_field(&item->mapping, one, err);
	int has_other = has_one < 0 ? -1 : has_field(&item->mapping, other, err);

	if (has_one + has_other == 2) {
		return error_set(err, ERROR_CONFIG, "%s \"%.*s\": %s and %s exclude each other", item->kind, SHOWN, item->name, one, other);
	}
	return has_other < 0 ? -1 : 0;
}

/* What the fields that say what the file is must be, where they are there. */
static int check_kind(const struct json *root, struct error *err)
{
	char text[KUBECONFIG_NAME_LIMIT];
	static const char *const fields[][2] = {{"kind", "Config"}, {"apiVersion", "v1"}};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (kubeconfig_take_text(text, sizeof text, root, fields[i][0], err) != 0) {
			return -1;
		}
		if (text[0] != '\0' && strcmp(text, fields[i][1]) != 0) {
			return error_set(err, ERROR_CONFIG, "%s \"%.*s\": must be %s", fields[i][0], SHOWN, text, fields[i][1]);
		}
	}
	return 0;
}

static int check_cluster(const struct item *cluster, struct error *err)
{
	int has_server = has_field(&cluster->mapping, "server", err);

	if (has_server == 0) {
		return refuse(cluster, "server", "is missing", err);
	}
	return has_server < 0 ? -1 : refuse_both(cluster, "certificate-authority", "certificate-authority-data", err);
}

int kubeconfig_follow(struct kubeconfig_choice *choice, const struct json *root, struct error *err)
{
	char name[KUBECONFIG_NAME_LIMIT];
	char from[SHOWN + 16];
	struct item context = {"context", name, null};
	struct item cluster = {"cluster", choice->cluster_name, null};
	struct item user = {"user", choice->user_name, null};

	if (check_kind(root, err) != 0 || kubeconfig_take_text(name, sizeof name, root, "current-context", err) != 0) {
		return -1;
	}
	if (name[0] == '\0') {
		return error_set(err, ERROR_CONFIG, "there is no current-context");
	}
	if (require_item(&context, "current-context", root, err) != 0 ||
	    kubeconfig_take_text(choice->cluster_name, sizeof choice->cluster_name, &context.mapping, "cluster", err) != 0 ||
	    kubeconfig_take_text(choice->user_name, sizeof choice->user_name, &context.mapping, "user", err) != 0) {
		return -1;
	}
	if (choice->cluster_name[0] == '\0') {
		return refuse(&context, "cluster", "is missing", err);
	}
	text_format(from, sizeof from, "context \"%.*s\"", SHOWN, name);
	if (require_item(&cluster, from, root, err) != 0 || check_cluster(&cluster, err) != 0 ||
	    require_item(&user, from, root, err) != 0 || refuse_both(&user, "client-certificate", "client-certificate-data", err) != 0 ||
	    refuse_both(&user, "client-key", "client-key-data", err) != 0) {
		return -1;
	}
	choice->cluster = cluster.mapping;
	choice->user = user.mapping;
	return 0;
}

/* This program always verifies the server. */
static int check_verification(const struct item *cluster, struct error *err)
{
	static const char field[] = "insecure-skip-tls-verify";
	struct json value;

	if (find_field(&value, &cluster->mapping, field, err) != 0) {
		return -1;
	}
	bool is_off = value.kind == JSON_LITERAL && value.text.data[0] != 't';
	return is_off ? 0 : refuse(cluster, field, "is not supported: the server is always verified", err);
}

/* What is looked for in a user, each in two fields. */
static int has_either(const struct item *user, const char *one, const char *other, struct error *err)
{
	int result = has_field(&user->mapping, one, err);

	return result != 0 ? result : has_field(&user->mapping, other, err);
}

static int check_user(const struct item *user, struct error *err)
{
	static const char *const fields[] = {"exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra"};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		int has = has_field(&user->mapping, fields[i], err);
		if (has != 0) {
			return has < 0 ? -1 : refuse(user, fields[i], "is not supported: a token or a client certificate is needed", err);
		}
	}
	if (refuse_both(user, "token", "tokenFile", err) != 0) {
		return -1;
	}
	int has_certificate = has_either(user, "client-certificate", "client-certificate-data", err);
	int has_key = has_either(user, "client-key", "client-key-data", err);
	if (has_certificate != has_key) { /* kubeconfig_follow() has found all four, or none twice */
		return refuse(user, has_key > 0 ? "client-certificate" : "client-key", "is missing", err);
	}
	return 0;
}

int kubeconfig_choose(struct kubeconfig_choice *choice, const struct json *root, struct error *err)
{
	if (kubeconfig_follow(choice, root, err) != 0) {
		return -1;
	}

	const struct item cluster = {"cluster", choice->cluster_name, choice->cluster};
	const struct item user = {"user", choice->user_name, choice->user};
	return check_verification(&cluster, err) == 0 ? check_user(&user, err) : -1;
}

/* The only one of a list. 1, 0 when there are others or none, or -1. */
static int find_only(struct item *item, const struct json *root, struct error *err)
{
	struct json list;
	struct json element;
	struct json next;

	if (find_list(&list, root, item->kind, err) != 0) {
		return -1;
	}
	if (!json_take_element(&list, &element) || json_take_element(&list, &next)) {
		return 0;
	}
	return find_field(&item->mapping, &element, item->kind, err) == 0 ? 1 : -1;
}

int kubeconfig_choose_cluster(struct json *found, const struct json *root, struct error *err)
{
	char name[KUBECONFIG_NAME_LIMIT];
	struct item context = {"context", name, null};
	struct item cluster = {"cluster", name, null};

	if (check_kind(root, err) != 0 || kubeconfig_take_text(name, sizeof name, root, "current-context", err) != 0) {
		return -1;
	}
	if (name[0] != '\0') {
		if (require_item(&context, "current-context", root, err) != 0 ||
		    kubeconfig_take_text(name, sizeof name, &context.mapping, "cluster", err) != 0 ||
		    require_item(&cluster, "the current context", root, err) != 0) {
			return -1;
		}
	} else {
		int result = find_item(&cluster, root, err);
		if (result == 0) {
			result = find_only(&cluster, root, err);
		}
		if (result <= 0) {
			return result < 0 ? -1 : error_set(err, ERROR_CONFIG, "there is no current-context, and not one cluster alone");
		}
	}
	if (check_cluster(&cluster, err) != 0 || check_verification(&cluster, err) != 0) {
		return -1;
	}
	*found = cluster.mapping;
	return 0;
}
