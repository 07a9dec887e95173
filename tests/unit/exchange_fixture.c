/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

#include "base64.h"
#include "pem.h"

struct exchange_fixture fixture;

int exchange_fixture_setup(__attribute__((unused)) void **state)
{
	memset(&fixture, 0, sizeof fixture);
	fake_host_reset();
	fake_crypto_reset();
	assert_int_equal(token_parse(&fixture.config.token, view_of(FIXTURE_TOKEN), &fixture.err), 0);
	fixture_set_servers("https://10.0.0.1:6443", NULL);
	fixture.identity.key = fake_key(1);
	assert_int_equal(identity_make_request(&fixture.identity, "node-1", &fake_crypto, &fixture.err), 0);
	fixture.exchange.config = &fixture.config;
	fixture.exchange.identity = &fixture.identity;
	fixture.exchange.host = &fake_host;
	fixture.exchange.crypto = &fake_crypto;
	buffer_init(&fixture.exchange.memory.text, fixture.text, sizeof fixture.text);
	buffer_init(&fixture.exchange.memory.json, fixture.json, sizeof fixture.json);
	fixture.config.ca_data_len = 1; /* it is known; what it is matters to the transport only */
	fixture.exchange.transport = &fixture.script.transport;
	fixture_set_deadline(FIXTURE_HOUR_MS);
	return 0;
}

void fixture_set_servers(const char *first, ...)
{
	va_list args;

	fixture.config.server_count = 0;
	va_start(args, first);
	for (const char *text = first; text != NULL; text = va_arg(args, const char *)) {
		struct url *server = &fixture.config.servers[fixture.config.server_count++];
		assert_int_equal(url_parse(server, view_of(text), &fixture.err), 0);
	}
	va_end(args);
}

void fixture_set_deadline(int64_t deadline_ms)
{
	fixture.config.deadline_ms = deadline_ms;
	fixture.exchange.deadline_ms = deadline_ms > 0 ? deadline_ms : INT64_MAX;
}

static void check_secrecy(void)
{
	char part[] = FIXTURE_SECRET; /* half of it would be too much as well */

	part[sizeof part / 2] = '\0';
	for (size_t i = 0; i < fake_host_state.line_count; i++) {
		assert_null(strstr(fake_host_state.lines[i].text, part));
	}
	assert_null(strstr(fixture.err.text, part));
	assert_null(view_find((struct view){fixture.exchange.request, sizeof fixture.exchange.request}, FIXTURE_SECRET,
			      strlen(FIXTURE_SECRET))); /* wiped after it was sent */
}

enum enroll_state fixture_run(const struct script_connection *connections, size_t count)
{
	bool repeats_last = fixture.script.repeats_last;

	scripted_transport_init(&fixture.script, connections, count);
	fixture.script.deadline_ms = fixture.exchange.deadline_ms;
	fixture.script.repeats_last = repeats_last;
	buffer_init(&fixture.certificate, fixture.memory, sizeof fixture.memory);
	(void)error_set(&fixture.err, ERROR_USAGE, "%s", "NOT SET");
	enum enroll_state state = exchange_run(&fixture.exchange, &fixture.certificate, &fixture.err);

	scripted_transport_check_end(&fixture.script);
	assert_true(fake_host_state.now_ms <= fixture.exchange.deadline_ms);
	assert_null(fake_host_find_line("NOT SET"));
	if (state != ENROLL_ISSUED && state != ENROLL_CREATE) {
		assert_null(strstr(fixture.err.text, "NOT SET"));
		assert_int_not_equal(fixture.err.class, ERROR_USAGE);
	}
	check_secrecy();
	return state;
}

void fixture_expect_issued(const struct script_connection *connections, size_t count)
{
	enum enroll_state state = fixture_run(connections, count);

	if (state != ENROLL_ISSUED) {
		fail_msg("state %d: %s", (int)state, fixture.err.text);
	}
	assert_text("certificate", buffer_view(&fixture.certificate), FIXTURE_CERTIFICATE);
}

const char *encoded(struct view text)
{
	BUFFER(buf, CA_LIMIT);

	base64_format(&buf, text.data, text.len);
	assert_false(buf.overflow);
	return script_text("%.*s", (int)buf.len, buf.data);
}

/* spec.request of a request for `key`. */
static const char *encoded_request(const struct key *key)
{
	struct identity identity = {.key = *key};
	BUFFER(pem, 2048);

	assert_int_equal(identity_make_request(&identity, "node-1", &fake_crypto, &fixture.err), 0);
	pem_format(&pem, "CERTIFICATE REQUEST", (struct view){(const char *)identity.csr_der, identity.csr_der_len});
	return encoded(buffer_view(&pem));
}

#define HEAD \
	"Host: 10.0.0.1:6443\r\nAuthorization: Bearer " FIXTURE_TOKEN "\r\nUser-Agent: kubelet-bootstrap\r\nAccept: application/json\r\n"

const char *fixture_create(void)
{
	const char *body = script_text(
		"{\"apiVersion\":\"certificates.k8s.io/"
		"v1\",\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"%s\"},\"spec\":{"
		"\"request\":\"%s\",\"signerName\":\"kubernetes.io/kube-apiserver-client-kubelet\",\"usages\":[\"digital signature\","
		"\"client auth\"]}}",
		fixture.identity.csr_name, encoded_request(&fixture.identity.key));

	return script_text("POST /apis/certificates.k8s.io/v1/certificatesigningrequests HTTP/1.1\r\n" HEAD
			   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			   strlen(body), body);
}

const char *fixture_watch(long long timeout_s)
{
	return script_text("GET /apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true&fieldSelector=metadata.name%%3D%s"
			   "&resourceVersion=0&timeoutSeconds=%lld HTTP/1.1\r\n" HEAD "\r\n",
			   fixture.identity.csr_name, timeout_s);
}

const char *fixture_both(void)
{
	return script_text("%s%s", fixture_create(), fixture_watch(3600));
}

const char *answer_text(const char *status, const char *headers, const char *body)
{
	return script_text("HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body);
}

const char *answer_created(void)
{
	return answer_text("201 Created", "Content-Type: application/json\r\n", "{\"kind\":\"CertificateSigningRequest\"}");
}

const char *answer_status(int code, const char *message)
{
	return answer_text(script_text("%d Some Reason", code), "Content-Type: application/json\r\n",
			   script_text("{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"%s\",\"code\":%d}", message, code));
}

const char *answer_exists(void)
{
	return answer_status(409, "certificatesigningrequests already exists");
}

const char *watch_head(void)
{
	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

const char *watch_chunk(const char *text)
{
	return script_text("%zx\r\n%s\r\n", strlen(text), text);
}

const char *watch_event_of(const char *type, const char *csr_name, const struct key *key, const char *status)
{
	return watch_chunk(script_text("{\"type\":\"%s\",\"object\":{\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"%s\"},"
				       "\"spec\":{\"request\":\"%s\"},\"status\":%s}}\n",
				       type, csr_name, encoded_request(key), status));
}

const char *watch_event(const char *type, const char *status)
{
	return watch_event_of(type, fixture.identity.csr_name, &fixture.identity.key, status);
}

const char *watch_pending(void)
{
	return watch_event("ADDED", "{}");
}

const char *watch_approved(void)
{
	return watch_event("MODIFIED", "{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}]}");
}

const char *watch_issued(void)
{
	return watch_event("MODIFIED", script_text("{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}],\"certificate\":\"%s\"}",
						   encoded(view_of(FIXTURE_CERTIFICATE))));
}

const char *answer_issued(void)
{
	return script_text("%s%s%s%s%s", answer_created(), watch_head(), watch_pending(), watch_approved(), watch_issued());
}
