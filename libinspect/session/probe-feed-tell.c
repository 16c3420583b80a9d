/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What looks have seen, as records that an agent would have written. */

#include "session/probe-feed-private.h"

#include <string.h>

void
probe_feed_tell (ProbeFeed *self, ChannelType type, guint64 task, guint64 arg, guint32 location,
                 gint32 status)
{
  const ChannelEvent event = { .time_ns = self->now_ns,
                               .type = type,
                               .location = location,
                               .status = status,
                               .ring = MODEL_OUTSIDE_RING,
                               .task = task,
                               .arg = arg };

  self->func (self->data, &event);
}

void
probe_feed_tell_value (ProbeFeed *self, guint64 object, guint32 key, guint64 value)
{
  const ChannelEvent event = { .time_ns = self->now_ns,
                               .type = CHANNEL_ATTRIBUTE,
                               .ring = MODEL_OUTSIDE_RING,
                               .task = object,
                               .key = key,
                               .value = value };

  if (key != 0)
    self->func (self->data, &event);
}

void
probe_feed_tell_variable (ProbeFeed *self, guint64 object, guint32 key,
                          const InspectorProbeVariable *variable)
{
  g_autoptr (GString) text =
      g_string_new_len (variable->value, (gssize)MIN (strlen (variable->value), INSPECT_TEXT_MAX));
  ChannelEvent event = { .time_ns = self->now_ns,
                         .type = CHANNEL_ATTRIBUTE,
                         .ring = MODEL_OUTSIDE_RING,
                         .task = object,
                         .key = key };

  event.n_bytes = (guint32)text->len;
  if (variable->type != NULL && *variable->type != '\0')
    {
      g_string_append_c (text, '\0');
      g_string_append_len (text, variable->type,
                           (gssize)MIN (strlen (variable->type), CHANNEL_TYPE_NAME_MAX));
      event.n_type = (guint32)text->len - event.n_bytes - 1;
    }
  event.bytes = text->str;
  self->func (self->data, &event);
}

void
probe_feed_tell_text (ProbeFeed *self, guint64 object, guint32 key, const char *text)
{
  ChannelEvent event = { .time_ns = self->now_ns,
                         .type = CHANNEL_ATTRIBUTE,
                         .ring = MODEL_OUTSIDE_RING,
                         .task = object,
                         .key = key,
                         .bytes = text };

  event.n_bytes = (guint32)MIN (strlen (text), INSPECT_TEXT_MAX);
  if (key != 0)
    self->func (self->data, &event);
}

guint32
probe_feed_get_kind (ProbeFeed *self, const InspectKind *kind)
{
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->kinds, kind));

  if (number == 0)
    {
      number =
          analysis_tables_add_kind (self->tables, kind->of, kind->flags, kind->name, kind->phrase);
      g_hash_table_insert (self->kinds, (gpointer)kind, GUINT_TO_POINTER (number));
    }
  return number;
}

void
probe_feed_tell_attributes (ProbeFeed *self, guint64 object,
                            const InspectorProbeAttribute *attributes, guint n)
{
  for (guint i = 0; i < n; i++)
    if (attributes[i].text != NULL)
      probe_feed_tell_text (self, object, probe_feed_get_kind (self, attributes[i].key),
                            attributes[i].text);
    else
      probe_feed_tell_value (self, object, probe_feed_get_kind (self, attributes[i].key),
                             attributes[i].value);
}
