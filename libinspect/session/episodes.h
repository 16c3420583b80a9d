/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_EPISODES_H
#define SESSION_EPISODES_H

#include "analysis/report.h"

G_BEGIN_DECLS

/* Which tasks have become stuck since the last check: each is told of once for each thing that it is
 * stuck at. */
typedef struct _Episodes Episodes;

Episodes *episodes_new (void);
void episodes_free (Episodes *episodes);

/* A check is one begin, the targets that live, and one end. */
void episodes_begin (Episodes *episodes);
/* @stuck: (element-type guint64): gets the ids of the first of them.
 * Returns: FALSE: it was stopped by somebody else, and is passed over */
gboolean episodes_check (Episodes *episodes, const ReportInput *input, GArray *stuck);
/* Returns: (element-type InspectorTask) (transfer full): those to tell about; the others of very many are
 * told of by the checks that follow */
GPtrArray *episodes_end (Episodes *episodes, guint *ret_n_stuck);

G_END_DECLS

#endif
