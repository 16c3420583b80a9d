/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_BARE_H
#define RUST_BARE_H

#include "task.h"

/* Tasks of a program without types: line tables alone, symbols alone, or nothing. Of each there is what
 * tokio itself has to know: its number, its state, and which task waits for its end; and the name of its
 * function, where that is left anywhere. */

G_BEGIN_DECLS

typedef enum
{
  RUST_BARE_LINES,
  RUST_BARE_SYMBOLS,
  RUST_BARE_NOTHING,
} RustBareHas;

typedef struct
{
  RustBareHas has;      /* where names are from */
  RustProgram *program; /* its layouts have no types */
  GHashTable *names;    /* address of a table -> name of the function; of those that are known */
} RustBare;

/* NULL: no tables of tokio's tasks are in its data. */
RustBare *rust_bare_new (const InspectorProbeTarget *target, const InspectorProbeModule *module);
void rust_bare_free (RustBare *bare);
gboolean rust_bare_look (RustBare *bare, const InspectorProbeTarget *target,
                         const InspectorProbeSink *sink);

/* bare-names.c: names by the functions of a table. */
typedef struct _RustBareNames RustBareNames;
RustBareNames *rust_bare_names_new (const InspectorProbeModule *module);
void rust_bare_names_free (RustBareNames *names);
/* @functions: of the table, in the file: poll, schedule, dealloc ... (transfer full) (nullable) */
char *rust_bare_names_dup (RustBareNames *names, const InspectorProbeTarget *target, guint64 bias,
                           const guint64 *functions);
RustBareHas rust_bare_names_get_source (const RustBareNames *names);

G_END_DECLS

#endif
