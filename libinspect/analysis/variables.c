/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/variables.h"

#include <string.h>

#include "channel/layout.h"
#include "debuginfo/statics.h"
#include "target/facts.h"

/* What INSPECT_VAR() calls the variable that has the type. */
#define TYPE_VARIABLE "inspect_var_type_"
/* Following pointers in another process takes some microseconds each: so many a second are followed,
 * beyond that they are shown as addresses. */
#define MAX_FOLLOWED_A_SECOND 20000
/* Looked at again, in one go; of more than so many in all those that come later are not. */
#define MAX_AGAIN 256
#define MAX_WATCHED 16384

/* __builtin_classify_type() */
enum
{
  CLASS_NUMBER = 1,
  CLASS_CHARACTER = 2,
  CLASS_ENUMERATION = 3,
  CLASS_BOOLEAN = 4,
  CLASS_POINTER = 5,
  CLASS_REAL = 8,
};

/* What leads to memory that may change without a word. */
typedef struct
{
  ChannelEvent event; /* as it came, without the bytes */
  ChannelVariable variable;
  guint text_hash;
} Watched;

typedef struct
{
  DebugType *type; /* (nullable): not known */
  char *name;      /* "size_t", "Request *"; "" */
} VariableType;

struct _AnalysisVariables
{
  int pid;
  DebugSymbols *symbols;
  DebugLocals *files;
  GHashTable *statics; /* DebugTypes -> DebugStatics */
  GHashTable *types;   /* guint64, address of the type's variable -> VariableType */
  gboolean is_watching;
  GPtrArray *watched; /* Watched */
  guint next_again;   /* of them */
  GString *text;      /* of the latest; then a NUL, and the name of its type */
  gint64 second_us;   /* that is counted */
  guint n_followed;   /* in it */
};

static void
variable_type_free (gpointer data)
{
  g_free (((VariableType *)data)->name);
  g_free (data);
}

AnalysisVariables *
analysis_variables_new (int pid, DebugSymbols *symbols, gboolean is_watching)
{
  AnalysisVariables *self = g_new0 (AnalysisVariables, 1);

  self->pid = pid;
  self->is_watching = is_watching;
  self->symbols = symbols;
  self->files = debug_locals_new ();
  self->statics = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)debug_statics_free);
  self->types = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, variable_type_free);
  self->text = g_string_new (NULL);
  self->watched = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
analysis_variables_free (AnalysisVariables *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->watched);
  g_hash_table_unref (self->types);
  g_hash_table_unref (self->statics);
  debug_locals_free (self->files);
  g_string_free (self->text, TRUE);
  g_free (self);
}

/* ---- Types -------------------------------------------------------------------------------------- */

static DebugType *
look_up_type (AnalysisVariables *self, guint64 address, char **ret_name)
{
  DebugModuleInfo module;
  DebugStatics *statics;
  DebugTypes *types;
  DebugType *pointer;

  if (!debug_symbols_find_module (self->symbols, address, &module))
    return NULL;
  types = debug_locals_get_types (self->files, &module);
  if (types == NULL)
    return NULL;
  statics = g_hash_table_lookup (self->statics, types);
  if (statics == NULL)
    {
      statics = debug_statics_new (types, TYPE_VARIABLE);
      g_hash_table_insert (self->statics, types, statics);
    }
  pointer = debug_statics_find (statics, address - module.bias);
  if (pointer == NULL || pointer->class != DEBUG_TYPE_POINTER)
    return NULL;
  *ret_name = debug_statics_dup_target_name (statics, address - module.bias);
  return debug_type_get_target (pointer);
}

/* Without debug info, or of something that is no variable of INSPECT_VAR() at all, nothing is known of it. */
static const VariableType *
find_type (AnalysisVariables *self, guint64 address)
{
  gint64 key = (gint64)address;
  VariableType *type = g_hash_table_lookup (self->types, &key);

  if (type != NULL)
    return type;
  type = g_new0 (VariableType, 1);
  if (address != 0)
    type->type = look_up_type (self, address, &type->name);
  if (type->name == NULL)
    type->name = g_strdup ("");
  g_hash_table_insert (self->types, g_memdup2 (&key, sizeof key), type);
  return type;
}

/* ---- Values -------------------------------------------------------------------------------------- */

static gboolean
read_process (gpointer data, guint64 address, void *buffer, gsize length)
{
  return target_facts_read_memory (GPOINTER_TO_INT (data), address, buffer, length);
}

static gboolean
may_follow (AnalysisVariables *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - self->second_us >= G_USEC_PER_SEC)
    {
      self->second_us = now_us;
      self->n_followed = 0;
    }
  return self->n_followed++ < MAX_FOLLOWED_A_SECOND;
}

static double
get_real (const ChannelVariable *variable)
{
  double number;
  float less;

  if (variable->size == sizeof less)
    {
      memcpy (&less, &variable->value, sizeof less);
      return (double)less;
    }
  memcpy (&number, &variable->value, sizeof number);
  return number;
}

static gint64
get_number (const ChannelVariable *variable)
{
  guint unused = variable->size > 0 && variable->size < 8 ? 64 - 8 * variable->size : 0;

  return (gint64)(variable->value << unused) >> unused;
}

/* What it is where there is no debug info, as far as the compiler has said it. */
static const char *
get_class_name (const ChannelVariable *variable)
{
  switch (variable->of)
    {
    case CLASS_CHARACTER:
      return "char";
    case CLASS_BOOLEAN:
      return "bool";
    case CLASS_REAL:
      return variable->size == sizeof (float) ? "float" : "double";
    default:
      return "";
    }
}

/* By what the compiler said where there is no debug info. */
static char *
dup_untyped (const ChannelVariable *variable)
{
  switch (variable->of)
    {
    case CLASS_NUMBER:
    case CLASS_CHARACTER:
    case CLASS_ENUMERATION:
      return g_strdup_printf ("%" G_GINT64_FORMAT, get_number (variable));
    case CLASS_BOOLEAN:
      return g_strdup (variable->value != 0 ? "true" : "false");
    case CLASS_REAL:
      return g_strdup_printf ("%g", get_real (variable));
    default:
      return variable->value == 0
                 ? g_strdup ("NULL")
                 : g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", (guint64)variable->value);
    }
}

static char *
dup_text (AnalysisVariables *self, const ChannelVariable *variable)
{
  const DebugMemory memory = { read_process, GINT_TO_POINTER (self->pid) };
  DebugType *type = find_type (self, variable->type)->type;

  if (type == NULL)
    return dup_untyped (variable);
  /* An array has decayed to where it is. */
  if (type->class == DEBUG_TYPE_ARRAY && may_follow (self))
    return debug_dup_value (type, (DebugWhere){ DEBUG_PLACE_MEMORY, variable->value }, FALSE,
                            &memory);
  if (type->class == DEBUG_TYPE_POINTER && !may_follow (self))
    return dup_untyped (variable);
  return debug_dup_value (type, (DebugWhere){ DEBUG_PLACE_VALUE, variable->value }, FALSE, &memory);
}

/* What is told of it: its text, and behind that its type. */
static void
set_text (AnalysisVariables *self, const ChannelVariable *variable, const char *text,
          ChannelEvent *event)
{
  const char *type = variable != NULL ? find_type (self, variable->type)->name : "";

  if (variable != NULL && *type == '\0')
    type = get_class_name (variable);
  g_string_truncate (self->text, 0);
  g_string_append_len (self->text, text, (gssize)MIN (strlen (text), CHANNEL_TEXT_MAX));
  event->n_bytes = (guint32)self->text->len;
  g_string_append_c (self->text, '\0');
  g_string_append_len (self->text, type, (gssize)MIN (strlen (type), CHANNEL_TYPE_NAME_MAX));
  event->n_type = (guint32)self->text->len - event->n_bytes - 1;
  event->bytes = self->text->str;
}

/* ---- What changes without a word ------------------------------------------------------------------ */

static void
watch (AnalysisVariables *self, const ChannelEvent *event, const ChannelVariable *variable,
       const char *text)
{
  Watched *watched = NULL;

  for (guint i = self->watched->len; i > 0 && watched == NULL; i--)
    {
      Watched *other = self->watched->pdata[i - 1];

      if (other->event.task == event->task && other->event.key == event->key)
        watched = other;
    }
  if (watched == NULL)
    {
      if (self->watched->len >= MAX_WATCHED)
        return;
      watched = g_new0 (Watched, 1);
      g_ptr_array_add (self->watched, watched);
    }
  watched->event = *event;
  watched->event.bytes = NULL;
  watched->variable = *variable;
  watched->text_hash = g_str_hash (text);
}

void
analysis_variables_look_again (AnalysisVariables *self, gint64 at_ns, ChannelEventFunc func,
                               gpointer data)
{
  guint n = MIN (self->watched->len, MAX_AGAIN);

  for (guint i = 0; i < n; i++)
    {
      Watched *watched = self->watched->pdata[self->next_again++ % self->watched->len];
      g_autofree char *text = dup_text (self, &watched->variable);
      ChannelEvent event = watched->event;

      if (g_str_hash (text) == watched->text_hash)
        continue;
      watched->text_hash = g_str_hash (text);
      event.time_ns = at_ns;
      set_text (self, &watched->variable, text, &event);
      func (&event, data);
    }
}

void
analysis_variables_forget (AnalysisVariables *self, guint64 task)
{
  for (guint i = self->watched->len; i > 0; i--)
    if (((const Watched *)self->watched->pdata[i - 1])->event.task == task)
      g_ptr_array_remove_index_fast (self->watched, i - 1);
}

/* ---- As it comes ----------------------------------------------------------------------------------- */

void
analysis_variables_translate (AnalysisVariables *self, const ChannelEvent *event,
                              ChannelEvent *ret_event)
{
  ChannelVariable variable = { 0 };
  g_autofree char *text = NULL;

  *ret_event = *event;
  if (event->bytes == NULL || event->n_bytes != sizeof variable)
    {
      set_text (self, NULL, "?", ret_event);
      return;
    }
  memcpy (&variable, event->bytes, sizeof variable);
  text = dup_text (self, &variable);
  if (self->is_watching && variable.of == CLASS_POINTER && variable.value != 0)
    watch (self, event, &variable, text);
  set_text (self, &variable, text, ret_event);
}
