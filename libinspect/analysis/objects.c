/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/objects.h"

#include <string.h>

#include "analysis/objects-heap.h"
#include "debuginfo/embedding.h"
#include "debuginfo/glib.h"
#include "debuginfo/locals.h"
#include "debuginfo/statics.h"
#include "debuginfo/uses.h"
#include "target/facts.h"
#include "target/launch.h"

#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)
#define MAX_OBJECTS 16
#define MAX_AWAITS 64
#define MAX_BYTES 800

/* What is known of one file. */
typedef struct
{
  DebugTypes *types;
  DebugEmbeddings *embeddings;
  DebugStatics *statics; /* NULL until it is asked for */
} File;

/* What a function takes its pointers for. */
typedef struct
{
  GArray *uses; /* DebugUse */
  guint n_parameters;
} Function;

struct _AnalysisObjects
{
  int pid;
  DebugMemory memory;
  DebugSymbols *symbols;
  DebugLocals *locals;   /* keeps the files */
  GHashTable *files;     /* DebugTypes -> File */
  GHashTable *functions; /* guint64 -> Function */
  GPtrArray *runtimes;   /* TargetRuntime */
};

/* A handle, a request, or a source, of which it is to be found out what it belongs to. */
typedef struct
{
  const TargetObjects *row;
  const char *type; /* struct of the runtime; "": it is not handed to the callback */
  guint64 address;
  guint64 await;
  guint64 callback; /* 0 unknown */
  guint64 place;    /* in the file whose types are meant, when there is no callback */
  guint64 data;     /* what the callback is handed for itself, as its runtime said; 0 unknown */
} Subject;

/* What was found. */
typedef struct
{
  DebugType *type;
  guint64 address;
  const char *name;
} Found;

static gboolean
read_process (gpointer data, guint64 address, void *buffer, gsize length)
{
  return target_facts_read_memory (GPOINTER_TO_INT (data), address, buffer, length);
}

static void
file_free (gpointer data)
{
  File *file = data;

  debug_embeddings_free (file->embeddings);
  debug_statics_free (file->statics);
  g_free (file);
}

static void
function_free (gpointer data)
{
  Function *function = data;

  g_array_unref (function->uses);
  g_free (function);
}

static void
object_free (gpointer data)
{
  AnalysisObject *object = data;

  g_free (object->name);
  g_free (object->value);
  g_free (object->type);
  g_free (object);
}

AnalysisObjects *
analysis_objects_new (int pid, DebugSymbols *symbols)
{
  AnalysisObjects *self = g_new0 (AnalysisObjects, 1);

  self->pid = pid;
  self->memory = (DebugMemory){ read_process, GINT_TO_POINTER (pid) };
  self->symbols = symbols;
  self->locals = debug_locals_new ();
  self->files = g_hash_table_new_full (NULL, NULL, NULL, file_free);
  self->functions = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, function_free);
  self->runtimes = target_runtimes_find (NULL);
  return self;
}

void
analysis_objects_free (AnalysisObjects *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->functions);
  g_hash_table_unref (self->files);
  debug_locals_free (self->locals);
  g_ptr_array_unref (self->runtimes);
  g_free (self);
}

/* ---- Files and functions ------------------------------------------------------------------------- */

/* (nullable): nothing is known of what is at @address */
static File *
find_file (AnalysisObjects *self, guint64 address, guint64 *ret_bias)
{
  DebugModuleInfo module;
  DebugTypes *types;
  File *file;

  if (address == 0 || !debug_symbols_find_module (self->symbols, address, &module))
    return NULL;
  *ret_bias = module.bias;
  types = debug_locals_get_types (self->locals, &module);
  if (types == NULL)
    return NULL;
  file = g_hash_table_lookup (self->files, types);
  if (file == NULL)
    {
      file = g_new0 (File, 1);
      file->types = types;
      file->embeddings = debug_embeddings_new (types);
      g_hash_table_insert (self->files, types, file);
    }
  return file;
}

static const Function *
find_function (AnalysisObjects *self, guint64 address)
{
  gint64 key = (gint64)address;
  Function *function = g_hash_table_lookup (self->functions, &key);
  guint64 bias = 0;
  File *file;

  if (function != NULL || address == 0)
    return function;
  function = g_new0 (Function, 1);
  file = find_file (self, address, &bias);
  function->uses = file != NULL
                       ? debug_uses_list (file->types, address - bias, &function->n_parameters)
                       : g_array_new (FALSE, FALSE, sizeof (DebugUse));
  g_hash_table_insert (self->functions, g_memdup2 (&key, sizeof key), function);
  return function;
}

/* ---- Of which type it is --------------------------------------------------------------------------- */

static gboolean
is_own (const Subject *subject, const DebugType *type)
{
  return *subject->row->own != '\0' && g_str_has_prefix (type->base_name, subject->row->own);
}

/* Another one of the same name is the same: each unit has its own. */
static gboolean
is_same (const Found *a, const Found *b)
{
  return a->address == b->address && a->type->size == b->type->size &&
         g_str_equal (a->type->name, b->type->name);
}

static void
add_candidate (GArray *candidates, const Found *found)
{
  for (guint i = 0; i < candidates->len; i++)
    if (is_same (&g_array_index (candidates, Found, i), found))
      return;
  g_array_append_vals (candidates, found, 1);
}

/* More than is there cannot be it; of several, one that fills its memory is. */
static gboolean
choose (AnalysisObjects *self, GArray *candidates, Found *ret_found)
{
  const Found *exact = NULL;
  guint n_exact = 0;

  for (guint i = candidates->len; i-- > 0;)
    {
      const Found *found = &g_array_index (candidates, Found, i);

      if (objects_heap_fits (&self->memory, found->address, debug_type_get_size (found->type)) ==
          OBJECTS_HEAP_TOO_SMALL)
        g_array_remove_index (candidates, i);
    }
  for (guint i = 0; i < candidates->len; i++)
    {
      const Found *found = &g_array_index (candidates, Found, i);

      if (objects_heap_fits (&self->memory, found->address, debug_type_get_size (found->type)) !=
          OBJECTS_HEAP_EXACT)
        continue;
      exact = found;
      n_exact++;
    }
  if (candidates->len == 1)
    exact = &g_array_index (candidates, Found, 0);
  else if (n_exact != 1)
    return FALSE;
  *ret_found = *exact;
  return TRUE;
}

/* Follows a path of pointers from the object on. */
static gboolean
follow_path (AnalysisObjects *self, const TargetObjectPath *path, guint64 address,
             guint64 *ret_value)
{
  for (guint i = 0; i < path->n; i++)
    if (!debug_memory_read_number (&self->memory, address + path->offsets[i], 8, &address))
      return FALSE;
  *ret_value = address;
  return path->n > 0;
}

/* The program's own pointer that goes with it. */
static gboolean
get_data (AnalysisObjects *self, const Subject *subject, guint64 *ret_data)
{
  const TargetObjects *row = subject->row;
  guint64 callback;

  if (subject->data != 0)
    {
      *ret_data = subject->data;
      return TRUE;
    }
  /* It is there in this form only where the callback is, too. */
  if (row->callback.n > 0 && (!follow_path (self, &row->callback, subject->address, &callback) ||
                              callback != subject->callback))
    return FALSE;
  return follow_path (self, &row->data, subject->address, ret_data) && *ret_data != 0;
}

/* A variable of the program that has it is sure. */
static gboolean
find_static (AnalysisObjects *self, const Subject *subject, guint64 address, Found *ret_found)
{
  guint64 bias = 0, begin;
  File *file = find_file (self, address, &bias);
  DebugType *type;

  if (file == NULL)
    return FALSE;
  if (file->statics == NULL)
    file->statics = debug_statics_new (file->types, NULL);
  type = debug_statics_find_around (file->statics, address - bias, &begin, &ret_found->name);
  if (type == NULL || type->class != DEBUG_TYPE_STRUCTURE || is_own (subject, type))
    return FALSE;
  ret_found->type = type;
  ret_found->address = begin + bias;
  return TRUE;
}

static GArray *
list_embeddings (AnalysisObjects *self, const Subject *subject)
{
  guint64 bias = 0;
  File *file = find_file (self, subject->callback != 0 ? subject->callback : subject->place, &bias);

  return file != NULL && *subject->type != '\0'
             ? debug_embeddings_list (file->embeddings, subject->type)
             : NULL;
}

static gboolean
embeds (const GArray *embeddings, const DebugType *type, guint64 offset)
{
  for (guint i = 0; embeddings != NULL && i < embeddings->len; i++)
    {
      const DebugEmbedding *embedding = &g_array_index (embeddings, DebugEmbedding, i);

      if (embedding->offset == offset && embedding->type->size == type->size &&
          g_str_equal (embedding->type->name, type->name))
        return TRUE;
    }
  return FALSE;
}

/* As what a callback takes what it is handed: @data, or what is around the object itself. */
static void
add_uses (AnalysisObjects *self, const Subject *subject, guint64 function_address, guint64 data,
          GArray *candidates)
{
  const Function *function = find_function (self, function_address);
  gboolean is_handed = *subject->type != '\0';
  GArray *embeddings = list_embeddings (self, subject);
  const TargetObjectPath *path = &subject->row->data;

  if (function == NULL || function->n_parameters == 0)
    return;
  for (guint i = 0; i < function->uses->len; i++)
    {
      const DebugUse *use = &g_array_index (function->uses, DebugUse, i);
      Found found = { use->type, 0, use->name };

      if (is_own (subject, use->type))
        continue;
      if (!is_handed)
        {
          if (use->parameter == function->n_parameters - 1 && !use->is_loaded && data != 0)
            found.address = data + (guint64)use->offset;
        }
      else if (use->parameter == 0 && use->is_loaded)
        {
          if (path->n == 1 && use->at == (gint64)path->offsets[0] && data != 0)
            found.address = data + (guint64)use->offset;
        }
      else if (use->parameter == 0 && use->offset <= 0 &&
               embeds (embeddings, use->type, (guint64)-use->offset))
        found.address = subject->address + (guint64)use->offset;
      if (found.address != 0)
        add_candidate (candidates, &found);
    }
}

/* A struct that has one like it in it, where memory says so as well: its data leads to the beginning, or the
 * memory that was asked for is as large. */
static void
add_embeddings (AnalysisObjects *self, const Subject *subject, guint64 data, GArray *candidates)
{
  GArray *embeddings = list_embeddings (self, subject);

  for (guint i = 0; embeddings != NULL && i < embeddings->len; i++)
    {
      const DebugEmbedding *embedding = &g_array_index (embeddings, DebugEmbedding, i);
      Found found = { embedding->type, subject->address - embedding->offset,
                      embedding->type->base_name };
      ObjectsHeap heap =
          objects_heap_fits (&self->memory, found.address, debug_type_get_size (embedding->type));

      if (*found.name == '\0')
        found.name = embedding->type->name;
      if (!is_own (subject, embedding->type) &&
          (heap == OBJECTS_HEAP_EXACT || (data == found.address && heap == OBJECTS_HEAP_UNKNOWN)))
        add_candidate (candidates, &found);
    }
}

static gboolean
find (AnalysisObjects *self, const Subject *subject, guint64 work, Found *ret_found)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Found));
  guint64 data = 0;

  get_data (self, subject, &data);
  if (*subject->type != '\0' && find_static (self, subject, subject->address, ret_found))
    return TRUE;
  if (data != 0 && find_static (self, subject, data, ret_found))
    return TRUE;
  add_uses (self, subject, subject->callback, data, candidates);
  add_uses (self, subject, work, data, candidates);
  /* What its code says counts more than what its memory looks like. */
  if (candidates->len > 0)
    return choose (self, candidates, ret_found);
  add_embeddings (self, subject, data, candidates);
  return candidates->len > 0 && choose (self, candidates, ret_found);
}

/* ---- In words ---------------------------------------------------------------------------------------- */

static char *
dup_value (AnalysisObjects *self, const Subject *subject, const Found *found)
{
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (&self->memory, debug_glib_format, text);

  format.max_bytes = MAX_BYTES;
  format.opaque = *subject->row->own != '\0' ? subject->row->own : NULL;
  g_string_append_printf (text, "0x%" G_GINT64_MODIFIER "x -> ", found->address);
  if (debug_memory_read (&self->memory, found->address, &(char){ 0 }, 1))
    debug_format_value (&format, (DebugValue){ found->type, found->address });
  else
    g_string_append (text, "unreadable");
  g_string_append (text, ANALYSIS_OBJECT_INFERRED);
  return g_strdup (text->str);
}

static gboolean
has_name (const GPtrArray *objects, const char *name)
{
  for (guint i = 0; i < objects->len; i++)
    if (g_str_equal (((const AnalysisObject *)objects->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

static char *
dup_free_name (const GPtrArray *objects, const char *name)
{
  g_autofree char *safe = g_utf8_make_valid (name, -1);

  for (guint i = 2; has_name (objects, safe); i++)
    {
      g_free (safe);
      safe = g_strdup_printf ("%s#%u", name, i);
    }
  return g_steal_pointer (&safe);
}

static void
add_object (AnalysisObjects *self, GPtrArray *objects, const Subject *subject, guint64 work)
{
  AnalysisObject *object;
  Found found;

  if (objects->len >= MAX_OBJECTS || !find (self, subject, work, &found))
    return;
  for (guint i = 0; i < objects->len; i++)
    if (((const AnalysisObject *)objects->pdata[i])->address == found.address)
      return;
  object = g_new0 (AnalysisObject, 1);
  object->name = dup_free_name (objects, found.name);
  object->value = dup_value (self, subject, &found);
  object->type =
      *found.type->name != '\0' ? g_strdup_printf ("%s *", found.type->name) : g_strdup ("");
  object->address = found.address;
  object->await = subject->await;
  g_ptr_array_add (objects, object);
}

/* ---- What tasks wait for ----------------------------------------------------------------------------- */

/* @kind: of an await or a resource. FALSE: no runtime says what it is. */
static gboolean
set_kind (AnalysisObjects *self, Subject *subject, const char *kind)
{
  for (guint i = 0; i < self->runtimes->len; i++)
    {
      const TargetRuntime *runtime = self->runtimes->pdata[i];

      if (runtime->objects == NULL)
        continue;
      subject->type = target_objects_find (runtime->objects, kind);
      if (subject->type == NULL)
        continue;
      subject->row = runtime->objects;
      return TRUE;
    }
  return FALSE;
}

static guint64
get_place (const ModelTarget *model, guint32 location)
{
  ChannelLocationInfo info;

  return location != 0 && model->tables->get_location (model->tables_data, location, &info)
             ? info.address
             : 0;
}

/* Of callbacks that are handed nothing but their data, as their runtime has said it. */
static const TargetObjects said = { .own = (char *)"" };

static void
add_await (AnalysisObjects *self, GPtrArray *objects, const ModelTarget *model,
           const ModelAwait *await)
{
  const ModelResource *resource = await->resource;
  Subject subject = { .address = await->object & ID_MASK,
                      .await = await->object,
                      .place = get_place (model, await->location) };
  guint64 work = 0;
  gboolean is_handle = resource != NULL && (resource->object & ID_MASK) == subject.address;

  model_await_get_value (await, MODEL_KEY_CALLBACK, &subject.callback);
  model_await_get_value (await, MODEL_KEY_WORK, &work);
  if (model_attributes_get_value (&await->attributes, MODEL_KEY_USER_DATA, &subject.data) &&
      subject.data != 0)
    {
      subject.row = &said;
      subject.type = "";
      add_object (self, objects, &subject, work);
      return;
    }
  if (set_kind (self, &subject, await->kind->name) ||
      (is_handle && set_kind (self, &subject, resource->kind->name)))
    add_object (self, objects, &subject, work);
  if (resource == NULL || is_handle || !set_kind (self, &subject, resource->kind->name))
    return;
  /* The handle that the request is for: of its callbacks none is known here. */
  subject.address = resource->object & ID_MASK;
  subject.callback = 0;
  add_object (self, objects, &subject, 0);
}

/* What an await was handed that is over, and whose callback runs: it is the latest step of that kind. */
static guint64
find_user_data (const ModelTask *task, guint64 cause, guint64 callback)
{
  guint64 own, data;

  for (guint i = task->n_steps; i-- > 0;)
    {
      const ModelStep *step = model_task_get_step (task, i);

      if (step->kind != cause >> 48 ||
          !model_attributes_get_value (&step->attributes, MODEL_KEY_CALLBACK, &own))
        continue;
      return own == callback &&
                     model_attributes_get_value (&step->attributes, MODEL_KEY_USER_DATA, &data)
                 ? data
                 : 0;
    }
  return 0;
}

static void
add_cause (AnalysisObjects *self, GPtrArray *objects, ModelTarget *model, const ModelTask *task,
           guint64 cause, guint64 callback)
{
  Subject subject = { .address = cause & ID_MASK, .await = cause, .callback = callback };
  const ModelAwait *await = model_table_find (&model->awaits, cause);

  if (await != NULL)
    {
      add_await (self, objects, model, await);
      return;
    }
  subject.data = find_user_data (task, cause, callback);
  if (subject.data != 0)
    {
      subject.row = &said;
      subject.type = "";
      add_object (self, objects, &subject, 0);
    }
  else if (set_kind (self, &subject, model_target_get_kind (model, (guint16)(cause >> 48))->name))
    add_object (self, objects, &subject, 0);
}

GPtrArray *
analysis_objects_list (AnalysisObjects *self, ModelTarget *model, const ModelTask *task,
                       guint64 cause, guint64 callback)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func (object_free);
  guint n = 0;

  if (cause != 0)
    add_cause (self, objects, model, task, cause, callback);
  for (const ModelAwait *await = task->awaits; await != NULL && n < MAX_AWAITS;
       await = await->task_next, n++)
    add_await (self, objects, model, await);
  return objects;
}
