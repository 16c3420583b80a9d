/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/places.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "channel/layout.h"
#include "model/format.h"

/* A hostile target could make each record name another place. */
#define MAX_CACHED 65536

struct _AnalysisPlaces
{
  const ModelTables *tables;
  gpointer tables_data;
  AnalysisSymbolizeFunc symbolize;
  gpointer symbolize_data;
  GHashTable *by_location; /* of Location */
  GHashTable *by_code;
  GHashTable *by_call;
  GStrv libraries;
  GStringChunk *texts;
  GHashTable *files; /* by where: GPtrArray of paths */
  gboolean lacks_debug_info;
};

/* What is known of one location number. */
typedef struct
{
  const AnalysisPlace *place;
  AnalysisPlace own; /* where it has one by itself */
  gboolean lacks_debug_info;
  guint n_frames;
  GPtrArray *frames; /* AnalysisPlace of a stack, once somebody has asked for all of them */
  guint64 addresses[];
} Location;

static const AnalysisPlace unknown = { .where = "" };

static void
place_free (gpointer data)
{
  AnalysisPlace *place = data;

  if (place->caller != NULL)
    place_free ((gpointer)place->caller);
  g_free (place);
}

static void
location_free (gpointer data)
{
  Location *location = data;

  g_clear_pointer (&location->frames, g_ptr_array_unref);
  g_free (location);
}

AnalysisPlaces *
analysis_places_new (const ModelTables *tables, gpointer tables_data,
                     AnalysisSymbolizeFunc symbolize, gpointer symbolize_data)
{
  AnalysisPlaces *places = g_new0 (AnalysisPlaces, 1);

  places->tables = tables;
  places->tables_data = tables_data;
  places->symbolize = symbolize;
  places->symbolize_data = symbolize_data;
  places->by_location = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, location_free);
  places->by_code = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, place_free);
  places->by_call = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, place_free);
  places->texts = g_string_chunk_new (4096);
  places->files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return places;
}

void
analysis_places_free (AnalysisPlaces *places)
{
  if (places == NULL)
    return;
  g_hash_table_unref (places->by_location);
  g_hash_table_unref (places->by_code);
  g_hash_table_unref (places->by_call);
  g_hash_table_unref (places->files);
  g_strfreev (places->libraries);
  g_string_chunk_free (places->texts);
  g_free (places);
}

void
analysis_places_set_libraries (AnalysisPlaces *places, const char *const *libraries)
{
  g_strfreev (places->libraries);
  places->libraries = g_strdupv ((GStrv)libraries);
}

static const char *
keep (AnalysisPlaces *places, const char *text)
{
  return g_string_chunk_insert_const (places->texts, text);
}

/* Two files of one name are rare, yet there are two called "main.c". */
static void
note_file (AnalysisPlaces *places, const char *where, const char *file)
{
  GPtrArray *files = g_hash_table_lookup (places->files, where);

  if (files == NULL)
    {
      files = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (places->files, g_strdup (where), files);
    }
  if (!g_ptr_array_find_with_equal_func (files, file, g_str_equal, NULL))
    g_ptr_array_add (files, g_strdup (file));
}

GHashTable *
analysis_places_get_files (AnalysisPlaces *places)
{
  return places->files;
}

static void
fill_line (AnalysisPlaces *places, AnalysisPlace *place, const char *file, guint line)
{
  g_autofree char *base = g_path_get_basename (file);
  g_autofree char *text = line != 0 ? g_strdup_printf ("%s:%u", base, line) : g_strdup (base);

  place->where = keep (places, text);
  place->file = keep (places, file);
  place->line = line;
  place->is_exact = line != 0;
  note_file (places, text, file);
}

/* "libuv.so.1" is also what the loader may know as "libuv.so.1.0.0". What libc does, which every
 * program has, is no more its reader's business: it calls main(), and comparison functions. */
static gboolean
is_runtime_library (AnalysisPlaces *places, const char *module)
{
  if (g_str_has_prefix (module, "libc.so.") || g_str_has_prefix (module, "libc.musl-") ||
      g_str_has_prefix (module, "ld-"))
    return TRUE;
  for (guint i = 0; places->libraries != NULL && places->libraries[i] != NULL; i++)
    {
      gsize length = strlen (places->libraries[i]);

      if (strncmp (module, places->libraries[i], length) == 0 &&
          (module[length] == '\0' || module[length] == '.'))
        return TRUE;
    }
  return FALSE;
}

/* What a compiler or a library brings as source: std::mutex::lock() is in the program, and tells as
 * little of it as pthread_mutex_lock(). */
static gboolean
is_system_header (const char *file)
{
  static const char *const folders[] = { "/usr/include/", "/usr/lib/", "/usr/local/include/",
                                         "/app/include/", "/rustc/" };
  /* Where a package manager unpacks what a program depends on. */
  static const char *const packages[] = { "/registry/src/", "/git/checkouts/", "/rustlib/src/" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (g_str_has_prefix (file, folders[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (packages); i++)
    if (strstr (file, packages[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* What a thread begins in is nobody's code. */
static gboolean
is_beginning (const char *function)
{
  static const char *const names[] = { "_start",
                                       "__libc_start_main",
                                       "__libc_start_main_impl",
                                       "__libc_start_call_main",
                                       "start_thread",
                                       "__clone3",
                                       "clone",
                                       "clone3",
                                       NULL };

  return g_strv_contains (names, function);
}

static void
fill_symbol (AnalysisPlaces *places, AnalysisPlace *place, const DebugSymbol *symbol)
{
  g_autofree char *text = NULL;

  place->is_runtime =
      symbol != NULL && ((symbol->module != NULL && is_runtime_library (places, symbol->module)) ||
                         (symbol->file != NULL && is_system_header (symbol->file)) ||
                         (symbol->function != NULL && is_beginning (symbol->function)));
  if (symbol != NULL && symbol->function != NULL)
    place->function = keep (places, symbol->function);
  else if (symbol != NULL && symbol->module != NULL)
    {
      text = g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", symbol->module, symbol->offset);
      place->function = keep (places, text);
    }
  place->is_bare = symbol != NULL && symbol->module != NULL && symbol->file == NULL;
  if (symbol != NULL && symbol->file != NULL)
    fill_line (places, place, symbol->file, symbol->line);
  else
    place->where = symbol != NULL && symbol->function != NULL && symbol->module != NULL
                       ? keep (places, symbol->module)
                       : "";
  if (symbol != NULL && symbol->caller != NULL)
    {
      AnalysisPlace *caller = g_new0 (AnalysisPlace, 1);

      fill_symbol (places, caller, symbol->caller);
      place->caller = caller;
    }
}

/* By its address, a callback's or that of a call. */
static const AnalysisPlace *
get_by_address (AnalysisPlaces *places, GHashTable *table, guint64 address, DebugAddressClass of)
{
  gint64 key = (gint64)address;
  AnalysisPlace *place = g_hash_table_lookup (table, &key);

  if (place != NULL)
    return place;
  if (address == 0 || g_hash_table_size (table) >= MAX_CACHED)
    return &unknown;
  place = g_new0 (AnalysisPlace, 1);
  fill_symbol (places, place,
               places->symbolize != NULL ? places->symbolize (places->symbolize_data, address, of)
                                         : NULL);
  g_hash_table_insert (table, g_memdup2 (&key, sizeof key), place);
  return place;
}

/* Among the functions that were put into each other at one call; NULL: all are of others. */
static const AnalysisPlace *
choose_inlined (const AnalysisPlace *place)
{
  while (place != NULL && (place->is_runtime || place->function == NULL))
    place = place->caller;
  return place;
}

/* Without a look at its symbols, which are dear: the debug info of a library can take a tenth of a
 * second to unpack. */
static gboolean
is_in_runtime (AnalysisPlaces *places, guint64 address)
{
  const DebugSymbol *symbol =
      places->symbolize != NULL
          ? places->symbolize (places->symbolize_data, address, DEBUG_ADDRESS_MODULE)
          : NULL;

  return symbol != NULL && symbol->module != NULL && is_runtime_library (places, symbol->module);
}

/* The frame in which somebody reading their own program would look; no further than that is looked. */
static const AnalysisPlace *
choose_frame (AnalysisPlaces *places, const Location *location)
{
  const AnalysisPlace *known = NULL;

  for (guint i = 0; i < location->n_frames; i++)
    {
      if (is_in_runtime (places, location->addresses[i]))
        continue;
      const AnalysisPlace *frame = analysis_places_get_call (places, location->addresses[i]);
      const AnalysisPlace *own = choose_inlined (frame);

      if (own != NULL)
        return own;
      if (known == NULL && frame->function != NULL)
        known = frame;
    }
  if (known != NULL)
    return known;
  /* All are in libraries: the innermost one that has a name. */
  for (guint i = 0; i < location->n_frames; i++)
    {
      const AnalysisPlace *frame = analysis_places_get_call (places, location->addresses[i]);

      if (frame->function != NULL)
        return frame;
    }
  return analysis_places_get_call (places, location->addresses[0]);
}

static void
fill_stack (AnalysisPlaces *places, Location *location, const ChannelLocationInfo *info)
{
  location->n_frames = info->n_frames;
  memcpy (location->addresses, info->frames, info->n_frames * sizeof *info->frames);
  location->place = choose_frame (places, location);
}

static void
fill_place (AnalysisPlaces *places, Location *location, const ChannelLocationInfo *info)
{
  location->place = &location->own;
  location->own.where = "";
  if (info->of != CHANNEL_LOCATION_STATIC)
    {
      const AnalysisPlace *call = info->of == CHANNEL_LOCATION_CALL
                                      ? analysis_places_get_call (places, info->address)
                                      : NULL;
      const AnalysisPlace *own = choose_inlined (call);

      location->place = own != NULL    ? own
                        : call != NULL ? call
                                       : analysis_places_get_code (places, info->address);
      return;
    }
  if (info->function != NULL && *info->function != '\0')
    location->own.function = keep (places, info->function);
  if (info->file != NULL && *info->file != '\0')
    fill_line (places, &location->own, info->file, info->line);
}

/* The other frames of a stack are in libraries of others as often as not. */
static gboolean
lacks_debug_info (const AnalysisPlace *place, ChannelLocationClass of)
{
  return of != CHANNEL_LOCATION_STATIC && place->is_bare;
}

static Location *
find_location (AnalysisPlaces *places, guint32 number)
{
  Location *location = g_hash_table_lookup (places->by_location, GUINT_TO_POINTER (number));
  ChannelLocationInfo info = { 0 };

  if (location != NULL || number == 0)
    return location;
  if (g_hash_table_size (places->by_location) >= MAX_CACHED ||
      !places->tables->get_location (places->tables_data, number, &info))
    return NULL;
  location = g_malloc0 (sizeof *location + info.n_frames * sizeof *location->addresses);
  if (info.n_frames > 0)
    fill_stack (places, location, &info);
  else
    fill_place (places, location, &info);
  location->lacks_debug_info = lacks_debug_info (location->place, info.of);
  g_hash_table_insert (places->by_location, GUINT_TO_POINTER (number), location);
  return location;
}

/* NULL: the entry is not there yet, and may come. */
static Location *
get_location (AnalysisPlaces *places, guint32 number)
{
  Location *location = find_location (places, number);

  if (location != NULL && location->lacks_debug_info)
    places->lacks_debug_info = TRUE;
  return location;
}

const AnalysisPlace *
analysis_places_get (AnalysisPlaces *places, guint32 location)
{
  const Location *found = get_location (places, location);

  return found != NULL ? found->place : &unknown;
}

/* How far up the program itself goes. Without debug info that cannot be told. */
static void
cut_off_end (GPtrArray *frames)
{
  guint end = frames->len;

  while (end > 0 && !((const AnalysisPlace *)frames->pdata[end - 1])->is_exact)
    end--;
  if (end > 0)
    g_ptr_array_set_size (frames, (int)end);
}

static GPtrArray *
list_frames (AnalysisPlaces *places, const Location *location)
{
  GPtrArray *frames = g_ptr_array_new ();

  if (location->n_frames == 0)
    for (const AnalysisPlace *place = location->place; place != NULL; place = place->caller)
      g_ptr_array_add (frames, (gpointer)place);
  for (guint i = 0; i < location->n_frames; i++)
    for (const AnalysisPlace *place = analysis_places_get_call (places, location->addresses[i]);
         place != NULL; place = place->caller)
      g_ptr_array_add (frames, (gpointer)place);
  cut_off_end (frames);
  return frames;
}

const AnalysisPlace *const *
analysis_places_get_frames (AnalysisPlaces *places, guint32 number, guint *ret_n)
{
  Location *location = get_location (places, number);

  *ret_n = location == NULL ? 0 : 1;
  if (location == NULL)
    return NULL;
  if (location->n_frames == 0 && location->place->caller == NULL)
    return &location->place;
  if (location->frames == NULL)
    location->frames = list_frames (places, location);
  *ret_n = location->frames->len;
  return (const AnalysisPlace *const *)location->frames->pdata;
}

const AnalysisPlace *
analysis_places_get_code (AnalysisPlaces *places, guint64 address)
{
  const AnalysisPlace *place =
      get_by_address (places, places->by_code, address, DEBUG_ADDRESS_FUNCTION);

  if (lacks_debug_info (place, CHANNEL_LOCATION_FUNCTION))
    places->lacks_debug_info = TRUE;
  return place;
}

const AnalysisPlace *
analysis_places_get_call (AnalysisPlaces *places, guint64 address)
{
  return get_by_address (places, places->by_call, address, DEBUG_ADDRESS_CALL);
}

static gboolean
is_called_in (AnalysisPlaces *places, guint64 address, const char *function)
{
  for (const AnalysisPlace *place = analysis_places_get_call (places, address); place != NULL;
       place = place->caller)
    if (g_strcmp0 (place->function, function) == 0)
      return TRUE;
  return FALSE;
}

/* By where the function begins, for the place of a call may be in another one that the compiler has
 * put into it; where the callback named itself, by that name. */
gboolean
analysis_places_call_is_in (AnalysisPlaces *places, guint64 address, guint32 location)
{
  const AnalysisPlace *place = analysis_places_get (places, location);
  ChannelLocationInfo info = { 0 };
  const DebugSymbol *symbol;

  if (places->symbolize == NULL || address == 0 || location == 0 ||
      !places->tables->get_location (places->tables_data, location, &info))
    return FALSE;
  if (info.of != CHANNEL_LOCATION_FUNCTION)
    return place->function != NULL && is_called_in (places, address, place->function);
  symbol = places->symbolize (places->symbolize_data, address - 1, DEBUG_ADDRESS_FUNCTION);
  return symbol != NULL && symbol->function != NULL && address - 1 - symbol->offset == info.address;
}

char *
analysis_places_dup_variable (AnalysisPlaces *places, guint64 address)
{
  const DebugSymbol *symbol =
      places->symbolize != NULL
          ? places->symbolize (places->symbolize_data, address, DEBUG_ADDRESS_FUNCTION)
          : NULL;

  g_autofree char *name = NULL;

  /* What has a line is code. */
  if (symbol == NULL || symbol->function == NULL || !symbol->exact || symbol->file != NULL)
    return NULL;
  name = model_format_text (symbol->function, strlen (symbol->function));
  if (symbol->offset == 0)
    return g_steal_pointer (&name);
  return g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", name, symbol->offset);
}

void
analysis_places_begin_report (AnalysisPlaces *places)
{
  places->lacks_debug_info = FALSE;
}

gboolean
analysis_places_lack_debug_info (AnalysisPlaces *places)
{
  return places->lacks_debug_info;
}

char *
analysis_place_dup_text (const AnalysisPlace *place)
{
  if (place->function == NULL)
    return g_strdup (place->where);
  if (*place->where == '\0')
    return g_strdup (place->function);
  return g_strdup_printf (_ ("%s at %s"), place->function, place->where);
}
