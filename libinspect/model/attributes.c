/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/attributes.h"

#include <string.h>
#include "inspect-keys.h"

static const char *const key_names[MODEL_N_KEYS] = {
  [MODEL_KEY_RESOURCE] = INSPECT_KEY_RESOURCE,
  [MODEL_KEY_OWNER] = INSPECT_KEY_OWNER,
  [MODEL_KEY_CALLBACK] = INSPECT_KEY_CALLBACK,
  [MODEL_KEY_WORK] = INSPECT_KEY_WORK,
  [MODEL_KEY_DUE] = INSPECT_KEY_DUE,
  [MODEL_KEY_REPEAT] = INSPECT_KEY_REPEAT,
  [MODEL_KEY_BYTES] = INSPECT_KEY_BYTES,
  [MODEL_KEY_DONE] = INSPECT_KEY_DONE,
  [MODEL_KEY_FD] = INSPECT_KEY_FD,
  [MODEL_KEY_LOCAL] = INSPECT_KEY_LOCAL,
  [MODEL_KEY_PEER] = INSPECT_KEY_PEER,
  [MODEL_KEY_CLIENT] = INSPECT_KEY_CLIENT,
  [MODEL_KEY_REQUEST] = INSPECT_KEY_REQUEST,
  [MODEL_KEY_PATH] = INSPECT_KEY_PATH,
  [MODEL_KEY_COMPLETER] = INSPECT_KEY_COMPLETER,
  [MODEL_KEY_USER_DATA] = INSPECT_KEY_USER_DATA,
  [MODEL_KEY_HOST] = INSPECT_KEY_HOST,
  [MODEL_KEY_PID] = INSPECT_KEY_PID,
  [MODEL_KEY_COMMAND] = INSPECT_KEY_COMMAND,
  [MODEL_KEY_STDOUT] = INSPECT_KEY_STDOUT,
  [MODEL_KEY_STDERR] = INSPECT_KEY_STDERR,
  [MODEL_KEY_SIGNAL] = INSPECT_KEY_SIGNAL,
  [MODEL_KEY_NAME] = INSPECT_KEY_NAME,
  [MODEL_KEY_RUNNING] = INSPECT_KEY_RUNNING,
  [MODEL_KEY_TID] = INSPECT_KEY_TID,
  [MODEL_KEY_DEADLINE] = INSPECT_KEY_DEADLINE,
  [MODEL_KEY_CALLER] = INSPECT_KEY_CALLER,
  [MODEL_KEY_PRIORITY] = INSPECT_KEY_PRIORITY,
  [MODEL_KEY_PERMITS] = INSPECT_KEY_PERMITS,
  [MODEL_KEY_STATE] = INSPECT_KEY_STATE,
  [MODEL_KEY_PLAN] = INSPECT_KEY_PLAN,
};

ModelKey
model_key_from_name (const char *name)
{
  for (guint i = 1; i < MODEL_N_KEYS; i++)
    if (g_str_equal (key_names[i], name))
      return i;
  return MODEL_KEY_OTHER;
}

void
model_bytes_unref (ModelBytes *bytes)
{
  if (bytes != NULL && --bytes->references == 0)
    g_free (bytes);
}

static ModelBytes *
bytes_new (const char *data, guint32 length)
{
  ModelBytes *bytes = g_malloc (sizeof *bytes + length + 1);

  bytes->references = 1;
  bytes->length = length;
  if (length > 0)
    memcpy (bytes->data, data, length);
  bytes->data[length] = '\0';
  return bytes;
}

static inline ModelAttribute *
items (ModelAttributes *attributes)
{
  return attributes->capacity == 0 ? attributes->few : attributes->more;
}

void
model_attributes_clear (ModelAttributes *attributes)
{
  ModelAttribute *all = items (attributes);

  for (guint i = 0; i < attributes->n; i++)
    if (all[i].has_bytes)
      model_bytes_unref (all[i].bytes);
  if (attributes->capacity != 0)
    g_free (attributes->more);
  attributes->n = attributes->capacity = 0;
}

void
model_attributes_move (ModelAttributes *to, ModelAttributes *from)
{
  to->n = from->n;
  to->capacity = from->capacity;
  if (from->capacity != 0)
    to->more = from->more;
  else
    for (guint i = 0; i < from->n; i++)
      to->few[i] = from->few[i];
  from->n = from->capacity = 0;
}

/* The attribute of that key, emptied, or a new one; NULL when there is no room. */
static ModelAttribute *
place_for (ModelAttributes *attributes, guint16 number, ModelKey key)
{
  ModelAttribute *all = items (attributes);
  guint room = attributes->capacity == 0 ? MODEL_ATTRIBUTES_INLINE : attributes->capacity;

  for (guint i = 0; i < attributes->n; i++)
    if (all[i].number == number)
      {
        if (all[i].has_bytes)
          model_bytes_unref (all[i].bytes);
        all[i].has_bytes = FALSE;
        all[i].type = 0;
        return &all[i];
      }
  if (attributes->n == MODEL_ATTRIBUTES_MAX)
    return NULL;
  if (attributes->n == room)
    {
      guint capacity = MIN (room * 2, MODEL_ATTRIBUTES_MAX);
      ModelAttribute *grown = g_new (ModelAttribute, capacity);

      memcpy (grown, all, attributes->n * sizeof *all);
      if (attributes->capacity != 0)
        g_free (attributes->more);
      attributes->more = all = grown;
      attributes->capacity = capacity;
    }
  all[attributes->n] = (ModelAttribute){ .number = number, .key = key };
  return &all[attributes->n++];
}

gboolean
model_attributes_set_value (ModelAttributes *attributes, guint16 number, ModelKey key,
                            guint64 value)
{
  ModelAttribute *attribute = place_for (attributes, number, key);

  if (attribute == NULL)
    return FALSE;
  attribute->value = value;
  return TRUE;
}

static gsize
count_bytes (const ModelAttributes *attributes)
{
  const ModelAttribute *all = model_attributes_items (attributes);
  gsize total = 0;

  for (guint i = 0; i < attributes->n; i++)
    total += all[i].has_bytes ? all[i].bytes->length : 0;
  return total;
}

gboolean
model_attributes_set_bytes (ModelAttributes *attributes, guint16 number, ModelKey key,
                            const char *bytes, guint32 length, guint32 type)
{
  ModelAttribute *attribute;

  if (count_bytes (attributes) + length > MODEL_ATTRIBUTES_MAX_BYTES)
    return FALSE;
  attribute = place_for (attributes, number, key);
  if (attribute == NULL)
    return FALSE;
  attribute->bytes = bytes_new (bytes, length);
  attribute->has_bytes = TRUE;
  attribute->type = type;
  return TRUE;
}

void
model_attributes_merge_one (ModelAttributes *attributes, const ModelAttribute *from)
{
  ModelAttribute *attribute;

  if (from == NULL || model_attributes_find_number (attributes, from->number) != NULL)
    return;
  attribute = place_for (attributes, from->number, from->key);
  if (attribute == NULL)
    return;
  attribute->has_bytes = from->has_bytes;
  attribute->type = from->type;
  if (from->has_bytes)
    {
      attribute->bytes = from->bytes;
      attribute->bytes->references++;
    }
  else
    attribute->value = from->value;
}

void
model_attributes_merge (ModelAttributes *attributes, const ModelAttributes *from)
{
  for (guint i = 0; i < from->n; i++)
    model_attributes_merge_one (attributes, &model_attributes_items (from)[i]);
}

const ModelAttribute *
model_attributes_find (const ModelAttributes *attributes, ModelKey key)
{
  const ModelAttribute *all = model_attributes_items (attributes);

  for (guint i = 0; i < attributes->n; i++)
    if (all[i].key == key)
      return &all[i];
  return NULL;
}

const ModelAttribute *
model_attributes_find_number (const ModelAttributes *attributes, guint16 number)
{
  const ModelAttribute *all = model_attributes_items (attributes);

  for (guint i = 0; i < attributes->n; i++)
    if (all[i].number == number)
      return &all[i];
  return NULL;
}

gboolean
model_attributes_get_value (const ModelAttributes *attributes, ModelKey key, guint64 *ret_value)
{
  const ModelAttribute *attribute = model_attributes_find (attributes, key);

  if (attribute == NULL || attribute->has_bytes)
    return FALSE;
  *ret_value = attribute->value;
  return TRUE;
}

const char *
model_attributes_get_text (const ModelAttributes *attributes, ModelKey key)
{
  const ModelAttribute *attribute = model_attributes_find (attributes, key);

  return attribute != NULL && attribute->has_bytes ? attribute->bytes->data : NULL;
}
