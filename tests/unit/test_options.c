/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "config.h"
#include "options.h"

#define ARGUMENTS_MAX 6

static int parse(struct options *options, const char *const arguments[ARGUMENTS_MAX], struct error *err)
{
	char program[] = "kubelet-bootstrap";
	char copies[ARGUMENTS_MAX][600];
	char *argv[ARGUMENTS_MAX + 2] = {program};
	static char config[600]; /* outlives the copies, into which the result points */
	int argc = 1;

	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++) {
		assert_true(view_copy(view_of(arguments[i]), copies[i], sizeof copies[i]));
		argv[argc++] = copies[i];
	}
	if (options_parse(options, argc, argv, err) != 0) {
		return -1;
	}
	assert_true(view_copy(view_of(options->config), config, sizeof config));
	options->config = config;
	return 0;
}

TEST(each_option_sets_its_field)
{
	static const struct {
		const char *name;
		const char *arguments[ARGUMENTS_MAX];
		enum options_action action;
		enum options_volume volume;
		const char *config, *root;
	} rows[] = {
		{"none", {NULL}, OPTIONS_RUN, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
		{"config", {"--config", "a.ini"}, OPTIONS_RUN, OPTIONS_NORMAL, "a.ini", ""},
		{"config=", {"--config=a.ini"}, OPTIONS_RUN, OPTIONS_NORMAL, "a.ini", ""},
		{"the last config", {"--config=a", "--config", "b"}, OPTIONS_RUN, OPTIONS_NORMAL, "b", ""},
		{"a value that looks like an option", {"--config=--check"}, OPTIONS_RUN, OPTIONS_NORMAL, "--check", ""},
		{"a value with an equals sign", {"--config=a=b"}, OPTIONS_RUN, OPTIONS_NORMAL, "a=b", ""},
		{"root", {"--root", "/sysroot"}, OPTIONS_RUN, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, "/sysroot"},
		{"root with slashes", {"--root=/sysroot//"}, OPTIONS_RUN, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, "/sysroot"},
		{"the root is no root", {"--root=/"}, OPTIONS_RUN, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
		{"check", {"--check"}, OPTIONS_CHECK, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
		{"verbose", {"--verbose"}, OPTIONS_RUN, OPTIONS_VERBOSE, CONFIG_PATH_DEFAULT, ""},
		{"quiet", {"--quiet"}, OPTIONS_RUN, OPTIONS_QUIET, CONFIG_PATH_DEFAULT, ""},
		{"twice", {"--quiet", "--quiet", "--check", "--check"}, OPTIONS_CHECK, OPTIONS_QUIET, CONFIG_PATH_DEFAULT, ""},
		{"all", {"--check", "--verbose", "--root=/r", "--config=c"}, OPTIONS_CHECK, OPTIONS_VERBOSE, "c", "/r"},
		{"version", {"--version"}, OPTIONS_VERSION, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
		{"help", {"--help"}, OPTIONS_HELP, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
		{"help wins over what is behind it",
		 {"--check", "--help", "--nonsense"},
		 OPTIONS_HELP,
		 OPTIONS_NORMAL,
		 CONFIG_PATH_DEFAULT,
		 ""},
		{"version wins too", {"--version", "--config"}, OPTIONS_VERSION, OPTIONS_NORMAL, CONFIG_PATH_DEFAULT, ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct error err = {.text = ""};
		assert_row(rows[i].name, parse(&options, rows[i].arguments, &err) == 0);
		assert_row(rows[i].name, options.action == rows[i].action);
		assert_row(rows[i].name, options.volume == rows[i].volume);
		assert_text(rows[i].name, view_of(options.config), rows[i].config);
		assert_text(rows[i].name, view_of(options.root), rows[i].root);
	}
}

TEST(a_wrong_command_line_is_refused_with_the_argument)
{
	static const struct {
		const char *arguments[ARGUMENTS_MAX];
		const char *text;
	} rows[] = {
		{{"--nonsense"}, "unknown argument \"--nonsense\"; try --help"},
		{{"check"}, "unknown argument \"check\""},
		{{"-v"}, "unknown argument \"-v\""},
		{{"--"}, "unknown argument \"--\""},
		{{""}, "unknown argument \"\""},
		{{"--check=yes"}, "unknown argument \"--check=yes\""},
		{{"--confi", "a"}, "unknown argument \"--confi\""},
		{{"--configure", "a"}, "unknown argument \"--configure\""},
		{{"--nonsense", "--help"}, "unknown argument \"--nonsense\""},
		{{"--config", "a", "b"}, "unknown argument \"b\""},
		{{"--config"}, "--config needs a"},
		{{"--config", "--check"}, "--config needs a"},
		{{"--root", "--check"}, "--root needs a"},
		{{"--check", "--root"}, "--root needs a"},
		{{"--root="}, "--root needs a"},
		{{"--root", ""}, "--root needs a"},
		{{"--config="}, "--config needs a"},
		{{"--config", ""}, "--config needs a"},
		{{"--quiet", "--verbose"}, "--verbose and --quiet exclude each other"},
		{{"--verbose", "--quiet"}, "--verbose and --quiet exclude each other"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct error err = {.text = ""};
		assert_row(rows[i].text, parse(&options, rows[i].arguments, &err) == -1);
		assert_error(rows[i].text, &err, ERROR_USAGE, "cannot read the command line: ");
		assert_error(rows[i].text, &err, ERROR_USAGE, rows[i].text);
	}
}

TEST(a_root_that_is_too_long_is_refused)
{
	char argument[7 + PATH_LIMIT + 1] = "--root=";
	const char *arguments[ARGUMENTS_MAX] = {argument};
	struct options options;
	struct error err = {.text = ""};

	memset(argument + 7, 'r', PATH_LIMIT);
	argument[7] = '/';
	assert_int_equal(parse(&options, arguments, &err), -1);
	assert_error("512", &err, ERROR_USAGE, "--root");
	argument[7 + PATH_LIMIT - 1] = '\0';
	assert_int_equal(parse(&options, arguments, &err), 0);
	assert_int_equal(strlen(options.root), PATH_LIMIT - 1);
}

TEST(no_argument_at_all_is_a_command_line)
{
	char *argv[] = {NULL};
	struct options options;
	struct error err;

	assert_int_equal(options_parse(&options, 0, argv, &err), 0);
	assert_int_equal(options.action, OPTIONS_RUN);
}

TEST(the_help_names_every_option_and_every_exit_status)
{
	static const char *const words[] = {
		"--config FILE", "--root DIR", "--check", "--verbose", "--quiet", "--version", "--help",           "  0 ", " 64 ", " 69 ",
		" 70 ",          " 73 ",       " 75 ",    " 76 ",      " 77 ",    " 78 ",      CONFIG_PATH_DEFAULT};

	for (size_t i = 0; i < COUNT(words); i++) {
		assert_row(words[i], strstr(options_help, words[i]) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_sets_its_field),
		cmocka_unit_test(a_wrong_command_line_is_refused_with_the_argument),
		cmocka_unit_test(a_root_that_is_too_long_is_refused),
		cmocka_unit_test(no_argument_at_all_is_a_command_line),
		cmocka_unit_test(the_help_names_every_option_and_every_exit_status),
	};
	return RUN("options", tests);
}
