/* SPDX-License-Identifier: Apache-2.0 */
#include "discovery.h"

#include "cluster_info.h"
#include "conversation.h"
#include "request.h"

#define ANSWER_TIMEOUT_MS 15000 /* it is read from memory, or from etcd */

/* Send the request and read the whole answer. ENROLL_DISCOVERED: `exchange->response` is complete. */
static enum enroll_event get(struct exchange *exchange, const struct transport_peer *peer, struct error *err)
{
	const struct transport *transport = exchange->transport;
	int64_t due_ms = host_earlier(exchange->deadline_ms, exchange->host->now_ms() + ANSWER_TIMEOUT_MS);
	struct buffer received;

	http_begin(&exchange->response, exchange->answer, sizeof exchange->answer);
	buffer_init(&received, exchange->request, sizeof exchange->request);
	request_format_discovery(&received, peer->server);
	if (transport->send(transport->self, buffer_view(&received), due_ms, err) != TRANSPORT_OK) {
		return conversation_event_of(err, peer);
	}
	while (exchange->response.state != HTTP_DONE) {
		buffer_init(&received, exchange->received, sizeof exchange->received);
		enum transport_result result = transport->receive(transport->self, &received, due_ms, err);
		if (result == TRANSPORT_TIMEOUT) {
			error_set(err, ERROR_UNREACHABLE, "no answer within %d s", ANSWER_TIMEOUT_MS / 1000);
			return exchange->host->now_ms() >= exchange->deadline_ms ? ENROLL_DEADLINE : ENROLL_LOST;
		}
		if (result == TRANSPORT_ERROR) {
			return conversation_event_of(err, peer);
		}
		if (result == TRANSPORT_END) {
			exchange->response.closes = true;
			if (http_end(&exchange->response, err) != 0) {
				return ENROLL_LOST;
			}
			break;
		}
		struct view input = buffer_view(&received);
		if (http_feed(&exchange->response, &input, err) != 0) {
			return ENROLL_MALFORMED;
		}
	}
	return ENROLL_DISCOVERED;
}

/*
 * Anything but a 200, as an event. Whoever says it is not verified: his words are not repeated, and whatever he says, it is his identity
 * that could not be found out.
 */
static enum enroll_event read_refusal(const struct http_response *response, struct error *err)
{
	static const struct {
		int status;
		enum enroll_event event;
		const char *text;
	} refusals[] = {
		{401, ENROLL_UNAUTHORIZED,
		 "401: the cluster answers nobody who is anonymous, so nothing can be discovered there; set "
		 "certificate-authority"},
		{403, ENROLL_FORBIDDEN, "403: system:anonymous may not get it, as kubeadm has it; or set certificate-authority"},
		{404, ENROLL_UNREADY,
		 "404: the cluster has no such ConfigMap in kube-public; kubeadm makes it; or set certificate-authority"},
	};

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		if (response->status == refusals[i].status) {
			error_set(err, ERROR_UNTRUSTED, "cluster-info: %s", refusals[i].text);
			return refusals[i].event;
		}
	}
	bool is_busy = response->status == 429 || response->status >= 500;
	error_set(err, is_busy ? ERROR_UNREACHABLE : ERROR_UNTRUSTED, "cluster-info: unexpected status %d", response->status);
	return is_busy ? ENROLL_SERVER_ERROR : ENROLL_MALFORMED;
}

enum enroll_event discovery_hold(struct exchange *exchange, struct transport_peer *peer, struct error *err)
{
	const struct transport *transport = exchange->transport;
	struct config *config = exchange->config;
	struct cluster_info info;
	enum enroll_event event = get(exchange, peer, err);

	if (event != ENROLL_DISCOVERED) {
		return event;
	}
	if (exchange->response.status != 200) {
		return read_refusal(&exchange->response, err);
	}
	event = cluster_info_read(config, &info, buffer_view(&exchange->response.body), exchange->memory, exchange->crypto, err);
	if (event != ENROLL_DISCOVERED) {
		return event;
	}
	if (transport->trust(transport->self, peer, info.pinned, err) != 0) {
		config->ca_data_len = 0; /* what a stranger said, who could not prove to be the cluster */
		return conversation_event_of(err, peer);
	}
	cluster_info_add_server(config, &info.server);
	return ENROLL_DISCOVERED;
}
