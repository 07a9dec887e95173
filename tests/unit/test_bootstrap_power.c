/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when the power fails at any moment, or any one operation of the disk: the next run, with nothing done in between, ends
 * with everything in place, nothing left over, and one request in the cluster.
 */
#include "pem_samples.h"
#include "scripted_transport.h"

#define CURRENT_NEW    "kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"
#define CURRENT_OLD    "kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_OLD "\n"
#define OLDER          "kubelet-client-2025-11-24-08-00-00.pem"
#define OLD_NAME(year) "kubelet-client-" year "-01-01-00-00-00.pem"

struct scenario {
	const char *label;
	struct put puts[5];
	enum { KUBECONFIG_MISSING, KUBECONFIG_WRITTEN, KUBECONFIG_OTHERS, KUBECONFIG_CUT } kubeconfig;
	bool has_key; /* an earlier run made a request that was not answered */
	bool has_directories;
	size_t requests;   /* in the cluster at the end */
	const char *names; /* at the end, ".corrupt-<time>" and ".replaced-<time>" as ".aside" */
};

static const struct scenario scenarios[] = {
	{"fresh", {{0}}, KUBECONFIG_MISSING, false, false, 1, MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"resumed", {{0}}, KUBECONFIG_MISSING, true, true, 1, MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"expired",
	 {{MACHINE_OLD, EXPIRED, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 1,
	 MACHINE_OLD "\n" MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"expired, with old files",
	 {{MACHINE_OLD, EXPIRED, 0},
	  {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD},
	  {OLDER, EXPIRED, 0},
	  {OLD_NAME("2020"), EXPIRED, 0},
	  {OLD_NAME("2021"), EXPIRED, 0}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 1,
	 OLDER "\n" MACHINE_OLD "\n" MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"key cut off",
	 {{MACHINE_OLD, KEY_CUT_OFF, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 1,
	 MACHINE_OLD ".aside\n" MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"empty, with an older good one",
	 {{MACHINE_OLD, GOOD, 0}, {MACHINE_NEW, EMPTY, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_NEW}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" MACHINE_NEW ".aside\n" CURRENT_OLD "kubelet.conf\n"},
	{"a dangling link",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_NEW}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet.conf\n"},
	{"an interrupted swap",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_UPDATED, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_MISSING,
	 true,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet.conf\n"},
	{"a good regular file in the place of the link",
	 {{INSPECT_CURRENT, GOOD, 0}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 0,
	 MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"an empty regular file in the place of the link",
	 {{INSPECT_CURRENT, EMPTY, 0}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 1,
	 MACHINE_NEW "\n" CURRENT_NEW "kubelet-client-current.pem.aside\nkubelet.conf\n"},
	{"another kubeconfig",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_OTHERS,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet.conf\nkubelet.conf.aside\n"},
	{"a kubeconfig cut off",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_CUT,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet.conf\nkubelet.conf.aside\n"},
	{"directories in the way",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_UPDATED, DIRECTORY, 0}, {INSPECT_KEY, DIRECTORY, 0}},
	 KUBECONFIG_MISSING,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet-client-updated.pem.aside\nkubelet-client.key.tmp.aside\nkubelet.conf\n"},
	{"a file in the place of kubelet's temporary link",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}, {INSPECT_UPDATED, GARBAGE, 0}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet-client-updated.pem.aside\nkubelet.conf\n"},
	{"a good file in the place of kubelet's temporary link",
	 {{INSPECT_UPDATED, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, INSPECT_UPDATED}},
	 KUBECONFIG_WRITTEN,
	 false,
	 true,
	 0,
	 MACHINE_NEW "\n" CURRENT_NEW "kubelet.conf\n"},
	{"only a key left over",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 KUBECONFIG_WRITTEN,
	 true,
	 true,
	 0,
	 MACHINE_OLD "\n" CURRENT_OLD "kubelet.conf\n"},
};

static void set_up(const struct scenario *scenario)
{
	struct view kubeconfig = machine_kubeconfig();

	assert_int_equal(machine_fixture_setup(NULL), 0);
	if (scenario->has_key) {
		machine.cluster.manner = CLUSTER_KEEPS_WAITING;
		assert_int_equal(machine_run(), MACHINE_FAILED);
	}
	machine.cluster = (struct cluster){.manner = CLUSTER_ISSUES}; /* a request that is asked for again counts again */
	machine.cert_dir.exists = machine.kubeconfig_dir.exists = scenario->has_directories;
	for (size_t i = 0; i < COUNT(scenario->puts); i++) {
		sample_put(&scenario->puts[i]);
	}
	if (scenario->kubeconfig == KUBECONFIG_OTHERS) {
		kubeconfig = view_of("apiVersion: v1\nclusters: null\nkind: Config\nusers: null\n");
	}
	kubeconfig.len /= scenario->kubeconfig == KUBECONFIG_CUT ? 2 : 1;
	if (scenario->kubeconfig != KUBECONFIG_MISSING) {
		(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, kubeconfig);
	}
}

/* All names, with what follows ".corrupt-" and ".replaced-" left out. A run that was cut may have made a copy that the next makes again. */
static struct view plain_names(void)
{
	struct view rest = view_of(machine_names());
	struct view line;
	BUFFER(text, 8192);

	while (view_take_line(&rest, &line)) {
		const char *why = view_find(line, ".corrupt-", 9);
		why = why != NULL ? why : view_find(line, ".replaced-", 10);
		if (why != NULL && view_find(buffer_view(&text), line.data, (size_t)(why - line.data)) != NULL &&
		    view_find(buffer_view(&text), ".aside", 6) != NULL) {
			continue;
		}
		buffer_add(&text, line.data, why != NULL ? (size_t)(why - line.data) : line.len);
		buffer_add_text(&text, why != NULL ? ".aside\n" : "\n");
	}
	return support_exact(buffer_view(&text));
}

/* kubelet starts with kubelet.conf: when a run that was cut has just written it, all that it names must be there. */
static void check_commit_point(const char *label, bool was_there)
{
	if (was_there) { /* a node that worked must go on working */
		assert_row(label, memory_disk_find(&machine.kubeconfig_dir, MACHINE_KUBECONFIG) != NULL);
	}
	if (!was_there && memory_disk_find(&machine.kubeconfig_dir, MACHINE_KUBECONFIG) != NULL) {
		machine_look();
		assert_row(label, machine.bootstrap.found.verdict == INSPECT_VALID);
	}
}

TEST(when_the_power_fails_in_any_change_the_next_run_mends_it)
{
	size_t cuts = 0;

	for (size_t i = 0; i < 2 * COUNT(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i / 2];
		enum machine_outcome outcome = MACHINE_OFF;

		for (size_t at = 1; outcome == MACHINE_OFF; at++) {
			const char *label = script_text("%s, cut %s change %zu", scenario->label, i % 2 == 0 ? "in" : "after", at);
			set_up(scenario);
			machine.power.cut_at = at;
			machine.power.cut = i % 2 == 0 ? MEMORY_HALFWAY : MEMORY_AFTER;
			outcome = machine_run();
			assert_row(label, outcome != MACHINE_FAILED);
			cuts += outcome == MACHINE_OFF;
			machine.power.cut_at = 0;
			check_commit_point(label, scenario->kubeconfig != KUBECONFIG_MISSING);
			assert_row(label, machine_run() == MACHINE_DONE);
			assert_view(label, plain_names(), view_of(scenario->names));
			assert_row(label, machine.cluster.name_count == scenario->requests);
			machine_expect_valid(label);
		}
	}
	assert_true(cuts >= 80);
}

TEST(when_the_power_fails_twice_the_third_run_mends_it)
{
	for (size_t first = 1; first <= 7; first++) {
		for (size_t second = 1; second <= 7; second++) {
			const char *label = script_text("changes %zu and %zu", first, second);
			set_up(&scenarios[2]);
			machine.power.cut = first % 2 == 0 ? MEMORY_HALFWAY : MEMORY_AFTER;
			machine.power.cut_at = first;
			(void)machine_run(); /* it may be done before that */
			machine.power.cut = second % 2 == 0 ? MEMORY_HALFWAY : MEMORY_AFTER;
			machine.power.cut_at = second;
			(void)machine_run(); /* as above */
			machine.power.cut_at = 0;
			assert_row(label, machine_run() == MACHINE_DONE);
			assert_view(label, plain_names(), view_of(scenarios[2].names));
			assert_row(label, machine.cluster.name_count == 1);
			machine_expect_valid(label);
		}
	}
}

TEST(when_any_operation_of_the_disk_fails_the_error_is_clean_and_the_next_run_mends_it)
{
	size_t failures = 0;

	for (size_t i = 0; i < COUNT(scenarios); i++) {
		set_up(&scenarios[i]);
		assert_int_equal(machine_run(), MACHINE_DONE);
		size_t operations = machine.power.operations;

		for (size_t at = 1; at <= operations; at++) {
			const char *label = script_text("%s, operation %zu", scenarios[i].label, at);
			set_up(&scenarios[i]);
			machine.power.fail_at = at;
			(void)error_set(&machine.err, ERROR_USAGE, "%s", "NOT SET");
			if (machine_run() == MACHINE_FAILED) {
				failures++;
				assert_error(label, &machine.err, ERROR_DISK, "Input/output error");
				assert_row(label, strncmp(machine.err.text, "cannot ", 7) == 0);
				assert_row(label, fake_host_state.committed_count == 0);
			} else {
				assert_row(label, fake_host_state.committed_count == 1);
			}
			machine.power.fail_at = 0;
			check_commit_point(label, scenarios[i].kubeconfig != KUBECONFIG_MISSING);
			assert_row(label, machine_run() == MACHINE_DONE);
			assert_row(label, memory_disk_find(&machine.cert_dir, INSPECT_KEY) == NULL);
			machine_expect_valid(label);
		}
	}
	assert_true(failures >= 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_the_power_fails_in_any_change_the_next_run_mends_it),
		cmocka_unit_test(when_the_power_fails_twice_the_third_run_mends_it),
		cmocka_unit_test(when_any_operation_of_the_disk_fails_the_error_is_clean_and_the_next_run_mends_it),
	};
	return RUN("bootstrap_power", tests);
}
