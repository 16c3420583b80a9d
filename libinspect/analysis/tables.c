/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/tables.h"

#include <string.h>

#include "channel/layout.h"

/* A place in the source that is no call: an await has no return address. It is given one that no
 * process can have, so that stacks of awaits go where stacks of calls go. */
#define MADE_UP G_GUINT64_CONSTANT (0xfa5c000000000000)
#define MADE_UP_MASK G_GUINT64_CONSTANT (0xffff000000000000)

#define MAX_PLACES 65536u
#define MAX_LOCATIONS 65536u
#define MAX_KINDS 2048u

typedef struct
{
  ChannelLocationInfo info;
  guint64 frames[CHANNEL_MAX_FRAMES];
} Location;

struct _AnalysisTables
{
  ChannelReader *reader;
  guint32 first_kind, first_location; /* below them are the channel's */
  GStringChunk *texts;
  GPtrArray *kinds;              /* ChannelKindInfo */
  GHashTable *kinds_by_name;     /* "class flags name" -> its index + 1 */
  GPtrArray *places;             /* DebugSymbol */
  GHashTable *places_by_text;    /* "function file:line" -> its index + 1 */
  GPtrArray *locations;          /* Location */
  GHashTable *locations_by_text; /* numbers of places -> its index + 1 */
};

AnalysisTables *
analysis_tables_new (ChannelReader *reader)
{
  AnalysisTables *self = g_new0 (AnalysisTables, 1);

  self->reader = reader;
  if (reader != NULL)
    {
      self->first_kind = channel_reader_get_header (reader)->kinds_capacity;
      self->first_location = channel_reader_get_header (reader)->locations_capacity;
    }
  self->texts = g_string_chunk_new (4096);
  self->kinds = g_ptr_array_new_with_free_func (g_free);
  self->kinds_by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->places = g_ptr_array_new_with_free_func (g_free);
  self->places_by_text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->locations = g_ptr_array_new_with_free_func (g_free);
  self->locations_by_text =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
  return self;
}

void
analysis_tables_free (AnalysisTables *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kinds_by_name);
  g_hash_table_unref (self->places_by_text);
  g_hash_table_unref (self->locations_by_text);
  g_ptr_array_unref (self->kinds);
  g_ptr_array_unref (self->places);
  g_ptr_array_unref (self->locations);
  g_string_chunk_free (self->texts);
  g_free (self);
}

static const char *
keep (AnalysisTables *self, const char *text)
{
  return g_string_chunk_insert_const (self->texts, text != NULL ? text : "");
}

/* ---- What is asked --------------------------------------------------------------------------- */

/* Counted down from @top: the entry of that number; NULL: it is none of ours. */
static gpointer
find_from_top (const GPtrArray *entries, guint32 top, guint32 number)
{
  return number <= top && top - number < entries->len ? entries->pdata[top - number] : NULL;
}

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  AnalysisTables *self = data;
  const ChannelKindInfo *own = find_from_top (self->kinds, CHANNEL_MAX_KINDS, number);

  if (own == NULL)
    return self->reader != NULL && channel_reader_get_kind (self->reader, number, ret_info);
  *ret_info = *own;
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  AnalysisTables *self = data;
  const Location *own = find_from_top (self->locations, CHANNEL_MAX_LOCATIONS, number);

  if (own == NULL)
    return self->reader != NULL && channel_reader_get_location (self->reader, number, ret_info);
  *ret_info = own->info;
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  AnalysisTables *self = data;

  return self->reader != NULL ? channel_reader_get_string (self->reader, offset) : "";
}

static guint32
count_modules (gpointer data)
{
  AnalysisTables *self = data;

  return self->reader != NULL ? channel_reader_count_modules (self->reader) : 0;
}

static gboolean
get_module (gpointer data, guint32 number, ChannelModuleInfo *ret_info)
{
  AnalysisTables *self = data;

  return self->reader != NULL && channel_reader_get_module (self->reader, number, ret_info);
}

const ModelTables analysis_tables_of_model = { get_kind, get_location, get_string };
const RecordingSource analysis_tables_of_recording = { get_kind, get_location, get_string,
                                                       count_modules, get_module };

const DebugSymbol *
analysis_tables_find_symbol (AnalysisTables *self, guint64 address)
{
  guint64 index = address & ~MADE_UP_MASK;

  if (self == NULL || (address & MADE_UP_MASK) != MADE_UP || index >= self->places->len)
    return NULL;
  return self->places->pdata[index];
}

/* ---- What is added ---------------------------------------------------------------------------- */

guint32
analysis_tables_add_kind (AnalysisTables *self, guint32 of, guint32 flags, const char *name,
                          const char *phrase)
{
  /* What a program calls a variable may be what a key is called that we know. */
  g_autofree char *key = g_strdup_printf ("%u %u %s", of, flags, name);
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (self->kinds_by_name, key));
  ChannelKindInfo *kind;

  if (index > 0)
    return CHANNEL_MAX_KINDS - (index - 1);
  index = self->kinds->len;
  if (index >= MAX_KINDS || CHANNEL_MAX_KINDS - index <= self->first_kind)
    return 0;
  kind = g_new (ChannelKindInfo, 1);
  *kind = (ChannelKindInfo){ of, flags, keep (self, name), keep (self, phrase) };
  g_ptr_array_add (self->kinds, kind);
  g_hash_table_insert (self->kinds_by_name, g_steal_pointer (&key), GUINT_TO_POINTER (index + 1));
  return CHANNEL_MAX_KINDS - index;
}

/* Returns: the address that stands for it; 0: there is no room */
static guint64
add_place (AnalysisTables *self, const DebugSymbol *place)
{
  g_autofree char *key =
      g_strdup_printf ("%s %s:%u", place->function != NULL ? place->function : "",
                       place->file != NULL ? place->file : "", place->line);
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (self->places_by_text, key));
  DebugSymbol *own;

  if (index > 0)
    return MADE_UP | (index - 1);
  index = self->places->len;
  if (index >= MAX_PLACES)
    return 0;
  own = g_new0 (DebugSymbol, 1);
  own->function = place->function != NULL ? keep (self, place->function) : NULL;
  own->file = place->file != NULL ? keep (self, place->file) : NULL;
  own->module = place->module != NULL ? keep (self, place->module) : NULL;
  own->line = place->line;
  own->exact = TRUE;
  g_ptr_array_add (self->places, own);
  g_hash_table_insert (self->places_by_text, g_steal_pointer (&key), GUINT_TO_POINTER (index + 1));
  return MADE_UP | index;
}

guint32
analysis_tables_add_places (AnalysisTables *self, const DebugSymbol *places, guint n)
{
  g_autofree Location *location = g_new0 (Location, 1);
  g_autoptr (GBytes) key = NULL;
  guint index;

  n = MIN (n, CHANNEL_MAX_FRAMES);
  for (guint i = 0; i < n; i++)
    location->frames[i] = add_place (self, &places[i]);
  if (n == 0 || location->frames[0] == 0)
    return 0;
  key = g_bytes_new (location->frames, n * sizeof *location->frames);
  index = GPOINTER_TO_UINT (g_hash_table_lookup (self->locations_by_text, key));
  if (index > 0)
    return CHANNEL_MAX_LOCATIONS - (index - 1);
  index = self->locations->len;
  if (index >= MAX_LOCATIONS || CHANNEL_MAX_LOCATIONS - index <= self->first_location)
    return 0;
  location->info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STACK,
                                          .address = location->frames[0],
                                          .file = "",
                                          .function = "",
                                          .frames = location->frames,
                                          .n_frames = n };
  g_hash_table_insert (self->locations_by_text, g_steal_pointer (&key),
                       GUINT_TO_POINTER (index + 1));
  g_ptr_array_add (self->locations, g_steal_pointer (&location));
  return CHANNEL_MAX_LOCATIONS - index;
}
