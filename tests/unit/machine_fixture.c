/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_fixture.h"

#include "base64.h"
#include "exchange_fixture.h"
#include "pem.h"

#define CA "-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n"

struct machine_fixture machine;

static int cluster_open(void *self, struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	struct cluster *cluster = self;

	assert_false(cluster->is_open);
	cluster->connections++;
	if (cluster->manner == CLUSTER_IS_DOWN) {
		fake_host_state.now_ms = deadline_ms;
		return error_set(err, ERROR_UNREACHABLE, "cannot connect: Connection refused");
	}
	cluster->is_open = true;
	cluster->is_stranger = peer->is_stranger;
	return 0;
}

static int cluster_trust(void *self, __attribute__((unused)) struct transport_peer *peer, struct view authorities,
			 __attribute__((unused)) struct error *err)
{
	struct cluster *cluster = self;

	assert_true(cluster->is_open && cluster->is_stranger && authorities.len > 0);
	cluster->is_stranger = false;
	return 0;
}

/* Which key a request object of that name is for. */
static struct key key_of(struct view request)
{
	for (unsigned char number = 1; number < 100; number++) {
		struct identity identity = {.key = fake_key(number)};
		assert_int_equal(identity_make_request(&identity, "node-1", &fake_crypto, &machine.err), 0);
		if (view_find(request, identity.csr_name, strlen(identity.csr_name)) != NULL) {
			return identity.key;
		}
	}
	fail_msg("a request of a foreign name");
	return fake_key(1);
}

/* True when the request is new. */
static bool remember(struct cluster *cluster, const char *csr_name)
{
	for (size_t i = 0; i < cluster->name_count; i++) {
		if (strcmp(cluster->names[i], csr_name) == 0) {
			return false;
		}
	}
	assert_true(cluster->name_count < COUNT(cluster->names));
	(void)view_copy(view_of(csr_name), cluster->names[cluster->name_count++], CSR_NAME_LIMIT); /* it fits */
	return true;
}

static const char *status_for(const struct cluster *cluster, const struct key *key)
{
	const struct key other = fake_key(200);
	struct certificate certificate = fake_certificate("node-1", key, MACHINE_NOW_S + MACHINE_YEAR_S);
	BUFFER(pem, 4096);

	if (cluster->manner == CLUSTER_DENIES || cluster->manner == CLUSTER_FAILS) {
		return script_text("{\"conditions\":[{\"type\":\"%s\",\"reason\":\"NotToday\"}]}",
				   cluster->manner == CLUSTER_DENIES ? "Denied" : "Failed");
	}
	if (cluster->manner == CLUSTER_ISSUES_FOR_ANOTHER_KEY) {
		certificate = fake_certificate("node-1", &other, MACHINE_NOW_S + MACHINE_YEAR_S);
	} else if (cluster->manner == CLUSTER_ISSUES_FOR_ANOTHER_NODE) {
		certificate = fake_certificate("node-2", key, MACHINE_NOW_S + MACHINE_YEAR_S);
	} else if (cluster->manner == CLUSTER_ISSUES_EXPIRED) {
		certificate = fake_certificate("node-1", key, MACHINE_NOW_S - 1);
	}
	fake_certificate_format(&pem, &certificate);
	if (cluster->manner == CLUSTER_ISSUES_DAMAGED_CHAIN) {
		buffer_add_text(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	}
	if (cluster->manner == CLUSTER_ISSUES_GARBAGE) {
		pem.len /= 2;
	}
	return script_text("{\"certificate\":\"%s\"}", encoded(buffer_view(&pem)));
}

static enum transport_result cluster_send(void *self, struct view data, __attribute__((unused)) int64_t deadline_ms,
					  __attribute__((unused)) struct error *err)
{
	struct cluster *cluster = self;
	struct identity identity;

	assert_true(cluster->is_open);
	if (cluster->is_stranger) {
		assert_null(view_find(data, FIXTURE_SECRET, strlen(FIXTURE_SECRET)));
		cluster->discoveries++;
		cluster->answer = answer_text("200 OK", "", cluster->cluster_info);
		return TRANSPORT_OK;
	}
	identity.key = key_of(data);
	assert_int_equal(identity_make_request(&identity, "node-1", &fake_crypto, &machine.err), 0);
	bool is_new = remember(cluster, identity.csr_name);
	const char *status = cluster->manner == CLUSTER_KEEPS_WAITING ? "{}" : status_for(cluster, &identity.key);
	cluster->answer = script_text("%s%s%s", is_new ? answer_created() : answer_exists(), watch_head(),
				      watch_event_of("ADDED", identity.csr_name, &identity.key, status));
	return TRANSPORT_OK;
}

static enum transport_result cluster_receive(void *self, struct buffer *into, int64_t deadline_ms,
					     __attribute__((unused)) struct error *err)
{
	struct cluster *cluster = self;
	size_t len = strlen(cluster->answer);
	size_t room = into->capacity - into->len;

	assert_true(cluster->is_open);
	if (len == 0) {
		fake_host_state.now_ms = deadline_ms;
		return TRANSPORT_TIMEOUT;
	}
	len = len < room ? len : room;
	buffer_add(into, cluster->answer, len);
	cluster->answer += len;
	return TRANSPORT_OK;
}

static void cluster_close(void *self)
{
	struct cluster *cluster = self;

	cluster->is_open = false;
}

static int start_transport(struct transport *transport, const struct transport_material *material, struct error *err)
{
	if (material->authorities.len > 0 && !view_equals(material->authorities, CA)) {
		return error_set(err, ERROR_CONFIG, "cannot use %s: it must hold PEM certificates", material->authorities_name);
	}
	*transport = (struct transport){
		.self = &machine.cluster,
		.open = cluster_open,
		.trust = cluster_trust,
		.send = cluster_send,
		.receive = cluster_receive,
		.close = cluster_close,
	};
	return 0;
}

void machine_set_config(const char *text)
{
	fake_host_add_file(MACHINE_INI, view_of(text));
}

int machine_fixture_setup(__attribute__((unused)) void **state)
{
	memset(&machine, 0, sizeof machine);
	fake_host_reset();
	fake_crypto_reset();
	memory_machine_init(&machine.power);
	memory_disk_init(&machine.cert_dir, &machine.power, MACHINE_CERT_DIR);
	memory_disk_init(&machine.kubeconfig_dir, &machine.power, MACHINE_KUBECONFIG_DIR);
	fake_host_state.disk_changes = &machine.power.changes;
	machine.platform = (struct bootstrap_platform){
		.host = &fake_host,
		.crypto = &fake_crypto,
		.cert_dir = &machine.cert_dir.disk,
		.kubeconfig_dir = &machine.kubeconfig_dir.disk,
		.start_transport = start_transport,
	};
	machine.options = (struct options){.volume = OPTIONS_VERBOSE, .config = MACHINE_INI};
	machine_set_config(script_text("[cluster]\nserver = https://10.0.0.1:6443\ncertificate-authority-data = %s\n"
				       "[bootstrap]\ntoken = " FIXTURE_TOKEN "\n",
				       encoded(view_of(CA))));
	return 0;
}

struct view machine_pem(const char *node_name, unsigned char key_number, int64_t not_after_s)
{
	struct key key = fake_key(key_number);
	struct certificate certificate = fake_certificate(node_name, &key, not_after_s);
	BUFFER(pem, 4096);

	fake_pem_format(&pem, &certificate, &key);
	assert_false(pem.overflow);
	return support_exact(buffer_view(&pem));
}

void machine_add_pem(const char *name, unsigned char key_number, int64_t not_after_s)
{
	(void)memory_disk_add_file(&machine.cert_dir, name, machine_pem("node-1", key_number, not_after_s));
}

void machine_add_link(const char *name)
{
	memory_disk_add_link(&machine.cert_dir, INSPECT_CURRENT, script_text("%s/%s", MACHINE_CERT_DIR, name));
}

struct view machine_kubeconfig(void)
{
	const struct kubeconfig kubeconfig = {
		.server = "https://10.0.0.1:6443",
		.ca_pem = view_of(CA),
		.tls_server_name = "",
		.certificate = MACHINE_CERT_DIR "/" INSPECT_CURRENT,
		.proxy = "",
	};
	BUFFER(text, 4096);

	kubeconfig_format(&text, &kubeconfig);
	assert_false(text.overflow);
	return support_exact(buffer_view(&text));
}

void machine_add_kubeconfig(void)
{
	(void)memory_disk_add_file(&machine.kubeconfig_dir, MACHINE_KUBECONFIG, machine_kubeconfig());
}

static void begin_process(void)
{
	memset(&machine.bootstrap, 0, sizeof machine.bootstrap);
	machine.bootstrap.options = &machine.options;
	machine.bootstrap.platform = &machine.platform;
	memory_disk_restart(&machine.cert_dir);
	memory_disk_restart(&machine.kubeconfig_dir);
	machine.power.operations = machine.power.changes = 0;
	machine.power.is_locked = false;
	buffer_init(&machine.power.changes_made, machine.power.log, sizeof machine.power.log);
	machine.cluster.is_open = false;
	fake_host_state.now_ms = 0;
	fake_host_state.line_count = fake_host_state.standing_count = fake_host_state.committed_count = 0;
}

enum machine_outcome machine_run(void)
{
	begin_process();
	if (setjmp(machine.power.off) != 0) {
		return MACHINE_OFF;
	}
	if (bootstrap_load(&machine.bootstrap, &machine.err) != 0 || bootstrap_look(&machine.bootstrap, &machine.err) != 0) {
		return MACHINE_FAILED;
	}
	if (machine.bootstrap.found.verdict != INSPECT_VALID && bootstrap_prepare(&machine.bootstrap, &machine.err) != 0) {
		return MACHINE_FAILED;
	}
	return bootstrap_run(&machine.bootstrap, &machine.err) == 0 ? MACHINE_DONE : MACHINE_FAILED;
}

void machine_look(void)
{
	begin_process();
	assert_int_equal(bootstrap_load(&machine.bootstrap, &machine.err), 0);
	assert_int_equal(bootstrap_look(&machine.bootstrap, &machine.err), 0);
	assert_int_equal(machine.power.changes, 0);
}

const char *machine_names(void)
{
	struct view certificates = memory_disk_names(&machine.cert_dir);
	struct view kubeconfigs = memory_disk_names(&machine.kubeconfig_dir);

	return script_text("%.*s%.*s", (int)certificates.len, certificates.data, (int)kubeconfigs.len, kubeconfigs.data);
}

void machine_expect_valid(const char *label)
{
	size_t connections = machine.cluster.connections;

	machine.power.fail_at = machine.power.cut_at = 0;
	machine_look();
	if (machine.bootstrap.found.verdict != INSPECT_VALID || machine.bootstrap.found.has_leftover_key) {
		fail_msg("in \"%s\": %s\n%s", label, machine.bootstrap.found.reason, machine_names());
	}
	assert_row(label, machine_run() == MACHINE_DONE);
	assert_row(label, machine.power.changes == 0 && !machine.power.is_locked && machine.cluster.connections == connections);
}
