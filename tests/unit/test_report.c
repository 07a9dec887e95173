/* SPDX-License-Identifier: Apache-2.0 */
/* What --check prints. */
#include "machine_fixture.h"

#include "exchange_fixture.h"
#include "report.h"

#define LEAST "[cluster]\nserver = https://a\ncertificate-authority = /ca.crt\n"
#define KUBE  "/etc/kubernetes/bootstrap-kubelet.conf"
#define HEX64 "0000000000000000000000000000000000000000000000000000000000000000"

/* A run of --check: what main.c does with it. */
static const char *checked(void)
{
	static char memory[16384];
	struct buffer text;

	machine_look();
	int result = bootstrap_complete_access(&machine.bootstrap, &machine.err);
	buffer_init(&text, memory, sizeof memory - 1);
	report_format(&text, &machine.bootstrap, result == 0 ? NULL : &machine.err);
	memory[text.len] = '\0';
	assert_false(text.overflow);
	return memory;
}

static void add_files(void)
{
	fake_host_add_file("/ca.crt", view_of("-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n"));
	fake_host_add_file("/token", view_of(FIXTURE_TOKEN "\n"));
	fake_host_add_file("/c", view_of("certificate"));
	fake_host_add_file("/k", view_of("key"));
}

TEST(a_new_machine_is_told_all_it_needs)
{
	machine_set_config(LEAST "server = https://b:6443\n[bootstrap]\ntoken = " FIXTURE_TOKEN "\n[node]\nname = node-1\n");
	add_files();
	assert_text("new", view_of(checked()),
		    "node:        node-1 (" MACHINE_INI ")\n"
		    "server:      https://a (" MACHINE_INI ")\n"
		    "server:      https://b:6443 (" MACHINE_INI ")\n"
		    "authority:   /ca.crt (" MACHINE_INI ")\n"
		    "credential:  token " FIXTURE_ID " (" MACHINE_INI ")\n"
		    "certificate: none that is good\n"
		    "kubeconfig:  /etc/kubernetes/kubelet.conf, to be written\n"
		    "verdict:     a bootstrap is needed: /var/lib/kubelet/pki/kubelet-client-current.pem does not exist\n"
		    "next step:   run kubelet-bootstrap\n");
}

TEST(a_valid_machine_is_told_how_long)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
	const char *text = checked();
	assert_non_null(strstr(text, "\ncertificate: /var/lib/kubelet/pki/" MACHINE_OLD "\nsubject:     system:node:node-1, issued by "));
	assert_non_null(strstr(text, "\nexpires:     2028-11-23T08:00:00Z, 365 days left\n"));
	assert_non_null(strstr(text, "\nkubeconfig:  /etc/kubernetes/kubelet.conf\nverdict:     valid\nnext step:   start kubelet\n"));
}

TEST(a_valid_machine_stays_so_when_the_bootstrap_kubeconfig_is_gone)
{
	memset(fake_host_state.files, 0, sizeof fake_host_state.files);
	machine.options.is_default = true;
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + MACHINE_YEAR_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
	const char *text = checked();
	assert_non_null(strstr(text, "node:        node-1 (host name)\nauthority:   not known\ncredential:  not known\ncertificate: /var"));
	assert_non_null(strstr(text, "\nverdict:     valid\nnext step:   start kubelet\n"));
}

TEST(a_repair_is_told_apart_from_a_bootstrap)
{
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S + 36 * 3600);
	machine_add_link(MACHINE_OLD);
	const char *text = checked();
	assert_non_null(strstr(text, ", 1 days left\n"));
	assert_non_null(strstr(text, "\nkubeconfig:  /etc/kubernetes/kubelet.conf, to be written\n"
				     "verdict:     the files need repair, no request: /etc/kubernetes/kubelet.conf does not exist\n"
				     "next step:   run kubelet-bootstrap\n"));
}

TEST(what_is_in_the_way_is_the_next_step)
{
	machine_set_config(LEAST);
	add_files();
	const char *text = checked();
	assert_non_null(strstr(text, "\ncredential:  none\n"));
	assert_non_null(
		strstr(text, "\nnext step:   mend what is in the way: cannot request a certificate: no credential in " MACHINE_INI));
}

TEST(each_origin_is_named)
{
	static const struct {
		const char *ini, *user, *line;
	} rows[] = {
		{LEAST "[bootstrap]\ntoken-file = /token\n", NULL, "credential:  token-file /token (" MACHINE_INI ")\n"},
		{LEAST "[bootstrap]\nclient-certificate = /c\nclient-key = /k\n", NULL,
		 "credential:  client-certificate /c (" MACHINE_INI ")\n"},
		{LEAST, NULL, "node:        node-1 (host name)\n"},
		{LEAST "[bootstrap]\nkubeconfig = " KUBE "\n", "token: " FIXTURE_TOKEN, "credential:  token " FIXTURE_ID " (" KUBE ")\n"},
		{LEAST "[bootstrap]\nkubeconfig = " KUBE "\n", "token: Some/Secret", "credential:  token (" KUBE ")\n"},
		{LEAST "[bootstrap]\nkubeconfig = " KUBE "\n", "tokenFile: /token", "credential:  token-file /token (" KUBE ")\n"},
		{LEAST "[bootstrap]\nkubeconfig = " KUBE "\n", "client-certificate-data: QUJD\n    client-key-data: QUJD",
		 "credential:  client-certificate, embedded (" KUBE ")\n"},
		{"[bootstrap]\nkubeconfig = " KUBE "\n", "token: " FIXTURE_TOKEN, "server:      https://k by proxy p:1 (" KUBE ")\n"},
		{"[bootstrap]\nkubeconfig = " KUBE "\n", "token: " FIXTURE_TOKEN, "authority:   embedded (" KUBE ")\n"},
		{"[cluster]\nserver = https://a\nproxy-url = http://u:p@[::1]:3128\nca-cert-hash = sha256:" HEX64
		 "\n[bootstrap]\ntoken = " FIXTURE_TOKEN "\n",
		 NULL, "server:      https://a by proxy [::1]:3128 (" MACHINE_INI ")\n"},
		{"[cluster]\nserver = https://a\nca-cert-hash = sha256:" HEX64 "\n[bootstrap]\ntoken = " FIXTURE_TOKEN "\n", NULL,
		 "authority:   to be discovered in the cluster, pinned by ca-cert-hash (" MACHINE_INI ")\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		machine_set_config(rows[i].ini);
		add_files();
		if (rows[i].user != NULL) {
			fake_host_add_file(KUBE,
					   view_of(script_text("current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: c\n"
							       "    user: u\nclusters:\n- name: c\n  cluster:\n    server: https://k\n"
							       "    proxy-url: http://u:p@p:1\n    certificate-authority-data: QUJD\n"
							       "users:\n- name: u\n  user:\n    %s\n",
							       rows[i].user)));
		}
		const char *text = checked();
		if (strstr(text, rows[i].line) == NULL) {
			fail_msg("no \"%s\" in\n%s", rows[i].line, text);
		}
		assert_row(rows[i].line, strstr(text, FIXTURE_SECRET) == NULL && strstr(text, "Some/Secret") == NULL);
		assert_row(rows[i].line, strstr(text, "u:p@") == NULL);
	}
}

TEST(the_credential_of_a_service_is_named)
{
	machine_set_config(LEAST);
	add_files();
	fake_host_add_file("/credentials/" ACCESS_CREDENTIAL, view_of(FIXTURE_TOKEN));
	assert_non_null(strstr(checked(), "\ncredential:  token " FIXTURE_ID " (systemd credential)\n"));
}

TEST(a_certificate_of_the_future_shows_the_clock)
{
	fake_host_state.calendar_s = -86400;
	machine_add_pem(MACHINE_OLD, 1, MACHINE_NOW_S);
	machine_add_link(MACHINE_OLD);
	machine_add_kubeconfig();
	assert_non_null(
		strstr(checked(), "\nbegins:      1970-01-01T00:00:00Z, and it is 1969-12-31T00:00:00Z by the clock of this machine\n"));
}

TEST(nothing_of_a_certificate_reaches_a_terminal_raw)
{
	struct key key = fake_key(1);
	struct certificate certificate = fake_certificate("node-1", &key, MACHINE_NOW_S + MACHINE_YEAR_S);
	BUFFER(pem, 4096);

	(void)view_copy(view_of("\x1b[31mred\n"), certificate.issuer, sizeof certificate.issuer); /* it fits */
	fake_pem_format(&pem, &certificate, &key);
	(void)memory_disk_add_file(&machine.cert_dir, MACHINE_OLD, buffer_view(&pem));
	machine_add_link(MACHINE_OLD);
	const char *text = checked();
	assert_non_null(strstr(text, "issued by ?[31mred?\n"));
	assert_null(strchr(text, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_new_machine_is_told_all_it_needs, machine_fixture_setup),
		cmocka_unit_test_setup(a_valid_machine_is_told_how_long, machine_fixture_setup),
		cmocka_unit_test_setup(a_valid_machine_stays_so_when_the_bootstrap_kubeconfig_is_gone, machine_fixture_setup),
		cmocka_unit_test_setup(a_repair_is_told_apart_from_a_bootstrap, machine_fixture_setup),
		cmocka_unit_test_setup(what_is_in_the_way_is_the_next_step, machine_fixture_setup),
		cmocka_unit_test_setup(each_origin_is_named, machine_fixture_setup),
		cmocka_unit_test_setup(the_credential_of_a_service_is_named, machine_fixture_setup),
		cmocka_unit_test_setup(a_certificate_of_the_future_shows_the_clock, machine_fixture_setup),
		cmocka_unit_test_setup(nothing_of_a_certificate_reaches_a_terminal_raw, machine_fixture_setup),
	};
	return RUN("report", tests);
}
