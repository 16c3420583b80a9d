/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "words.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* Two levels: what has been added never moves. */
#define PER_PAGE 65536u
#define MAX_PAGES 1024u
/* Names that are given a moment after the task began are seen: the latest tasks are asked again. */
#define ASKED_AGAIN_US G_TIME_SPAN_SECOND
#define NAMES_AT_ONCE 256u

/* What a kind or a place is called is asked for by a track of its program. */
typedef struct
{
  guint64 key;
  guint track;
  gboolean is_place;
} Missed;

struct _TasksWords
{
  gatomicrefcount refs;
  InspectorHistory *history; /* of the main thread */

  TasksWord *pages[MAX_PAGES];
  guint n; /* published, as the next one */
  guint n_named;
  guint32 *names[MAX_PAGES]; /* by track */
  GHashTable *numbers;       /* text: word; of the main thread */
  guint version;
  guint asked_from; /* these tracks were named a moment ago */
  gint64 asked_us;

  guint32 *ranks; /* as the next one, of the thread that makes tables */
  guint n_ranks;

  GMutex lock;       /* of the rest */
  GHashTable *known; /* key of a kind or place: word + 1 */
  GArray *missed;
};

/* ---- Life --------------------------------------------------------------------------------------- */

static guint32 intern (TasksWords *self, const char *text);

TasksWords *
tasks_words_new (InspectorHistory *history)
{
  TasksWords *self = g_new0 (TasksWords, 1);

  g_atomic_ref_count_init (&self->refs);
  self->history = g_object_ref (history);
  self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  self->known = g_hash_table_new (NULL, NULL);
  self->missed = g_array_new (FALSE, FALSE, sizeof (Missed));
  g_mutex_init (&self->lock);
  intern (self, "");
  return self;
}

TasksWords *
tasks_words_ref (TasksWords *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
tasks_words_unref (TasksWords *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  for (guint i = 0; i < self->n; i++)
    g_free ((char *)tasks_words_get (self, i)->text);
  for (guint i = 0; i < MAX_PAGES; i++)
    {
      g_free (self->pages[i]);
      g_free (self->names[i]);
    }
  g_free (self->ranks);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->known);
  g_array_unref (self->missed);
  g_mutex_clear (&self->lock);
  g_object_unref (self->history);
  g_free (self);
}

/* ---- Words -------------------------------------------------------------------------------------- */

/* Each row of digits becomes "*"; NULL: there is none. */
static char *
generalize (const char *text)
{
  GString *general;

  if (strpbrk (text, "0123456789") == NULL)
    return NULL;
  general = g_string_new (NULL);
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isdigit (*at))
      g_string_append_c (general, *at);
    else if (general->len == 0 || general->str[general->len - 1] != '*')
      g_string_append_c (general, '*');
  return g_string_free (general, FALSE);
}

static guint32
intern (TasksWords *self, const char *text)
{
  gpointer known;
  g_autofree char *general = NULL;
  TasksWord word;
  guint page;

  if (g_hash_table_lookup_extended (self->numbers, text, NULL, &known))
    return GPOINTER_TO_UINT (known);
  if (self->n >= PER_PAGE * MAX_PAGES)
    return 0;
  general = generalize (text);
  word = (TasksWord){ .text = g_strdup (text),
                      .group = general != NULL ? intern (self, general) : self->n };
  page = self->n / PER_PAGE;
  if (self->pages[page] == NULL)
    self->pages[page] = g_new (TasksWord, PER_PAGE);
  self->pages[page][self->n % PER_PAGE] = word;
  g_hash_table_insert (self->numbers, (char *)word.text, GUINT_TO_POINTER (self->n));
  self->version++;
  /* Pairs with the acquire load in tasks_words_get_n(). */
  __atomic_store_n (&self->n, self->n + 1, __ATOMIC_RELEASE);
  return self->n - 1;
}

guint
tasks_words_get_n (TasksWords *self)
{
  return __atomic_load_n (&self->n, __ATOMIC_ACQUIRE);
}

const TasksWord *
tasks_words_get (TasksWords *self, guint32 word)
{
  word = word < tasks_words_get_n (self) ? word : 0;
  return &self->pages[word / PER_PAGE][word % PER_PAGE];
}

guint
tasks_words_get_version (TasksWords *self)
{
  return self->version;
}

/* ---- Names of tasks ----------------------------------------------------------------------------- */

static void
read_name (TasksWords *self, guint track)
{
  g_autofree char *name = inspector_history_dup_name (self->history, track);
  guint page = track / PER_PAGE;
  guint32 word = intern (self, name), *slot;

  if (self->names[page] == NULL)
    self->names[page] = g_new0 (guint32, PER_PAGE);
  slot = &self->names[page][track % PER_PAGE];
  if (*slot == word)
    return;
  self->version++;
  __atomic_store_n (slot, word, __ATOMIC_RELAXED);
}

static gboolean
read_names (TasksWords *self, gint64 until_us)
{
  guint n = MIN (inspector_history_get_n_tracks (self->history), PER_PAGE * MAX_PAGES);

  while (self->n_named < n)
    {
      guint end = MIN (n, self->n_named + NAMES_AT_ONCE);

      for (guint track = self->n_named; track < end; track++)
        read_name (self, track);
      /* Pairs with the acquire load in tasks_words_get_n_named(). */
      __atomic_store_n (&self->n_named, end, __ATOMIC_RELEASE);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  return self->n_named < n;
}

static void
read_names_again (TasksWords *self, gint64 now_us, gint64 until_us)
{
  guint track;

  if (now_us - self->asked_us < ASKED_AGAIN_US)
    return;
  for (track = self->asked_from; track < self->n_named && g_get_monotonic_time () < until_us;
       track++)
    read_name (self, track);
  self->asked_from = self->n_named;
  self->asked_us = now_us;
}

guint
tasks_words_get_n_named (TasksWords *self)
{
  return __atomic_load_n (&self->n_named, __ATOMIC_ACQUIRE);
}

guint32
tasks_words_get_name (TasksWords *self, guint track)
{
  return track < tasks_words_get_n_named (self)
             ? __atomic_load_n (&self->names[track / PER_PAGE][track % PER_PAGE], __ATOMIC_RELAXED)
             : 0;
}

/* ---- Their order -------------------------------------------------------------------------------- */

/* "worker-9" comes before "worker-10". */
static int
compare_texts (const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0')
    {
      if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          gsize n, m;

          for (; *a == '0' && g_ascii_isdigit (a[1]); a++)
            ;
          for (; *b == '0' && g_ascii_isdigit (b[1]); b++)
            ;
          n = strspn (a, "0123456789");
          m = strspn (b, "0123456789");
          if (n != m)
            return n < m ? -1 : 1;
          for (; n > 0; n--, a++, b++)
            if (*a != *b)
              return *a < *b ? -1 : 1;
          continue;
        }
      if (g_ascii_tolower (*a) != g_ascii_tolower (*b))
        return (guchar)g_ascii_tolower (*a) < (guchar)g_ascii_tolower (*b) ? -1 : 1;
      a++;
      b++;
    }
  return (*a != '\0') - (*b != '\0');
}

static int
compare_words (gconstpointer a, gconstpointer b, gpointer data)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
  int order = compare_texts (tasks_words_get (data, x)->text, tasks_words_get (data, y)->text);

  return order != 0 ? order : (x > y) - (x < y);
}

const guint32 *
tasks_words_get_ranks (TasksWords *self, guint *ret_n)
{
  guint n = tasks_words_get_n (self);
  g_autofree guint32 *sorted = NULL;

  *ret_n = n;
  if (self->n_ranks == n)
    return self->ranks;
  sorted = g_new (guint32, n);
  for (guint i = 0; i < n; i++)
    sorted[i] = i;
  g_qsort_with_data (sorted, (int)n, sizeof *sorted, compare_words, self);
  self->ranks = g_renew (guint32, self->ranks, n);
  for (guint i = 0; i < n; i++)
    self->ranks[sorted[i]] = i;
  self->ranks[0] = n;
  self->n_ranks = n;
  return self->ranks;
}

/* ---- Kinds and places --------------------------------------------------------------------------- */

/* 16, 1 and 32 bits. */
static guint64
get_key (guint32 program, guint32 number, gboolean is_place)
{
  return (guint64)program << 33 | (guint64)is_place << 32 | number;
}

static guint32
find (TasksWords *self, guint track, guint64 key, gboolean is_place)
{
  guint32 word;

  g_mutex_lock (&self->lock);
  word = GPOINTER_TO_UINT (g_hash_table_lookup (self->known, GSIZE_TO_POINTER (key)));
  if (word == 0)
    {
      const Missed missed = { key, track, is_place };

      g_hash_table_insert (self->known, GSIZE_TO_POINTER (key), GUINT_TO_POINTER (1));
      g_array_append_val (self->missed, missed);
      word = 1;
    }
  g_mutex_unlock (&self->lock);
  return word - 1;
}

guint32
tasks_words_find_kind (TasksWords *self, guint track, guint32 program, guint16 kind)
{
  return kind != 0 ? find (self, track, get_key (program, kind, FALSE), FALSE) : 0;
}

guint32
tasks_words_find_place (TasksWords *self, guint track, guint32 program, guint32 location)
{
  return location != 0 ? find (self, track, get_key (program, location, TRUE), TRUE) : 0;
}

static guint32
read_missed (TasksWords *self, const Missed *missed)
{
  g_autofree char *text =
      missed->is_place
          ? inspector_history_dup_place (self->history, missed->track, (guint32)missed->key)
          : g_strdup (
                inspector_history_get_kind (self->history, missed->track, (guint16)missed->key));
  guint32 word = intern (self, text);
  const char *dot = missed->is_place ? NULL : strchr (text, '.');

  if (dot != NULL)
    {
      gboolean is_process = inspector_kind_is_process (text);
      g_autofree char *runtime =
          is_process ? g_strdup (_ ("process")) : g_strndup (text, dot - text);
      TasksWord *kind = &self->pages[word / PER_PAGE][word % PER_PAGE];

      __atomic_store_n (&kind->is_process, is_process, __ATOMIC_RELAXED);
      __atomic_store_n (&kind->runtime, intern (self, runtime), __ATOMIC_RELAXED);
    }
  self->version += word != 0;
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->known, GSIZE_TO_POINTER (missed->key), GUINT_TO_POINTER (word + 1));
  g_mutex_unlock (&self->lock);
  return word;
}

static gboolean
take_missed (TasksWords *self, Missed *ret_missed)
{
  gboolean is_there;

  g_mutex_lock (&self->lock);
  is_there = self->missed->len > 0;
  if (is_there)
    {
      *ret_missed = g_array_index (self->missed, Missed, self->missed->len - 1);
      g_array_set_size (self->missed, self->missed->len - 1);
    }
  g_mutex_unlock (&self->lock);
  return is_there;
}

static guint32
read_now (TasksWords *self, guint track, guint64 key, gboolean is_place)
{
  guint32 word = find (self, track, key, is_place);

  return word != 0 ? word : read_missed (self, &(Missed){ key, track, is_place });
}

guint32
tasks_words_read_kind (TasksWords *self, guint track, guint32 program, guint16 kind)
{
  return kind != 0 ? read_now (self, track, get_key (program, kind, FALSE), FALSE) : 0;
}

guint32
tasks_words_read_place (TasksWords *self, guint track, guint32 program, guint32 location)
{
  return location != 0 ? read_now (self, track, get_key (program, location, TRUE), TRUE) : 0;
}

gboolean
tasks_words_read (TasksWords *self, gint64 budget_us)
{
  gint64 now_us = g_get_monotonic_time (), until_us = now_us + budget_us;
  Missed missed;

  read_names_again (self, now_us, until_us);
  while (g_get_monotonic_time () < until_us && take_missed (self, &missed))
    read_missed (self, &missed);
  return read_names (self, until_us) || self->missed->len > 0;
}
