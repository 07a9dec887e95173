/* SPDX-License-Identifier: Apache-2.0 */
#include "csr.h"

#include <string.h>

#include "base64.h"
#include "pem.h"

#define DER_SEQUENCE    0x30
#define DER_SET         0x31
#define DER_INTEGER     0x02
#define DER_BIT_STRING  0x03
#define DER_UTF8_STRING 0x0c

static const unsigned char oid_organization[] = {0x06, 0x03, 0x55, 0x04, 0x0a};
static const unsigned char oid_common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03};
static const unsigned char ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const unsigned char version_0[] = {0x02, 0x01, 0x00};
static const unsigned char no_attributes[] = {0xa0, 0x00};

/* Put tag and length in front of what was appended since `begin`. */
static void wrap(struct buffer *buf, size_t begin, unsigned char tag)
{
	size_t len = buf->len - begin;
	unsigned char head[4] = {tag};
	size_t head_len;

	if (len < 0x80) {
		head[1] = (unsigned char)len;
		head_len = 2;
	} else if (len < 0x100) {
		head[1] = 0x81;
		head[2] = (unsigned char)len;
		head_len = 3;
	} else {
		head[1] = 0x82;
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
		head_len = 4;
	}
	buffer_add(buf, head, head_len); /* makes the room, or overflows */
	if (!buf->overflow) {
		memmove(buf->data + begin + head_len, buf->data + begin, len);
		memcpy(buf->data + begin, head, head_len);
	}
}

/* RelativeDistinguishedName with one attribute of two joined texts. */
static void add_name_part(struct buffer *buf, const unsigned char oid[5], const char *prefix, const char *text)
{
	size_t begin = buf->len;

	buffer_add(buf, oid, 5);
	size_t value = buf->len;
	buffer_add_text(buf, prefix);
	buffer_add_text(buf, text);
	wrap(buf, value, DER_UTF8_STRING);
	wrap(buf, begin, DER_SEQUENCE);
	wrap(buf, begin, DER_SET);
}

void csr_format_info(struct buffer *buf, const unsigned char spki[KEY_SPKI_LEN], const char *node_name)
{
	size_t begin = buf->len;

	buffer_add(buf, version_0, sizeof version_0);
	size_t subject = buf->len;
	add_name_part(buf, oid_organization, CSR_ORGANIZATION, "");
	add_name_part(buf, oid_common_name, CSR_NODE_PREFIX, node_name);
	wrap(buf, subject, DER_SEQUENCE);
	buffer_add(buf, spki, KEY_SPKI_LEN);
	buffer_add(buf, no_attributes, sizeof no_attributes);
	wrap(buf, begin, DER_SEQUENCE);
}

/* A positive INTEGER without leading zeros, save the one that keeps it positive. */
static void add_integer(struct buffer *buf, const unsigned char *number, size_t len)
{
	size_t begin = buf->len;

	while (len > 1 && number[0] == 0) {
		number++;
		len--;
	}
	if (number[0] >= 0x80) {
		buffer_add(buf, "\0", 1);
	}
	buffer_add(buf, number, len);
	wrap(buf, begin, DER_INTEGER);
}

void csr_format(struct buffer *buf, struct view info, const unsigned char signature[CSR_SIGNATURE_LEN])
{
	size_t begin = buf->len;

	buffer_add_view(buf, info);
	buffer_add(buf, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
	size_t bits = buf->len;
	buffer_add(buf, "\0", 1); /* no unused bits */
	size_t pair = buf->len;
	add_integer(buf, signature, CSR_SIGNATURE_LEN / 2);
	add_integer(buf, signature + CSR_SIGNATURE_LEN / 2, CSR_SIGNATURE_LEN / 2);
	wrap(buf, pair, DER_SEQUENCE);
	wrap(buf, bits, DER_BIT_STRING);
	wrap(buf, begin, DER_SEQUENCE);
}

static void add_digested(struct buffer *buf, struct view part)
{
	base64_format_url(buf, part.data, part.len);
	buffer_add_text(buf, "|");
}

void csr_format_name_input(struct buffer *buf, const unsigned char spki[KEY_SPKI_LEN], const char *node_name)
{
	char common_name[sizeof CSR_NODE_PREFIX + NODE_NAME_LIMIT];
	struct buffer cn;

	buffer_init(&cn, common_name, sizeof common_name);
	buffer_format(&cn, "%s%s", CSR_NODE_PREFIX, node_name);
	add_digested(buf, (struct view){(const char *)spki, KEY_SPKI_LEN});
	add_digested(buf, buffer_view(&cn));
	add_digested(buf, view_of(CSR_ORGANIZATION));
	add_digested(buf, view_of("digital signature"));
	add_digested(buf, view_of("client auth"));
}

void csr_format_name(char name[CSR_NAME_LIMIT], const unsigned char digest[CSR_DIGEST_LEN])
{
	struct buffer buf;

	buffer_init(&buf, name, CSR_NAME_LIMIT - 1);
	buffer_add_text(&buf, "node-csr-");
	base64_format_url(&buf, digest, CSR_DIGEST_LEN);
	name[buf.len] = '\0';
}

void csr_format_object(struct buffer *buf, const char *name, struct view csr_der)
{
	char pem_text[CSR_LIMIT * 2];
	struct buffer pem;

	buffer_init(&pem, pem_text, sizeof pem_text);
	pem_format(&pem, "CERTIFICATE REQUEST", csr_der);
	buffer_format(buf,
		      "{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"%s\"},"
		      "\"spec\":{\"request\":\"",
		      name);
	base64_format(buf, pem.data, pem.len);
	buffer_format(buf, "\",\"signerName\":\"%s\",\"usages\":[\"digital signature\",\"client auth\"]}}", CSR_SIGNER);
}
