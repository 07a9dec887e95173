/* SPDX-License-Identifier: Apache-2.0 */
#include "discovery.h"

#include "answer.h"
#include "cluster_info.h"
#include "conversation.h"
#include "request.h"

#define ANSWER_TIMEOUT_MS 15000 /* it is read from memory, or from etcd */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Send the request and read the whole answer. ENROLL_DISCOVERED: `exchange->response` is complete. */
static enum enroll_event get(struct exchange *exchange, const struct transport_peer *peer, struct error *err)
{
	const struct transport *transport = exchange->transport;
	int64_t due_ms = earlier(exchange->deadline_ms, exchange->host->now_ms() + ANSWER_TIMEOUT_MS);
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

/* Anything but a 200, as an event. */
static enum enroll_event read_refusal(struct exchange *exchange, struct error *err)
{
	const struct http_response *response = &exchange->response;
	char message[ANSWER_MESSAGE_LIMIT];

	(void)answer_read_message(message, buffer_view(&response->body)); /* whatever it is, it is for people */
	switch (response->status) {
	case 401:
		error_set(err, ERROR_REFUSED,
			  "cluster-info: 401 Unauthorized: the cluster answers nobody who is anonymous, so that nothing can be discovered "
			  "there; set certificate-authority");
		return ENROLL_UNAUTHORIZED;
	case 403:
		error_set(err, ERROR_REFUSED,
			  "cluster-info: 403 Forbidden: %s (system:anonymous must be allowed to get it, as kubeadm has it)", message);
		return ENROLL_FORBIDDEN;
	case 404:
		error_set(err, ERROR_REFUSED,
			  "cluster-info: the cluster has no such ConfigMap in kube-public; kubeadm makes it; otherwise set "
			  "certificate-authority");
		return ENROLL_UNREADY;
	default:
		return answer_read_status(response, "it", err);
	}
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
		event = read_refusal(exchange, err);
		if (event == ENROLL_CREATED || event == ENROLL_EXISTS) { /* these answer a create only */
			error_set(err, ERROR_UNTRUSTED, "unexpected status %d", exchange->response.status);
			event = ENROLL_MALFORMED;
		}
		return event;
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
