/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that looks at itself, with no inspector around:
 *
 *     embed draw            three downloads, drawn each time that one has moved
 *     embed record FILE     the same, kept in FILE for `async-inspect open`
 *
 * What makes its tasks known is libinspect, what reads them is libinspector. */

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspect.h"
#include "inspector.h"

#define N_DOWNLOADS 3
#define N_PARTS 4

INSPECT_DEFINE_AWAIT (await_part, "embed.part", "waiting for the next part", INSPECT_AWAIT_ONESHOT);

typedef struct
{
  const char *name;
  int n_parts;
} Download;

static Download downloads[N_DOWNLOADS] = { { "picture", 0 }, { "film", 0 }, { "song", 0 } };
static InspectorSession *session;
static InspectorTarget *target;

/* ---- The work --------------------------------------------------------------------------------- */

static void
begin (Download *download)
{
  InspectId id = inspect_id_of (download);

  INSPECT_TASK_BEGIN (id, INSPECT_NONE);
  INSPECT_TASK_NAME (id, download->name);
  INSPECT_AWAIT_BEGIN (id, &await_part, id); /* PART */
}

static void
take_part (Download *download)
{
  InspectId id = inspect_id_of (download);

  INSPECT_AWAIT_RESUME (id, &await_part, id);
  if (++download->n_parts < N_PARTS)
    INSPECT_AWAIT_BEGIN (id, &await_part, id);
  INSPECT_POLL_END (id);
  if (download->n_parts == N_PARTS)
    INSPECT_TASK_END (id, 0);
}

/* ---- Looking ---------------------------------------------------------------------------------- */

static bool
look_at_myself (void)
{
  g_autoptr (GError) error = NULL;
  int channel = inspect_channel_open ();

  if (channel < 0)
    {
      fprintf (stderr, "embed: no channel: %s\n", g_strerror (-channel));
      return false;
    }
  session = inspector_session_new ();
  target = inspector_session_add_target (session, getpid (), "embed", 0);
  if (inspector_target_attach_channel (target, channel, &error))
    return true;
  fprintf (stderr, "embed: %s\n", error->message);
  return false;
}

static void
draw (void)
{
  InspectorTargetStats stats;

  while (inspector_session_poll (session))
    ;
  inspector_target_get_stats (target, &stats);
  printf ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " downloads pending\n", stats.pending_tasks,
          stats.tasks);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  bool records = argc > 2 && strcmp (argv[1], "record") == 0;

  setlocale (LC_ALL, "");
  if (!records && (argc < 2 || strcmp (argv[1], "draw") != 0))
    {
      fprintf (stderr, "usage: embed draw|record FILE\n");
      return EXIT_FAILURE;
    }
  if (!look_at_myself ())
    return EXIT_FAILURE;
  if (records && !inspector_session_start_recording (session, argv[2], TRUE, &error))
    {
      fprintf (stderr, "embed: %s\n", error->message);
      return EXIT_FAILURE;
    }

  for (int i = 0; i < N_DOWNLOADS; i++)
    begin (&downloads[i]);
  draw ();
  /* The film gets no more than half of its parts. */
  for (int round = 0; round < N_PARTS; round++)
    for (int i = 0; i < N_DOWNLOADS; i++)
      if (i != 1 || round < N_PARTS / 2)
        {
          take_part (&downloads[i]);
          draw ();
        }

  inspect_channel_close ();
  draw ();
  if (records && !inspector_session_stop_recording (session, NULL, &error))
    {
      fprintf (stderr, "embed: %s\n", error->message);
      return EXIT_FAILURE;
    }
  g_object_unref (session);
  return EXIT_SUCCESS;
}
