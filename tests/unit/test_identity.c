/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_fixture.h"
#include "scripted_transport.h"

static struct identity identity;

static int load(void)
{
	memset(&identity, 0, sizeof identity);
	machine.power.is_locked = true;
	return identity_load_key(&identity, &machine.cert_dir.disk, &fake_crypto, &machine.err);
}

static const char *key_pem(unsigned char number)
{
	struct key key = fake_key(number);
	BUFFER(pem, KEY_PEM_LIMIT);

	key_format_pem(&pem, &key);
	buffer_add(&pem, "", 1);
	return support_exact(buffer_view(&pem)).data;
}

TEST(a_key_is_made_and_written_before_anything_is_asked)
{
	assert_int_equal(load(), 0);
	assert_int_equal(fake_crypto_state.keys_made, 1);
	assert_text("changes", buffer_view(&machine.power.changes_made), "write kubelet-client.key.tmp\n");
	assert_text("file", memory_disk_find(&machine.cert_dir, INSPECT_KEY)->content, key_pem(1));
}

TEST(the_key_of_an_earlier_run_is_taken_up)
{
	const struct key key = fake_key(7);

	(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, view_of(key_pem(7)));
	assert_int_equal(load(), 0);
	assert_memory_equal(&identity.key, &key, sizeof key);
	assert_int_equal(machine.power.changes, 0);
	assert_int_equal(fake_crypto_state.keys_made, 0);
}

TEST(a_damaged_key_is_replaced)
{
	char zeros[KEY_PEM_LIMIT];
	const char *whole = key_pem(7);
	struct key nothing = fake_key(7);
	BUFFER(out_of_range, KEY_PEM_LIMIT);

	memset(zeros, 0, sizeof zeros);
	memset(nothing.private, 0, sizeof nothing.private);
	key_format_pem(&out_of_range, &nothing);
	const struct {
		const char *label;
		struct view content;
	} rows[] = {
		{"empty", {"", 0}},
		{"NUL bytes", {zeros, sizeof zeros}},
		{"cut off", {whole, strlen(whole) / 2}},
		{"without its last line", {whole, strlen(whole) - 20}},
		{"garbage", view_of("garbage\n")},
		{"out of range", buffer_view(&out_of_range)},
		{"too long", view_of(script_text("%s%*s", whole, KEY_PEM_LIMIT, ""))},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(machine_fixture_setup(NULL), 0);
		(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, rows[i].content);
		assert_row(rows[i].label, load() == 0);
		assert_row(rows[i].label, fake_crypto_state.keys_made == 1);
		assert_text(rows[i].label, memory_disk_find(&machine.cert_dir, INSPECT_KEY)->content, key_pem(1));
	}
}

TEST(a_key_that_the_disk_has_lost_is_replaced)
{
	memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, view_of(key_pem(7)))->read_result = DISK_LOST;
	assert_int_equal(load(), 0);
	assert_int_equal(fake_crypto_state.keys_made, 1);
	assert_text("file", memory_disk_find(&machine.cert_dir, INSPECT_KEY)->content, key_pem(1));
}

/* The request made with it may stand. */
TEST(a_key_that_cannot_be_read_just_now_is_kept)
{
	for (size_t at = 1; at <= 3; at++) { /* look, read, sync */
		const char *label = script_text("operation %zu", at);
		assert_int_equal(machine_fixture_setup(NULL), 0);
		(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, view_of(key_pem(7)));
		machine.power.fail_at = at;
		assert_row(label, load() == -1);
		assert_error(label, &machine.err, ERROR_DISK, MACHINE_CERT_DIR "/");
		assert_row(label, machine.power.changes == 0);
	}

	assert_int_equal(machine_fixture_setup(NULL), 0);
	(void)memory_disk_add_file(&machine.cert_dir, INSPECT_KEY, view_of(key_pem(7)));
	fake_crypto_state.derive_fails = true;
	assert_int_equal(load(), -1);
	assert_error("crypto", &machine.err, ERROR_INTERNAL, "no luck");
	assert_int_equal(machine.power.changes, 0);
}

TEST(a_symlink_in_the_place_of_the_key_is_replaced_and_not_followed)
{
	memory_disk_add_link(&machine.cert_dir, INSPECT_KEY, "/etc/shadow");
	assert_int_equal(load(), 0);
	assert_int_equal(memory_disk_find(&machine.cert_dir, INSPECT_KEY)->kind, DISK_FILE);
}

TEST(a_key_that_cannot_be_written_is_an_error)
{
	machine.power.fail_at = 2; /* look, write */
	assert_int_equal(load(), -1);
	assert_error("write", &machine.err, ERROR_DISK, "cannot write /var/lib/kubelet/pki/kubelet-client.key.tmp");
	assert_int_equal(memory_disk_count(&machine.cert_dir), 0);

	assert_int_equal(machine_fixture_setup(NULL), 0);
	memory_disk_add_other(&machine.cert_dir, INSPECT_KEY);
	assert_int_equal(load(), -1);
	assert_error("a directory", &machine.err, ERROR_DISK, "kubelet-client.key.tmp");
}

TEST(a_crypto_library_that_fails_is_an_error)
{
	fake_crypto_state.generate_fails = true;
	assert_int_equal(load(), -1);
	assert_error("generate", &machine.err, ERROR_INTERNAL, "no luck");
	assert_int_equal(machine.power.changes, 0);

	fake_crypto_reset();
	assert_int_equal(load(), 0);
	fake_crypto_state.sign_fails = true;
	assert_int_equal(identity_make_request(&identity, "node-1", &fake_crypto, &machine.err), -1);
	assert_error("sign", &machine.err, ERROR_INTERNAL, "no luck");
}

TEST(the_name_of_the_request_follows_from_key_and_node_and_nothing_else)
{
	struct identity first = {.key = fake_key(1)};
	struct identity again = {.key = fake_key(1)};
	struct identity other_key = {.key = fake_key(2)};
	struct identity other_node = {.key = fake_key(1)};

	assert_int_equal(identity_make_request(&first, "node-1", &fake_crypto, &machine.err), 0);
	assert_int_equal(identity_make_request(&again, "node-1", &fake_crypto, &machine.err), 0);
	assert_int_equal(identity_make_request(&other_key, "node-1", &fake_crypto, &machine.err), 0);
	assert_int_equal(identity_make_request(&other_node, "node-2", &fake_crypto, &machine.err), 0);
	assert_string_equal(first.csr_name, again.csr_name);
	assert_string_not_equal(first.csr_name, other_key.csr_name);
	assert_string_not_equal(first.csr_name, other_node.csr_name);
	assert_int_equal(strlen(first.csr_name), strlen("node-csr-") + 43);
}

TEST(a_request_for_the_longest_node_name_fits)
{
	char name[NODE_NAME_LIMIT];

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	identity.key = fake_key(255); /* all signature bytes need a zero in front */
	assert_int_equal(identity_make_request(&identity, name, &fake_crypto, &machine.err), 0);
	assert_true(identity.csr_der_len <= CSR_LIMIT);
	assert_non_null(view_find((struct view){(const char *)identity.csr_der, identity.csr_der_len}, name, strlen(name)));
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, machine_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_key_is_made_and_written_before_anything_is_asked),
		IN_FIXTURE(the_key_of_an_earlier_run_is_taken_up),
		IN_FIXTURE(a_damaged_key_is_replaced),
		IN_FIXTURE(a_key_that_the_disk_has_lost_is_replaced),
		IN_FIXTURE(a_key_that_cannot_be_read_just_now_is_kept),
		IN_FIXTURE(a_symlink_in_the_place_of_the_key_is_replaced_and_not_followed),
		IN_FIXTURE(a_key_that_cannot_be_written_is_an_error),
		IN_FIXTURE(a_crypto_library_that_fails_is_an_error),
		IN_FIXTURE(the_name_of_the_request_follows_from_key_and_node_and_nothing_else),
		IN_FIXTURE(a_request_for_the_longest_node_name_fits),
	};
	return RUN("identity", tests);
}
