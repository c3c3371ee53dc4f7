/* aback-sim: a small AWS on 127.0.0.1. See docs/simulator.md. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/mem.h"
#include "tests/sim/generate.h"
#include "tests/sim/http.h"
#include "tests/sim/rds_xml.h"
#include "tests/sim/sim.h"

#define FLEET_FILE_MAX ((size_t)256 * 1024 * 1024)

static const char usage[] =
	"usage: aback-sim [OPTION]...\n"
	"A small AWS on 127.0.0.1, for demos and tests.\n"
	"\n"
	"  --port N         listen there; 0 (default) picks a port\n"
	"  --port-file FILE write the port there once it listens\n"
	"  --fleet FILE     the accounts and what is in them\n"
	"  --clusters N     or generate N clusters (default 3) ...\n"
	"  --instances M    ... with M instances each (default 2) ...\n"
	"  --seed S         ... from this seed (default 1)\n"
	"  --faults FILE    what is to go wrong\n"
	"  --log FILE       append a line for each request\n"
	"  --settle-ms MS   how long a modification takes (default 300)\n"
	"  --latency-ms MS  wait before each answer (default 0)\n"
	"  --trail-delay-ms MS  when CloudTrail shows a call (default 100)\n"
	"  --page-size N    at most N resources on a page\n"
	"  --no-throttle    no limit on the rate of requests\n"
	"\n"
	"It stops on SIGTERM and SIGINT.\n";

struct options {
	long port, clusters, instances, seed, settle_ms, latency_ms, page_size;
	long trail_delay_ms;
	const char *port_file, *fleet, *faults, *log;
	bool no_throttle;
};

static struct sim sim = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void stop(int number)
{
	(void)number;
	sim.stopping = 1;
}

static int read_long(const char *text, long most, long *ret_number,
		     struct error *err)
{
	char *end = NULL;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (errno || !*text || *end || number < 0 || number > most)
		return error_set(err, ERR_USAGE, "'%s' is no number up to %ld",
				 text, most);
	*ret_number = number;
	return 0;
}

static int set_option(struct options *options, int which, const char *text,
		      struct error *err)
{
	switch (which) {
	case 'p':
		return read_long(text, 65535, &options->port, err);
	case 'P':
		options->port_file = text;
		return 0;
	case 'f':
		options->fleet = text;
		return 0;
	case 'c':
		return read_long(text, 100000, &options->clusters, err);
	case 'i':
		return read_long(text, 100, &options->instances, err);
	case 's':
		return read_long(text, LONG_MAX, &options->seed, err);
	case 'F':
		options->faults = text;
		return 0;
	case 'l':
		options->log = text;
		return 0;
	case 't':
		return read_long(text, 86400000, &options->settle_ms, err);
	case 'L':
		return read_long(text, 86400000, &options->latency_ms, err);
	case 'T':
		return read_long(text, 86400000, &options->trail_delay_ms, err);
	case 'g':
		return read_long(text, 1000, &options->page_size, err);
	case 'n':
		options->no_throttle = true;
		return 0;
	default:
		return error_set(err, ERR_USAGE, "see aback-sim --help");
	}
}

static int read_options(int argc, char **argv, struct options *options,
			struct error *err)
{
	static const struct option names[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "port-file", required_argument, NULL, 'P' },
		{ "fleet", required_argument, NULL, 'f' },
		{ "clusters", required_argument, NULL, 'c' },
		{ "instances", required_argument, NULL, 'i' },
		{ "seed", required_argument, NULL, 's' },
		{ "faults", required_argument, NULL, 'F' },
		{ "log", required_argument, NULL, 'l' },
		{ "settle-ms", required_argument, NULL, 't' },
		{ "latency-ms", required_argument, NULL, 'L' },
		{ "trail-delay-ms", required_argument, NULL, 'T' },
		{ "page-size", required_argument, NULL, 'g' },
		{ "no-throttle", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int which;

	while ((which = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (which == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (set_option(options, which, optarg, err))
			return -1;
	}
	if (optind < argc)
		return error_set(err, ERR_USAGE, "unexpected '%s'",
				 argv[optind]);
	return 0;
}

static int read_json(const char *path, json_t **ret_value, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(FLEET_FILE_MAX);

	if (file_read(path, FLEET_FILE_MAX, &text, err))
		return -1;
	return json_parse(path, text.buf, text.len, ret_value, err);
}

static int load_fleet(const struct options *options, struct error *err)
{
	CLEANUP(json_release) json_t *file = NULL;

	if (!options->fleet)
		return generate_fleet(&sim.fleet, options->clusters,
				      options->instances,
				      (uint64_t)options->seed, err);
	if (read_json(options->fleet, &file, err))
		return -1;
	if (fleet_load(&sim.fleet, file, err))
		return error_wrap(err, "fleet file '%s'", options->fleet);
	return 0;
}

static int load_faults(const char *path, struct error *err)
{
	CLEANUP(json_release) json_t *script = NULL;

	if (!path)
		return 0;
	if (read_json(path, &script, err))
		return -1;
	if (faults_add(&sim.faults, script, err))
		return error_wrap(err, "fault script '%s'", path);
	return 0;
}

/* At once whole: a reader sees no file, or the port. */
static int write_port(const char *path, unsigned port, struct error *err)
{
	CLEANUP(free_ptr) char *text = xasprintf("%u\n", port);

	return path ? file_write(path, text, strlen(text), 0644, err) : 0;
}

static int start(const struct options *options, struct error *err)
{
	struct http_server *server = NULL;

	if (load_fleet(options, err) || load_faults(options->faults, err))
		return -1;
	rds_render_all(&sim.fleet);
	if (options->log && !(sim.log = fopen(options->log, "ae")))
		return error_errno(err, ERR_IO, "cannot open '%s'",
				   options->log);
	if (http_start(&sim, (unsigned)options->port, &server, err) ||
	    write_port(options->port_file, http_port(server), err))
		return -1;
	printf("aback-sim: listening on http://127.0.0.1:%u\n",
	       http_port(server));
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct options options = {
		.clusters = 3,
		.instances = 2,
		.seed = 1,
		.settle_ms = 300,
		.trail_delay_ms = 100,
	};
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked, before;

	json_init();
	/* only this thread wakes up for them */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	int rc = read_options(argc, argv, &options, &err);
	sim.settle_ms = options.settle_ms;
	sim.latency_ms = options.latency_ms;
	sim.trail.delay_ms = options.trail_delay_ms;
	sim.page_size = options.page_size;
	sim.throttle = !options.no_throttle;
	if (rc || start(&options, &err)) {
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(65536);
		error_render(&err, &text);
		fprintf(stderr, "aback-sim: %s", text.buf);
		return 1;
	}
	while (!sim.stopping)
		sigsuspend(&before);
	/* connections may hang on purpose: leave without waiting for them */
	if (sim.log)
		fflush(sim.log);
	_exit(0);
}
