/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What could have been meant by a name that nothing has. */

#include "config.h"

#include "session/breakpoint.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_NAMES 5u
#define MAX_LENGTH 64u

typedef struct
{
  const char *name;
  guint distance; /* letters to be changed, put in or left out */
} Candidate;

/* Longer names are compared by their beginnings. */
static guint
get_distance (const char *a, const char *b)
{
  gsize n = MIN (strlen (a), MAX_LENGTH), m = MIN (strlen (b), MAX_LENGTH);
  guint row[MAX_LENGTH + 1];

  for (gsize j = 0; j <= m; j++)
    row[j] = (guint)j;
  for (gsize i = 1; i <= n; i++)
    {
      guint diagonal = row[0];

      row[0] = (guint)i;
      for (gsize j = 1; j <= m; j++)
        {
          guint changed = diagonal + (a[i - 1] != b[j - 1]);

          diagonal = row[j];
          row[j] = MIN (changed, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[m];
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;

  return x->distance != y->distance ? (x->distance < y->distance ? -1 : 1)
                                    : strcmp (x->name, y->name);
}

/* Those that have been used or announced, as candidates; a runtime may have more. TRUE: one is called so */
static gboolean
list_kinds (const ModelTarget *model, const char *name, GArray *candidates)
{
  ChannelKindInfo info;
  Candidate candidate;

  for (guint32 number = 1; number <= CHANNEL_MAX_KINDS; number++)
    {
      if (!model->tables->get_kind (model->tables_data, number, &info) ||
          info.of != INSPECT_KIND_AWAIT || info.name == NULL)
        continue;
      candidate = (Candidate){ info.name, get_distance (info.name, name) };
      if (g_str_equal (info.name, name))
        return TRUE;
      g_array_append_val (candidates, candidate);
    }
  return FALSE;
}

char *
breakpoint_dup_hint (const Breakpoint *self, const GPtrArray *models)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GString) names = g_string_new (NULL);
  const char *last = "";
  guint n = 0;

  if (self->of != BREAKPOINT_KIND)
    return NULL;
  for (guint i = 0; i < models->len; i++)
    if (list_kinds (models->pdata[i], self->name, candidates))
      return NULL;
  g_array_sort (candidates, compare);
  for (guint i = 0; i < candidates->len && n < MAX_NAMES; i++)
    {
      const char *name = g_array_index (candidates, Candidate, i).name;

      if (g_str_equal (name, last))
        continue;
      g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "", name);
      last = name;
    }
  if (n == 0)
    return NULL;
  return g_strdup_printf (_ ("no wait of that kind is known by now; most like it are %s"),
                          names->str);
}
