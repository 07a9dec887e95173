/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <string.h>

#include "base64.h"
#include "json.h"
#include "pem.h"
#include "sizes.h"

#define MESSAGE_LIMIT 400 /* characters of a server's text that are shown */

/* The text that `path` leads to, with a NUL; empty when there is none. */
static void read_text(char text[MESSAGE_LIMIT], const struct json *json, const char *path)
{
	struct json string;
	struct buffer buf;

	buffer_init(&buf, text, MESSAGE_LIMIT - 1);
	if (json_find(json, path, &string)) {
		json_add_string(&buf, &string);
	}
	text[buf.len] = '\0';
}

/* The server's own words: the message of a Status object, or the first line of plain text. True for an object. */
static bool read_message(char text[MESSAGE_LIMIT], struct view body)
{
	struct json status;
	struct view line;

	text[0] = '\0';
	if (json_parse(&status, body) == 0) {
		read_text(text, &status, "message");
		return true;
	}
	if (view_take_line(&body, &line)) {
		line.len = line.len < MESSAGE_LIMIT ? line.len : MESSAGE_LIMIT - 1;
		(void)view_copy(line, text, MESSAGE_LIMIT); /* it fits */
	}
	return false;
}

static bool has_text(const char *message, const char *part)
{
	return view_find(view_of(message), part, strlen(part)) != NULL;
}

/* The server says whom it took us for (k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go). */
static const char *text_of_forbidden(const char *message)
{
	if (has_text(message, "\"system:anonymous\"")) {
		return "the server saw no credential; does something in between take it away?";
	}
	if (has_text(message, "\"system:bootstrap:")) {
		return "the token is good, but its groups may not do this; platform/cluster/rbac.yaml grants it";
	}
	return "platform/cluster/rbac.yaml grants what is needed";
}

/* An HTTP status, or the code of a Status object inside a watch. */
static enum enroll_event read_code(int code, const char *message, const char *credential, struct error *err)
{
	const char *colon = message[0] != '\0' ? ": " : "";

	if (code == 401 && strcmp(message, "Unauthorized") == 0) { /* kube-apiserver says no more than that */
		message = colon = "";
	}
	if (code == 401) {
		error_set(err, ERROR_REFUSED, "401 Unauthorized%s%s (%s is unknown, wrong or expired)", colon, message, credential);
		return ENROLL_UNAUTHORIZED;
	}
	if (code == 403) {
		error_set(err, ERROR_REFUSED, "403 Forbidden%s%s (%s)", colon, message, text_of_forbidden(message));
		return ENROLL_FORBIDDEN;
	}
	if (code == 429) {
		error_set(err, ERROR_UNREACHABLE, "429 Too Many Requests%s%s", colon, message);
		return ENROLL_THROTTLED;
	}
	if (code >= 500) {
		error_set(err, ERROR_UNREACHABLE, "%d%s%s", code, colon, message);
		return ENROLL_SERVER_ERROR;
	}
	if (code == 410) {
		error_set(err, ERROR_UNREACHABLE, "410 Gone%s%s", colon, message);
		return ENROLL_WATCH_ENDED;
	}
	if (code >= 400) {
		error_set(err, ERROR_REFUSED, "%d%s%s", code, colon, message);
		return ENROLL_INVALID;
	}
	error_set(err, ERROR_UNTRUSTED, "unexpected status %d%s%s", code, colon, message);
	return ENROLL_MALFORMED;
}

enum enroll_event answer_read_status(const struct http_response *response, const char *credential, struct error *err)
{
	char message[MESSAGE_LIMIT];

	if (response->status == 201) {
		return ENROLL_CREATED;
	}
	if (response->status == 409) {
		return ENROLL_EXISTS;
	}
	bool is_status = read_message(message, buffer_view(&response->body));
	if ((response->status == 400 || response->status == 408) && !is_status) { /* Go's HTTP server, or one in between */
		error_set(err, ERROR_REFUSED, "%d: the request did not arrive whole%s%s", response->status, message[0] != '\0' ? ": " : "",
			  message);
		return ENROLL_GARBLED;
	}
	return read_code(response->status, message, credential, err);
}

/*
 * True when the request inside `object` is for our public key. Its bytes are searched for as they are: DER has one form only. The free
 * room of `memory` is used, and free again on return.
 */
static bool carries_our_key(const struct json *object, const unsigned char *spki, const struct buffer *memory)
{
	struct json request;
	struct view body;
	struct buffer pem = *memory;

	if (!json_find(object, "spec.request", &request) || request.kind != JSON_STRING || base64_parse(&pem, request.text) != 0 ||
	    !pem_find(buffer_view(&pem), "CERTIFICATE REQUEST", &body)) {
		return false;
	}

	struct buffer der = pem;
	return base64_parse(&der, body) == 0 && view_find(buffer_view(&der), spki, KEY_SPKI_LEN) != NULL;
}

/* Find a condition; its reason and message become the text of `err`. */
static bool find_condition(const struct json *object, const char *type, const char *words, struct error *err)
{
	char reason[MESSAGE_LIMIT];
	char message[MESSAGE_LIMIT];
	struct json conditions;
	struct json condition;
	struct json name;

	if (!json_find(object, "status.conditions", &conditions)) {
		return false;
	}
	while (json_take_element(&conditions, &condition)) {
		if (json_find(&condition, "type", &name) && json_is(&name, type)) {
			read_text(reason, &condition, "reason");
			read_text(message, &condition, "message");
			error_set(err, ERROR_REFUSED, "%s: %s%s%s", words, reason, message[0] != '\0' ? ": " : "", message);
			return true;
		}
	}
	return false;
}

static enum enroll_event read_object(const struct json *object, const struct answer_wanted *wanted, struct buffer *certificate,
				     struct error *err)
{
	struct error ignored;
	struct json issued;

	if (!carries_our_key(object, wanted->spki, certificate)) {
		error_set(err, ERROR_REFUSED, "its name is taken by a request with another key");
		return ENROLL_REPLACED;
	}
	if (find_condition(object, "Denied", "it was denied", err)) {
		return ENROLL_WAS_DENIED;
	}
	if (find_condition(object, "Failed", "it failed", err)) {
		return ENROLL_HAS_FAILED;
	}
	if (json_find(object, "status.certificate", &issued) && issued.kind == JSON_STRING && issued.text.len > 0) {
		if (base64_parse(certificate, issued.text) == 0 && !certificate->overflow) {
			return ENROLL_CERTIFIED;
		}
		error_set(err, ERROR_UNTRUSTED, "its certificate is not base64, or larger than %zu bytes", certificate->capacity);
		return ENROLL_MALFORMED;
	}
	return find_condition(object, "Approved", "", &ignored) ? ENROLL_APPROVED : ENROLL_PENDING;
}

enum enroll_event answer_read_watch_line(struct view line, const struct answer_wanted *wanted, struct buffer *certificate,
					 struct error *err)
{
	char message[MESSAGE_LIMIT];
	struct json event;
	struct json type;
	struct json object;
	struct json name;
	struct json code;
	long long number = 0;

	if (json_parse(&event, line) != 0 || !json_find(&event, "type", &type) || !json_find(&event, "object", &object)) {
		error_set(err, ERROR_UNTRUSTED, "the watch gave something else than an event");
		return ENROLL_MALFORMED;
	}
	if (json_is(&type, "ERROR")) {
		read_text(message, &object, "message");
		if (json_find(&object, "code", &code)) {
			(void)view_parse_number(code.text, 999, &number); /* 0 is an unexpected status */
		}
		return read_code((int)number, message, wanted->credential, err);
	}
	if (!json_find(&object, "metadata.name", &name) || !json_is(&name, wanted->csr_name)) {
		return ENROLL_EVENTS;
	}
	if (json_is(&type, "DELETED")) {
		error_set(err, ERROR_UNREACHABLE, "it was deleted while waiting");
		return ENROLL_DELETED;
	}
	if (json_is(&type, "ADDED") || json_is(&type, "MODIFIED")) {
		return read_object(&object, wanted, certificate, err);
	}
	return ENROLL_EVENTS;
}
