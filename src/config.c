/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <ini.h>

#include "base64.h"
#include "node.h"
#include "pem.h"

#define SHOWN_LIMIT   80 /* characters of a value that a message shows */
#define SECONDS_LIMIT 1000000000LL
#define CERT_DIR_MAX  (PATH_LIMIT - 64)

_Static_assert(INI_MAX_LINE == CONFIG_LINE_LIMIT + 3, "inih must take every line the guard lets through");
_Static_assert(!INI_ALLOW_MULTILINE && !INI_ALLOW_INLINE_COMMENTS && INI_HANDLER_LINENO && INI_CALL_HANDLER_ON_NEW_SECTION &&
		       INI_STOP_ON_FIRST_ERROR,
	       "inih must be built with the options of the Makefile");

typedef int config_setter(struct config *config, struct view value, struct error *err);

enum config_trait {
	CONFIG_PLAIN,
	CONFIG_REPEATS, /* may be given more than once */
	CONFIG_SECRET,  /* never shown in a message: a secret may stand there, perhaps by mistake */
};

struct config_key {
	const char *section;
	const char *name;
	config_setter *set;
	enum config_trait trait;
};

static int copy_path(char path[PATH_LIMIT], struct view value, struct error *err)
{
	if (value.len == 0 || value.data[0] != '/') {
		return error_set(err, ERROR_CONFIG, "must be an absolute path");
	}

	struct buffer copy;
	buffer_init(&copy, path, PATH_LIMIT - 1);
	for (size_t i = 0; i < value.len; i++) { /* neither two slashes in a row nor one at the end */
		bool is_superfluous = value.data[i] == '/' && i > 0 && (i + 1 == value.len || value.data[i - 1] == '/');
		buffer_add(&copy, value.data + i, !is_superfluous);
	}
	while (copy.len > 1 && path[copy.len - 1] == '/') {
		copy.len--;
	}
	path[copy.len] = '\0';
	if (copy.overflow) {
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", PATH_LIMIT - 1);
	}
	return 0;
}

static int set_server(struct config *config, struct view value, struct error *err)
{
	if (config->server_count == SERVER_LIMIT) {
		return error_set(err, ERROR_CONFIG, "must be given at most %d times", SERVER_LIMIT);
	}
	return url_parse(&config->servers[config->server_count++], value, err);
}

static int set_ca_path(struct config *config, struct view value, struct error *err)
{
	return copy_path(config->ca_path, value, err);
}

static int set_ca_data(struct config *config, struct view value, struct error *err)
{
	struct buffer pem;
	struct view body;

	buffer_init(&pem, config->ca_data, sizeof config->ca_data);
	if (base64_parse(&pem, value) != 0 || pem.overflow || !pem_find(buffer_view(&pem), "CERTIFICATE", &body)) {
		return error_set(err, ERROR_CONFIG, "must be the base64 of a PEM certificate (base64 -w0 ca.crt)");
	}
	config->ca_data_len = pem.len;
	return 0;
}

static int set_tls_server_name(struct config *config, struct view value, struct error *err)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._:", c) != NULL)) {
			return error_set(err, ERROR_CONFIG, "must be a DNS name or an IP address");
		}
	}
	if (value.len == 0 || !view_copy(value, config->tls_server_name, sizeof config->tls_server_name)) {
		return error_set(err, ERROR_CONFIG, "must be a DNS name of 1 to %d characters, or an IP address", HOST_LIMIT - 1);
	}
	return 0;
}

static int set_proxy(struct config *config, struct view value, struct error *err)
{
	return proxy_parse(&config->proxy, value, err);
}

static int set_token(struct config *config, struct view value, struct error *err)
{
	return token_parse(&config->token, value, err);
}

static int set_token_path(struct config *config, struct view value, struct error *err)
{
	return copy_path(config->token_path, value, err);
}

static int set_node_name(struct config *config, struct view value, struct error *err)
{
	return node_parse_name(config->node_name, value, err);
}

static int set_kubeconfig(struct config *config, struct view value, struct error *err)
{
	if (copy_path(config->kubeconfig_path, value, err) != 0) {
		return -1;
	}

	size_t name_len = strlen(strrchr(config->kubeconfig_path, '/') + 1);
	if (name_len == 0 || name_len >= FILE_NAME_LIMIT) {
		return error_set(err, ERROR_CONFIG, "must name a file, with at most %d characters", FILE_NAME_LIMIT - 1);
	}
	return 0;
}

static int set_cert_dir(struct config *config, struct view value, struct error *err)
{
	if (copy_path(config->cert_dir, value, err) != 0) {
		return -1;
	}
	if (strlen(config->cert_dir) > CERT_DIR_MAX) { /* the paths of the files in it must fit, too */
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", CERT_DIR_MAX);
	}
	return 0;
}

/* Milliseconds in the unit that `unit` is, 0 when it is none. */
static long long unit_ms(struct view unit)
{
	if (view_equals(unit, "ms")) {
		return 1;
	}
	if (view_equals(unit, "s")) {
		return 1000;
	}
	if (view_equals(unit, "m")) {
		return 60000;
	}
	return view_equals(unit, "h") ? 3600000 : 0;
}

/* "90s", "1h30m", "0" */
static int set_deadline(struct config *config, struct view value, struct error *err)
{
	int64_t total_ms = 0;
	bool is_zero = view_equals(value, "0");
	bool valid = is_zero || value.len > 0;

	while (valid && !is_zero && value.len > 0) {
		size_t digits = 0;
		size_t end;
		long long number;

		while (digits < value.len && value.data[digits] >= '0' && value.data[digits] <= '9') {
			digits++;
		}
		for (end = digits; end < value.len && !(value.data[end] >= '0' && value.data[end] <= '9'); end++) {
		}
		long long ms = unit_ms((struct view){value.data + digits, end - digits});
		valid = ms > 0 && view_parse_number((struct view){value.data, digits}, SECONDS_LIMIT, &number);
		if (valid) {
			total_ms += number * ms;
			valid = total_ms <= SECONDS_LIMIT * 1000;
		}
		value.data += end;
		value.len -= end;
	}
	if (!valid) {
		return error_set(err, ERROR_CONFIG, "must be a duration such as 90s or 1h30m (units ms, s, m, h), or 0 for no limit");
	}
	config->deadline_ms = total_ms;
	return 0;
}

static const struct config_key keys[] = {
	{"cluster", "server", set_server, CONFIG_REPEATS},
	{"cluster", "certificate-authority", set_ca_path, CONFIG_PLAIN},
	{"cluster", "certificate-authority-data", set_ca_data, CONFIG_PLAIN},
	{"cluster", "tls-server-name", set_tls_server_name, CONFIG_PLAIN},
	{"cluster", "proxy-url", set_proxy, CONFIG_SECRET},
	{"bootstrap", "token", set_token, CONFIG_SECRET},
	{"bootstrap", "token-file", set_token_path, CONFIG_SECRET},
	{"node", "name", set_node_name, CONFIG_PLAIN},
	{"output", "kubeconfig", set_kubeconfig, CONFIG_PLAIN},
	{"output", "cert-dir", set_cert_dir, CONFIG_PLAIN},
	{"limits", "deadline", set_deadline, CONFIG_PLAIN},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

struct parser {
	struct config *config;
	const char *name;
	struct error *err;
	int seen_on[KEY_COUNT]; /* line number, 0: not seen */
};

/* Append the names of all sections, or of all keys of `section`. */
static void add_accepted(struct buffer *buf, const char *section)
{
	const char *comma = "";

	for (size_t i = 0; i < KEY_COUNT; i++) {
		bool first_of_section = i == 0 || strcmp(keys[i].section, keys[i - 1].section) != 0;
		if (section == NULL ? first_of_section : strcmp(keys[i].section, section) == 0) {
			buffer_format(buf, "%s%s", comma, section == NULL ? keys[i].section : keys[i].name);
			comma = ", ";
		}
	}
}

static int refuse_unknown(struct parser *parser, int line, const char *section, const char *name)
{
	char text[256];
	struct buffer accepted;

	buffer_init(&accepted, text, sizeof text - 1);
	add_accepted(&accepted, NULL);
	for (size_t i = 0; i < KEY_COUNT && name != NULL; i++) {
		if (strcmp(keys[i].section, section) == 0) {
			buffer_init(&accepted, text, sizeof text - 1);
			add_accepted(&accepted, section);
			text[accepted.len] = '\0';
			return error_set(parser->err, ERROR_CONFIG, "cannot read %s:%d: [%s] unknown key \"%.*s\"; keys here are %s",
					 parser->name, line, section, SHOWN_LIMIT, name, text);
		}
	}
	text[accepted.len] = '\0';
	if (section[0] == '\0' && name != NULL) {
		return error_set(parser->err, ERROR_CONFIG, "cannot read %s:%d: \"%.*s\" stands before the first section; sections are %s",
				 parser->name, line, SHOWN_LIMIT, name, text);
	}
	return error_set(parser->err, ERROR_CONFIG, "cannot read %s:%d: unknown section [%s]; sections are %s", parser->name, line, section,
			 text);
}

static bool is_known_section(const char *section)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].section, section) == 0) {
			return true;
		}
	}
	return false;
}

static int set_key(struct parser *parser, int line, size_t index, struct view value)
{
	const struct config_key *key = &keys[index];

	if (parser->seen_on[index] != 0 && key->trait != CONFIG_REPEATS) {
		return error_set(parser->err, ERROR_CONFIG, "cannot read %s:%d: [%s] %s is given twice, first in line %d", parser->name,
				 line, key->section, key->name, parser->seen_on[index]);
	}
	parser->seen_on[index] = line;
	if (view_find(value, "\t", 1) != NULL) { /* the guard lets no other control character through */
		return error_set(parser->err, ERROR_CONFIG, "cannot read %s:%d: [%s] %s: tab in the value", parser->name, line,
				 key->section, key->name);
	}
	if (key->set(parser->config, value, parser->err) == 0) {
		return 0;
	}
	if (key->trait == CONFIG_SECRET || view_find(value, "@", 1) != NULL) { /* user:password@host */
		return error_wrap(parser->err, "cannot read %s:%d: [%s] %s", parser->name, line, key->section, key->name);
	}
	return error_wrap(parser->err, "cannot read %s:%d: [%s] %s \"%.*s%s\"", parser->name, line, key->section, key->name,
			  (int)(value.len < SHOWN_LIMIT ? value.len : SHOWN_LIMIT), value.data, value.len > SHOWN_LIMIT ? "..." : "");
}

/* inih's handler: 1 to go on, 0 to stop. A new section comes as name and value NULL. */
static int take_entry(void *user, const char *section, const char *name, const char *value, int line)
{
	struct parser *parser = user;

	if (name == NULL && is_known_section(section)) {
		return 1;
	}
	for (size_t i = 0; i < KEY_COUNT && name != NULL; i++) {
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0) {
			return set_key(parser, line, i, view_of(value)) == 0;
		}
	}
	(void)refuse_unknown(parser, line, section, name); /* returns -1 only */
	return 0;
}

static bool has_control_character(struct view line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (((unsigned char)line.data[i] < ' ' && line.data[i] != '\t') || line.data[i] == 0x7f) {
			return true;
		}
	}
	return false;
}

/*
 * What inih must not see. Read in r61: a line over INI_MAX_LINE is handed on cut; a NUL byte in the tail of such a line makes it read in
 * front of its buffer, and elsewhere hides the rest of the line; text behind a section's bracket is dropped; section names are cut at
 * 50 characters.
 */
static int guard(const char *name, struct view text, struct error *err)
{
	struct view line;

	if (view_starts_with(text, "\xef\xbb\xbf")) { /* a byte order mark, which inih passes over */
		text.data += 3;
		text.len -= 3;
	}
	for (int number = 1; view_take_line(&text, &line); number++) {
		if (has_control_character(line)) {
			return error_set(err, ERROR_CONFIG, "cannot read %s:%d: %s; the file must be plain text", name, number,
					 memchr(line.data, '\0', line.len) != NULL ? "NUL byte" : "control character");
		}
		if (line.len > CONFIG_LINE_LIMIT) {
			return error_set(err, ERROR_CONFIG, "cannot read %s:%d: line of %zu characters; must be at most %d", name, number,
					 line.len, CONFIG_LINE_LIMIT);
		}
		line = view_trim(line);
		if (line.len > 0 && line.data[0] == '[' && memchr(line.data, ']', line.len) != line.data + line.len - 1) {
			return error_set(err, ERROR_CONFIG, "cannot read %s:%d: \"%.*s\" must be a section alone: [name]", name, number,
					 (int)(line.len < SHOWN_LIMIT ? line.len : SHOWN_LIMIT), line.data);
		}
	}
	return 0;
}

static int check_whole(const struct config *config, const char *name, struct error *err)
{
	struct view kubeconfig = view_of(config->kubeconfig_path);
	size_t dir_len = strlen(config->cert_dir);

	if (view_starts_with(kubeconfig, config->cert_dir) &&
	    view_starts_with((struct view){kubeconfig.data + dir_len, kubeconfig.len - dir_len}, "/kubelet-client")) {
		return error_set(err, ERROR_CONFIG, "cannot read %s: [output] kubeconfig \"%s\": that is the name of a certificate's file",
				 name, config->kubeconfig_path);
	}
	if (config->server_count == 0) {
		return error_set(err, ERROR_CONFIG, "cannot read %s: [cluster] server is missing: https://host[:port] of the API server",
				 name);
	}
	if ((config->ca_path[0] != '\0') == (config->ca_data_len > 0)) {
		return error_set(
			err, ERROR_CONFIG,
			"cannot read %s: [cluster] must have either certificate-authority or certificate-authority-data, and has %s", name,
			config->ca_data_len > 0 ? "both" : "none");
	}
	if (config->token.text[0] != '\0' && config->token_path[0] != '\0') {
		return error_set(err, ERROR_CONFIG, "cannot read %s: [bootstrap] must have either token or token-file, and has both", name);
	}
	return 0;
}

/* inih reads lines on its stack, and one of them may hold the token. */
static __attribute__((noinline)) void wipe_stack(void)
{
	char stack[CONFIG_LINE_LIMIT + 512];

	buffer_wipe(stack, sizeof stack);
}

int config_parse(struct config *config, const char *name, struct view text, struct error *err)
{
	struct parser parser = {.config = config, .name = name, .err = err};

	config->deadline_ms = CONFIG_DEADLINE_DEFAULT_MS;
	(void)view_copy(view_of(CONFIG_KUBECONFIG_DEFAULT), config->kubeconfig_path, PATH_LIMIT); /* it fits */
	(void)view_copy(view_of(CONFIG_CERT_DIR_DEFAULT), config->cert_dir, PATH_LIMIT);          /* it fits */
	if (guard(name, text, err) != 0) {
		return -1;
	}

	err->text[0] = '\0';
	int line = ini_parse_string_length(text.data, text.len, take_entry, &parser);
	wipe_stack();
	if (line != 0 && err->text[0] != '\0') {
		return -1;
	}
	if (line != 0) {
		return error_set(err, ERROR_CONFIG,
				 "cannot read %s:%d: must be \"key = value\", \"[section]\", or a comment begun with '#' or ';'", name,
				 line);
	}
	return check_whole(config, name, err);
}
