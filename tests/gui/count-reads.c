/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loaded before all else into the app (LD_PRELOAD), it counts who reads of a session: each call of a function
 * that reads goes through here, and the library that it came from is known by its return address. The
 * counts are in the file TEST_READS, for a test to look at meanwhile: 24 bytes for the name of the library,
 * without ".so", and 8 for the count, as many times as there are libraries. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <inspector-graph.h>
#include <moments.h>
#include <session.h>

#define N_READERS 32
#define NAME_SIZE 24

typedef struct
{
  char name[NAME_SIZE];
  guint64 n;
} Reader;

/* Of the process: the functions are called from all over it, from any thread. */
static Reader *readers;
static GMutex lock;

__attribute__ ((constructor)) static void
begin (void)
{
  const char *path = getenv ("TEST_READS");
  int fd = path != NULL ? open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

  /* Programs that the app starts have nothing to do with it. */
  unsetenv ("LD_PRELOAD");
  if (fd < 0 || ftruncate (fd, N_READERS * sizeof *readers) != 0)
    return;
  readers = mmap (NULL, N_READERS * sizeof *readers, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close (fd);
  if (readers == MAP_FAILED)
    readers = NULL;
}

static void
count (void *caller)
{
  Dl_info info;
  const char *name;

  if (readers == NULL || dladdr (caller, &info) == 0 || info.dli_fname == NULL)
    return;
  name = strrchr (info.dli_fname, '/');
  name = name != NULL ? name + 1 : info.dli_fname;
  g_mutex_lock (&lock);
  for (guint i = 0; i < N_READERS; i++)
    {
      if (readers[i].name[0] == '\0')
        g_strlcpy (readers[i].name, name, MIN (strcspn (name, ".") + 1, NAME_SIZE));
      if (strncmp (readers[i].name, name, strlen (readers[i].name)) != 0 ||
          name[strlen (readers[i].name)] != '.')
        continue;
      readers[i].n++;
      break;
    }
  g_mutex_unlock (&lock);
}

/* A function of that name which counts, and calls the one it stands before. */
#define COUNT(type, name, parameters, arguments)                                                   \
  __attribute__ ((visibility ("default"))) type name parameters;                                   \
  type name parameters                                                                             \
  {                                                                                                \
    type (*next) parameters = (type (*) parameters)dlsym (RTLD_NEXT, #name);                       \
                                                                                                   \
    count (__builtin_return_address (0));                                                          \
    return next arguments;                                                                         \
  }

/* One or more for each view. */
COUNT (InspectorMoment *, inspector_history_get_moment,
       (InspectorHistory * history, guint index, gint64 at_ns, GError **error),
       (history, index, at_ns, error))
COUNT (guint, inspector_history_get_rows,
       (InspectorHistory * history, guint first, guint n, gint64 at_ns, InspectorRow *ret_rows),
       (history, first, n, at_ns, ret_rows))
COUNT (gboolean, inspector_history_get_state_at,
       (InspectorHistory * history, guint index, gint64 at_ns, InspectorSpan *ret_span),
       (history, index, at_ns, ret_span))
COUNT (InspectorGraph *, inspector_history_build_graph_of,
       (InspectorHistory * history, gint64 at_ns, const InspectorGraphChoice *choice,
        GError **error),
       (history, at_ns, choice, error))
COUNT (InspectorGraph *, ui_moments_want_graph,
       (UiSession * session, GtkWidget *widget, const InspectorGraphChoice *choice,
        UiMomentsFlags flags, UiMomentsFunc func, gint64 *ret_at_ns, GError **error),
       (session, widget, choice, flags, func, ret_at_ns, error))
COUNT (void, inspector_history_list_events_async,
       (InspectorHistory * history, guint index, gint64 at_ns, gint n, const char *const *types,
        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data),
       (history, index, at_ns, n, types, cancellable, callback, data))
COUNT (char *, inspector_report_to_json, (InspectorReport * report), (report))
COUNT (void, ui_session_profile_async,
       (UiSession * session, gint64 from_ns, gint64 to_ns, GCancellable *cancellable,
        GAsyncReadyCallback callback, gpointer data),
       (session, from_ns, to_ns, cancellable, callback, data))
