/* The channels of plans/notify.c, a file each. */
#ifndef ABACK_PLANS_NOTIFY_CHANNELS_H
#define ABACK_PLANS_NOTIFY_CHANNELS_H

#include "core/compiler.h"
#include "plans/notify.h"

/* Send it; err says why not, without a secret. */
MUST_CHECK int notify_webhook(const struct notify_request *request,
			      const struct notify *notify, struct error *err);
MUST_CHECK int notify_sns(const struct notify_request *request,
			  const struct notify *notify, struct error *err);
MUST_CHECK int notify_command(const struct notify_request *request,
			      const struct notify *notify, struct error *err);

#endif
