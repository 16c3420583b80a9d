/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/core-private.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/launch.h"
#include "target/probed-module.h"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

#define MAX_SEGMENTS 1000000u

/* ---- Memory -------------------------------------------------------------------------------------- */

/* The last item of @array, in which they are by address, that begins at @address or before it. */
static gpointer
find_before (GArray *array, guint64 address)
{
  guint size = g_array_get_element_size (array), low = 0, high = array->len;

  /* The address comes first in all of them. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      guint64 begin;

      memcpy (&begin, array->data + (gsize)middle * size, sizeof begin);
      if (begin <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 ? array->data + (gsize)(low - 1) * size : NULL;
}

/* From the core file. Returns: how many bytes */
static gsize
read_written (TargetCore *self, const CoreSegment *segment, guint64 address, void *buffer,
              gsize length)
{
  gsize at = (gsize)(address - segment->begin), n;

  if (at >= segment->length)
    return 0;
  n = (gsize)MIN (length, segment->length - at);
  memcpy (buffer, g_mapped_file_get_contents (self->contents) + segment->offset + at, n);
  return n;
}

/* From the file that was mapped there. */
static gsize
read_mapped (TargetCore *self, guint64 address, void *buffer, gsize length)
{
  const CoreMapping *mapping = find_before (self->mappings, address);
  const guint8 *bytes;
  gsize n;

  if (mapping == NULL || address >= mapping->end)
    return 0;
  length = (gsize)MIN (length, mapping->end - address);
  bytes = target_core_get_file (self, mapping, mapping->offset + (address - mapping->begin), &n);
  if (bytes == NULL)
    return 0;
  n = MIN (n, length);
  memcpy (buffer, bytes, n);
  return n;
}

/* Memory that was asked for and never touched is not written. */
static gsize
read_untouched (TargetCore *self, const CoreSegment *segment, guint64 address, void *buffer,
                gsize length)
{
  const CoreMapping *mapping = find_before (self->mappings, address);

  if (!segment->is_readable || segment->length > 0 || (mapping != NULL && address < mapping->end))
    return 0;
  length = (gsize)MIN (length, segment->end - address);
  memset (buffer, 0, length);
  return length;
}

gboolean
target_core_read (TargetCore *self, guint64 address, void *buffer, gsize length)
{
  guint8 *to = buffer;

  while (length > 0)
    {
      const CoreSegment *segment = find_before (self->segments, address);
      gsize n = 0;

      if (segment != NULL && address < segment->end)
        {
          n = read_written (self, segment, address, to, length);
          if (n == 0)
            n = read_untouched (self, segment, address, to,
                                (gsize)MIN (length, segment->end - address));
        }
      if (n == 0)
        n = read_mapped (self, address, to, length);
      if (n == 0)
        return FALSE;
      to += n;
      address += n;
      length -= n;
    }
  return TRUE;
}

gboolean
target_core_read_written (gpointer data, guint64 address, void *buffer, gsize length)
{
  const CoreSegment *segment = find_before (((TargetCore *)data)->segments, address);

  return segment != NULL && address < segment->end &&
         read_written (data, segment, address, buffer, length) == length;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  guint64 x, y;

  memcpy (&x, a, sizeof x);
  memcpy (&y, b, sizeof y);
  return (x > y) - (x < y);
}

static gboolean
fail (TargetCore *self, const char *why, GError **error)
{
  g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED, _ ("cannot read the core file '%s': %s"),
               self->path, why);
  return FALSE;
}

static gboolean
check_header (TargetCore *self, const Elf64_Ehdr *header, gsize length, GError **error)
{
  if (length < EI_NIDENT || memcmp (header->e_ident, ELFMAG, SELFMAG) != 0)
    return fail (self, _ ("it is none"), error);
  if (length < sizeof *header)
    return fail (self, _ ("it was cut off"), error);
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != MACHINE)
    return fail (self, _ ("it is of a machine of another kind than this one"), error);
  if (header->e_type != ET_CORE)
    return fail (self,
                 _ ("it is a program or library; name its core file, and the program by --exe"),
                 error);
  return TRUE;
}

static gboolean
take_segment (TargetCore *self, const Elf64_Phdr *header, gsize length)
{
  CoreSegment segment = { .begin = header->p_vaddr,
                          .end = header->p_vaddr + header->p_memsz,
                          .offset = header->p_offset,
                          .length = MIN (header->p_filesz, header->p_memsz),
                          .is_readable = (header->p_flags & PF_R) != 0,
                          .is_writable = (header->p_flags & PF_W) != 0,
                          .is_code = (header->p_flags & PF_X) != 0 };
  guint64 there = segment.offset < length ? length - segment.offset : 0;

  if (segment.end < segment.begin)
    return FALSE;
  if (segment.length > there)
    {
      self->n_missing += segment.length - there;
      segment.length = there;
      /* What is cut off is not known to be zeros. */
      segment.is_readable = segment.length > 0;
    }
  if (segment.begin < segment.end)
    g_array_append_val (self->segments, segment);
  return TRUE;
}

/* With more segments than its field can say, the number is in the first section. */
static gsize
count_headers (const Elf64_Ehdr *header, const char *bytes, gsize length)
{
  Elf64_Shdr section;

  if (header->e_phnum != PN_XNUM)
    return header->e_phnum;
  if (header->e_shoff > length || length - header->e_shoff < sizeof section)
    return 0;
  memcpy (&section, bytes + header->e_shoff, sizeof section);
  return section.sh_info;
}

static gboolean
read_file (TargetCore *self, GError **error)
{
  const char *bytes = g_mapped_file_get_contents (self->contents);
  gsize length = g_mapped_file_get_length (self->contents), n;
  gboolean has_notes = FALSE;
  Elf64_Ehdr header = { 0 };

  if (bytes != NULL)
    memcpy (&header, bytes, MIN (length, sizeof header));
  if (!check_header (self, &header, length, error))
    return FALSE;
  n = count_headers (&header, bytes, length);
  if (header.e_phentsize != sizeof (Elf64_Phdr) || n == 0 || n > MAX_SEGMENTS ||
      header.e_phoff > length || (length - header.e_phoff) / sizeof (Elf64_Phdr) < n)
    return fail (self, _ ("it was cut off"), error);
  for (gsize i = 0; i < n; i++)
    {
      Elf64_Phdr segment;

      memcpy (&segment, bytes + header.e_phoff + i * sizeof segment, sizeof segment);
      if (segment.p_type == PT_LOAD && !take_segment (self, &segment, length))
        return fail (self, _ ("it is damaged"), error);
      if (segment.p_type == PT_NOTE && segment.p_offset <= length &&
          length - segment.p_offset >= segment.p_filesz)
        has_notes |= target_core_read_notes (self, (const guint8 *)bytes + segment.p_offset,
                                             segment.p_filesz);
    }
  if (!has_notes)
    return fail (self, _ ("it was cut off, or damaged: no threads are in it"), error);
  g_array_sort (self->segments, compare_addresses);
  g_array_sort (self->mappings, compare_addresses);
  return TRUE;
}

/* ---- What probes are shown ------------------------------------------------------------------------ */

static void
list_regions (TargetCore *self)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      const CoreSegment *segment = &g_array_index (self->segments, CoreSegment, i);
      const CoreMapping *mapping = find_before (self->mappings, segment->begin);
      InspectorProbeRegion region = { .begin = segment->begin,
                                      .end = segment->end,
                                      .is_writable = segment->is_writable,
                                      .is_code = segment->is_code };

      region.is_module = mapping != NULL && segment->begin < mapping->end;
      for (guint j = 0; j < self->threads->len; j++)
        {
          InspectorProbeThread *thread = &g_array_index (self->threads, InspectorProbeThread, j);

          if (thread->sp < region.begin || thread->sp >= region.end)
            continue;
          thread->stack_end = region.end;
          /* That of the first thread is the kernel's, and nothing else is in there. */
          region.is_stack |= thread->tid == self->pid;
        }
      if (segment->is_readable)
        g_array_append_val (self->regions, region);
    }
}

/* A core file has no clock in it: what has one is when the file was written, where that was since this
 * machine was started. */
static gint64
guess_now (const char *path)
{
  gint64 monotonic_us = g_get_monotonic_time ();
  gint64 ago_us;
  struct stat status;

  if (stat (path, &status) != 0)
    return 0;
  ago_us = g_get_real_time () -
           ((gint64)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000);
  return ago_us >= 0 && ago_us < monotonic_us ? (monotonic_us - ago_us) * 1000 : 0;
}

static void
thread_clear (gpointer data)
{
  g_free ((char *)((InspectorProbeThread *)data)->name);
}

static void
file_free (gpointer data)
{
  CoreFile *file = data;

  g_clear_pointer (&file->contents, g_mapped_file_unref);
  g_free (file->path);
  g_free (file);
}

TargetCore *
target_core_open (const char *path, const char *program, char **ret_warning, GError **error)
{
  g_autoptr (TargetCore) self = g_new0 (TargetCore, 1);
  g_autoptr (GError) own_error = NULL;

  self->path = g_strdup (path);
  self->program = g_strdup (program);
  self->command = g_string_new (NULL);
  self->segments = g_array_new (FALSE, FALSE, sizeof (CoreSegment));
  self->mappings = g_array_new (FALSE, FALSE, sizeof (CoreMapping));
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, file_free);
  self->regions = g_array_new (FALSE, FALSE, sizeof (InspectorProbeRegion));
  self->modules = g_array_new (FALSE, FALSE, sizeof (InspectorProbeModule));
  g_array_set_clear_func (self->modules, target_probed_module_clear);
  self->threads = g_array_new (FALSE, FALSE, sizeof (InspectorProbeThread));
  g_array_set_clear_func (self->threads, thread_clear);
  self->registers = g_array_new (FALSE, FALSE, sizeof (elf_gregset_t));
  self->contents = g_mapped_file_new (path, FALSE, &own_error);
  if (self->contents == NULL)
    {
      fail (self, own_error->message, error);
      return NULL;
    }
  if (!read_file (self, error) || !target_core_find_modules (self, ret_warning, error))
    return NULL;
  list_regions (self);
  self->now_ns = guess_now (path);
  return g_steal_pointer (&self);
}

void
target_core_free (TargetCore *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->segments);
  g_array_unref (self->mappings);
  g_array_unref (self->regions);
  g_array_unref (self->modules);
  g_array_unref (self->threads);
  g_array_unref (self->registers);
  g_hash_table_unref (self->files);
  g_clear_pointer (&self->contents, g_mapped_file_unref);
  g_string_free (self->command, TRUE);
  g_free (self->program);
  g_free (self->path);
  g_free (self);
}

void
target_core_fill (TargetCore *self, InspectorProbeTarget *target)
{
  target->now_ns = self->now_ns;
  target->regions = (const InspectorProbeRegion *)self->regions->data;
  target->n_regions = self->regions->len;
  target->modules = (const InspectorProbeModule *)self->modules->data;
  target->n_modules = self->modules->len;
  target->threads = (const InspectorProbeThread *)self->threads->data;
  target->n_threads = self->threads->len;
}

int
target_core_get_pid (TargetCore *self)
{
  return self->pid;
}

int
target_core_get_signal (TargetCore *self)
{
  return self->signal;
}

const char *
target_core_get_command (TargetCore *self)
{
  return self->command->str;
}

gboolean
target_core_is_one (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char bytes[SELFMAG];
  gboolean is_one = fd >= 0 && read (fd, bytes, sizeof bytes) == sizeof bytes &&
                    memcmp (bytes, ELFMAG, SELFMAG) == 0;

  if (fd >= 0)
    close (fd);
  return is_one;
}
