#include "plans/grant.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

bool grant_is_of(const struct grant *grant, const char *setting)
{
	const size_t len = strlen(setting);
	const char *at = grant->of;

	if (!at || !strcmp(at, "*"))
		return at != NULL;
	for (; (at = strstr(at, setting)); at += len) {
		if ((at == grant->of || at[-1] == ' ') &&
		    (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

const struct grant *grant_find(enum kind kind, const char *action)
{
	const struct grant *grant = kind_ops(kind)->grants;

	for (; grant->action; grant++) {
		if (!strcmp(grant->action, action))
			return grant;
	}
	return NULL;
}

char *grant_arn(const char *form, const struct grant_subject *subject,
		const char *partition)
{
	const struct {
		const char *name, *text;
	} words[] = { { "{region}", subject->region },
		      { "{account}", subject->account },
		      { "{id}", subject->id } };
	CLEANUP(strbuf_release) struct strbuf arn = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&arn, "arn:%s:", partition);
	while (*form) {
		const size_t plain = strcspn(form, "{");

		strbuf_add(&arn, form, plain);
		form += plain;
		for (size_t i = 0; *form && i < ARRAY_SIZE(words); i++) {
			const size_t len = strlen(words[i].name);

			if (strncmp(form, words[i].name, len) != 0)
				continue;
			strbuf_adds(&arn, words[i].text);
			form += len;
			break;
		}
	}
	return xstrdup(arn.buf);
}
