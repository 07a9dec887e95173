/* SPDX-License-Identifier: Apache-2.0 */
/* The whole program on a disk in memory: the input is what the API servers say, as script.h describes it. */
#include "exchange_fixture.h"
#include "fuzz.h"
#include "library.h"
#include "machine_fixture.h"
#include "script.h"

#define RANDOM   29999 /* the longest pause there is, mostly */
#define DEADLINE 300000

/* SHA-512/256 of what the name of the request is made of: node-1 with the vector key. Real answers are about that name. */
static const unsigned char name_digest[CSR_DIGEST_LEN] = {
	0x14, 0x43, 0x27, 0x32, 0x46, 0x2a, 0x54, 0x3a, 0x13, 0x7d, 0xb1, 0xd6, 0x7c, 0x79, 0xda, 0x1b,
	0xa5, 0x57, 0x52, 0x55, 0xd7, 0x0a, 0x74, 0x67, 0x3d, 0xf2, 0xea, 0x32, 0xc9, 0xf4, 0xd8, 0x45,
};

static struct script script;

static enum crypto_result derive_public(struct key *key, struct error *err)
{
	unsigned char vector[KEY_PRIVATE_LEN];

	(void)err; /* never fails */
	support_vector_private(vector);
	support_vector_spki(key->spki);
	return memcmp(key->private, vector, sizeof vector) == 0 ? CRYPTO_OK : CRYPTO_UNFIT;
}

static int generate_key(struct key *key, struct error *err)
{
	support_vector_private(key->private);
	return derive_public(key, err) == CRYPTO_OK ? 0 : -1;
}

static void digest(struct view message, unsigned char bytes[CSR_DIGEST_LEN])
{
	(void)message; /* there is but one */
	memcpy(bytes, name_digest, sizeof name_digest);
}

static int start_transport(struct transport *transport, const struct transport_material *material, struct error *err)
{
	FUZZ_CHECK(material->authorities.len > 0 && material->authorities_name[0] != '\0' && err != NULL);
	*transport = script.transport;
	return 0;
}

/* What a server says that issues a certificate. */
static struct view good_answer(void)
{
	static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
					  "MIIBojCCAUegAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l\n"
					  "dGVzMCAXDTI2MTEyNDA4NDcxM1oYDzIxMjYxMDMxMDg0NzEzWjA0MRUwEwYDVQQK\n"
					  "DAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5c3RlbTpub2RlOm5vZGUtMTBZMBMG\n"
					  "ByqGSM49AgEGCCqGSM49AwEHA0IABHpZMYCGDEA3yDwSdJhFyO4UJN0pf63LiV41\n"
					  "glXSx9KyqMolWA8mJv5XkGL/G5n/kcJKDaBvsytb4gFIySSfVlCjZzBlMA4GA1Ud\n"
					  "DwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAjAdBgNVHQ4EFgQUIzAdEMBl\n"
					  "Zn2ZLCo+mqXhu1EE9ZEwHwYDVR0jBBgwFoAUmtaVxxGvk0wR1tTrPENbeoS1lCgw\n"
					  "CgYIKoZIzj0EAwIDSQAwRgIhALpcMIHL5jVEkLW9YrVqiWUuaG0bkIHtZON2vImW\n"
					  "z60FAiEA+Dh1RUindfkRkPTI2TyJW5UIB9mO5XmUi6KF3VKJ/B4=\n"
					  "-----END CERTIFICATE-----\n";
	struct key key;
	char name[CSR_NAME_LIMIT];

	(void)generate_key(&key, &machine.err); /* gives 0 */
	csr_format_name(name, name_digest);
	const char *status = script_text("{\"certificate\":\"%s\"}", encoded(view_of(certificate)));
	return view_of(script_text("%s%s%s", answer_created(), watch_head(), watch_event_of("ADDED", name, &key, status)));
}

static const struct crypto *vector_crypto(void)
{
	static struct crypto crypto;
	static struct error err;

	if (crypto.sign == NULL) {
		FUZZ_CHECK(library_start(&err) == 0);
		crypto = (struct crypto){.generate_key = generate_key,
					 .derive_public = derive_public,
					 .sign = fake_crypto.sign,
					 .authenticate = library_crypto.authenticate,
					 .take_pin = library_crypto.take_pin,
					 .digest = digest,
					 .read_certificate = library_crypto.read_certificate};
	}
	return &crypto;
}

static void set_up_machine(void)
{
	const char *servers = "server = https://10.0.0.1:6443\nserver = https://[fd00::1]/prefix";
	const char *ca = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClEwRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";

	(void)machine_fixture_setup(NULL); /* gives 0 */
	machine.platform.crypto = vector_crypto();
	machine.platform.start_transport = start_transport;
	fake_host_state.random = RANDOM;
	machine_set_config(script_text("[cluster]\n%s\ncertificate-authority-data = %s\n[bootstrap]\ntoken = %s\n"
				       "[node]\nname = node-1\n[limits]\ndeadline = %dms\n",
				       servers, ca, FIXTURE_TOKEN, DEADLINE));
}

/* The token's secret may not be shown, even when a server does, nor be left in memory. */
static void check_secrecy(enum machine_outcome outcome)
{
	struct view request = {machine.bootstrap.exchange.request, REQUEST_LIMIT};

	FUZZ_CHECK(fake_host_find_line(FIXTURE_SECRET) == NULL);
	FUZZ_CHECK(outcome != MACHINE_FAILED || strstr(machine.err.text, FIXTURE_SECRET) == NULL);
	FUZZ_CHECK(view_find(request, FIXTURE_SECRET, strlen(FIXTURE_SECRET)) == NULL);
}

static enum machine_outcome run(struct view text, size_t piece)
{
	script_begin(&script, text, piece);
	script.deadline_ms = DEADLINE;
	fuzz_error_init(&machine.err);
	enum machine_outcome outcome = machine_run();
	FUZZ_CHECK(!script.is_open && fake_host_state.now_ms <= DEADLINE);
	check_secrecy(outcome);
	return outcome;
}

/* What a server said has led to nothing: the disk is as if nobody had asked, and the next run, with a good server, ends well. */
static void check_failure(void)
{
	enum error_class class = machine.err.class;

	fuzz_check_text(&machine.err);
	FUZZ_CHECK(class == ERROR_UNREACHABLE || class == ERROR_PENDING || class == ERROR_UNTRUSTED || class == ERROR_REFUSED);
	machine_look();
	FUZZ_CHECK(machine.bootstrap.found.verdict == INSPECT_ENROLL && memory_disk_count(&machine.kubeconfig_dir) == 0);
	FUZZ_CHECK(run(good_answer(), 4096) == MACHINE_DONE);
}

/* Bytes that are not HTTP hide the events that came in one piece with them. */
static bool was_http(enum machine_outcome outcome)
{
	static const char *const faults[] = {"not an HTTP response", "unsupported transfer coding", "the answer is larger"};

	for (size_t i = 0; i < COUNT(faults); i++) {
		if (fake_host_find_line(faults[i]) != NULL || (outcome == MACHINE_FAILED && strstr(machine.err.text, faults[i]) != NULL)) {
			return false;
		}
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);

	set_up_machine();
	enum machine_outcome first = run(text, 1 + size % 48);
	struct error first_err = machine.err;
	bool is_same = was_http(first);

	set_up_machine();
	enum machine_outcome outcome = run(text, 4096);
	if (is_same && was_http(outcome)) { /* in what pieces it came makes no difference */
		FUZZ_CHECK(outcome == first);
		FUZZ_CHECK(outcome == MACHINE_DONE || first_err.class == machine.err.class);
		FUZZ_CHECK(outcome == MACHINE_DONE || strcmp(first_err.text, machine.err.text) == 0);
	}
	if (outcome == MACHINE_FAILED) {
		check_failure();
	}
	machine_expect_valid("a run that is done");
	support_forget();
	return 0;
}
