/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <string.h>

#include "base64.h"
#include "pem.h"

#define POINT_LEN 65

/* DER has one form only, and every writer gives all fields, so what surrounds the 32 bytes of a P-256 key is constant (RFC 5915). */
static const unsigned char sec1_head[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
static const unsigned char sec1_middle[] = {
	0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, /* [0] prime256v1 */
	0xa1, 0x44, 0x03, 0x42, 0x00,                                           /* [1] BIT STRING */
};
static const unsigned char pkcs8_head[] = {
	0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* ecPublicKey */
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d,                               /* prime256v1 */
	0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
};
static const unsigned char spki_head[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

#define SEC1_LEN  (sizeof sec1_head + KEY_PRIVATE_LEN + sizeof sec1_middle + POINT_LEN)
#define PKCS8_LEN 138
#define CURVE_LEN 12 /* PKCS#8 names the curve in front, not in the middle */

_Static_assert(sizeof spki_head + POINT_LEN == KEY_SPKI_LEN, "SubjectPublicKeyInfo of P-256");

static struct view view_bytes(const unsigned char *data, size_t len)
{
	return (struct view){(const char *)data, len};
}

/* `body` must be `head`, the 32 bytes, `middle` and the public key. */
static int parse_block(unsigned char private[KEY_PRIVATE_LEN], struct view body, struct view head, struct view middle)
{
	size_t der_len = head.len + KEY_PRIVATE_LEN + middle.len + POINT_LEN;
	char der[PKCS8_LEN];
	struct buffer buf;
	int result = -1;

	buffer_init(&buf, der, sizeof der);
	if (base64_parse(&buf, body) == 0 && !buf.overflow && buf.len == der_len && memcmp(der, head.data, head.len) == 0 &&
	    memcmp(der + head.len + KEY_PRIVATE_LEN, middle.data, middle.len) == 0) {
		memcpy(private, der + head.len, KEY_PRIVATE_LEN);
		result = 0;
	}
	buffer_wipe(der, sizeof der);
	return result;
}

int key_parse_pem(unsigned char private[KEY_PRIVATE_LEN], struct view pem)
{
	struct view body;

	if (pem_find(pem, "EC PRIVATE KEY", &body)) {
		return parse_block(private, body, view_bytes(sec1_head, sizeof sec1_head), view_bytes(sec1_middle, sizeof sec1_middle));
	}
	if (pem_find(pem, "PRIVATE KEY", &body)) {
		return parse_block(private, body, view_bytes(pkcs8_head, sizeof pkcs8_head),
				   view_bytes(sec1_middle + CURVE_LEN, sizeof sec1_middle - CURVE_LEN));
	}
	return -1;
}

void key_format_pem(struct buffer *buf, const struct key *key)
{
	char der[SEC1_LEN];
	struct buffer sec1;

	buffer_init(&sec1, der, sizeof der);
	buffer_add(&sec1, sec1_head, sizeof sec1_head);
	buffer_add(&sec1, key->private, sizeof key->private);
	buffer_add(&sec1, sec1_middle, sizeof sec1_middle);
	buffer_add(&sec1, key->spki + sizeof spki_head, POINT_LEN);
	pem_format(buf, "EC PRIVATE KEY", buffer_view(&sec1));
	buffer_wipe(der, sizeof der);
}

void key_set_point(struct key *key, const unsigned char point[POINT_LEN])
{
	memcpy(key->spki, spki_head, sizeof spki_head);
	memcpy(key->spki + sizeof spki_head, point, POINT_LEN);
}
