/* Clusters and instances as AWS's answers show them. */
#ifndef ABACK_TESTS_SIM_RDS_XML_H
#define ABACK_TESTS_SIM_RDS_XML_H

#include "core/strbuf.h"
#include "tests/sim/fleet.h"

/* Append <DBCluster> or <DBInstance>; kept until resource_changed. */
void rds_render(struct resource *resource, struct strbuf *out);
/* Render all there is, so that the first listing is as fast as the next. */
void rds_render_all(const struct fleet *fleet);

#endif
