/* SPDX-License-Identifier: Apache-2.0 */
/* The requests as bytes; that they go out in this form is in the tests of the exchange. */
#include "support.h"

#include "csr.h"
#include "request.h"

#define TOKEN "abcdef.0123456789abcdef"

static struct url server;
static struct identity identity = {.csr_name = "node-csr-x", .csr_der = "DER", .csr_der_len = 3};
static const struct request request = {&server, TOKEN, &identity};

static void set_server(const char *text)
{
	struct error err;

	assert_int_equal(url_parse(&server, view_of(text), &err), 0);
}

#define HEADERS(host) "Host: " host "\r\nAuthorization: Bearer " TOKEN "\r\nUser-Agent: kubelet-bootstrap\r\nAccept: application/json\r\n"

TEST(the_watch_names_host_port_and_path_of_the_server)
{
	static const struct {
		const char *url, *expected;
	} rows[] = {
#define WATCH(path, host)                                                                                                \
	"GET " path CSR_PATH "?watch=true&fieldSelector=metadata.name%3Dnode-csr-x&resourceVersion=0&timeoutSeconds=90 " \
	"HTTP/1.1\r\n" HEADERS(host) "\r\n"
		{"https://api.example.com", WATCH("", "api.example.com:443")},
		{"https://10.0.0.1:6443/k8s/c-1/", WATCH("/k8s/c-1", "10.0.0.1:6443")},
		{"https://[fd00::1]:6443", WATCH("", "[fd00::1]:6443")},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 1024);
		set_server(rows[i].url);
		request_format_watch(&text, &request, 90);
		assert_text(rows[i].url, buffer_view(&text), rows[i].expected);
	}
}

TEST(the_length_of_the_post_is_that_of_its_body)
{
	BUFFER(text, 2048);
	BUFFER(memory, 2048);
	BUFFER(body, 2048);
	BUFFER(expected, 2048);

	set_server("https://10.0.0.1:6443");
	request_format_create(&text, &request, memory);
	csr_format_object(&body, identity.csr_name, LITERAL("DER"));
	buffer_format(&expected, "POST " CSR_PATH " HTTP/1.1\r\n" HEADERS("10.0.0.1:6443"));
	buffer_format(&expected, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body.len);
	buffer_add_view(&expected, buffer_view(&body));
	assert_false(text.overflow || expected.overflow);
	assert_view("post", buffer_view(&text), buffer_view(&expected));
}

/* Half a request may not go out. */
TEST(too_little_memory_is_an_overflow_whichever_it_is)
{
	BUFFER(whole, 2048);
	BUFFER(memory, 2048);

	set_server("https://10.0.0.1:6443");
	request_format_create(&whole, &request, memory);
	assert_false(whole.overflow);
	for (size_t capacity = 0; capacity < whole.len; capacity++) {
		BUFFER(text, 2048);
		text.capacity = capacity;
		request_format_create(&text, &request, memory);
		assert_true(text.overflow && text.len == capacity);
	}
	for (memory.capacity = 0; memory.capacity < 200; memory.capacity++) {
		BUFFER(text, 2048);
		request_format_create(&text, &request, memory);
		assert_true(text.overflow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_watch_names_host_port_and_path_of_the_server),
		cmocka_unit_test(the_length_of_the_post_is_that_of_its_body),
		cmocka_unit_test(too_little_memory_is_an_overflow_whichever_it_is),
	};
	return RUN("request", tests);
}
