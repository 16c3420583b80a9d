/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/known-symbols.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/known-layout.h"
#include "agent/whole.h"
#include "target/image.h"
#include "target/launch.h"
#include "target/linked.h"
#include "target/mappings.h"

typedef struct
{
  GArray *objects; /* AgentKnownObject; offsets within @symbols and @strings */
  GArray *symbols; /* Elf64_Sym */
  GString *strings;
} Known;

/* ---- One object ------------------------------------------------------------------------------- */

/* As the agent takes one for a function of others (agent/symbol-table.c). */
static gboolean
is_function (const TargetImage *image, const TargetSymbols *table, gsize i)
{
  const Elf64_Sym *symbol = &table->symbols[i];

  if (ELF64_ST_TYPE (symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
      symbol->st_value == 0 || symbol->st_name >= table->strings_size ||
      !agent_whole_is (symbol, i, table->first_demoted))
    return FALSE;
  for (guint k = 0; k < image->n_segments; k++)
    {
      const Elf64_Phdr *segment = &image->segments[k];

      if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0 &&
          symbol->st_value >= segment->p_vaddr &&
          symbol->st_value - segment->p_vaddr < segment->p_memsz)
        return TRUE;
    }
  return FALSE;
}

static void
add_symbol (Known *known, AgentKnownObject *object, const Elf64_Sym *from, const char *name)
{
  Elf64_Sym symbol = { .st_name = (Elf64_Word)(known->strings->len - object->strings),
                       .st_info = ELF64_ST_INFO (STB_GLOBAL, STT_FUNC),
                       .st_shndx = 1,
                       .st_value = from->st_value,
                       .st_size = from->st_size };

  g_array_append_val (known->symbols, symbol);
  g_string_append_len (known->strings, name, (gssize)strlen (name) + 1);
  object->n_symbols++;
}

static gboolean
is_marker (const GPtrArray *runtimes, const char *name)
{
  for (guint i = 0; i < runtimes->len; i++)
    if (g_strv_contains ((const char *const *)((TargetRuntime *)runtimes->pdata[i])->symbols, name))
      return TRUE;
  return FALSE;
}

/* What the names of a runtime begin with that may be followed where it is linked into another object; the plugin says
 * the same (`prefix` in agent/runtime-plugin.h), or the agent reads the file by itself. */
static void
choose_prefix (const GPtrArray *runtimes, char prefix[AGENT_KNOWN_PREFIX_MAX])
{
  prefix[0] = '\0';
  for (guint i = 0; i < runtimes->len && prefix[0] == '\0'; i++)
    {
      const TargetRuntime *runtime = runtimes->pdata[i];
      const char *end =
          runtime->inside != NULL && runtime->inside[0] != NULL && runtime->symbols[0] != NULL
              ? strchr (runtime->symbols[0], '_')
              : NULL;

      if (end != NULL && (gsize)(end - runtime->symbols[0]) + 2 <= AGENT_KNOWN_PREFIX_MAX)
        memcpy (prefix, runtime->symbols[0], (gsize)(end - runtime->symbols[0]) + 1);
    }
}

static int
compare_values (gconstpointer a, gconstpointer b)
{
  guint64 left = *(const guint64 *)a, right = *(const guint64 *)b;

  return left < right ? -1 : left > right;
}

static guint
count_up_to (const GArray *values, guint64 value)
{
  guint low = 0, high = values->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (values, guint64, middle) <= value)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Whether any of others lies between two of them is all that is asked for. */
static void
add_one_of_each_gap (Known *known, AgentKnownObject *object, const TargetImage *image,
                     const TargetSymbols *table, GArray *own)
{
  g_autofree guint8 *has_other = g_malloc0 (own->len + 1);

  g_array_sort (own, compare_values);
  for (gsize i = 0; i < table->n; i++)
    {
      const char *name = table->strings + table->symbols[i].st_name;
      guint gap;

      if (!is_function (image, table, i) || g_str_has_prefix (name, object->prefix))
        continue;
      gap = count_up_to (own, table->symbols[i].st_value);
      if (has_other[gap] == 0)
        add_symbol (known, object, &table->symbols[i], name);
      has_other[gap] = 1;
    }
}

/* As the process has it in memory. FALSE: it has none */
static gboolean
read_build_id (const TargetImage *loaded, AgentKnownObject *object)
{
  for (guint i = 0; i < loaded->n_segments; i++)
    {
      const Elf64_Phdr *segment = &loaded->segments[i];
      guint8 notes[1024];
      gsize length = MIN (segment->p_memsz, sizeof notes), at = 0;

      if (segment->p_type != PT_NOTE ||
          pread (loaded->fd, notes, length, (off_t)(loaded->bias + segment->p_vaddr)) !=
              (gssize)length)
        continue;
      while (at + sizeof (Elf64_Nhdr) + 4 <= length)
        {
          Elf64_Nhdr note;
          gsize name = at + sizeof note, text, next;

          memcpy (&note, notes + at, sizeof note);
          text = name + ((note.n_namesz + 3) & ~(gsize)3);
          next = text + ((note.n_descsz + 3) & ~(gsize)3);
          if (next > length || next <= at)
            break;
          if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
              memcmp (notes + name, "GNU", 4) == 0 && note.n_descsz > 0 &&
              note.n_descsz <= sizeof object->build_id)
            {
              object->build_id_length = note.n_descsz;
              memcpy (object->build_id, notes + text, note.n_descsz);
              return TRUE;
            }
          at = next;
        }
    }
  return FALSE;
}

static void
add_object (Known *known, const TargetImage *loaded, const TargetImage *image,
            const TargetSymbols *table, const GPtrArray *runtimes)
{
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (guint64));
  AgentKnownObject object = { .dynamic = loaded->dynamic,
                              .symbols = known->symbols->len,
                              .strings = (guint32)known->strings->len };

  if (!read_build_id (loaded, &object))
    return;
  choose_prefix (runtimes, object.prefix);
  for (gsize i = 0; i < table->n; i++)
    {
      const char *name;
      gboolean is_own;

      if (!is_function (image, table, i))
        continue;
      name = table->strings + table->symbols[i].st_name;
      is_own = object.prefix[0] != '\0' && g_str_has_prefix (name, object.prefix);
      if (is_own)
        g_array_append_val (own, table->symbols[i].st_value);
      if (is_own || is_marker (runtimes, name))
        add_symbol (known, &object, &table->symbols[i], name);
    }
  if (own->len > 0)
    {
      add_one_of_each_gap (known, &object, image, table, own);
      object.is_merged = agent_whole_is_merged (table->symbols, table->n, table->strings,
                                                table->strings_size, object.prefix);
    }
  g_string_append_c (known->strings, '\0');
  object.strings_size = (guint32)known->strings->len - object.strings;
  g_array_append_val (known->objects, object);
}

/* ---- All of them ------------------------------------------------------------------------------ */

static void
look_at (Known *known, int pid, int mem_fd, const TargetMapping *mapping, const char *program,
         const GPtrArray *runtimes)
{
  int fd = target_mapping_open_file (mapping, pid);
  TargetImage loaded, image;
  TargetSymbols table;

  if (fd < 0)
    return;
  if (target_image_init_memory (&loaded, mem_fd, mapping->begin) && loaded.dynamic != 0 &&
      target_image_init_file (&image, fd) &&
      (g_strcmp0 (mapping->path, program) == 0 || target_linked_may_wait (&image)) &&
      target_symbols_read (&table, &image))
    {
      add_object (known, &loaded, &image, &table, runtimes);
      target_symbols_clear (&table);
    }
  close (fd);
}

/* The agent wants offsets from the beginning. */
static GBytes *
put_together (const Known *known)
{
  AgentKnown head = { AGENT_KNOWN_MAGIC, known->objects->len };
  guint32 symbols = (guint32)(sizeof head + known->objects->len * sizeof (AgentKnownObject));
  guint32 strings = (guint32)(symbols + known->symbols->len * sizeof (Elf64_Sym));
  GByteArray *all = g_byte_array_new ();

  for (guint i = 0; i < known->objects->len; i++)
    {
      AgentKnownObject *object = &g_array_index (known->objects, AgentKnownObject, i);

      object->symbols = (guint32)(symbols + object->symbols * sizeof (Elf64_Sym));
      object->strings += strings;
    }
  g_byte_array_append (all, (const guint8 *)&head, sizeof head);
  g_byte_array_append (all, (const guint8 *)known->objects->data,
                       known->objects->len * sizeof (AgentKnownObject));
  g_byte_array_append (all, (const guint8 *)known->symbols->data,
                       known->symbols->len * sizeof (Elf64_Sym));
  g_byte_array_append (all, (const guint8 *)known->strings->str, (guint)known->strings->len);
  return g_byte_array_free_to_bytes (all);
}

GBytes *
target_known_symbols_find (int pid, const GPtrArray *runtimes)
{
  g_autofree char *mem_path = g_strdup_printf ("/proc/%d/mem", pid);
  g_autofree char *exe_path = g_strdup_printf ("/proc/%d/exe", pid);
  g_autofree char *program = g_file_read_link (exe_path, NULL);
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);
  int mem_fd = open (mem_path, O_RDONLY | O_CLOEXEC);
  Known known = { .objects = g_array_new (FALSE, FALSE, sizeof (AgentKnownObject)),
                  .symbols = g_array_new (FALSE, FALSE, sizeof (Elf64_Sym)),
                  .strings = g_string_new (NULL) };
  GBytes *bytes = NULL;

  for (guint i = 0; mem_fd >= 0 && mappings != NULL && i < mappings->len; i++)
    if (target_mapping_is_object (mappings->pdata[i]))
      look_at (&known, pid, mem_fd, mappings->pdata[i], program, runtimes);
  if (known.objects->len > 0)
    bytes = put_together (&known);
  if (mem_fd >= 0)
    close (mem_fd);
  g_array_unref (known.objects);
  g_array_unref (known.symbols);
  g_string_free (known.strings, TRUE);
  return bytes;
}
