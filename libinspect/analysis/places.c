/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/places.h"

#include <glib/gi18n-lib.h>
#include "channel/layout.h"

/* A hostile target could make each record name another place. */
#define MAX_CACHED 65536

struct _AnalysisPlaces
{
  const ModelTables *tables;
  gpointer tables_data;
  AnalysisSymbolizeFunc symbolize;
  gpointer symbolize_data;
  GHashTable *by_location;
  GHashTable *by_code;
  GStringChunk *texts;
  gboolean lacks_debug_info;
};

static const AnalysisPlace unknown = { NULL, "", FALSE };

AnalysisPlaces *
analysis_places_new (const ModelTables *tables, gpointer tables_data,
                     AnalysisSymbolizeFunc symbolize, gpointer symbolize_data)
{
  AnalysisPlaces *places = g_new0 (AnalysisPlaces, 1);

  places->tables = tables;
  places->tables_data = tables_data;
  places->symbolize = symbolize;
  places->symbolize_data = symbolize_data;
  places->by_location = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  places->by_code = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  places->texts = g_string_chunk_new (4096);
  return places;
}

void
analysis_places_free (AnalysisPlaces *places)
{
  if (places == NULL)
    return;
  g_hash_table_unref (places->by_location);
  g_hash_table_unref (places->by_code);
  g_string_chunk_free (places->texts);
  g_free (places);
}

static const char *
keep (AnalysisPlaces *places, const char *text)
{
  return g_string_chunk_insert_const (places->texts, text);
}

static void
fill_line (AnalysisPlaces *places, AnalysisPlace *place, const char *file, guint line)
{
  g_autofree char *base = g_path_get_basename (file);
  g_autofree char *text = line != 0 ? g_strdup_printf ("%s:%u", base, line) : g_strdup (base);

  place->where = keep (places, text);
  place->is_exact = line != 0;
}

static void
fill_symbol (AnalysisPlaces *places, AnalysisPlace *place, guint64 address, DebugAddressClass of)
{
  const DebugSymbol *symbol =
      places->symbolize != NULL ? places->symbolize (places->symbolize_data, address, of) : NULL;
  g_autofree char *text = NULL;

  if (symbol != NULL && symbol->function != NULL)
    place->function = keep (places, symbol->function);
  else if (symbol != NULL && symbol->module != NULL)
    {
      text = g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", symbol->module, symbol->offset);
      place->function = keep (places, text);
    }
  if (symbol != NULL && symbol->file != NULL)
    fill_line (places, place, symbol->file, symbol->line);
  else
    {
      places->lacks_debug_info = TRUE;
      place->where = symbol != NULL && symbol->function != NULL && symbol->module != NULL
                         ? keep (places, symbol->module)
                         : "";
    }
}

/* FALSE: the entry is not there yet, and may come. */
static gboolean
fill_location (AnalysisPlaces *places, AnalysisPlace *place, guint32 location)
{
  ChannelLocationInfo info;

  if (!places->tables->get_location (places->tables_data, location, &info))
    return FALSE;
  if (info.of == CHANNEL_LOCATION_STATIC)
    {
      if (info.function != NULL && *info.function != '\0')
        place->function = keep (places, info.function);
      if (info.file != NULL && *info.file != '\0')
        fill_line (places, place, info.file, info.line);
    }
  else
    fill_symbol (places, place, info.address,
                 info.of == CHANNEL_LOCATION_CALL ? DEBUG_ADDRESS_CALL : DEBUG_ADDRESS_FUNCTION);
  return TRUE;
}

const AnalysisPlace *
analysis_places_get (AnalysisPlaces *places, guint32 location)
{
  AnalysisPlace *place = g_hash_table_lookup (places->by_location, GUINT_TO_POINTER (location));

  if (place != NULL || location == 0)
    return place != NULL ? place : &unknown;
  if (g_hash_table_size (places->by_location) >= MAX_CACHED)
    return &unknown;
  place = g_new0 (AnalysisPlace, 1);
  place->where = "";
  if (!fill_location (places, place, location))
    {
      g_free (place);
      return &unknown;
    }
  g_hash_table_insert (places->by_location, GUINT_TO_POINTER (location), place);
  return place;
}

const AnalysisPlace *
analysis_places_get_code (AnalysisPlaces *places, guint64 address)
{
  gint64 key = (gint64)address;
  AnalysisPlace *place = g_hash_table_lookup (places->by_code, &key);

  if (place != NULL)
    return place;
  if (address == 0 || g_hash_table_size (places->by_code) >= MAX_CACHED)
    return &unknown;
  place = g_new0 (AnalysisPlace, 1);
  fill_symbol (places, place, address, DEBUG_ADDRESS_FUNCTION);
  g_hash_table_insert (places->by_code, g_memdup2 (&key, sizeof key), place);
  return place;
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
