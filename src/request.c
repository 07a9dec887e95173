/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "csr.h"

/* No User-Agent that begins with curl, Wget or Mozilla: to those kube-apiserver sends JSON with spaces. */
static void add_headers(struct buffer *buf, const struct request *request)
{
	buffer_add_text(buf, "Host: ");
	url_format_host(buf, request->server->host, request->server->port);
	buffer_format(buf, "\r\nAuthorization: Bearer %s\r\nUser-Agent: kubelet-bootstrap\r\nAccept: application/json\r\n", request->token);
}

void request_format_create(struct buffer *buf, const struct request *request, struct buffer memory)
{
	const struct identity *identity = request->identity;
	struct buffer body;

	buffer_init(&body, memory.data + memory.len, memory.capacity - memory.len);
	csr_format_object(&body, identity->csr_name, (struct view){(const char *)identity->csr_der, identity->csr_der_len});
	buffer_format(buf, "POST %s%s HTTP/1.1\r\n", request->server->text + request->server->path_at, CSR_PATH);
	add_headers(buf, request);
	buffer_format(buf, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body.len);
	buffer_add_view(buf, buffer_view(&body));
	buf->overflow = buf->overflow || body.overflow;
}

void request_format_watch(struct buffer *buf, const struct request *request, int64_t timeout_s)
{
	buffer_format(buf, "GET %s%s?watch=true&fieldSelector=metadata.name%%3D%s&resourceVersion=0&timeoutSeconds=%lld HTTP/1.1\r\n",
		      request->server->text + request->server->path_at, CSR_PATH, request->identity->csr_name, (long long)timeout_s);
	add_headers(buf, request);
	buffer_add_text(buf, "\r\n");
}
