/*
 * The peer of the plan benchmark: fetch the same pages with libcurl (its own
 * SigV4, one kept connection) and, with --expat, run bare expat over the bytes.
 *
 *   peer [--expat] URL ACTION ELEMENT
 *
 * ELEMENT is the listing's element ("DBCluster"); its count, the requests and
 * the bytes are printed, so that nobody can compare unequal work.
 */
#include <curl/curl.h>
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
	char *bytes;
	size_t len, cap;
};

static size_t receive(char *data, size_t size, size_t count, void *ctx)
{
	struct page *page = ctx;
	size_t len = size * count;

	if (page->len + len + 1 > page->cap) {
		page->cap = (page->len + len + 1) * 2;
		page->bytes = realloc(page->bytes, page->cap);
		if (!page->bytes)
			exit(1);
	}
	memcpy(page->bytes + page->len, data, len);
	page->len += len;
	page->bytes[page->len] = '\0';
	return len;
}

struct count {
	const char *element;
	size_t seen;
};

static void XMLCALL on_start(void *ctx, const XML_Char *name,
			     const XML_Char **attributes)
{
	struct count *count = ctx;

	(void)attributes;
	if (!strcmp(name, count->element))
		count->seen++;
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
	(void)ctx;
	(void)name;
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
	(void)ctx;
	(void)text;
	(void)len;
}

/* How many of the element are in the page. */
static size_t parse(const struct page *page, const char *element)
{
	XML_Parser parser = XML_ParserCreate(NULL);
	struct count count = { .element = element };

	XML_SetUserData(parser, &count);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, page->bytes, (int)page->len, 1) !=
	    XML_STATUS_OK) {
		fprintf(stderr, "peer: malformed answer\n");
		exit(1);
	}
	XML_ParserFree(parser);
	return count.seen;
}

/* The page's Marker, URL-encoded, or NULL. */
static char *marker_of(CURL *curl, const struct page *page)
{
	char *start = strstr(page->bytes, "<Marker>");
	char *end = start ? strstr(start, "</Marker>") : NULL;

	if (!end || end == start + 8)
		return NULL;
	return curl_easy_escape(curl, start + 8, (int)(end - start - 8));
}

static CURL *client(const char *url, struct page *page)
{
	static char user[256];
	CURL *curl = curl_easy_init();

	snprintf(user, sizeof(user), "%s:%s", getenv("AWS_ACCESS_KEY_ID"),
		 getenv("AWS_SECRET_ACCESS_KEY"));
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_USERPWD, user);
	curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, "aws:amz:eu-west-1:rds");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	return curl;
}

int main(int argc, char **argv)
{
	bool expat = argc > 1 && !strcmp(argv[1], "--expat");
	char **args = argv + 1 + expat;
	struct page page = { 0 };
	size_t requests = 0, bytes = 0, seen = 0;
	char *marker = NULL;
	char body[4096];
	CURL *curl;

	if (argc != 4 + expat) {
		fprintf(stderr, "usage: peer [--expat] URL ACTION ELEMENT\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = client(args[0], &page);
	do {
		int len = snprintf(body, sizeof(body),
				   "Action=%s&MaxRecords=100&Version=2014-10-31"
				   "%s%s",
				   args[1], marker ? "&Marker=" : "",
				   marker ? marker : "");
		CURLcode rc;

		curl_free(marker);
		page.len = 0;
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		rc = curl_easy_perform(curl);
		if (rc != CURLE_OK) {
			fprintf(stderr, "peer: %s\n", curl_easy_strerror(rc));
			return 1;
		}
		requests++;
		bytes += page.len;
		if (expat)
			seen += parse(&page, args[2]);
		marker = marker_of(curl, &page);
	} while (marker);
	printf("%s: %zu requests, %zu bytes, %zu elements\n", args[1], requests,
	       bytes, seen);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	free(page.bytes);
	return 0;
}
