/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_ATTRIBUTES_H
#define MODEL_ATTRIBUTES_H

#include <glib.h>

G_BEGIN_DECLS

/* The keys of inspect-keys.h, resolved once a target, so that ingestion compares no strings. */
typedef enum
{
  MODEL_KEY_OTHER,
  MODEL_KEY_RESOURCE,
  MODEL_KEY_OWNER,
  MODEL_KEY_CALLBACK,
  MODEL_KEY_WORK,
  MODEL_KEY_DUE,
  MODEL_KEY_REPEAT,
  MODEL_KEY_BYTES,
  MODEL_KEY_DONE,
  MODEL_KEY_FD,
  MODEL_KEY_LOCAL,
  MODEL_KEY_PEER,
  MODEL_KEY_CLIENT,
  MODEL_KEY_REQUEST,
  MODEL_KEY_PATH,
  MODEL_KEY_COMPLETER,
  MODEL_KEY_HOST,
  MODEL_KEY_PID,
  MODEL_KEY_COMMAND,
  MODEL_KEY_STDOUT,
  MODEL_KEY_STDERR,
  MODEL_KEY_SIGNAL,
  MODEL_KEY_NAME,
  MODEL_KEY_RUNNING,
  MODEL_KEY_TID,
  MODEL_KEY_DEADLINE,
  MODEL_KEY_CALLER,
  MODEL_KEY_PRIORITY,
  MODEL_KEY_PERMITS,
  MODEL_KEY_STATE,
  MODEL_KEY_PLAN,
  MODEL_KEY_USER_DATA,
  MODEL_N_KEYS
} ModelKey;

ModelKey model_key_from_name (const char *name);

/* Bytes are shared between an object and the steps that outlive it. */
typedef struct
{
  guint32 references;
  guint32 length;
  char data[]; /* and a NUL */
} ModelBytes;

typedef struct
{
  guint16 number; /* of its key in the target */
  guint8 key;     /* a ModelKey */
  guint8 has_bytes;
  guint32 type; /* of a variable, for model_target_get_type(); 0: not known */
  union
  {
    guint64 value;
    ModelBytes *bytes;
  };
} ModelAttribute;

#define MODEL_ATTRIBUTES_INLINE 4
/* An object that is given more is wrong or hostile; the rest is dropped and counted. */
#define MODEL_ATTRIBUTES_MAX 24
#define MODEL_ATTRIBUTES_MAX_BYTES 4096

typedef struct
{
  guint8 n;
  guint8 capacity; /* of @more; 0: they are in @few */
  union
  {
    ModelAttribute few[MODEL_ATTRIBUTES_INLINE];
    ModelAttribute *more;
  };
} ModelAttributes;

static inline const ModelAttribute *
model_attributes_items (const ModelAttributes *attributes)
{
  return attributes->capacity == 0 ? attributes->few : attributes->more;
}

void model_attributes_clear (ModelAttributes *attributes);
/* @to has none; @from has none any more. Nothing is touched of those that there are not. */
void model_attributes_move (ModelAttributes *to, ModelAttributes *from);
/* Both replace an earlier value of that key. @type: see ModelAttribute. FALSE: no room. */
gboolean model_attributes_set_value (ModelAttributes *attributes, guint16 number, ModelKey key,
                                     guint64 value);
gboolean model_attributes_set_bytes (ModelAttributes *attributes, guint16 number, ModelKey key,
                                     const char *bytes, guint32 length, guint32 type);
/* Adds what @attributes does not have yet, sharing the bytes. */
void model_attributes_merge (ModelAttributes *attributes, const ModelAttributes *from);
void model_attributes_merge_one (ModelAttributes *attributes, const ModelAttribute *from);

const ModelAttribute *model_attributes_find (const ModelAttributes *attributes, ModelKey key);
const ModelAttribute *model_attributes_find_number (const ModelAttributes *attributes,
                                                    guint16 number);
gboolean model_attributes_get_value (const ModelAttributes *attributes, ModelKey key,
                                     guint64 *ret_value);
/* (nullable): NUL-terminated, may hold any bytes */
const char *model_attributes_get_text (const ModelAttributes *attributes, ModelKey key);

void model_bytes_unref (ModelBytes *bytes);

G_END_DECLS

#endif
