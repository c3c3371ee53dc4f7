/*
 * Reading loose objects ourselves. libgit2 1.5 waits for more input for ever
 * when a loose object's file ends too early, as one of a half-copied or
 * half-synced repository does; a tool must say so instead. This backend stands
 * in front of the library's own, answers reads of objects that are loose, and
 * leaves everything else to it. libgit2 still checks each object's digest.
 */
#include "state/git_internal.h"

#include <git2/sys/odb_backend.h>
#include <string.h>
#include <zlib.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

#define PRIORITY 3    /* the library's own have 1 and 2 */
#define HEADER_MAX 64 /* "commit 123\0" */

struct loose_backend {
	git_odb_backend parent; /* first: libgit2 gives it back to us */
	char *objects;          /* the directory */
};

/* A file of objects/ being inflated. */
struct loose {
	struct strbuf file;
	z_stream stream;
	bool started;
	char head[HEADER_MAX];
	size_t head_len;  /* bytes in head, the body's first ones too */
	size_t body_from; /* where in head the body begins */
	git_object_t type;
	size_t size;
};

static void loose_release(struct loose *loose)
{
	if (loose->started)
		(void)inflateEnd(&loose->stream);
	strbuf_release(&loose->file);
}

static int is_broken(const git_oid *oid)
{
	char hex[GIT_OID_HEXSZ + 1];
	CLEANUP(free_ptr)
	char *message = xasprintf("object %s is cut off or damaged",
				  git_oid_tostr(hex, sizeof(hex), oid));

	(void)git_error_set_str(GIT_ERROR_ODB, message);
	return GIT_ERROR;
}

/* Inflate until out is full or the stream ends; how many bytes came out. */
static size_t inflate_some(struct loose *loose, void *out, size_t len)
{
	/* sizes are below LIMIT_STORE_FILE */
	loose->stream.next_out = out;
	loose->stream.avail_out = (uInt)len;
	while (loose->stream.avail_out) {
		if (inflate(&loose->stream, Z_SYNC_FLUSH) != Z_OK)
			break;
	}
	return len - loose->stream.avail_out;
}

/* "<type> <size>\0" */
static bool parse_head(struct loose *loose)
{
	const char *end = memchr(loose->head, '\0', loose->head_len);
	const char *blank = end ? strchr(loose->head, ' ') : NULL;
	CLEANUP(free_ptr) char *type = NULL;
	char *rest;

	if (!blank ||
	    strspn(blank + 1, "0123456789") != (size_t)(end - blank - 1))
		return false;
	type = xstrndup(loose->head, (size_t)(blank - loose->head));
	loose->type = git_object_string2type(type);
	loose->size = strtoull(blank + 1, &rest, 10);
	loose->body_from = (size_t)(end + 1 - loose->head);
	return git_object_typeisloose(loose->type) && rest == end &&
	       loose->size <= LIMIT_STORE_FILE;
}

/* Open and read the header; GIT_ENOTFOUND where the object is not loose. */
static int loose_open(const struct loose_backend *backend, const git_oid *oid,
		      struct loose *loose)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	char hex[GIT_OID_HEXSZ + 1];
	CLEANUP(free_ptr) char *path = NULL;

	(void)git_oid_tostr(hex, sizeof(hex), oid);
	path = xasprintf("%s/%.2s/%s", backend->objects, hex, hex + 2);
	/* not there or not readable: the library looks, and says which */
	if (file_read(path, LIMIT_STORE_FILE, &loose->file, &ignored))
		return GIT_ENOTFOUND;
	loose->stream.next_in = (Bytef *)loose->file.buf;
	loose->stream.avail_in = (uInt)loose->file.len;
	if (inflateInit(&loose->stream) != Z_OK)
		return is_broken(oid);
	loose->started = true;
	loose->head_len = inflate_some(loose, loose->head, HEADER_MAX);
	return parse_head(loose) ? 0 : is_broken(oid);
}

static int read_object(void **ret_data, size_t *ret_len, git_object_t *ret_type,
		       git_odb_backend *parent, const git_oid *oid)
{
	struct loose_backend *backend = (struct loose_backend *)parent;
	CLEANUP(loose_release)
	struct loose loose = { .file = STRBUF_INIT(LIMIT_STORE_FILE) };
	int code = loose_open(backend, oid, &loose);
	size_t have = loose.head_len - loose.body_from;
	char *data;

	if (code)
		return code;
	if (have > loose.size)
		return is_broken(oid);
	/* with a NUL after it, as the library's own readers leave one */
	data = git_odb_backend_data_alloc(parent, loose.size + 1);
	if (!data)
		return is_broken(oid);
	memcpy(data, loose.head + loose.body_from, have);
	if (inflate_some(&loose, data + have, loose.size - have) !=
	    loose.size - have) {
		git_odb_backend_data_free(parent, data);
		return is_broken(oid);
	}
	data[loose.size] = '\0';
	*ret_data = data;
	*ret_len = loose.size;
	*ret_type = loose.type;
	return 0;
}

static int read_header(size_t *ret_len, git_object_t *ret_type,
		       git_odb_backend *parent, const git_oid *oid)
{
	struct loose_backend *backend = (struct loose_backend *)parent;
	CLEANUP(loose_release)
	struct loose loose = { .file = STRBUF_INIT(LIMIT_STORE_FILE) };
	int code = loose_open(backend, oid, &loose);

	if (code)
		return code;
	*ret_len = loose.size;
	*ret_type = loose.type;
	return 0;
}

/* The library's own backends list them; it takes no NULL for this one. */
static int each_object(git_odb_backend *parent, git_odb_foreach_cb fn,
		       void *payload)
{
	(void)parent;
	(void)fn;
	(void)payload;
	return 0;
}

static void backend_free(git_odb_backend *parent)
{
	struct loose_backend *backend = (struct loose_backend *)parent;

	free(backend->objects);
	free(backend);
}

int repo_read_loose(git_repository *git, const char *path)
{
	CLEANUP(cleanup_odb) git_odb *odb = NULL;
	struct loose_backend *backend;

	if (git_repository_odb(&odb, git))
		return -1;
	backend = xcalloc(1, sizeof(*backend));
	if (git_odb_init_backend(&backend->parent, GIT_ODB_BACKEND_VERSION)) {
		free(backend);
		return -1;
	}
	backend->objects = xasprintf("%s/objects", path);
	backend->parent.read = read_object;
	backend->parent.read_header = read_header;
	backend->parent.foreach = each_object;
	backend->parent.free = backend_free;
	if (git_odb_add_backend(odb, &backend->parent, PRIORITY)) {
		backend_free(&backend->parent);
		return -1;
	}
	return 0;
}
