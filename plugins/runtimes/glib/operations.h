/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_OPERATIONS_H
#define GLIB_OPERATIONS_H

/* The kinds of await of GIO, and the hooks of its functions. */

#include "gio.h"

/* Programs go on using what is deprecated. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef enum
{
#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments) GIO_##ID,
#include "operations.def"
#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  GIO_##ID,
#include "blocking.def"
  N_GIO_OPERATIONS
} GioOperation;

extern InspectKind gio_kinds[N_GIO_OPERATIONS];

/* Newer than the oldest GIO that this compiles against. */
#if !GLIB_CHECK_VERSION(2, 74, 0)
void g_app_info_get_default_for_type_async (const char *content_type, gboolean must_support_uris,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
void g_app_info_get_default_for_uri_scheme_async (const char *uri_scheme, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);
void g_file_make_symbolic_link_async (GFile *file, const char *symlink_value, int io_priority,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
void g_file_new_tmp_async (const char *tmpl, int io_priority, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
void g_file_new_tmp_dir_async (const char *tmpl, int io_priority, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
#endif
#if !GLIB_CHECK_VERSION(2, 72, 0)
void g_file_move_async (GFile *source, GFile *destination, GFileCopyFlags flags, int io_priority,
                        GCancellable *cancellable, GFileProgressCallback progress_callback,
                        gpointer progress_callback_data, GAsyncReadyCallback callback,
                        gpointer user_data);
#endif
#if !GLIB_CHECK_VERSION(2, 70, 0)
GThreadPool *g_thread_pool_new_full (GFunc func, gpointer user_data, GDestroyNotify item_free_func,
                                     int max_threads, gboolean exclusive, GError **error);
#endif

/* Originals, set by the agent before a hook can be called. */
#define DECLARE_GIO(function)                                                                      \
  extern __typeof__ (function) *real_##function;                                                   \
  __typeof__ (function) hook_##function;
#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments)              \
  DECLARE_GIO (function)
#define GIO_NOTICE(function) DECLARE_GIO (function)
#include "operations.def"
#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  DECLARE_GIO (function)
#include "blocking.def"
#undef DECLARE_GIO

#endif
