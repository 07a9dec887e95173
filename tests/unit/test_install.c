/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the files come into being. */
#include "pem_samples.h"
#include "scripted_transport.h"

#define OTHER_KUBECONFIG "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n"

static struct view kubeconfig_text(const char *text)
{
	return text != NULL ? view_of(text) : machine_kubeconfig();
}

/* What was there, and the changes that a run makes, in their order. The cluster issues where a request is needed. */
static const struct {
	const char *label;
	struct put puts[3];
	const char *kubeconfig; /* "": none, NULL: as it must be */
	bool has_key;
	const char *changes;
} rows[] = {
	{"nothing there",
	 {{0}},
	 "",
	 false,
	 "write kubelet-client.key.tmp\n"
	 "write " MACHINE_NEW "\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"
	 "write kubelet.conf\n"
	 "remove kubelet-client.key.tmp\n"},
	{"a key of an earlier run",
	 {{0}},
	 "",
	 true,
	 "write " MACHINE_NEW "\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"
	 "write kubelet.conf\n"
	 "remove kubelet-client.key.tmp\n"},
	{"all well", {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}}, NULL, false, ""},
	{"all well, and a key",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 NULL,
	 true,
	 "remove kubelet-client.key.tmp\n"},
	{"no kubeconfig", {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}}, "", false, "write kubelet.conf\n"},
	{"another kubeconfig",
	 {{MACHINE_OLD, GOOD, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 OTHER_KUBECONFIG,
	 false,
	 "write kubelet.conf.replaced-2027-11-24-08-00-00\n"
	 "write kubelet.conf\n"},
	{"a pem without a link",
	 {{MACHINE_OLD, GOOD, 0}},
	 "",
	 true,
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_OLD "\n"
	 "write kubelet.conf\n"
	 "remove kubelet-client.key.tmp\n"},
	{"an expired certificate",
	 {{MACHINE_OLD, EXPIRED, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 NULL,
	 false,
	 "write kubelet-client.key.tmp\n"
	 "write " MACHINE_NEW "\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"
	 "remove kubelet-client.key.tmp\n"},
	{"a damaged file",
	 {{MACHINE_OLD, KEY_CUT_OFF, 0}, {INSPECT_CURRENT, LINK_ABSOLUTE, MACHINE_OLD}},
	 NULL,
	 false,
	 "write kubelet-client.key.tmp\n"
	 "write " MACHINE_NEW "\n"
	 "move " MACHINE_OLD " -> " MACHINE_OLD ".corrupt-2027-11-24-08-00-00\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"
	 "remove kubelet-client.key.tmp\n"},
	{"a good regular file in the place of the link",
	 {{INSPECT_CURRENT, GOOD, 0}},
	 NULL,
	 false,
	 "move kubelet-client-current.pem -> " MACHINE_NEW "\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_NEW "\n"},
	{"an empty regular file in the place of the link",
	 {{INSPECT_CURRENT, EMPTY, 0}, {MACHINE_OLD, GOOD, 0}},
	 NULL,
	 false,
	 "move kubelet-client-current.pem -> kubelet-client-current.pem.corrupt-2027-11-24-08-00-00\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_OLD "\n"},
	{"a link out of the directory",
	 {{INSPECT_CURRENT, LINK, "/etc/x.pem"}, {MACHINE_OLD, GOOD, 0}},
	 NULL,
	 false,
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_OLD "\n"},
	{"the name is taken in the same second",
	 {{MACHINE_NEW, EXPIRED, 0}},
	 NULL,
	 false,
	 "write kubelet-client.key.tmp\n"
	 "write kubelet-client-2027-11-24-08-00-01.pem\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/kubelet-client-2027-11-24-08-00-01.pem\n"
	 "remove kubelet-client.key.tmp\n"},
	{"the name is taken by a directory",
	 {{MACHINE_NEW, DIRECTORY, 0}, {INSPECT_CURRENT, GOOD, 0}},
	 NULL,
	 false,
	 "move kubelet-client-current.pem -> kubelet-client-2027-11-24-08-00-01.pem\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/kubelet-client-2027-11-24-08-00-01.pem\n"},
	{"the name to set aside is taken",
	 {{INSPECT_CURRENT, EMPTY, 0}, {INSPECT_CURRENT ".corrupt-2027-11-24-08-00-00", EMPTY, 0}, {MACHINE_OLD, GOOD, 0}},
	 NULL,
	 false,
	 "move kubelet-client-current.pem -> kubelet-client-current.pem.corrupt-2027-11-24-08-00-01\n"
	 "link kubelet-client-current.pem -> /var/lib/kubelet/pki/" MACHINE_OLD "\n"},
};

TEST(every_state_is_mended_by_these_changes_in_this_order)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key key = fake_key(1);
		BUFFER(pem, KEY_PEM_LIMIT);

		assert_int_equal(machine_fixture_setup(NULL), 0);
		for (size_t j = 0; j < COUNT(rows[0].puts); j++) {
			sample_put(&rows[i].puts[j]);
		}
		key_format_pem(&pem, &key);
		if (rows[i].has_key) {
			(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, buffer_view(&pem));
		}
		if (rows[i].kubeconfig == NULL || rows[i].kubeconfig[0] != '\0') {
			(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, kubeconfig_text(rows[i].kubeconfig));
		}
		if (machine_run() != MACHINE_DONE) {
			fail_msg("in \"%s\": %s", rows[i].label, machine.err.text);
		}
		assert_text(rows[i].label, buffer_view(&machine.power.changes_made), rows[i].changes);
		machine_expect_valid(rows[i].label);
	}
}

TEST(the_files_hold_certificate_and_key_and_the_paths_of_the_running_system)
{
	const struct memory_entry *entry;

	assert_int_equal(machine_run(), MACHINE_DONE);
	entry = memory_disk_find(&machine.cert_dir, MACHINE_NEW);
	assert_non_null(entry);
	assert_view("pem", entry->content, machine_pem("node-1", 1, MACHINE_NOW_S + MACHINE_YEAR_S));
	entry = memory_disk_find(&machine.kubeconfig_dir, MACHINE_KUBECONFIG);
	assert_non_null(entry);
	assert_view("kubeconfig", entry->content, machine_kubeconfig());
}

static struct install_place place_with(char *memory, size_t capacity)
{
	struct install_place place = {
		.cert_dir = &machine.cert_dir.disk,
		.kubeconfig_dir = &machine.kubeconfig_dir.disk,
		.kubeconfig_name = MACHINE_KUBECONFIG,
		.now_s = MACHINE_NOW_S,
	};

	buffer_init(&place.scratch, memory, capacity);
	machine.power.is_locked = true;
	return place;
}

TEST(of_what_the_server_gave_only_the_certificates_are_kept)
{
	char memory[KUBECONFIG_LIMIT];
	struct install_place place = place_with(memory, sizeof memory);
	struct inspection found = {0};
	struct key key = fake_key(1);
	BUFFER(pem, 4096);
	static const char chain[] = "# leaf\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\r\n\n"
				    "-----BEGIN X-----\nCCCC\n-----END X-----\n"
				    "-----BEGIN CERTIFICATE-----\n\nBBBB\n-----END CERTIFICATE-----";

	buffer_add_text(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	buffer_add_text(&pem, "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n");
	key_format_pem(&pem, &key);
	assert_int_equal(install_pem(&found, &place, view_of(chain), &key, &machine.err), 0);
	assert_string_equal(found.pem_name, MACHINE_NEW);
	assert_view("pem", memory_disk_find(&machine.cert_dir, MACHINE_NEW)->content, buffer_view(&pem));
	assert_null(view_find((struct view){memory, pem.len}, "PRIVATE", 7)); /* wiped */
}

TEST(what_does_not_fit_into_memory_is_an_error_and_nothing_is_written)
{
	char memory[300];
	struct install_place place = place_with(memory, sizeof memory);
	struct inspection found = {0};
	struct key key = fake_key(1);
	const struct kubeconfig kubeconfig = {
		.server = "https://a", .ca_path = "/etc/ca.crt", .tls_server_name = "", .certificate = "/a", .proxy = ""};

	const char *chain = script_text("-----BEGIN CERTIFICATE-----\n%0*d\n-----END CERTIFICATE-----\n", 120, 0);

	assert_int_equal(install_pem(&found, &place, view_of(chain), &key, &machine.err), -1);
	assert_error("pem", &machine.err, ERROR_INTERNAL, "the certificates are larger than 300 bytes");
	found.is_linked = true;
	assert_int_equal(install_links(&found, &place, &kubeconfig, &machine.err), -1);
	assert_error("kubeconfig", &machine.err, ERROR_INTERNAL, "cannot write /etc/kubernetes/kubelet.conf: it is larger than 300 bytes");
	assert_int_equal(memory_disk_count(&machine.kubeconfig_dir), 0);
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, machine_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(every_state_is_mended_by_these_changes_in_this_order),
		IN_FIXTURE(the_files_hold_certificate_and_key_and_the_paths_of_the_running_system),
		IN_FIXTURE(of_what_the_server_gave_only_the_certificates_are_kept),
		IN_FIXTURE(what_does_not_fit_into_memory_is_an_error_and_nothing_is_written),
	};
	return RUN("install", tests);
}
