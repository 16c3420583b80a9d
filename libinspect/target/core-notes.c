/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/core-private.h"

#include <elf.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "target/stack-private.h"

/* The notes of a core file, core(5): who it was, its threads with their registers, and which files it
 * had mapped. */

#define MAX_THREADS 65536u
#define MAX_MAPPINGS 65536u

#if defined(__x86_64__)
#define REGISTER_PC 16
#define REGISTER_SP 19
#elif defined(__aarch64__)
#define REGISTER_SP 31
#define REGISTER_PC 32
#endif

/* Calls by which a program ends itself: whoever has made one was not waiting. */
static gboolean
is_of_signals (guint64 call)
{
#if defined(__x86_64__)
  return call == SYS_kill || call == SYS_tkill || call == SYS_tgkill;
#else
  return FALSE;
#endif
}

gboolean
target_core_is_asleep (TargetCore *self, int tid)
{
#if defined(__x86_64__)
  for (guint i = 0; i < self->threads->len; i++)
    if (g_array_index (self->threads, InspectorProbeThread, i).tid == tid)
      {
        struct user_regs_struct from;

        memcpy (&from, self->registers->data + i * sizeof (elf_gregset_t), sizeof from);
        return (gint64)from.orig_rax >= 0 && !is_of_signals (from.orig_rax);
      }
#endif
  return FALSE;
}

static void
take_status (TargetCore *self, const guint8 *bytes, gsize length)
{
  struct elf_prstatus status;
  InspectorProbeThread thread = { 0 };

  if (length < sizeof status || self->threads->len >= MAX_THREADS)
    return;
  memcpy (&status, bytes, sizeof status);
  thread.tid = thread.own_tid = status.pr_pid;
  thread.name = g_strdup ("");
  thread.sp = status.pr_reg[REGISTER_SP];
  thread.pc = status.pr_reg[REGISTER_PC];
  /* The first is the one that the signal was for. */
  if (self->threads->len == 0)
    self->signal = status.pr_cursig;
  g_array_append_val (self->threads, thread);
  g_array_append_val (self->registers, status.pr_reg);
}

guint
target_core_get_registers (TargetCore *self, int tid, guint64 ret_registers[32])
{
  for (guint i = 0; i < self->threads->len; i++)
    if (g_array_index (self->threads, InspectorProbeThread, i).tid == tid)
      {
        struct user_regs_struct from;

        memcpy (&from, self->registers->data + i * sizeof (elf_gregset_t), sizeof from);
        return target_stack_take_registers (&from, ret_registers);
      }
  return 0;
}

static void
take_process (TargetCore *self, const guint8 *bytes, gsize length)
{
  struct elf_prpsinfo process;

  if (length < sizeof process)
    return;
  memcpy (&process, bytes, sizeof process);
  self->pid = process.pr_pid;
  g_string_truncate (self->command, 0);
  g_string_append_len (self->command, process.pr_psargs,
                       (gssize)strnlen (process.pr_psargs, sizeof process.pr_psargs));
  if (self->command->len == 0)
    g_string_append_len (self->command, process.pr_fname,
                         (gssize)strnlen (process.pr_fname, sizeof process.pr_fname));
  g_strchomp (self->command->str);
  self->command->len = strlen (self->command->str);
}

static void
take_vector (TargetCore *self, const guint8 *bytes, gsize length)
{
  for (gsize at = 0; at + sizeof (Elf64_auxv_t) <= length; at += sizeof (Elf64_auxv_t))
    {
      Elf64_auxv_t entry;

      memcpy (&entry, bytes + at, sizeof entry);
      if (entry.a_type == AT_ENTRY)
        self->entry = entry.a_un.a_val;
    }
}

/* Their number, the size of a page, of each its beginning, end and offset in pages; then their names. */
static void
take_files (TargetCore *self, const guint8 *bytes, gsize length)
{
  guint64 head[2];
  const char *name;

  if (length < sizeof head)
    return;
  memcpy (head, bytes, sizeof head);
  if (head[0] > MAX_MAPPINGS || (length - sizeof head) / 24 < head[0])
    return;
  name = (const char *)bytes + sizeof head + head[0] * 24;
  for (guint64 i = 0; i < head[0]; i++)
    {
      gsize left = (gsize)((const char *)bytes + length - name);
      gsize n = strnlen (name, left);
      guint64 words[3];
      CoreMapping mapping;
      CoreFile *file;

      if (n == left)
        return;
      memcpy (words, bytes + sizeof head + i * 24, sizeof words);
      file = g_hash_table_lookup (self->files, name);
      if (file == NULL)
        {
          file = g_new0 (CoreFile, 1);
          file->path = g_strdup (name);
          g_hash_table_insert (self->files, file->path, file);
        }
      mapping = (CoreMapping){ words[0], words[1], words[2] * head[1], file->path };
      name += n + 1;
      if (mapping.begin < mapping.end && *file->path == '/')
        g_array_append_val (self->mappings, mapping);
    }
}

static const struct
{
  guint32 type;
  void (*take) (TargetCore *self, const guint8 *bytes, gsize length);
} notes_known[] = {
  { NT_PRSTATUS, take_status },
  { NT_PRPSINFO, take_process },
  { NT_AUXV, take_vector },
  { NT_FILE, take_files },
};

/* Name and description are each filled up to a multiple of four. */
gboolean
target_core_read_notes (TargetCore *self, const guint8 *notes, gsize length)
{
  gsize at = 0;

  while (length - at >= sizeof (Elf64_Nhdr))
    {
      Elf64_Nhdr note;
      gsize name, text;

      memcpy (&note, notes + at, sizeof note);
      name = at + sizeof note;
      text = name + ((gsize)note.n_namesz + 3) / 4 * 4;
      at = text + ((gsize)note.n_descsz + 3) / 4 * 4;
      if (at > length || text + note.n_descsz > length)
        break;
      for (guint i = 0; i < G_N_ELEMENTS (notes_known); i++)
        if (note.n_type == notes_known[i].type && note.n_namesz == 5 &&
            memcmp (notes + name, "CORE", 5) == 0)
          notes_known[i].take (self, notes + text, note.n_descsz);
    }
  return self->threads->len > 0;
}
