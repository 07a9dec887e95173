/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <errno.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "credential.h"
#include "net.h"
#include "verify.h"

#define OUT_LIMIT 6144 /* the end of the handshake and the requests leave in one write */
#define IN_LIMIT  4096 /* the server's whole flight in one read */
#define CLOSE_MS  100  /* for the last words */

enum failure {
	FAILURE_NONE,
	FAILURE_TIMEOUT,
	FAILURE_NETWORK, /* errno is in `cause` */
};

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	struct verify verify;
	struct credential_pair own;
	bool is_open;
	int fd;
	int64_t deadline_ms;
	enum failure failure; /* of the operation under way */
	int cause;
	size_t out_len; /* waits for flush() */
	size_t in_at;
	size_t in_len;
	unsigned char out[OUT_LIMIT];
	unsigned char in[IN_LIMIT];
};

static struct tls tls; /* all zeros, so that it takes no room in the file */

static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
				  MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

/* Wait for the socket. Non-zero with `failure` set when the deadline comes first. */
static int wait(struct tls *self, bool to_write)
{
	if (net_wait(self->fd, to_write, self->deadline_ms)) {
		return 0;
	}
	self->failure = FAILURE_TIMEOUT;
	return -1;
}

static int fail_network(struct tls *self)
{
	self->failure = FAILURE_NETWORK;
	self->cause = errno;
	return -1;
}

/* Send what bio_send() has collected. What could not be sent before the deadline stays. */
static int flush(struct tls *self)
{
	while (self->out_len > 0) {
		ssize_t len = send(self->fd, self->out, self->out_len, MSG_NOSIGNAL);
		if (len >= 0) {
			self->out_len -= (size_t)len;
			memmove(self->out, self->out + len, self->out_len);
		} else if (errno == EAGAIN) {
			if (wait(self, true) != 0) {
				return -1;
			}
		} else if (errno != EINTR) {
			return fail_network(self);
		}
	}
	return 0;
}

/* Mbed TLS writes: collect, so that what belongs together leaves together. */
static int bio_send(void *context, const unsigned char *data, size_t len)
{
	struct tls *self = context;

	if (len > sizeof self->out - self->out_len && flush(self) != 0) {
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	}
	len = len < sizeof self->out ? len : sizeof self->out;
	memcpy(self->out + self->out_len, data, len);
	self->out_len += len;
	return (int)len;
}

/* Mbed TLS wants to read: now what was collected must go. */
static int bio_receive(void *context, unsigned char *data, size_t len)
{
	struct tls *self = context;

	if (flush(self) != 0) {
		return MBEDTLS_ERR_SSL_WANT_READ;
	}
	while (self->in_at == self->in_len) {
		if (clock_now_ms() >= self->deadline_ms) { /* also while more and more comes in that says nothing */
			self->failure = FAILURE_TIMEOUT;
			return MBEDTLS_ERR_SSL_WANT_READ;
		}
		ssize_t got = recv(self->fd, self->in, sizeof self->in, 0);
		if (got >= 0) {
			self->in_at = 0;
			self->in_len = (size_t)got;
			if (got == 0) {
				return 0;
			}
		} else if (errno == EAGAIN) {
			if (wait(self, false) != 0) {
				return MBEDTLS_ERR_SSL_WANT_READ;
			}
		} else if (errno != EINTR) {
			(void)fail_network(self); /* the failure is looked at where the operation ends */
			return MBEDTLS_ERR_SSL_WANT_READ;
		}
	}
	len = len < self->in_len - self->in_at ? len : self->in_len - self->in_at;
	memcpy(data, self->in + self->in_at, len);
	self->in_at += len;
	return (int)len;
}

/* Put a failed operation into words. `doing` is "shake hands" or the like. */
static int explain(struct tls *self, int result, const char *doing, struct error *err)
{
	if (clock_random_fault() != 0) {
		return error_set(err, ERROR_INTERNAL, "cannot %s: no random numbers from the kernel: %s", doing,
				 strerror(clock_random_fault()));
	}
	if (self->failure == FAILURE_TIMEOUT) {
		return error_set(err, ERROR_UNREACHABLE, "cannot %s: no answer in time", doing);
	}
	if (self->failure == FAILURE_NETWORK) {
		return error_set(err, ERROR_UNREACHABLE, "cannot %s: %s", doing, strerror(self->cause));
	}
	if (arena_take_fault() || result == MBEDTLS_ERR_SSL_BAD_INPUT_DATA) { /* what is ours fits: it is the peer's doing */
		return error_set(err, ERROR_UNTRUSTED,
				 "cannot %s: what the server sent is larger than there is memory for; are its certificates that large?",
				 doing);
	}
	if (result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
		return verify_explain(&self->verify, mbedtls_ssl_get_verify_result(&self->ssl), mbedtls_ssl_get_hostname(&self->ssl), err);
	}
	if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
		return error_set(err, ERROR_UNTRUSTED, "cannot %s: the server refused it with a TLS alert; is it old?", doing);
	}
	if (result == MBEDTLS_ERR_SSL_CONN_EOF || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		return error_set(err, ERROR_UNREACHABLE, "cannot %s: the server closed the connection", doing);
	}
	if (result == MBEDTLS_ERR_SSL_INVALID_RECORD) {
		return error_set(err, ERROR_UNTRUSTED, "cannot %s: the server does not speak TLS", doing);
	}
	return error_set(err, ERROR_UNTRUSTED, "cannot %s: Mbed TLS error -0x%x", doing, (unsigned int)-result);
}

static void begin_operation(struct tls *self, int64_t deadline_ms)
{
	self->deadline_ms = deadline_ms;
	self->failure = FAILURE_NONE;
	(void)arena_take_fault(); /* what failed earlier was dealt with */
}

static void tls_close(void *context)
{
	struct tls *self = context;

	if (!self->is_open) {
		return;
	}
	begin_operation(self, clock_now_ms() + CLOSE_MS);
	(void)mbedtls_ssl_close_notify(&self->ssl); /* good manners; the connection ends anyway */
	(void)flush(self);
	mbedtls_ssl_free(&self->ssl);
	(void)close(self->fd); /* all was sent, or is lost anyway */
	self->is_open = false;
}

/* TRANSPORT_ERROR, and -1 of open(), leave nothing open. */
static int abandon(struct tls *self, int result, const char *doing, struct error *err)
{
	(void)explain(self, result, doing, err); /* gives -1, as we do */
	tls_close(self);
	return -1;
}

/* The library's allocations have failed. */
static int fail_start(struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "cannot start TLS: out of memory (%d bytes)", ARENA_LIMIT);
}

/* The name that the certificate of the server must have. */
static const char *name_of(const struct transport_peer *peer)
{
	return peer->name[0] != '\0' ? peer->name : peer->server->host;
}

/* When waiting helps: nothing but the date is wrong. */
static void note_not_before(const struct tls *self, struct transport_peer *peer, uint32_t flags)
{
	peer->not_before_s = flags == MBEDTLS_X509_BADCERT_FUTURE ? self->verify.not_before_s : 0;
}

static int tls_open(void *context, struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	struct tls *self = context;
	int result;

	tls_close(self);
	self->fd = net_connect(peer, deadline_ms, err);
	if (self->fd < 0) {
		return -1;
	}
	self->is_open = true;
	begin_operation(self, deadline_ms);
	self->out_len = self->in_at = self->in_len = 0;
	verify_begin(&self->verify);
	mbedtls_ssl_init(&self->ssl);
	mbedtls_ssl_conf_authmode(&self->config, peer->is_stranger ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_REQUIRED);
	result = mbedtls_ssl_setup(&self->ssl, &self->config);
	if (result == 0) {
		result = mbedtls_ssl_set_hostname(&self->ssl, name_of(peer));
	}
	if (result != 0) {
		tls_close(self);
		return fail_start(err);
	}
	mbedtls_ssl_set_bio(&self->ssl, self, bio_send, bio_receive, NULL);
	result = mbedtls_ssl_handshake(&self->ssl);
	if (result == 0) {
		return 0;
	}
	if (result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
		note_not_before(self, peer, mbedtls_ssl_get_verify_result(&self->ssl));
	}
	return abandon(self, result, "shake hands", err);
}

static enum transport_result tls_send(void *context, struct view data, int64_t deadline_ms, struct error *err)
{
	struct tls *self = context;
	int result = 0;

	begin_operation(self, deadline_ms);
	while (data.len > 0 && result >= 0) {
		result = mbedtls_ssl_write(&self->ssl, (const unsigned char *)data.data, data.len);
		if (result > 0) {
			data.data += result;
			data.len -= (size_t)result;
		}
	}
	if (result < 0 || flush(self) != 0) {
		(void)abandon(self, result, "send", err); /* gives -1 */
		return TRANSPORT_ERROR;
	}
	return TRANSPORT_OK;
}

static enum transport_result tls_receive(void *context, struct buffer *into, int64_t deadline_ms, struct error *err)
{
	struct tls *self = context;
	int result;

	begin_operation(self, deadline_ms);
	do {
		result = mbedtls_ssl_read(&self->ssl, (unsigned char *)into->data + into->len, into->capacity - into->len);
	} while (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET ||
		 (result == MBEDTLS_ERR_SSL_WANT_READ && self->failure == FAILURE_NONE));
	if (result > 0) {
		into->len += (size_t)result;
		return TRANSPORT_OK;
	}
	if (self->failure == FAILURE_TIMEOUT) {
		return TRANSPORT_TIMEOUT;
	}
	if (result == 0 || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || result == MBEDTLS_ERR_SSL_CONN_EOF) {
		return TRANSPORT_END;
	}
	(void)abandon(self, result, "receive", err); /* gives -1 */
	return TRANSPORT_ERROR;
}

static int tls_trust(void *context, struct transport_peer *peer, struct view authorities, struct error *err)
{
	struct tls *self = context;
	const uint32_t usage = MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
	uint32_t flags = mbedtls_ssl_get_verify_result(&self->ssl) & usage; /* looked at by the handshake only */

	begin_operation(self, clock_now_ms());
	if (verify_load(&self->verify, authorities, "the certificate authority of cluster-info", err) != 0) {
		err->class = err->class == ERROR_CONFIG ? ERROR_UNTRUSTED : err->class;
		tls_close(self);
		return -1;
	}
	/* The session keeps it as constant, the library verifies what is not: it changes nothing. */
	flags |= verify_chain(&self->verify, (mbedtls_x509_crt *)mbedtls_ssl_get_peer_cert(&self->ssl), name_of(peer));
	if (flags == 0) {
		return 0;
	}
	note_not_before(self, peer, flags);
	tls_close(self);
	return verify_explain(&self->verify, flags, name_of(peer), err);
}

int tls_start(struct transport *transport, const struct transport_material *material, struct error *err)
{
	mbedtls_x509_crt_init(&tls.verify.authorities);
	mbedtls_x509_crt_init(&tls.own.chain);
	mbedtls_pk_init(&tls.own.key);
	mbedtls_ssl_config_init(&tls.config);
	if (material->authorities.len > 0 && verify_load(&tls.verify, material->authorities, material->authorities_name, err) != 0) {
		return -1;
	}
	if (mbedtls_ssl_config_defaults(&tls.config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) !=
	    0) {
		return fail_start(err);
	}
	if (material->certificate.len > 0) {
		if (credential_load(&tls.own, material, err) != 0) {
			return -1;
		}
		if (mbedtls_ssl_conf_own_cert(&tls.config, &tls.own.chain, &tls.own.key) != 0) {
			return fail_start(err);
		}
	}
	mbedtls_ssl_conf_rng(&tls.config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
	mbedtls_ssl_conf_verify(&tls.config, verify_look, &tls.verify);
	mbedtls_ssl_conf_ca_chain(&tls.config, &tls.verify.authorities, NULL);
	mbedtls_ssl_conf_cert_profile(&tls.config, &verify_profile);
	mbedtls_ssl_conf_groups(&tls.config, groups);
	*transport = (struct transport){
		.self = &tls, .open = tls_open, .trust = tls_trust, .send = tls_send, .receive = tls_receive, .close = tls_close};
	return 0;
}

void tls_wipe(void)
{
	mbedtls_pk_free(&tls.own.key); /* it overwrites what it frees; nothing where it was never used */
}
