/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_PLACES_H
#define ANALYSIS_PLACES_H

#include <glib.h>
#include "debuginfo/symbols.h"
#include "model/model.h"

G_BEGIN_DECLS

/* Locations of one program to functions and lines. Looked up when first shown or compared, never
 * while records are read. */
typedef struct _AnalysisPlaces AnalysisPlaces;

typedef struct _AnalysisPlace AnalysisPlace;
struct _AnalysisPlace
{
  const char *function; /* "fetch_posts", "app+0x1234"; NULL: unknown */
  const char *where;    /* "request.c:88", "app"; "" */
  const char *file;     /* as the compiler was told, mostly absolute; NULL: unknown */
  guint line;           /* 0 unknown */
  gboolean is_exact;    /* file and line are known */
  gboolean is_bare;     /* code, of which no debug info tells where it is */
  /* In a library of a runtime's own (analysis_places_set_libraries()), libc, a header of the system,
   * or what a thread begins in. */
  gboolean is_runtime;
  const AnalysisPlace *caller; /* what the compiler has put it into; NULL: it was called */
};

typedef const DebugSymbol *(*AnalysisSymbolizeFunc) (gpointer data, guint64 address,
                                                     DebugAddressClass of);

AnalysisPlaces *analysis_places_new (const ModelTables *tables, gpointer tables_data,
                                     AnalysisSymbolizeFunc symbolize, gpointer symbolize_data);
void analysis_places_free (AnalysisPlaces *places);
/* File names of the runtimes' own libraries ("libglib-2.0.so.0"), whose frames say little of a
 * program. Before the first lookup. */
void analysis_places_set_libraries (AnalysisPlaces *places, const char *const *libraries);
/* Of a call, its place is that of the innermost function outside of the runtimes' own libraries and
 * of the system's headers, among those that were put into each other, and where a location is a
 * whole stack among all its frames. Returns: (transfer none): never NULL, lives as long as @places */
const AnalysisPlace *analysis_places_get (AnalysisPlaces *places, guint32 location);
/* All frames of a stack, the innermost first, with those that were put into each other; of any other
 * location the one place that it has, and none of location 0. What called the program's main() or a
 * thread's first function, which says nothing, is left out. Returns: (transfer none)
 * (array length=ret_n): lives as long as @places */
const AnalysisPlace *const *analysis_places_get_frames (AnalysisPlaces *places, guint32 location,
                                                        guint *ret_n);
/* Of a call, by its return address: the innermost function. */
const AnalysisPlace *analysis_places_get_call (AnalysisPlaces *places, guint64 address);
/* Whether that call is made by the function of @location, a callback's. */
gboolean analysis_places_call_is_in (AnalysisPlaces *places, guint64 address, guint32 location);
const AnalysisPlace *analysis_places_get_code (AnalysisPlaces *places, guint64 address);
/* The global variable at @address: "queue_lock", "locks+0x28" within it; NULL: none is known;
 * (transfer full) */
char *analysis_places_dup_variable (AnalysisPlaces *places, guint64 address);
/* From here on it counts which places are asked for. */
void analysis_places_begin_report (AnalysisPlaces *places);
/* Whether a place that was asked for since then has no line because there is no debug info. */
gboolean analysis_places_lack_debug_info (AnalysisPlaces *places);
/* The files that are meant where places say "request.c:88", of those that were looked up so far; stays
 * as it is when @places are freed. (element-type utf8 GPtrArray) (transfer none) */
GHashTable *analysis_places_get_files (AnalysisPlaces *places);
/* "fetch_posts at request.c:88", "fetch_posts", "request.c:88", ""; (transfer full) */
char *analysis_place_dup_text (const AnalysisPlace *place);

G_END_DECLS

#endif
