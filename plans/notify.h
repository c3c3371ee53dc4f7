/*
 * Sending a notification to those of `notify:` who want to hear of its
 * occasion. Whoever cannot be reached is said, and nothing else comes of it.
 */
#ifndef ABACK_PLANS_NOTIFY_H
#define ABACK_PLANS_NOTIFY_H

#include <signal.h>
#include <stddef.h>

#include "core/error.h"
#include "core/json.h"
#include "plans/desired.h"

struct notify_request {
	const struct desired *desired;
	enum occasion occasion;
	const json_t *notification;               /* of plans/notification.h */
	const volatile sig_atomic_t *interrupted; /* NULL: never */
	/* somebody was told, or (err not NULL) was not. whom: "the topic
	 * 'arn:…'"; neither holds a secret */
	void (*sent)(void *ctx, const char *whom, const struct error *err);
	void *ctx;
};

/*
 * One after the other; each takes at most its timeout, and is sent a second
 * time only where nothing of it had left. Returns how many want to hear of it.
 */
size_t notify_send(const struct notify_request *request);

#endif
