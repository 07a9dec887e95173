/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "certificate.h"

#define NOW 1827043200

static struct certificate good(void)
{
	struct certificate certificate = {
		.organization = "system:nodes",
		.common_name = "system:node:worker-1",
		.issuer = "kubernetes",
		.has_client_auth = true,
		.not_before_s = NOW - 300,
		.not_after_s = NOW + 86400,
	};

	support_vector_spki(certificate.spki);
	return certificate;
}

static void lose_organization(struct certificate *certificate)
{
	certificate->organization[0] = '\0';
}

static void change_organization(struct certificate *certificate)
{
	memcpy(certificate->organization, "system:masters", sizeof "system:masters");
}

static void lengthen_organization(struct certificate *certificate)
{
	memcpy(certificate->organization, "system:nodes2", sizeof "system:nodes2");
}

static void change_node(struct certificate *certificate)
{
	memcpy(certificate->common_name, "system:node:worker-2", sizeof "system:node:worker-2");
}

static void lengthen_node(struct certificate *certificate)
{
	memcpy(certificate->common_name, "system:node:worker-10", sizeof "system:node:worker-10");
}

static void shorten_node(struct certificate *certificate)
{
	memcpy(certificate->common_name, "system:node:worker-", sizeof "system:node:worker-");
}

static void drop_prefix(struct certificate *certificate)
{
	memcpy(certificate->common_name, "worker-1", sizeof "worker-1");
}

static void raise_node(struct certificate *certificate)
{
	memcpy(certificate->common_name, "system:node:Worker-1", sizeof "system:node:Worker-1");
}

static void lose_name(struct certificate *certificate)
{
	certificate->common_name[0] = '\0';
}

static void add_name(struct certificate *certificate)
{
	certificate->has_other_name = true;
}

static void change_key(struct certificate *certificate)
{
	certificate->spki[KEY_SPKI_LEN - 1] ^= 1;
}

static void lose_key(struct certificate *certificate)
{
	memset(certificate->spki, 0, sizeof certificate->spki);
}

static void lose_usage(struct certificate *certificate)
{
	certificate->has_client_auth = false;
}

static void expire(struct certificate *certificate)
{
	certificate->not_after_s = NOW - 1;
}

static void expire_now(struct certificate *certificate)
{
	certificate->not_after_s = NOW;
}

static void begin_later(struct certificate *certificate)
{
	certificate->not_before_s = NOW + 3600;
}

static void leave(struct certificate *certificate)
{
	(void)certificate;
}

TEST(each_fault_is_found)
{
	static const struct {
		const char *name;
		void (*change)(struct certificate *certificate);
		enum certificate_fault fault;
	} rows[] = {
		{"good", leave, CERTIFICATE_GOOD},
		{"other key", change_key, CERTIFICATE_OTHER_KEY},
		{"key of another size", lose_key, CERTIFICATE_OTHER_KEY},
		{"no organization", lose_organization, CERTIFICATE_OTHER_SUBJECT},
		{"other organization", change_organization, CERTIFICATE_OTHER_SUBJECT},
		{"longer organization", lengthen_organization, CERTIFICATE_OTHER_SUBJECT},
		{"other node", change_node, CERTIFICATE_OTHER_SUBJECT},
		{"longer node name", lengthen_node, CERTIFICATE_OTHER_SUBJECT},
		{"shorter node name", shorten_node, CERTIFICATE_OTHER_SUBJECT},
		{"no prefix", drop_prefix, CERTIFICATE_OTHER_SUBJECT},
		{"capital letter", raise_node, CERTIFICATE_OTHER_SUBJECT},
		{"no common name", lose_name, CERTIFICATE_OTHER_SUBJECT},
		{"third attribute", add_name, CERTIFICATE_OTHER_SUBJECT},
		{"no client auth", lose_usage, CERTIFICATE_NO_CLIENT_AUTH},
		{"expired", expire, CERTIFICATE_EXPIRED},
		{"in its last second", expire_now, CERTIFICATE_GOOD},
		{"not valid yet", begin_later, CERTIFICATE_GOOD}, /* the clock may be behind */
	};
	unsigned char spki[KEY_SPKI_LEN];
	const struct certificate_wanted wanted = {"worker-1", spki, NOW};

	support_vector_spki(spki);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate certificate = good();
		rows[i].change(&certificate);
		assert_row(rows[i].name, certificate_judge(&certificate, &wanted) == rows[i].fault);
	}
}

TEST(of_several_faults_the_first_is_told)
{
	unsigned char spki[KEY_SPKI_LEN];
	const struct certificate_wanted wanted = {"worker-1", spki, NOW};
	struct certificate certificate = good();

	support_vector_spki(spki);
	change_key(&certificate);
	change_node(&certificate);
	lose_usage(&certificate);
	expire(&certificate);
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_OTHER_KEY);
	change_key(&certificate);
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_OTHER_SUBJECT);
	memcpy(certificate.common_name, "system:node:worker-1", sizeof "system:node:worker-1");
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_NO_CLIENT_AUTH);
	certificate.has_client_auth = true;
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_EXPIRED);
}

TEST(every_fault_has_its_words)
{
	for (int a = CERTIFICATE_GOOD; a <= CERTIFICATE_EXPIRED; a++) {
		const char *text = certificate_fault_text((enum certificate_fault)a);
		assert_true(strlen(text) > 5);
		for (int b = CERTIFICATE_GOOD; b < a; b++) {
			assert_string_not_equal(text, certificate_fault_text((enum certificate_fault)b));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_found),
		cmocka_unit_test(of_several_faults_the_first_is_told),
		cmocka_unit_test(every_fault_has_its_words),
	};
	return RUN("certificate", tests);
}
