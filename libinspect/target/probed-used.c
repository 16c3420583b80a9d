/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/probed-used.h"

#include <fcntl.h>
#include <unistd.h>

/* Of /proc/PID/pagemap: a word for each page, of which whoever may look into the process sees these bits
 * (proc_pid_pagemap(5)). */
#define PRESENT (G_GUINT64_CONSTANT (1) << 63)
#define SWAPPED (G_GUINT64_CONSTANT (1) << 62)
#define N_WORDS 4096u

struct _TargetProbedUsed
{
  int fd; /* -1: nobody tells */
  guint64 page_size;
  guint64 first_page; /* that @words are of */
  guint n_words;
  guint64 words[N_WORDS];
};

TargetProbedUsed *
target_probed_used_new (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/pagemap", pid);
  TargetProbedUsed *self = g_new (TargetProbedUsed, 1);

  self->fd = open (path, O_RDONLY | O_CLOEXEC);
  self->page_size = (guint64)sysconf (_SC_PAGESIZE);
  self->n_words = 0;
  return self;
}

void
target_probed_used_free (TargetProbedUsed *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/* What nobody tells of is taken for used. */
static gboolean
is_used (TargetProbedUsed *self, guint64 page)
{
  if (page < self->first_page || page - self->first_page >= self->n_words)
    {
      gssize length =
          pread (self->fd, self->words, sizeof self->words, (off_t)(page * sizeof self->words[0]));

      self->first_page = page;
      self->n_words = (guint)(MAX (length, 0) / (gssize)sizeof self->words[0]);
      if (self->n_words == 0)
        return TRUE;
    }
  return (self->words[page - self->first_page] & (PRESENT | SWAPPED)) != 0;
}

guint64
target_probed_used_find (TargetProbedUsed *self, guint64 address, guint64 end, guint64 *ret_end)
{
  guint64 page = address / self->page_size;

  if (self->fd < 0)
    {
      *ret_end = end;
      return address;
    }
  while (page * self->page_size < end && !is_used (self, page))
    page++;
  address = MAX (address, page * self->page_size);
  while (page * self->page_size < end && is_used (self, page))
    page++;
  *ret_end = MIN (end, page * self->page_size);
  return MIN (address, end);
}
