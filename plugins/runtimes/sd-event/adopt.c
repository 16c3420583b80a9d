/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. sd-event tells of no source that it has, but what the kernel watches for it
 * carries their addresses: /proc/self/fdinfo of the loop's epoll descriptor. Its structs are read as systemd 252 lays
 * them out, and each thing that is found there has to agree with what sd-event says of it before it
 * is believed. */

#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "add.h"
#include "emit/sys.h"
#include "source.h"
#include "shared/site.h"

#define MAX_BYTES 65536u
#define MAX_TIMES 4096u
/* Of a source, up to where its callback may be. */
#define N_WORDS 40u

/* What data of an epoll entry leads to begins with one of these. */
#define WAKEUP_SOURCE 1
#define WAKEUP_CLOCK 2

typedef struct
{
  uint32_t n_references;
  int32_t epoll_fd;
} Loop;

typedef struct
{
  int32_t wakeup;
  uint32_t n_references;
  uint64_t event;
} Source;

typedef struct
{
  int32_t wakeup;
  int32_t fd;
  uint64_t earliest; /* queue of sources */
} Clock;

typedef struct
{
  uint64_t compare;
  uint32_t n, n_most;
  uint64_t items;
} Queue;

typedef struct
{
  uint64_t source, index;
} QueueItem;

/* ---- A source -------------------------------------------------------------------------------- */

static bool
may_be_code (uint64_t word)
{
  return word >= 4096 && word < UINT64_C (1) << 47;
}

/* The callback lies before what the source waits for, which sd-event says, too. NULL: it is not found. */
static Callback *
find_callback (sd_event_source *source, uint64_t follows)
{
  uint64_t words[N_WORDS];
  size_t n = N_WORDS;

  while (n > sizeof (Source) / sizeof *words &&
         !site_copy (words, (uint64_t)(uintptr_t)source, n * sizeof *words))
    n--;
  for (size_t i = sizeof (Source) / sizeof *words; i + 1 < n; i++)
    if (words[i + 1] == follows && may_be_code (words[i]))
      return (Callback *)source + i;
  return NULL;
}

static bool
get_type (sd_event_source *source, SourceType *ret_type, uint64_t *ret_follows)
{
  uint32_t events = 0;
  uint64_t us = 0;
  int fd = sd.get_io_fd (source);

  *ret_follows = 0;
  if (fd >= 0 && sd.get_io_events (source, &events) >= 0)
    {
      *ret_type = SOURCE_IO;
      *ret_follows = (uint64_t)events << 32 | (uint32_t)fd;
      return true;
    }
  if (sd.get_time (source, &us) >= 0)
    {
      *ret_type = SOURCE_TIME;
      *ret_follows = us;
      return true;
    }
  *ret_type = SOURCE_CHILD;
  return sd.get_child_pid (source, &(pid_t){ 0 }) >= 0;
}

static void
adopt (sd_event *event, uint64_t address)
{
  sd_event_source *found = (sd_event_source *)(uintptr_t)address;
  uint64_t follows;
  Callback *callback;
  SourceType type;
  Source source;

  if (address % sizeof (void *) != 0 || !site_copy (&source, address, sizeof source) ||
      source.event != (uint64_t)(uintptr_t)event || source.n_references == 0 ||
      source.n_references > UINT16_MAX || sd.get_event (found) != event ||
      !get_type (found, &type, &follows))
    return;
  callback = follows != 0 ? find_callback (found, follows) : NULL;
  source_adopted (found, type, callback != NULL ? add_follow (type, callback) : NULL,
                  source.n_references);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static void
adopt_times (sd_event *event, const Clock *clock)
{
  QueueItem item;
  Queue queue;

  if (!site_copy (&queue, clock->earliest, sizeof queue) || queue.n > queue.n_most ||
      queue.n > MAX_TIMES)
    return;
  for (uint32_t i = 0; i < queue.n; i++)
    if (site_copy (&item, queue.items + i * sizeof item, sizeof item))
      adopt (event, item.source);
}

/* ---- What the kernel watches ------------------------------------------------------------------- */

static bool
is_loop (uint64_t address, const void *data)
{
  Loop loop;

  return site_copy (&loop, address, sizeof loop) && loop.epoll_fd == *(const int *)data &&
         loop.n_references > 0 && loop.n_references < UINT16_MAX;
}

static void
adopt_entry (sd_event *event, int fd, uint64_t data)
{
  Source source;
  Clock clock;

  if (!site_copy (&source, data, sizeof source))
    return;
  if (source.wakeup == WAKEUP_SOURCE)
    adopt (event, data);
  else if (source.wakeup == WAKEUP_CLOCK && site_copy (&clock, data, sizeof clock) &&
           clock.fd == fd)
    adopt_times (event, &clock);
}

static const char *
find_number (const char *text, const char *name, unsigned base, uint64_t *ret_number)
{
  size_t length = strlen (name);

  while (*text != '\0' && strncmp (text, name, length) != 0)
    text++;
  if (*text == '\0')
    return NULL;
  text += length;
  while (*text == ' ')
    text++;
  for (*ret_number = 0;; text++)
    {
      unsigned digit = *text >= '0' && *text <= '9'   ? (unsigned)(*text - '0')
                       : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a') + 10
                                                      : base;

      if (digit >= base)
        return text;
      *ret_number = *ret_number * base + digit;
    }
}

static size_t
read_entries (int epoll_fd, char *text)
{
  char path[64] = "/proc/self/fdinfo/", digits[12];
  size_t used = strlen (path), n = 0, length = 0;
  long got, fd;

  do
    digits[n++] = (char)('0' + epoll_fd % 10);
  while ((epoll_fd /= 10) > 0);
  while (n > 0)
    path[used++] = digits[--n];
  path[used] = '\0';
  fd = sys_openat (AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return 0;
  do
    {
      got = SYS_CALL3 (SYS_read, fd, text + length, MAX_BYTES - 1 - length);
      length += got > 0 ? (size_t)got : 0;
    }
  while (got > 0 && length < MAX_BYTES - 1);
  sys_close ((int)fd);
  text[length] = '\0';
  return length;
}

/* The loop of a thread that stands in its wait. */
void
adopt_pending (const InspectSite *site)
{
  int fd = (int)site->arguments[0];
  uint64_t address = site_is_epoll_wait (site) && fd >= 0 ? site_find (site, is_loop, &fd) : 0;
  static char text[MAX_BYTES]; /* under the agent's lock; too big for a stack that is not ours */
  const char *at = text;
  uint64_t number, data;

  if (address == 0 || read_entries (fd, text) == 0)
    return;
  loop_adopt ((const void *)(uintptr_t)address);
  watchers.is_adopting = true;
  while ((at = find_number (at, "tfd:", 10, &number)) != NULL &&
         (at = find_number (at, "data:", 16, &data)) != NULL)
    adopt_entry ((sd_event *)(uintptr_t)address, (int)number, data);
  watchers.is_adopting = false;
}
