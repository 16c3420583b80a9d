/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/describe.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "inspect-keys.h"
#include "inspector-probe.h"
#include "model/doing.h"
#include "model/format.h"

/* ---- Attributes ----------------------------------------------------------------------------- */

/* The phrases say "due in {due}", and "overdue by {due}" where that is over: see overdue_words. */
static char *
describe_time (gint64 time_ns, gint64 now_ns)
{
  return model_format_duration (ABS (time_ns - now_ns));
}

static char *
describe_number (guint64 value, guint32 value_type, gint64 now_ns, AnalysisPlaces *places)
{
  const AnalysisPlace *place;

  switch (value_type)
    {
    case INSPECT_VALUE_BYTES:
      return model_format_bytes (value);
    case INSPECT_VALUE_DURATION:
      return model_format_duration ((gint64)MIN (value, G_MAXINT64));
    case INSPECT_VALUE_TIME:
      return describe_time ((gint64)MIN (value, G_MAXINT64), now_ns);
    case INSPECT_VALUE_CODE:
      place = analysis_places_get_code (places, value);
      return place->function != NULL ? model_format_text (place->function, strlen (place->function))
                                     : g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", value);
    case INSPECT_VALUE_STATUS:
      return model_format_status ((int)(gint64)value);
    case INSPECT_VALUE_BOOL:
      return g_strdup (value != 0 ? _ ("yes") : _ ("no"));
    case INSPECT_VALUE_OBJECT:
      return g_strdup_printf ("0x%" G_GINT64_MODIFIER "x",
                              value & G_GUINT64_CONSTANT (0xffffffffffff));
    case INSPECT_VALUE_I64:
    case INSPECT_VALUE_FD:
    case INSPECT_VALUE_PID:
      return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)value);
    default:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, value);
    }
}

char *
analysis_describe_kind (const char *name, const char *phrase)
{
  g_auto (GStrv) parts = NULL;
  GString *text;

  if (*phrase == '\0')
    return model_format_text (name, strlen (name));
  parts = g_strsplit (g_dgettext (GETTEXT_PACKAGE, phrase), "{", -1);
  text = g_string_new (parts[0]);
  for (guint i = 1; parts[i] != NULL; i++)
    {
      const char *rest = strchr (parts[i], '}');

      g_string_append_printf (text, "…%s", rest != NULL ? rest + 1 : "");
    }
  return g_string_free (text, FALSE);
}

char *
analysis_describe_value (ModelTarget *model, guint32 key, const char *bytes, gsize n_bytes,
                         guint64 value, gint64 now_ns, AnalysisPlaces *places)
{
  guint32 value_type = model_target_get_kind (model, key)->flags;

  if (bytes == NULL)
    return describe_number (value, value_type, now_ns, places);
  if (value_type == INSPECT_VALUE_SOCKADDR)
    return model_format_sockaddr (bytes, n_bytes);
  return model_format_text (bytes, n_bytes);
}

char *
analysis_describe_attribute (ModelTarget *model, const ModelAttribute *attribute, gint64 now_ns,
                             AnalysisPlaces *places)
{
  const ModelBytes *bytes = attribute->has_bytes ? attribute->bytes : NULL;

  return analysis_describe_value (model, attribute->number, bytes != NULL ? bytes->data : NULL,
                                  bytes != NULL ? bytes->length : 0, attribute->value, now_ns,
                                  places);
}

/* ---- Phrases -------------------------------------------------------------------------------- */

static const ModelAttribute *
find_by_name (ModelTarget *model, const ModelAttributes *attributes, const char *name, gsize length)
{
  for (guint i = 0; attributes != NULL && i < attributes->n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (attributes)[i];
      const char *key = model_target_get_kind (model, attribute->number)->name;

      if (strlen (key) == length && memcmp (key, name, length) == 0)
        return attribute;
    }
  return NULL;
}

/* A connection whose other end has no address is known by its path or its descriptor. */
static char *
describe_missing (const ModelAttributes *of_resource, const char *name, gsize length)
{
  const char *path;
  guint64 fd;

  if (of_resource == NULL ||
      (strncmp (name, "peer", length) != 0 && strncmp (name, "local", length) != 0))
    return g_strdup ("?");
  path = model_attributes_get_text (of_resource, MODEL_KEY_PATH);
  if (path != NULL && *path != '\0')
    return model_format_text (path, strlen (path));
  if (model_attributes_get_value (of_resource, MODEL_KEY_FD, &fd))
    return g_strdup_printf (_ ("descriptor %d"), (int)fd);
  return g_strdup ("?");
}

/* "{key}" becomes that attribute of the await, else of its resource; "?" where nobody said it. */
static char *
expand (ModelTarget *model, const char *phrase, const ModelAttributes *own,
        const ModelAttributes *of_resource, gint64 now_ns, AnalysisPlaces *places)
{
  GString *text = g_string_new (NULL);
  const char *p = phrase;

  while (*p != '\0')
    {
      const char *open = strchr (p, '{');
      const char *close = open != NULL ? strchr (open, '}') : NULL;
      const ModelAttribute *attribute;
      g_autofree char *value = NULL;

      if (close == NULL)
        break;
      g_string_append_len (text, p, open - p);
      attribute = find_by_name (model, own, open + 1, close - open - 1);
      if (attribute == NULL)
        attribute = find_by_name (model, of_resource, open + 1, close - open - 1);
      if (attribute != NULL)
        value = analysis_describe_attribute (model, attribute, now_ns, places);
      if (value == NULL || *value == '\0')
        {
          g_free (value);
          value = describe_missing (of_resource, open + 1, close - open - 1);
        }
      g_string_append (text, value);
      p = close + 1;
    }
  g_string_append (text, p);
  return g_string_free (text, FALSE);
}

/* What a phrase says of a time to come, of one that is over, and of one that has come since it was looked at. */
static const struct
{
  const char *key;
  const char *ahead, *over, *since;
} overdue_words[] = {
  { INSPECT_KEY_DUE, N_ ("due in {due}"), N_ ("overdue by {due}"), N_ ("due now") },
  { INSPECT_KEY_DUE, N_ ("or until {due}"), N_ ("its timer is overdue by {due}"),
    N_ ("its timer is due now") },
  { INSPECT_KEY_DEADLINE, N_ ("times out in {deadline}"),
    N_ ("should have timed out {deadline} ago"), N_ ("times out now") },
};

static gboolean
is_over (ModelTarget *model, const ModelAttributes *own, const ModelAttributes *of_resource,
         const char *key, gint64 now_ns)
{
  const ModelAttribute *attribute = find_by_name (model, own, key, strlen (key));

  if (attribute == NULL)
    attribute = find_by_name (model, of_resource, key, strlen (key));
  return attribute != NULL && !attribute->has_bytes && attribute->value < (guint64)now_ns;
}

/* @phrase, translated. */
static char *
dup_phrase (ModelTarget *model, const char *phrase, const ModelAttributes *own,
            const ModelAttributes *of_resource, gint64 seen_ns, gint64 now_ns)
{
  GString *text = g_string_new (phrase);

  for (guint i = 0; i < G_N_ELEMENTS (overdue_words); i++)
    if (strstr (text->str, _ (overdue_words[i].ahead)) != NULL &&
        is_over (model, own, of_resource, overdue_words[i].key, now_ns))
      g_string_replace (text, _ (overdue_words[i].ahead),
                        is_over (model, own, of_resource, overdue_words[i].key, seen_ns)
                            ? _ (overdue_words[i].over)
                            : _ (overdue_words[i].since),
                        1);
  return g_string_free (text, FALSE);
}

static char *
describe_by_phrase (ModelTarget *model, const ModelKind *kind, const ModelAttributes *own,
                    const ModelAttributes *of_resource, gint64 seen_ns, gint64 now_ns,
                    AnalysisPlaces *places)
{
  /* Phrases of the runtimes that come with us are in the catalogue. */
  if (*kind->phrase != '\0')
    {
      g_autofree char *phrase = dup_phrase (model, g_dgettext (GETTEXT_PACKAGE, kind->phrase), own,
                                            of_resource, seen_ns, now_ns);

      return expand (model, phrase, own, of_resource, now_ns, places);
    }
  if (*kind->name != '\0')
    return g_strdup (kind->name);
  return g_strdup (_ ("something that has not described itself"));
}

/* ---- Exchanges ------------------------------------------------------------------------------ */

char *
analysis_describe_request (const char *request, gsize length, const char *peer)
{
  g_autofree char *line = model_format_text (request, length);
  char *method_end = strchr (line, ' ');
  char *target_end = method_end != NULL ? strchr (method_end + 1, ' ') : NULL;
  const char *target;

  if (target_end == NULL || !g_str_has_prefix (target_end + 1, "HTTP/"))
    return g_strdup_printf (_ ("“%s” to %s"), g_strchomp (line), peer);
  *method_end = *target_end = '\0';
  target = method_end + 1;
  /* Origin form needs the peer in front; absolute and authority form name a host themselves. */
  return g_strdup_printf ("http %s %s%s", line, *target == '/' || *target == '*' ? peer : "",
                          target);
}

static char *
describe_exchange (ModelTarget *model, const ModelAttributes *facts, const ModelBytes *request,
                   guint64 bytes, AnalysisPlaces *places)
{
  const ModelAttribute *peer = model_attributes_find (facts, MODEL_KEY_PEER);
  const ModelAttribute *path = model_attributes_find (facts, MODEL_KEY_PATH);
  g_autofree char *to = NULL;
  g_autofree char *amount = NULL;

  if (peer == NULL)
    peer = path;
  if (peer != NULL)
    to = analysis_describe_attribute (model, peer, model->now_ns, places);
  if (to == NULL || *to == '\0')
    {
      g_free (to);
      to = g_strdup (_ ("an unknown peer"));
    }
  if (request != NULL)
    return analysis_describe_request (request->data, request->length, to);
  amount = model_format_bytes (bytes);
  return bytes != 0 ? g_strdup_printf (_ ("%s to %s"), amount, to)
                    : g_strdup_printf (_ ("an answer from %s"), to);
}

/* A lock that is called "m" is not yet named by "mutex". */
static gboolean
has_word (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + 1, word))
    if ((at == text || !g_ascii_isalnum (at[-1])) && !g_ascii_isalnum (at[length]))
      return TRUE;
  return FALSE;
}

/* That the program gave it, or of the variable that it is. (nullable) */
static char *
dup_resource_name (const ModelResource *resource, AnalysisPlaces *places)
{
  const char *name = model_attributes_get_text (&resource->attributes, MODEL_KEY_NAME);

  if (name != NULL && *name != '\0')
    return model_format_text (name, strlen (name));
  return analysis_places_dup_variable (places,
                                       resource->object & G_GUINT64_CONSTANT (0xffffffffffff));
}

/* Conditions and the like have nobody who holds them, but mostly a name. */
static char *
describe_await (const AnalysisWait *wait, AnalysisPlaces *places)
{
  g_autofree char *text = NULL, *name = NULL;

  text = describe_by_phrase (wait->model, wait->await->kind, &wait->await->attributes,
                             wait->resource != NULL ? &wait->resource->attributes : NULL,
                             analysis_wait_get_seen (wait), wait->now_ns, places);
  if (wait->resource == NULL || !model_await_is_for_signal (wait->await))
    return g_steal_pointer (&text);
  name = dup_resource_name (wait->resource, places);
  return name == NULL || has_word (text, name) ? g_steal_pointer (&text)
                                               : g_strdup_printf ("%s (%s)", text, name);
}

char *
analysis_describe_wait (const AnalysisWait *wait, AnalysisPlaces *places)
{
  g_autofree char *text = NULL;

  if (wait->await == NULL)
    return describe_exchange (wait->model, &wait->resource->attributes,
                              wait->resource->exchange.request, wait->resource->exchange.bytes,
                              places);
  text = describe_await (wait, places);
  return model_await_is_seen_running (wait->await)
             ? g_strdup_printf (_ ("for nothing: it runs; last known wait: %s"), text)
             : g_steal_pointer (&text);
}

char *
analysis_describe_resource (ModelTarget *model, const ModelResource *resource,
                            AnalysisPlaces *places)
{
  g_autofree char *noun = describe_by_phrase (model, resource->kind, &resource->attributes, NULL,
                                              model->now_ns, model->now_ns, places);
  const char *name = model_attributes_get_text (&resource->attributes, MODEL_KEY_NAME);
  guint64 address = resource->object & G_GUINT64_CONSTANT (0xffffffffffff);
  g_autofree char *variable = NULL;
  g_autofree char *safe = NULL;

  if (name == NULL || *name == '\0')
    variable = analysis_places_dup_variable (places, address);
  if (variable != NULL)
    return g_strdup_printf ("%s %s", noun, variable);
  if (name == NULL || *name == '\0')
    return g_strdup_printf ("%s 0x%" G_GINT64_MODIFIER "x", noun, address);
  safe = model_format_text (name, strlen (name));
  return has_word (noun, safe) ? g_steal_pointer (&noun) : g_strdup_printf ("%s “%s”", noun, safe);
}

char *
analysis_describe_step (ModelTarget *model, const ModelStep *step, AnalysisPlaces *places)
{
  const ModelAttribute *request = model_attributes_find (&step->attributes, MODEL_KEY_REQUEST);
  const ModelKind *kind = model_target_get_kind (model, step->kind);

  /* That a timer is over is said; how far it was from being due at this instant is not. */
  if ((kind->flags & INSPECT_AWAIT_TIMER) != 0)
    {
      g_autofree char *duration = model_format_duration (step->end_ns - step->begin_ns);
      return g_strdup_printf (_ ("a timer of %s"), duration);
    }
  if (step->is_exchange)
    return describe_exchange (model, &step->attributes,
                              request != NULL && request->has_bytes ? request->bytes : NULL,
                              step->bytes, places);
  return describe_by_phrase (model, kind, &step->attributes, NULL, step->end_ns, step->end_ns,
                             places);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

/* Who made the thread is another one. */
const char *
analysis_name_task (const ModelTask *task, gpointer places)
{
  guint64 routine;
  const AnalysisPlace *place;

  if (!model_attributes_get_value (&task->attributes, MODEL_KEY_CALLBACK, &routine))
    return NULL;
  place = analysis_places_get_code (places, routine);
  return place->is_runtime ? NULL : place->function;
}

char *
analysis_describe_beginning (const ModelTask *task, AnalysisPlaces *places)
{
  const AnalysisPlace *place = analysis_places_get (places, task->location);
  const char *routine = analysis_name_task (task, places);

  if (task->id == 0)
    return g_strdup (_ ("outside of tasks"));
  if (routine != NULL)
    return model_format_text (routine, strlen (routine));
  if (place->function != NULL)
    return model_format_text (place->function, strlen (place->function));
  if (task->began_before)
    return g_strdup (_ ("began before we looked"));
  return g_strdup (_ ("unknown"));
}

char *
analysis_describe_task (const ModelTask *task, guint32 current_location, AnalysisPlaces *places)
{
  const char *name = model_task_get_user_name (task);
  const AnalysisPlace *place;

  if (name == NULL)
    name = analysis_name_task (task, places);
  if (name != NULL)
    return model_format_text (name, strlen (name));
  place = analysis_places_get (places, current_location);
  if (place->function != NULL)
    return model_format_text (place->function, strlen (place->function));
  return analysis_describe_beginning (task, places);
}

gboolean
analysis_kind_is_process (const char *name)
{
  return g_str_has_prefix (name, INSPECTOR_PROBE_PROCESS ".");
}

gboolean
analysis_is_process (const ModelTask *task)
{
  return task->awaits != NULL && analysis_kind_is_process (task->awaits->kind->name);
}
