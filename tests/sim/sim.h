/* The whole simulator: what the parts share. */
#ifndef ABACK_TESTS_SIM_SIM_H
#define ABACK_TESTS_SIM_SIM_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/sim/faults.h"
#include "tests/sim/fleet.h"
#include "tests/sim/trail.h"

struct sim {
	pthread_mutex_t lock; /* for all that follows */
	struct fleet fleet;
	struct faults faults;
	struct trail trail;
	json_t *published; /* what was sent to topics: see sns.c */
	FILE *log;         /* or NULL */
	/* options */
	int64_t settle_ms;
	int64_t latency_ms;
	bool throttle;
	long page_size; /* at most so many on a page; 0: AWS's own */
	volatile sig_atomic_t stopping;
};

struct answer;
struct request;

/* What a fault does to the effect of a call; see faults.h. */
struct effect {
	bool none;        /* the answer as if it happened, but it does not */
	int64_t delay_ms; /* it happens so much later */
	bool reorder;     /* a page of the listing the other way round */
};

/* The services: answer one action of a verified request. */
void sts_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
void rds_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
void iam_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
void logs_serve(struct sim *sim, struct request *request,
		const struct effect *effect, struct answer *answer);
void config_serve(struct sim *sim, struct request *request,
		  const struct effect *effect, struct answer *answer);
void events_serve(struct sim *sim, struct request *request,
		  const struct effect *effect, struct answer *answer);
void monitoring_serve(struct sim *sim, struct request *request,
		      const struct effect *effect, struct answer *answer);
void sns_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
void cloudtrail_serve(struct sim *sim, struct request *request,
		      const struct effect *effect, struct answer *answer);
void kms_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
void secretsmanager_serve(struct sim *sim, struct request *request,
			  const struct effect *effect, struct answer *answer);
void ec2_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer);
/* /_sim/…: the simulator's own switches, without a signature. */
void control_serve(struct sim *sim, struct request *request,
		   struct answer *answer);

#endif
