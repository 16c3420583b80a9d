/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_FEED_PRIVATE_H
#define SESSION_PROBE_FEED_PRIVATE_H

#include "session/probe-feed.h"
#include "session/probe-plan.h"
#include "session/probe-told.h"
#include "session/probe-variables.h"

G_BEGIN_DECLS

#define OBJECT_ID G_GUINT64_CONSTANT (0xffffffffffff)

typedef struct
{
  guint64 id; /* as the probe says it */
  guint64 object;
  guint64 resource; /* object; 0: none */
  guint32 location;
  gboolean answers;
  gboolean is_asked;
  gboolean is_there; /* at this look */
  char *request;     /* (nullable) */
} FedAwait;

typedef struct
{
  guint64 resource;
  guint count;
  gboolean is_there;
} FedHold;

typedef struct
{
  guint64 id, serial;
  guint64 number;    /* of the model's task; 0: it has none */
  guint64 test_case; /* object; 0: it is none */
  guint32 look;      /* the last one that had it */
  guint probe;       /* who said it then */
  gboolean is_ready; /* that look has said so */
  GArray *awaits;    /* FedAwait */
  GArray *holds;     /* FedHold */
  ProbePlan *plan;
  gboolean is_running; /* that look has met it while it ran, and has not seen where */
} FedTask;

typedef struct
{
  guint64 object;
  guint32 look;
  int fd;            /* -1: it is none */
  gboolean is_known; /* the kernel was asked */
} FedResource;

struct _ProbeFeed
{
  AnalysisTables *tables;
  const ModelTarget *model; /* (nullable) */
  int pid;
  ProbeFeedFunc func;
  gpointer data;
  GHashTable *tasks;     /* id -> FedTask */
  GHashTable *resources; /* object -> FedResource */
  GHashTable *kinds;     /* InspectKind -> its number */
  ProbeTold *told;
  guint64 next_await;
  guint32 look;
  gboolean is_before; /* what is seen began before, and the program may tell of it, too */
  ProbeVariables *variables;
  guint probe;       /* that said what is being fed */
  gboolean has_told; /* the program has told of tasks itself */
  guint n_sockets;   /* asked about in this look */
  gint64 now_ns;
  guint32 key_resource, key_name, key_request, key_local, key_peer, key_client, key_plan,
      key_running, ask, running, resource_case;
};

void probe_feed_tell (ProbeFeed *self, ChannelType type, guint64 task, guint64 arg,
                      guint32 location, gint32 status);
void probe_feed_tell_value (ProbeFeed *self, guint64 object, guint32 key, guint64 value);
void probe_feed_tell_text (ProbeFeed *self, guint64 object, guint32 key, const char *text);
/* @key: not 0 */
void probe_feed_tell_variable (ProbeFeed *self, guint64 object, guint32 key,
                               const InspectorProbeVariable *variable);
void probe_feed_tell_attributes (ProbeFeed *self, guint64 object,
                                 const InspectorProbeAttribute *attributes, guint n);
guint32 probe_feed_get_kind (ProbeFeed *self, const InspectKind *kind);

guint32 probe_feed_get_location (ProbeFeed *self, const InspectorProbePlace *place);
/* What that task waits for and holds at this look. */
void probe_feed_see_awaits (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said);
void probe_feed_see_holds (ProbeFeed *self, FedTask *task, const InspectorProbeTask *said);
/* All that it waits for has ended, and it has let go of all that it held. */
void probe_feed_end_waits (ProbeFeed *self, FedTask *task);
void probe_feed_clear_waits (FedTask *task);
void probe_feed_init_waits (FedTask *task);

G_END_DECLS

#endif
