/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_SOURCE_H
#define GLIB_SOURCE_H

/* A source as an await of a task. Each, but for idle ones, is a resource of its own, with its
 * context as owner; its await is pending from g_source_attach() until it is destroyed. */

#include "plugin.h"
#include "table.h"

typedef struct
{
  SourceKind kind;
  GMainContext *context; /* never NULL */
  int priority;
  const char *name;  /* NULL */
  Callback callback; /* NULL */
  int64_t due_us;    /* on the monotonic clock; negative: none */
  uint64_t repeat_ns;
  bool has_value;
  int value;   /* descriptor, process or signal */
  uint32_t id; /* 0 while it is not attached */
} SourceFacts;

/* The await of @source starts, in the task that the rule names.
 * Returns: false when it is pending already, or there is no memory */
bool source_begin (const void *source, const SourceFacts *facts, InspectLocationId where);
/* What can be read from a source itself, in the thread that is about to attach it. */
SourceFacts source_read (GSource *source, GMainContext *context);
/* What is remembered of @source is of an inspector that has gone. */
void source_renew (const void *source);
/* The await of @source is over, if it is pending. */
void source_end (const void *source, int status);
/* Nothing of @source is left. */
void source_forget (const void *source);

/* The await of an attached source, to say more of it; 0 when it has none. */
InspectObject source_get_await (const void *source);
InspectObject source_get_resource (const void *source);

/* Of an open record. What is said of an idle source is said of its await: then that is its
 * resource, while it is pending. */
InspectObject record_await (const Record *record);
InspectObject record_resource (const Record *record);

#endif
