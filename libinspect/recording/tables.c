/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/tables.h"

#include <string.h>
#include "recording/varint.h"

/* An entry: its class, its number, and its fields, each a varint or a text (length, bytes). */
typedef enum
{
  ENTRY_KIND = 1,     /* of, flags, name, phrase */
  ENTRY_LOCATION = 2, /* of, address, file, function, line, frames */
  ENTRY_STRING = 3,   /* text */
  ENTRY_MODULE = 4,   /* path, start, end, bias, build id */
} EntryClass;

#define MAX_TEXT (64u << 10)
#define SMALL_NUMBERS 65536u

/* ---- Writing -------------------------------------------------------------------------------- */

struct _RecordingNames
{
  const RecordingSource *source;
  gpointer source_data;
  GHashTable *written[ENTRY_MODULE]; /* by class - 1: numbers */
  GHashTable *wanted[ENTRY_MODULE];
  /* Whether a small number is in either: nearly all that records name, nearly always. */
  guint8 is_known[ENTRY_MODULE][SMALL_NUMBERS];
  guint32 n_modules;
};

RecordingNames *
recording_names_new (const RecordingSource *source, gpointer source_data)
{
  RecordingNames *self = g_new0 (RecordingNames, 1);

  self->source = source;
  self->source_data = source_data;
  for (guint i = 0; i < G_N_ELEMENTS (self->written); i++)
    {
      self->written[i] = g_hash_table_new (NULL, NULL);
      self->wanted[i] = g_hash_table_new (NULL, NULL);
    }
  return self;
}

void
recording_names_free (RecordingNames *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (self->written); i++)
    {
      g_hash_table_unref (self->written[i]);
      g_hash_table_unref (self->wanted[i]);
    }
  g_free (self);
}

static void
want (RecordingNames *self, EntryClass class, guint64 number)
{
  gpointer key = GSIZE_TO_POINTER (number);

  if (number < SMALL_NUMBERS)
    {
      if (number == 0 || self->is_known[class - 1][number])
        return;
      self->is_known[class - 1][number] = TRUE;
    }
  if (!g_hash_table_contains (self->written[class - 1], key))
    g_hash_table_add (self->wanted[class - 1], key);
}

void
recording_names_add (RecordingNames *self, const ChannelEvent *event)
{
  want (self, ENTRY_LOCATION, event->location);
  want (self, ENTRY_KIND, event->task >> 48);
  if (event->type == CHANNEL_ATTRIBUTE)
    {
      want (self, ENTRY_KIND, event->key);
      if (event->bytes == NULL)
        want (self, ENTRY_KIND, event->value >> 48);
    }
  else if (event->type == CHANNEL_STATE_NAME)
    want (self, ENTRY_STRING, event->arg);
  else if (event->type != CHANNEL_POINT)
    want (self, ENTRY_KIND, event->arg >> 48);
}

static void
put (GByteArray *bytes, guint64 value)
{
  guint8 number[10];

  g_byte_array_append (bytes, number, varint_write (number, value));
}

static void
put_text (GByteArray *bytes, const char *text)
{
  gsize length = text != NULL ? MIN (strlen (text), MAX_TEXT) : 0;

  put (bytes, length);
  g_byte_array_append (bytes, (const guint8 *)text, (guint)length);
}

static void
begin_entry (GByteArray *bytes, EntryClass class, guint32 number)
{
  put (bytes, class);
  put (bytes, number);
}

static gboolean
write_kind (RecordingNames *self, guint32 number, GByteArray *bytes)
{
  ChannelKindInfo kind;

  if (!self->source->get_kind (self->source_data, number, &kind))
    return FALSE;
  begin_entry (bytes, ENTRY_KIND, number);
  put (bytes, kind.of);
  put (bytes, kind.flags);
  put_text (bytes, kind.name);
  put_text (bytes, kind.phrase);
  return TRUE;
}

static gboolean
write_location (RecordingNames *self, guint32 number, GByteArray *bytes)
{
  ChannelLocationInfo location;

  if (!self->source->get_location (self->source_data, number, &location))
    return FALSE;
  begin_entry (bytes, ENTRY_LOCATION, number);
  put (bytes, location.of);
  put (bytes, location.address);
  put_text (bytes, location.file);
  put_text (bytes, location.function);
  put (bytes, location.line);
  put (bytes, location.n_frames);
  for (guint32 i = 0; i < location.n_frames; i++)
    put (bytes, location.frames[i]);
  return TRUE;
}

static gboolean
write_string (RecordingNames *self, guint32 offset, GByteArray *bytes)
{
  begin_entry (bytes, ENTRY_STRING, offset);
  put_text (bytes, self->source->get_string (self->source_data, offset));
  return TRUE;
}

static void
write_module (RecordingNames *self, guint32 number, GByteArray *bytes)
{
  ChannelModuleInfo module;

  if (!self->source->get_module (self->source_data, number, &module))
    return;
  begin_entry (bytes, ENTRY_MODULE, number);
  put_text (bytes, module.path);
  put (bytes, module.start);
  put (bytes, module.end);
  put (bytes, module.bias);
  put (bytes, module.build_id_length);
  g_byte_array_append (bytes, module.build_id, module.build_id_length);
}

gboolean
recording_names_write (RecordingNames *self, GByteArray *ret_bytes)
{
  static gboolean (*const writers[]) (RecordingNames *, guint32,
                                      GByteArray *) = { write_kind, write_location, write_string };
  guint before = ret_bytes->len;
  guint32 n_modules = 0;

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      GHashTableIter iter;
      gpointer key;

      /* An entry that is missing is asked for again before the next block. */
      g_hash_table_iter_init (&iter, self->wanted[i]);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        if (writers[i](self, (guint32)GPOINTER_TO_SIZE (key), ret_bytes))
          {
            g_hash_table_add (self->written[i], key);
            g_hash_table_iter_remove (&iter);
          }
    }
  if (self->source->count_modules != NULL)
    n_modules = self->source->count_modules (self->source_data);
  while (self->n_modules < n_modules)
    write_module (self, ++self->n_modules, ret_bytes);
  return ret_bytes->len > before;
}

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct
{
  ChannelLocationInfo info;
  guint64 frames[CHANNEL_MAX_FRAMES];
} Location;

struct _RecordingTables
{
  GHashTable *kinds;     /* number -> ChannelKindInfo */
  GHashTable *locations; /* number -> Location */
  GHashTable *strings;   /* offset -> text of the chunk */
  GArray *modules;       /* ChannelModuleInfo */
  GStringChunk *texts;
};

RecordingTables *
recording_tables_new (void)
{
  RecordingTables *self = g_new0 (RecordingTables, 1);

  self->kinds = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->locations = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->strings = g_hash_table_new (NULL, NULL);
  self->modules = g_array_new (FALSE, TRUE, sizeof (ChannelModuleInfo));
  self->texts = g_string_chunk_new (4096);
  return self;
}

void
recording_tables_free (RecordingTables *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kinds);
  g_hash_table_unref (self->locations);
  g_hash_table_unref (self->strings);
  g_array_unref (self->modules);
  g_string_chunk_free (self->texts);
  g_free (self);
}

typedef struct
{
  RecordingTables *tables;
  const guint8 *at, *end;
} Input;

static gboolean
get (Input *input, guint64 max, guint64 *ret_value)
{
  return varint_read (&input->at, input->end, ret_value) && *ret_value <= max;
}

/* Like the texts of a channel: valid UTF-8 without control characters, whatever the file holds. */
static gboolean
get_text (Input *input, const char **ret_text)
{
  guint64 length;
  char *text;

  if (!get (input, MAX_TEXT, &length) || length > (guint64)(input->end - input->at))
    return FALSE;
  text = g_utf8_make_valid ((const char *)input->at, (gssize)length);
  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = '?';
  *ret_text = g_string_chunk_insert_const (input->tables->texts, text);
  g_free (text);
  input->at += length;
  return TRUE;
}

static gboolean
read_kind (Input *input, guint32 number)
{
  ChannelKindInfo *kind = g_new0 (ChannelKindInfo, 1);
  guint64 of, flags;

  if (number > CHANNEL_MAX_KINDS || !get (input, G_MAXUINT32, &of) ||
      !get (input, G_MAXUINT32, &flags) || !get_text (input, &kind->name) ||
      !get_text (input, &kind->phrase))
    {
      g_free (kind);
      return FALSE;
    }
  kind->of = (guint32)of;
  kind->flags = (guint32)flags;
  g_hash_table_insert (input->tables->kinds, GUINT_TO_POINTER (number), kind);
  return TRUE;
}

static gboolean
read_location (Input *input, guint32 number)
{
  Location *location = g_new0 (Location, 1);
  guint64 of, line, n_frames = 0;
  gboolean is_whole = number <= CHANNEL_MAX_LOCATIONS && get (input, G_MAXUINT32, &of) &&
                      get (input, G_MAXUINT64, &location->info.address) &&
                      get_text (input, &location->info.file) &&
                      get_text (input, &location->info.function) &&
                      get (input, G_MAXUINT32, &line) && get (input, CHANNEL_MAX_FRAMES, &n_frames);

  for (guint64 i = 0; is_whole && i < n_frames; i++)
    is_whole = get (input, G_MAXUINT64, &location->frames[i]);
  if (!is_whole)
    {
      g_free (location);
      return FALSE;
    }
  location->info.of = (guint32)of;
  location->info.line = (guint32)line;
  location->info.n_frames = (guint32)n_frames;
  location->info.frames = n_frames > 0 ? location->frames : NULL;
  g_hash_table_insert (input->tables->locations, GUINT_TO_POINTER (number), location);
  return TRUE;
}

static gboolean
read_string (Input *input, guint32 offset)
{
  const char *text;

  if (!get_text (input, &text))
    return FALSE;
  g_hash_table_insert (input->tables->strings, GUINT_TO_POINTER (offset), (gpointer)text);
  return TRUE;
}

static gboolean
read_module (Input *input, guint32 number)
{
  ChannelModuleInfo module = { 0 };
  guint64 length;

  if (number > CHANNEL_MAX_MODULES || !get_text (input, &module.path) ||
      !get (input, G_MAXUINT64, &module.start) || !get (input, G_MAXUINT64, &module.end) ||
      !get (input, G_MAXUINT64, &module.bias) || !get (input, CHANNEL_BUILD_ID_MAX, &length) ||
      length > (guint64)(input->end - input->at))
    return FALSE;
  module.build_id_length = (guint8)length;
  memcpy (module.build_id, input->at, length);
  input->at += length;
  g_array_append_val (input->tables->modules, module);
  return TRUE;
}

gboolean
recording_tables_read (RecordingTables *self, const guint8 *bytes, gsize length)
{
  static gboolean (*const readers[]) (Input *, guint32) = { read_kind, read_location, read_string,
                                                            read_module };
  Input input = { self, bytes, bytes + length };
  guint64 class, number;

  while (input.at < input.end)
    if (!get (&input, G_N_ELEMENTS (readers), &class) || class == 0 ||
        !get (&input, G_MAXUINT32, &number) || number == 0 ||
        !readers[class - 1](&input, (guint32)number))
      return FALSE;
  return TRUE;
}

gboolean
recording_tables_get_kind (RecordingTables *self, guint32 number, ChannelKindInfo *ret_info)
{
  const ChannelKindInfo *kind = g_hash_table_lookup (self->kinds, GUINT_TO_POINTER (number));

  if (kind != NULL)
    *ret_info = *kind;
  return kind != NULL;
}

gboolean
recording_tables_get_location (RecordingTables *self, guint32 number, ChannelLocationInfo *ret_info)
{
  const Location *location = g_hash_table_lookup (self->locations, GUINT_TO_POINTER (number));

  if (location != NULL)
    *ret_info = location->info;
  return location != NULL;
}

const char *
recording_tables_get_string (RecordingTables *self, guint32 offset)
{
  const char *text = g_hash_table_lookup (self->strings, GUINT_TO_POINTER (offset));

  return text != NULL ? text : "";
}

guint32
recording_tables_count_modules (RecordingTables *self)
{
  return self->modules->len;
}

gboolean
recording_tables_get_module (RecordingTables *self, guint32 number, ChannelModuleInfo *ret_info)
{
  if (number == 0 || number > self->modules->len)
    return FALSE;
  *ret_info = g_array_index (self->modules, ChannelModuleInfo, number - 1);
  return TRUE;
}
