/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <ini.h>

#include "config_keys.h"

#define SHOWN_LIMIT 80 /* characters of a value that a message shows */

_Static_assert(INI_MAX_LINE == CONFIG_LINE_LIMIT + 3, "inih must take every line the guard lets through");
_Static_assert(!INI_ALLOW_MULTILINE && !INI_ALLOW_INLINE_COMMENTS && INI_HANDLER_LINENO && INI_CALL_HANDLER_ON_NEW_SECTION &&
		       INI_STOP_ON_FIRST_ERROR,
	       "inih must be built with the options of the Makefile");

struct parser {
	struct config *config;
	const char *name;
	struct error *err;
	int seen_on[CONFIG_KEY_COUNT]; /* line number, 0: not seen */
};

/* Append the names of all sections, or of all keys of `section`. */
static void add_accepted(struct buffer *buf, const char *section)
{
	const char *comma = "";

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		bool first_of_section = i == 0 || strcmp(config_keys[i].section, config_keys[i - 1].section) != 0;
		if (section == NULL ? first_of_section : strcmp(config_keys[i].section, section) == 0) {
			buffer_format(buf, "%s%s", comma, section == NULL ? config_keys[i].section : config_keys[i].name);
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
	for (size_t i = 0; i < CONFIG_KEY_COUNT && name != NULL; i++) {
		if (strcmp(config_keys[i].section, section) == 0) {
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
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (strcmp(config_keys[i].section, section) == 0) {
			return true;
		}
	}
	return false;
}

static int set_key(struct parser *parser, int line, size_t index, struct view value)
{
	const struct config_key *key = &config_keys[index];

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
	for (size_t i = 0; i < CONFIG_KEY_COUNT && name != NULL; i++) {
		if (strcmp(config_keys[i].section, section) == 0 && strcmp(config_keys[i].name, name) == 0) {
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
	if (strcmp(config->bootstrap_path, config->kubeconfig_path) == 0) {
		return error_set(err, ERROR_CONFIG, "cannot read %s: [bootstrap] kubeconfig and [output] kubeconfig are the same file",
				 name);
	}
	bool has_kubeconfig = config->bootstrap_path[0] != '\0';
	if (config->server_count == 0 && !has_kubeconfig) {
		return error_set(
			err, ERROR_CONFIG,
			"cannot read %s: [cluster] server is missing: https://host[:port] of the API server, or [bootstrap] kubeconfig",
			name);
	}
	bool has_ca_path = config->ca_path[0] != '\0';
	if (has_ca_path && config->ca_data_len > 0) {
		return error_set(
			err, ERROR_CONFIG,
			"cannot read %s: [cluster] must have either certificate-authority or certificate-authority-data, and has both",
			name);
	}
	if (!has_ca_path && config->ca_data_len == 0 && config->pin_count == 0 && !has_kubeconfig) {
		return error_set(err, ERROR_CONFIG,
				 "cannot read %s: [cluster] must have certificate-authority, certificate-authority-data or ca-cert-hash, "
				 "or [bootstrap] a kubeconfig, and has none",
				 name);
	}
	if ((config->client_certificate_path[0] != '\0') != (config->client_key_path[0] != '\0')) {
		return error_set(err, ERROR_CONFIG, "cannot read %s: [bootstrap] client-certificate and client-key belong together", name);
	}
	int credentials = (config->token.text[0] != '\0') + (config->token_path[0] != '\0') + (config->client_certificate_path[0] != '\0');
	if (credentials > 1) {
		return error_set(err, ERROR_CONFIG,
				 "cannot read %s: [bootstrap] must have one of token, token-file and client-certificate, and has more",
				 name);
	}
	return 0;
}

/* inih reads lines on its stack, and one of them may hold a secret. Not inlined, so that its stack lies where that of wipe_stack() does. */
static __attribute__((noinline)) int read_lines(struct view text, struct parser *parser)
{
	return ini_parse_string_length(text.data, text.len, take_entry, parser);
}

static __attribute__((noinline)) void wipe_stack(void)
{
	char stack[CONFIG_LINE_LIMIT + 512];

	buffer_wipe(stack, sizeof stack);
}

bool config_has_authority(const struct config *config)
{
	return config->ca_path[0] != '\0' || config->ca_data_len > 0;
}

bool config_has_credential(const struct config *config)
{
	return config->token.text[0] != '\0' || config->token_path[0] != '\0' || config->client_certificate_path[0] != '\0' ||
	       config->client_certificate_len > 0;
}

static void note_origins(struct config *config)
{
	config->servers_from = config->server_count > 0 ? CONFIG_FILE : CONFIG_NOWHERE;
	config->authority_from = config_has_authority(config) ? CONFIG_FILE : CONFIG_NOWHERE;
	config->credential_from = config_has_credential(config) ? CONFIG_FILE : CONFIG_NOWHERE;
	config->name_from = config->node_name[0] != '\0' ? CONFIG_FILE : CONFIG_NOWHERE;
}

void config_set_defaults(struct config *config)
{
	config->deadline_ms = CONFIG_DEADLINE_DEFAULT_MS;
	(void)view_copy(view_of(CONFIG_KUBECONFIG_DEFAULT), config->kubeconfig_path, PATH_LIMIT); /* it fits */
	(void)view_copy(view_of(CONFIG_CERT_DIR_DEFAULT), config->cert_dir, PATH_LIMIT);          /* it fits */
}

int config_parse(struct config *config, const char *name, struct view text, struct error *err)
{
	struct parser parser = {.config = config, .name = name, .err = err};

	config_set_defaults(config);
	if (guard(name, text, err) != 0) {
		return -1;
	}

	err->text[0] = '\0';
	int line = read_lines(text, &parser);
	wipe_stack();
	if (line != 0 && err->text[0] != '\0') {
		return -1;
	}
	if (line != 0) {
		return error_set(err, ERROR_CONFIG,
				 "cannot read %s:%d: must be \"key = value\", \"[section]\", or a comment begun with '#' or ';'", name,
				 line);
	}
	note_origins(config);
	return check_whole(config, name, err);
}
