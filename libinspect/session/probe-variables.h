/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_VARIABLES_H
#define SESSION_PROBE_VARIABLES_H

#include "analysis/tables.h"

G_BEGIN_DECLS

/* The keys under which variables of functions that wait are told of an await: "fetch_posts.limit", for several
 * functions may have one of that name. The phrase of a key is "limit". */
typedef struct _ProbeVariables ProbeVariables;

ProbeVariables *probe_variables_new (AnalysisTables *tables);
void probe_variables_free (ProbeVariables *variables);
/* 0: there is no room for another name */
guint32 probe_variables_get_key (ProbeVariables *variables, const char *function, const char *name);

G_END_DECLS

#endif
