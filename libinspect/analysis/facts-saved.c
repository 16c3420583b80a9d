/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the kernel has said of a target, into a recording and back: whoever opens that cannot ask. */

#include "config.h"

#include "analysis/facts-saved.h"

#include <string.h>

#include "analysis/facts-private.h"

/* ---- Saving ------------------------------------------------------------------------------------- */

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  /* Paths of sockets and names of commands are bytes. */
  if (text != NULL)
    {
      g_autofree char *valid = g_utf8_make_valid (text, -1);

      json_object_set_string_member (object, name, valid);
    }
}

static JsonObject *
save_socket (gint64 object, const AnalysisSocket *kept)
{
  const TargetSocket *socket = &kept->socket;
  JsonObject *saved = json_object_new ();

  json_object_set_int_member (saved, "object", object);
  json_object_set_int_member (saved, "taken_ns", kept->taken_ns);
  json_object_set_int_member (saved, "closed_ns", kept->closed_ns);
  json_object_set_int_member (saved, "family", socket->family);
  json_object_set_int_member (saved, "type", socket->type);
  set_text (saved, "state", socket->state);
  set_text (saved, "local", socket->local);
  set_text (saved, "peer", socket->peer);
  json_object_set_int_member (saved, "receive_queue", (gint64)socket->receive_queue);
  json_object_set_int_member (saved, "send_queue", (gint64)socket->send_queue);
  json_object_set_int_member (saved, "retransmits", socket->retransmits);
  json_object_set_int_member (saved, "total_retransmits", socket->total_retransmits);
  json_object_set_int_member (saved, "last_received_ms", socket->last_received_ms);
  json_object_set_int_member (saved, "last_sent_ms", socket->last_sent_ms);
  json_object_set_int_member (saved, "inode", (gint64)socket->inode);
  json_object_set_int_member (saved, "peer_pid", socket->peer_pid);
  set_text (saved, "peer_command", socket->peer_command);
  return saved;
}

static JsonObject *
save_stack (int tid, const AnalysisStack *stack, AnalysisFactsCallFunc func, gpointer data)
{
  JsonObject *saved = json_object_new ();
  JsonArray *frames = json_array_new ();

  json_object_set_int_member (saved, "tid", tid);
  json_object_set_int_member (saved, "since_ns", stack->since_ns);
  for (guint i = 0; i < stack->n; i++)
    {
      json_array_add_int_element (frames, (gint64)stack->frames[i]);
      func (stack->frames[i], data);
    }
  json_object_set_array_member (saved, "frames", frames);
  return saved;
}

JsonObject *
analysis_facts_save (const AnalysisFacts *facts, AnalysisFactsCallFunc func, gpointer data)
{
  JsonObject *saved = json_object_new ();
  JsonArray *sockets = json_array_new (), *stacks = json_array_new ();
  GHashTableIter iter;
  gpointer key, value;

  if (facts->process_is_known)
    json_object_set_int_member (saved, "cpu_ns", facts->process.cpu_ns);
  g_hash_table_iter_init (&iter, facts->sockets);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (((const AnalysisSocket *)value)->is_known)
      json_array_add_object_element (sockets, save_socket (*(gint64 *)key, value));
  json_object_set_array_member (saved, "sockets", sockets);
  g_hash_table_iter_init (&iter, facts->stacks);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (((const AnalysisStack *)value)->n > 0)
      json_array_add_object_element (stacks, save_stack (GPOINTER_TO_INT (key), value, func, data));
  json_object_set_array_member (saved, "stacks", stacks);
  return saved;
}

/* ---- Loading: whoever wrote the file may have written anything ----------------------------------- */

static gint64
get_int (JsonNode *node, gint64 missing)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                 json_node_get_value_type (node) == G_TYPE_INT64
             ? json_node_get_int (node)
             : missing;
}

gint64
analysis_saved_get_int (JsonObject *object, const char *name, gint64 least, gint64 most,
                        gint64 missing)
{
  gint64 value = get_int (json_object_get_member (object, name), missing);

  return value >= least && value <= most ? value : missing;
}

const char *
analysis_saved_get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                 json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* (nullable): of at most @max objects, the @i-th; NULL: there is none */
static JsonObject *
get_object (JsonObject *object, const char *name, guint i, guint max)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || i >= MIN (json_array_get_length (array), max))
    return NULL;
  node = json_array_get_element (array, i);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
load_socket (AnalysisFacts *facts, JsonObject *saved)
{
  AnalysisSocket *kept = g_new0 (AnalysisSocket, 1);
  gint64 object = analysis_saved_get_int (saved, "object", G_MININT64, G_MAXINT64, 0);

  kept->taken_ns = analysis_saved_get_int (saved, "taken_ns", 0, G_MAXINT64, 0);
  kept->closed_ns = analysis_saved_get_int (saved, "closed_ns", 0, G_MAXINT64, 0);
  kept->is_known = TRUE;
  kept->socket = (TargetSocket){
    .family = (int)analysis_saved_get_int (saved, "family", 0, G_MAXINT, 0),
    .type = (int)analysis_saved_get_int (saved, "type", 0, G_MAXINT, 0),
    .state = g_strdup (analysis_saved_get_text (saved, "state")),
    .local = g_strdup (analysis_saved_get_text (saved, "local")),
    .peer = g_strdup (analysis_saved_get_text (saved, "peer")),
    .receive_queue =
        (guint64)analysis_saved_get_int (saved, "receive_queue", G_MININT64, G_MAXINT64, 0),
    .send_queue = (guint64)analysis_saved_get_int (saved, "send_queue", G_MININT64, G_MAXINT64, 0),
    .retransmits = (guint)analysis_saved_get_int (saved, "retransmits", 0, G_MAXUINT, 0),
    .total_retransmits =
        (guint)analysis_saved_get_int (saved, "total_retransmits", 0, G_MAXUINT, 0),
    .last_received_ms =
        analysis_saved_get_int (saved, "last_received_ms", -1, G_MAXINT64 / 1000000, -1),
    .last_sent_ms = analysis_saved_get_int (saved, "last_sent_ms", -1, G_MAXINT64 / 1000000, -1),
    .inode = (guint64)analysis_saved_get_int (saved, "inode", G_MININT64, G_MAXINT64, 0),
    .peer_pid = (int)analysis_saved_get_int (saved, "peer_pid", 0, G_MAXINT, 0),
    .peer_command = g_strdup (analysis_saved_get_text (saved, "peer_command")),
  };
  g_hash_table_replace (facts->sockets, g_memdup2 (&object, sizeof object), kept);
}

static void
load_stack (AnalysisFacts *facts, JsonObject *saved)
{
  AnalysisStack *stack = g_new0 (AnalysisStack, 1);
  JsonNode *node = json_object_get_member (saved, "frames");
  JsonArray *frames =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  int tid = (int)analysis_saved_get_int (saved, "tid", 0, G_MAXINT, 0);

  stack->since_ns = analysis_saved_get_int (saved, "since_ns", 0, G_MAXINT64, 0);
  for (guint i = 0;
       frames != NULL && i < json_array_get_length (frames) && stack->n < ANALYSIS_FACTS_MAX_FRAMES;
       i++)
    stack->frames[stack->n++] = (guint64)get_int (json_array_get_element (frames, i), 0);
  g_hash_table_insert (facts->stacks, GINT_TO_POINTER (tid), stack);
}

void
analysis_facts_load (AnalysisFacts *facts, JsonObject *saved)
{
  gint64 cpu_ns = analysis_saved_get_int (saved, "cpu_ns", 0, G_MAXINT64, -1);
  JsonObject *object;

  if (cpu_ns >= 0 && !facts->process_is_known)
    {
      facts->process = (TargetProcess){ .cpu_ns = cpu_ns };
      facts->process_is_known = TRUE;
    }
  for (guint i = 0; (object = get_object (saved, "sockets", i, ANALYSIS_FACTS_MAX_SOCKETS)) != NULL;
       i++)
    load_socket (facts, object);
  for (guint i = 0; (object = get_object (saved, "stacks", i, ANALYSIS_FACTS_MAX_SOCKETS)) != NULL;
       i++)
    load_stack (facts, object);
}
