/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "value.h"

#include "structure.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <csv.h>

/* What a program says may be a tree without an end. */
#define MAX_DEPTH 32
#define MAX_PARTS 4096
/* The end of a value that was found by looking at memory. */
#define INFERRED " (inferred)"

static void
free_value (gpointer value)
{
  value_free (value);
}

Value *
value_new (const char *name, const char *text, const char *type)
{
  Value *self = g_new0 (Value, 1);

  self->name = g_strdup (name);
  self->text = g_strdup (text);
  self->type = g_strdup (type != NULL ? type : "");
  self->place = g_strdup ("");
  self->parts = g_ptr_array_new_with_free_func (free_value);
  return self;
}

void
value_free (Value *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->key);
  g_free (self->text);
  g_free (self->type);
  g_free (self->before);
  g_free (self->place);
  g_ptr_array_unref (self->parts);
  g_free (self);
}

Value *
value_add (Value *self, Value *part)
{
  g_ptr_array_add (self->parts, part);
  return part;
}

/* ---- Text that has parts ------------------------------------------------------------------------ */

static void add_json (Value *self, JsonNode *node, guint depth, guint *n_left);

static void
add_json_part (Value *self, const char *name, JsonNode *node, guint depth, guint *n_left)
{
  JsonNodeType type = json_node_get_node_type (node);
  g_autofree char *text = NULL;

  if (*n_left == 0)
    return;
  --*n_left;
  if (type == JSON_NODE_OBJECT || type == JSON_NODE_ARRAY)
    {
      add_json (value_add (self, value_new (name, "", "")), node, depth + 1, n_left);
      return;
    }
  text = type == JSON_NODE_VALUE && json_node_get_value_type (node) == G_TYPE_STRING
             ? g_strdup (json_node_get_string (node))
             : json_to_string (node, FALSE);
  value_add (self, value_new (name, text, ""));
}

static void
add_json (Value *self, JsonNode *node, guint depth, guint *n_left)
{
  if (depth > MAX_DEPTH)
    return;
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      const char *name;
      JsonNode *part;

      json_object_iter_init_ordered (&iter, json_node_get_object (node));
      while (json_object_iter_next_ordered (&iter, &name, &part))
        add_json_part (self, name, part, depth, n_left);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          g_autofree char *name = g_strdup_printf ("[%u]", i);

          add_json_part (self, name, json_array_get_element (array, i), depth, n_left);
        }
    }
}

/* What a program says of itself: a structure is JSON, in most cases. */
static gboolean
add_parts_of_json (Value *self)
{
  g_autoptr (JsonNode) node = NULL;
  guint n_left = MAX_PARTS;

  if (*self->text == '{' || *self->text == '[')
    node = json_from_string (self->text, NULL);
  if (node != NULL)
    add_json (self, node, 0, &n_left);
  return node != NULL;
}

/* What debug information says: its text tells of its parts, whether it was found by a guess, and of what type it is, as
 * far as that was not said: a recording of before 3.2 has no types. */
static void
add_parts_of_text (Value *self)
{
  gboolean is_inferred = g_str_has_suffix (self->text, INFERRED);
  g_autofree char *type = NULL;

  if (is_inferred)
    self->text[strlen (self->text) - strlen (INFERRED)] = '\0';
  structure_add_parts (self, self->text);
  type = *self->type != '\0' ? g_strdup (self->type) : structure_dup_type (self->text);
  g_free (self->type);
  self->type = !is_inferred    ? g_steal_pointer (&type)
               : *type != '\0' ? g_strdup_printf (_ ("%s, inferred"), type)
                               : g_strdup (_ ("inferred"));
}

/* ---- What a task is ----------------------------------------------------------------------------- */

static void
add_variable (Value *self, const InspectorVariable *variable, guint depth)
{
  Value *value = value_add (self, value_new (variable->name, variable->value, variable->type));

  for (guint i = 0; variable->fields != NULL && depth < MAX_DEPTH && i < variable->fields->len; i++)
    add_variable (value, variable->fields->pdata[i], depth + 1);
  if (value->parts->len == 0 && !add_parts_of_json (value) &&
      (variable->is_decoded || *value->type == '\0'))
    add_parts_of_text (value);
}

static char *
dup_task (InspectorHistory *history, guint track, guint64 *ret_number)
{
  InspectorTrack info;
  g_autofree char *name = NULL, *number = NULL;

  if (history == NULL || !inspector_history_get_track (history, track, &info))
    return g_strdup (_ ("a task"));
  *ret_number = info.number;
  name = inspector_history_dup_name (history, track);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, info.number);
  return g_strdup_printf ("#%s %s", number, name);
}

static void
set_place (Value *self, const char *place)
{
  g_free (self->place);
  self->place = g_strdup (place);
}

static Value *
add_lasting (Value *self, const char *name, gint64 age_ns, const char *type)
{
  /* Of the one instant of a core file it is not known since when. */
  g_autofree char *duration = age_ns > 0 ? inspector_format_duration (age_ns) : g_strdup ("");
  Value *value = value_add (self, value_new (name, duration, type));

  value->is_age = TRUE;
  return value;
}

static void
add_age (Value *self, gint64 age_ns)
{
  if (age_ns > 0)
    add_lasting (self, _ ("for"), age_ns, "duration");
}

static void
add_place (Value *self, const char *name, const char *place)
{
  if (*place != '\0')
    set_place (value_add (self, value_new (name, place, "")), place);
}

static void
add_holder (Value *self, const InspectorHolder *holder, gint64 at_ns, InspectorHistory *history)
{
  guint64 task = 0;
  g_autofree char *who = holder->track != G_MAXUINT ? dup_task (history, holder->track, &task)
                         : holder->tid != 0
                             ? g_strdup_printf (_ ("thread %d, outside of any task"), holder->tid)
                             : g_strdup (_ ("somebody that is not known"));
  Value *value = value_add (self, value_new (_ ("had by"), who, ""));

  value->task = task;
  value_add (value, value_new (_ ("what"), holder->what, ""));
  add_age (value, at_ns - holder->since_ns);
  add_place (value, _ ("taken"), holder->place);
}

static void
add_pending (Value *self, const InspectorPending *pending, gint64 at_ns, InspectorHistory *history)
{
  Value *value = add_lasting (self, pending->text, at_ns - pending->begin_ns, pending->kind);

  /* What it says of itself may change with each instant: "due in 2.3 s". */
  value->key = g_strdup_printf ("%s %" G_GINT64_FORMAT, pending->kind, pending->begin_ns);
  set_place (value, pending->place);
  add_place (value, _ ("begun"), pending->place);
  for (guint i = 0; i < pending->holders->len; i++)
    add_holder (value, pending->holders->pdata[i], at_ns, history);
  if (pending->awaited != G_MAXUINT)
    {
      guint64 task = 0;
      g_autofree char *who = dup_task (history, pending->awaited, &task);

      value_add (value, value_new (_ ("the end of"), who, ""))->task = task;
    }
}

static void
add_hold (Value *self, const InspectorHolder *hold, gint64 at_ns)
{
  Value *value = add_lasting (self, hold->what, at_ns - hold->since_ns, "");

  set_place (value, hold->place);
  add_place (value, _ ("taken"), hold->place);
}

Value *
value_new_moment (const InspectorMoment *moment, InspectorHistory *history)
{
  Value *self = value_new ("", "", "");
  Value *group = value_add (self, value_new (_ ("Variables"), "", ""));

  if (*moment->state_name != '\0')
    value_add (group, value_new (_ ("state"), moment->state_name, ""));
  for (guint i = 0; i < moment->variables->len; i++)
    add_variable (group, moment->variables->pdata[i], 0);
  group = value_add (self, value_new (_ ("Waits for"), "", ""));
  for (guint i = 0; i < moment->pending->len; i++)
    add_pending (group, moment->pending->pdata[i], moment->at_ns, history);
  group = value_add (self, value_new (_ ("Has"), "", ""));
  for (guint i = 0; i < moment->holds->len; i++)
    add_hold (group, moment->holds->pdata[i], moment->at_ns);
  return self;
}

/* ---- What has changed --------------------------------------------------------------------------- */

const char *
value_get_key (const Value *self)
{
  return self->key != NULL ? self->key : self->name;
}

static const Value *
find_part (const Value *self, const Value *like, guint index)
{
  const Value *same = index < self->parts->len ? self->parts->pdata[index] : NULL;

  if (same != NULL && g_str_equal (value_get_key (same), value_get_key (like)))
    return same;
  for (guint i = 0; i < self->parts->len; i++)
    if (g_str_equal (value_get_key (self->parts->pdata[i]), value_get_key (like)))
      return self->parts->pdata[i];
  return NULL;
}

void
value_compare (Value *self, const Value *before)
{
  self->change = VALUE_SAME;
  if (before == NULL)
    return;
  /* How long something has lasted is another each time. */
  if (!self->is_age && !g_str_equal (self->text, before->text))
    {
      self->change = VALUE_CHANGED;
      g_free (self->before);
      self->before = g_strdup (before->text);
    }
  for (guint i = 0; i < self->parts->len; i++)
    {
      Value *part = self->parts->pdata[i];
      const Value *same = find_part (before, part, i);

      value_compare (part, same);
      if (same == NULL)
        part->change = VALUE_NEW;
      if (part->change != VALUE_SAME && self->change == VALUE_SAME)
        self->change = VALUE_CHANGED;
    }
  if (self->parts->len < before->parts->len && self->change == VALUE_SAME)
    self->change = VALUE_CHANGED;
}

guint
value_count_changes (const Value *self)
{
  guint n = 0;

  for (guint i = 0; i < self->parts->len; i++)
    n += ((Value *)self->parts->pdata[i])->change != VALUE_SAME;
  return n;
}

/* ---- Copies ------------------------------------------------------------------------------------- */

static void
append_text (GString *text, const Value *self, guint depth)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Value *part = self->parts->pdata[i];

      g_string_append_printf (text, "%*s%s", (int)depth * 2, "", part->name);
      if (*part->text != '\0')
        g_string_append_printf (text, ": %s", part->text);
      if (*part->type != '\0')
        g_string_append_printf (text, " (%s)", part->type);
      g_string_append_c (text, '\n');
      append_text (text, part, depth + 1);
    }
}

char *
value_to_text (const Value *self)
{
  GString *text = g_string_new (NULL);

  append_text (text, self, 0);
  return g_string_free (text, FALSE);
}

/* Several of one name, as holders are, are an array. */
static void
add_member (JsonObject *object, const char *name, JsonNode *node)
{
  JsonNode *before = json_object_get_member (object, name);
  JsonArray *array;

  if (before == NULL)
    {
      json_object_set_member (object, name, node);
      return;
    }
  if (JSON_NODE_HOLDS_ARRAY (before))
    {
      json_array_add_element (json_node_get_array (before), node);
      return;
    }
  array = json_array_new ();
  json_array_add_element (array, json_node_copy (before));
  json_array_add_element (array, node);
  json_object_set_array_member (object, name, array);
}

static JsonNode *
to_node (const Value *self)
{
  JsonNode *node;
  JsonObject *object;

  if (self->parts->len == 0)
    {
      node = json_node_new (JSON_NODE_VALUE);
      json_node_set_string (node, self->text);
      return node;
    }
  object = json_object_new ();
  if (self->is_age)
    json_object_set_string_member (object, _ ("for"), self->text);
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Value *part = self->parts->pdata[i];

      add_member (object, part->name, to_node (part));
    }
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

char *
value_to_json (const Value *self)
{
  g_autoptr (JsonNode) node = NULL;

  if (self->parts->len == 0)
    return g_strdup ("{}");
  node = to_node (self);
  return json_to_string (node, TRUE);
}

static void
append_rows (GString *csv, const Value *self, const char *path)
{
  static const char *const changes[] = { "same", "changed", "new" };

  for (guint i = 0; i < self->parts->len; i++)
    {
      const Value *part = self->parts->pdata[i];
      g_autofree char *own =
          *path != '\0' ? g_strdup_printf ("%s/%s", path, part->name) : g_strdup (part->name);

      ui_csv_append (csv, own);
      ui_csv_append (csv, part->text);
      ui_csv_append (csv, part->type);
      ui_csv_append (csv, changes[part->change]);
      ui_csv_append (csv, part->before != NULL ? part->before : "");
      ui_csv_append (csv, part->place);
      ui_csv_end_line (csv);
      append_rows (csv, part, own);
    }
}

char *
value_to_csv (const Value *self)
{
  GString *csv = g_string_new ("name,value,type,change,before,place\r\n");

  append_rows (csv, self, "");
  return g_string_free (csv, FALSE);
}
