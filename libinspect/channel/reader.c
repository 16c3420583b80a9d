/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "reader-private.h"

/* ---- Open and close ------------------------------------------------------------------------ */

static const ChannelHeader *
shared_header (const ChannelReader *reader)
{
  return (const ChannelHeader *)(const void *)reader->memory;
}

/* Can no access to a mapping of @fd ever fail? Only an ordinary memfd whose size is fixed for good
 * promises that: huge pages can run out at the first touch, and a file can be cut. */
static int
check_file (int fd, uint64_t *ret_size)
{
  const int needed = F_SEAL_SHRINK | F_SEAL_GROW;
  int seals = fcntl (fd, F_GET_SEALS);
  struct statfs filesystem;
  struct stat status;

  if (seals < 0)
    return errno == EINVAL ? -EPERM : -errno;
  if ((seals & needed) != needed)
    return -EPERM;
  if (fstatfs (fd, &filesystem) < 0 || fstat (fd, &status) < 0)
    return -errno;
  if (filesystem.f_type != TMPFS_MAGIC)
    return -EPERM;
  if (!S_ISREG (status.st_mode) || status.st_size < (off_t)sizeof (ChannelHeader) ||
      (uint64_t)status.st_size > CHANNEL_MAX_SIZE)
    return -EPROTO;
  *ret_size = (uint64_t)status.st_size;
  return 0;
}

/* The private header is aligned as the shared one is, more than calloc() promises. */
static ChannelReader *
new_reader (void)
{
  void *memory;

  if (posix_memalign (&memory, _Alignof(ChannelReader), sizeof (ChannelReader)) != 0)
    return NULL;
  return memset (memory, 0, sizeof (ChannelReader));
}

/* Fills what does not depend on where the memory came from. */
static int
prepare (ChannelReader *reader)
{
  const ChannelHeader *header = &reader->header;
  int error = channel_clock_init (&reader->clock, header);

  if (error < 0)
    return error;
  reader->header.version[CHANNEL_VERSION_LENGTH - 1] = '\0';
  for (char *c = reader->header.version; *c != '\0'; c++)
    if (*c < 0x20 || *c > 0x7e)
      *c = '?';
  reader->shared_rings = (ChannelRing *)(void *)(reader->memory + header->rings_offset);
  reader->shared_records = (ChannelRecord *)(void *)(reader->memory + header->records_offset);
  reader->rings = calloc (header->n_rings, sizeof *reader->rings);
  reader->heap = calloc (header->n_rings, sizeof *reader->heap);
  reader->strings =
      channel_strings_new (reader->memory + header->strings_offset, header->strings_capacity);
  reader->tables = channel_tables_new (header);
  if (reader->rings == NULL || reader->heap == NULL || reader->strings == NULL ||
      reader->tables == NULL)
    return -ENOMEM;
  return 0;
}

/* Goes on where an inspector before this one stopped. */
static void
start_looking (ChannelReader *reader)
{
  const ChannelTail *tails =
      (const ChannelTail *)(const void *)(reader->memory + 2 * (size_t)CHANNEL_PAGE);
  const ChannelControl *control =
      (const ChannelControl *)(const void *)(reader->memory + CHANNEL_PAGE);

  for (uint32_t i = 0; i < reader->header.n_rings; i++)
    {
      uint64_t head = __atomic_load_n (&reader->shared_rings[i].head, __ATOMIC_ACQUIRE);
      uint64_t tail = __atomic_load_n (&tails[i].tail, __ATOMIC_RELAXED);

      reader->rings[i].tail = tail <= head ? tail : head;
      reader->rings[i].stuck_index = UINT64_MAX;
      reader->rings[i].last_ticks = reader->header.start_ticks;
    }
  reader->policy = __atomic_load_n (&control->policy, __ATOMIC_RELAXED);
  if (reader->control == NULL)
    return;
  __atomic_store_n (&reader->control->heartbeat_ns, channel_monotonic_ns (), __ATOMIC_RELAXED);
  __atomic_store_n (&reader->control->looking, 1, __ATOMIC_RELEASE);
}

/* A channel that was made in the future has a clock that is not ours (a time namespace): none of
 * its times would mean anything here, and all of its records would be thought invalid one by one.
 */
static bool
has_our_clock (const ChannelReader *reader)
{
  uint64_t ticks, second = channel_clock_ticks (&reader->clock, NSEC_PER_SEC);

  return reader->fd < 0 || !channel_clock_now (&reader->clock, &ticks) ||
         reader->header.start_ticks <= ticks || reader->header.start_ticks - ticks <= second;
}

static int
finish_open (ChannelReader *reader)
{
  int error = prepare (reader);

  if (error < 0)
    return error;
  if (!has_our_clock (reader))
    return -EPROTO;
  start_looking (reader);
  return 0;
}

/* Frees what the reader has made; the memory of the channel and the fd are the caller's. */
static void
discard (ChannelReader *reader)
{
  for (uint32_t i = 0; reader->rings != NULL && i < reader->header.n_rings; i++)
    {
      free (reader->rings[i].entries);
      free (reader->rings[i].pending);
    }
  free (reader->rings);
  free (reader->heap);
  channel_strings_free (reader->strings);
  channel_tables_free (reader->tables);
  free (reader);
}

static void
set_control (ChannelReader *reader, uint8_t *control)
{
  reader->control = (ChannelControl *)(void *)control;
  reader->tails = (ChannelTail *)(void *)(control + CHANNEL_PAGE);
}

static int
map (ChannelReader *reader, int fd, size_t size)
{
  void *memory = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  void *control;
  int error;

  if (memory == MAP_FAILED)
    return -errno;
  control = mmap (NULL, channel_control_size (reader->header.n_rings), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, CHANNEL_PAGE);
  if (control == MAP_FAILED)
    {
      error = -errno;
      munmap (memory, size);
      return error;
    }
  reader->memory = memory;
  reader->size = size;
  reader->fd = fd;
  set_control (reader, control);
  return 0;
}

static void
unmap (ChannelReader *reader)
{
  munmap (reader->memory, reader->size);
  munmap (reader->control, channel_control_size (reader->header.n_rings));
}

int
channel_reader_open (int fd, ChannelReader **ret_reader)
{
  ChannelReader *reader;
  uint64_t size;
  ssize_t n_read;
  int error = check_file (fd, &size);

  if (error < 0)
    return error;
  reader = new_reader ();
  if (reader == NULL)
    return -ENOMEM;

  n_read = pread (fd, &reader->header, sizeof reader->header, 0);
  error = n_read < 0 ? -errno : n_read < (ssize_t)sizeof reader->header ? -EPROTO : 0;
  if (error < 0)
    goto free_reader;
  error = channel_image_check (&reader->header, size);
  if (error < 0)
    goto free_reader;
  error = map (reader, fd, (size_t)reader->header.total_size);
  if (error < 0)
    goto free_reader;
  error = finish_open (reader);
  if (error < 0)
    goto unmap_memory;
  *ret_reader = reader;
  return 0;

unmap_memory:
  unmap (reader);
free_reader:
  discard (reader);
  return error;
}

int
channel_reader_open_memory (void *memory, size_t size, bool control_writable,
                            ChannelReader **ret_reader)
{
  ChannelReader *reader;
  int error;

  if (size < sizeof (ChannelHeader) || (uintptr_t)memory % 64 != 0)
    return -EPROTO;
  reader = new_reader ();
  if (reader == NULL)
    return -ENOMEM;
  memcpy (&reader->header, memory, sizeof reader->header);
  __asm__ volatile("" ::: "memory");
  error = channel_image_check (&reader->header, size);
  if (error < 0)
    goto free_reader;
  reader->memory = memory;
  reader->size = (size_t)reader->header.total_size;
  reader->fd = -1;
  if (control_writable)
    set_control (reader, reader->memory + CHANNEL_PAGE);
  error = finish_open (reader);
  if (error < 0)
    goto free_reader;
  *ret_reader = reader;
  return 0;

free_reader:
  discard (reader);
  return error;
}

void
channel_reader_close (ChannelReader *reader)
{
  if (reader == NULL)
    return;
  channel_reader_stop_looking (reader);
  if (reader->fd >= 0)
    {
      unmap (reader);
      close (reader->fd);
    }
  discard (reader);
}

/* ---- The control page ---------------------------------------------------------------------- */

/* The counts and the state in the private copy follow the shared ones; all else stays as checked.
 */
const ChannelHeader *
channel_reader_get_header (ChannelReader *reader)
{
  const ChannelHeader *shared = shared_header (reader);
  ChannelHeader *header = &reader->header;

  header->state.value = __atomic_load_n (&shared->state.value, __ATOMIC_ACQUIRE);
  header->kinds_count.value = __atomic_load_n (&shared->kinds_count.value, __ATOMIC_ACQUIRE);
  header->locations_count.value =
      __atomic_load_n (&shared->locations_count.value, __ATOMIC_ACQUIRE);
  header->modules_count.value = __atomic_load_n (&shared->modules_count.value, __ATOMIC_ACQUIRE);
  header->strings_used.value = __atomic_load_n (&shared->strings_used.value, __ATOMIC_ACQUIRE);
  header->rings_used.value = __atomic_load_n (&shared->rings_used.value, __ATOMIC_ACQUIRE);
  return header;
}

void
channel_reader_set_policy (ChannelReader *reader, ChannelPolicy policy)
{
  reader->policy = policy;
  if (reader->control == NULL)
    return;
  __atomic_store_n (&reader->control->policy, policy, __ATOMIC_RELEASE);
  /* Threads that wait under the old policy look again. */
  __atomic_fetch_add (&reader->control->space_futex, 1, __ATOMIC_SEQ_CST);
  syscall (SYS_futex, &reader->control->space_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void
channel_reader_beat (ChannelReader *reader)
{
  channel_clock_refresh (&reader->clock);
  if (reader->control == NULL || reader->has_stopped)
    return;
  __atomic_store_n (&reader->control->heartbeat_ns, channel_monotonic_ns (), __ATOMIC_RELAXED);
  __atomic_store_n (&reader->control->looking, 1, __ATOMIC_RELEASE);
}

void
channel_reader_stop_looking (ChannelReader *reader)
{
  if (reader->control == NULL || reader->has_stopped)
    return;
  reader->has_stopped = true;
  /* Nothing is armed for whoever looks next. Threads that stand at a breakpoint look at `looking` as
   * soon as the other futex wakes them. */
  __atomic_store_n (&reader->control->armed, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&reader->control->looking, 0, __ATOMIC_RELEASE);
  __atomic_fetch_add (&reader->control->go_futex, 1, __ATOMIC_SEQ_CST);
  syscall (SYS_futex, &reader->control->go_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
  __atomic_fetch_add (&reader->control->space_futex, 1, __ATOMIC_SEQ_CST);
  syscall (SYS_futex, &reader->control->space_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- Counters ------------------------------------------------------------------------------ */

/* Target's counts only rise; one that falls is not believed. */
static void
follow (uint64_t *seen, uint64_t value)
{
  if (value > *seen)
    *seen = value;
}

void
channel_reader_get_stats (ChannelReader *reader, ChannelStats *ret_stats)
{
  const ChannelHeader *shared = shared_header (reader);
  uint64_t losses = 0;

  for (uint32_t i = 0; i < reader->rings_used; i++)
    channel_ring_count (reader, i);
  channel_count (&losses, __atomic_load_n (&shared->lost_kinds, __ATOMIC_RELAXED));
  channel_count (&losses, __atomic_load_n (&shared->lost_locations, __ATOMIC_RELAXED));
  channel_count (&losses, __atomic_load_n (&shared->lost_modules, __ATOMIC_RELAXED));
  channel_count (&losses, __atomic_load_n (&shared->lost_strings, __ATOMIC_RELAXED));
  channel_count (&losses, __atomic_load_n (&shared->lost_threads, __ATOMIC_RELAXED));
  follow (&reader->stats.table_losses, losses);
  follow (&reader->stats.skipped, __atomic_load_n (&shared->skipped, __ATOMIC_RELAXED));
  follow (&reader->stats.cut_stacks, __atomic_load_n (&shared->cut_stacks, __ATOMIC_RELAXED));
  *ret_stats = reader->stats;
  ret_stats->silent
      = __atomic_load_n (&shared->state.value, __ATOMIC_RELAXED) == CHANNEL_STATE_SILENT;
  channel_count (&ret_stats->cost_ns, __atomic_load_n (&shared->setup_ns, __ATOMIC_RELAXED));
}
