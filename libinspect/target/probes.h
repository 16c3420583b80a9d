/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PROBES_H
#define TARGET_PROBES_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* The probes that are installed, found and loaded as runtime plugins are: from folders that nobody else
 * can write to. */

typedef struct
{
  char *id;
  char *name;
  char *path;                  /* of its shared object, which is there */
  gboolean only_looks;         /* says again what an agent says: for programs that have none */
  gboolean only_attached;      /* says what began before: for programs that were attached to */
  gboolean is_slow;            /* what it says of is long: it need not look often */
  const InspectorProbe *probe; /* NULL until it is loaded */
} TargetProbe;

/* @has_agent: leaves out what an agent says. Returns: (transfer full): of TargetProbe; no code of theirs has been loaded. @ret_warnings:
 * (optional) (transfer full): of char *, one line for each that cannot be used */
GPtrArray *target_probes_find (gboolean has_agent, GPtrArray **ret_warnings);
/* Loads it, for good. FALSE: it is none, and @ret_why says what is wrong with it */
gboolean target_probe_load (TargetProbe *probe, char **ret_why);

G_END_DECLS

#endif
