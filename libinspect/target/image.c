/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/image.h"

#include <string.h>
#include <unistd.h>

/* No object has more; a damaged one may say so. */
#define MAX_DYNAMIC 1024u
#define MAX_SYMBOLS (4u << 20)
#define MAX_CHAIN 4096u
#define MAX_NAME 256u
#define BATCH 512u
#define PIECE (1u << 20)
#define MAX_SEARCHED (256u << 20)

/* ---- Reading ---------------------------------------------------------------------------------- */

static gboolean
read_at (int fd, guint64 offset, void *buffer, gsize length)
{
  return offset <= G_MAXINT64 && pread (fd, buffer, length, (off_t)offset) == (gssize)length;
}

/* Bytes at an address of the object, all of them or none. */
static gboolean
read_memory (const TargetImage *image, guint64 address, void *buffer, gsize length)
{
  if (image->is_memory)
    return read_at (image->fd, address, buffer, length);
  for (guint i = 0; i < image->n_segments; i++)
    {
      const Elf64_Phdr *segment = &image->segments[i];

      if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
          address - segment->p_vaddr <= segment->p_filesz &&
          length <= segment->p_filesz - (address - segment->p_vaddr))
        return read_at (image->fd, segment->p_offset + (address - segment->p_vaddr), buffer,
                        length);
    }
  return FALSE;
}

/* What is at @address up to @max bytes or to the end of what can be read. Returns: how many */
static gsize
read_some (const TargetImage *image, guint64 address, void *buffer, gsize max)
{
  for (gsize length = max; length > 0; length /= 2)
    if (read_memory (image, address, buffer, length))
      return length;
  return 0;
}

static gboolean
name_is (const TargetImage *image, guint32 offset, const char *name)
{
  gsize length = strlen (name) + 1;
  char found[MAX_NAME];

  return length <= sizeof found && offset < image->strings_size &&
         read_memory (image, image->strings + offset, found, length) &&
         memcmp (found, name, length) == 0;
}

/* ---- The headers ------------------------------------------------------------------------------ */

/* glibc has made addresses of these in memory; musl, and the file, have offsets. */
static guint64
to_address (const TargetImage *image, guint64 value)
{
  return value >= image->bias ? value : value + image->bias;
}

static void
take_dynamic (TargetImage *image)
{
  guint64 *const members[] = {
    [DT_SYMTAB] = &image->symbols,
    [DT_STRTAB] = &image->strings,
    [DT_HASH] = &image->hash,
  };
  guint64 soname = 0;

  for (guint i = 0; i < MAX_DYNAMIC; i++)
    {
      Elf64_Dyn entry;

      if (!read_memory (image, image->dynamic + i * sizeof entry, &entry, sizeof entry) ||
          entry.d_tag == DT_NULL)
        break;
      if (entry.d_tag == DT_GNU_HASH)
        image->gnu_hash = to_address (image, entry.d_un.d_ptr);
      else if (entry.d_tag == DT_STRSZ)
        image->strings_size = entry.d_un.d_val;
      else if (entry.d_tag == DT_SONAME)
        soname = entry.d_un.d_val;
      else if (entry.d_tag > 0 && entry.d_tag < (Elf64_Sxword)G_N_ELEMENTS (members) &&
               members[entry.d_tag] != NULL)
        *members[entry.d_tag] = to_address (image, entry.d_un.d_ptr);
    }
  image->soname = soname;
}

static gboolean
take_headers (TargetImage *image, guint64 base)
{
  guint64 first = G_MAXUINT64;

  if (!read_at (image->fd, base, &image->header, sizeof image->header) ||
      memcmp (image->header.e_ident, ELFMAG, SELFMAG) != 0 ||
      image->header.e_ident[EI_CLASS] != ELFCLASS64 ||
      image->header.e_phentsize != sizeof (Elf64_Phdr))
    return FALSE;
  image->n_segments = MIN (image->header.e_phnum, G_N_ELEMENTS (image->segments));
  if (!read_at (image->fd, base + image->header.e_phoff, image->segments,
                image->n_segments * sizeof *image->segments))
    return FALSE;
  for (guint i = 0; i < image->n_segments; i++)
    {
      const Elf64_Phdr *segment = &image->segments[i];

      if (segment->p_type == PT_LOAD)
        first = MIN (first, segment->p_vaddr & ~(guint64)4095);
      image->has_interpreter = image->has_interpreter || segment->p_type == PT_INTERP;
    }
  image->bias = image->is_memory && first != G_MAXUINT64 ? base - first : 0;
  for (guint i = 0; i < image->n_segments; i++)
    if (image->segments[i].p_type == PT_DYNAMIC)
      image->dynamic = image->segments[i].p_vaddr + image->bias;
  if (image->dynamic != 0)
    take_dynamic (image);
  return TRUE;
}

gboolean
target_image_init_file (TargetImage *image, int fd)
{
  *image = (TargetImage){ .fd = fd };
  return take_headers (image, 0);
}

gboolean
target_image_init_memory (TargetImage *image, int mem_fd, guint64 base)
{
  *image = (TargetImage){ .fd = mem_fd, .is_memory = TRUE };
  return take_headers (image, base);
}

/* ---- Symbols ---------------------------------------------------------------------------------- */

static gboolean
read_symbol (const TargetImage *image, guint64 index, Elf64_Sym *ret_symbol)
{
  return read_memory (image, image->symbols + index * sizeof *ret_symbol, ret_symbol,
                      sizeof *ret_symbol);
}

static gboolean
is_definition (const Elf64_Sym *symbol)
{
  guint type = ELF64_ST_TYPE (symbol->st_info);

  return symbol->st_shndx != SHN_UNDEF && ELF64_ST_BIND (symbol->st_info) != STB_LOCAL &&
         (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

typedef struct
{
  guint32 n_buckets, first, n_bloom, shift;
} GnuHash;

static gboolean
read_gnu_hash (const TargetImage *image, GnuHash *ret_hash)
{
  return image->gnu_hash != 0 && read_memory (image, image->gnu_hash, ret_hash, sizeof *ret_hash) &&
         ret_hash->n_buckets > 0 && ret_hash->n_buckets < MAX_SYMBOLS && ret_hash->n_bloom > 0 &&
         ret_hash->n_bloom < MAX_SYMBOLS && ret_hash->first < MAX_SYMBOLS;
}

static gboolean
lookup_by_gnu_hash (const TargetImage *image, const char *name, Elf64_Sym *ret_symbol)
{
  guint64 buckets, chains, word;
  guint32 hash = 5381, index;
  GnuHash table;

  if (!read_gnu_hash (image, &table))
    return FALSE;
  for (const guchar *p = (const guchar *)name; *p != '\0'; p++)
    hash = hash * 33 + *p;
  if (!read_memory (image, image->gnu_hash + sizeof table + hash / 64 % table.n_bloom * sizeof word,
                    &word, sizeof word) ||
      (word >> hash % 64 & word >> (hash >> (table.shift & 31)) % 64 & 1) == 0)
    return FALSE;
  buckets = image->gnu_hash + sizeof table + table.n_bloom * sizeof word;
  chains = buckets + table.n_buckets * sizeof hash;
  if (!read_memory (image, buckets + hash % table.n_buckets * sizeof index, &index, sizeof index) ||
      index < table.first)
    return FALSE;
  for (guint i = 0; i < MAX_CHAIN; i++, index++)
    {
      guint32 found;

      if (!read_memory (image, chains + (guint64)(index - table.first) * sizeof found, &found,
                        sizeof found))
        return FALSE;
      if ((found | 1) == (hash | 1) && read_symbol (image, index, ret_symbol) &&
          is_definition (ret_symbol) && name_is (image, ret_symbol->st_name, name))
        return TRUE;
      if ((found & 1) != 0)
        return FALSE;
    }
  return FALSE;
}

/* The older table says how many symbols there are. */
static guint32
count_by_hash (const TargetImage *image)
{
  guint32 counts[2];

  if (image->hash == 0 || !read_memory (image, image->hash, counts, sizeof counts))
    return 0;
  return MIN (counts[1], MAX_SYMBOLS);
}

/* Calls @func for the first @n symbols, until it says TRUE. */
static gboolean
find_symbol (const TargetImage *image, guint32 n,
             gboolean (*func) (const TargetImage *image, const Elf64_Sym *symbol, gpointer data),
             gpointer data)
{
  g_autofree Elf64_Sym *symbols = g_new (Elf64_Sym, BATCH);

  for (guint32 i = 0; i < n; i += BATCH)
    {
      guint32 n_batch = MIN (BATCH, n - i);

      if (!read_memory (image, image->symbols + (guint64)i * sizeof *symbols, symbols,
                        n_batch * sizeof *symbols))
        return FALSE;
      for (guint32 k = 0; k < n_batch; k++)
        if (func (image, &symbols[k], data))
          return TRUE;
    }
  return FALSE;
}

typedef struct
{
  const char *name;
  Elf64_Sym found;
} NamedSearch;

static gboolean
is_named (const TargetImage *image, const Elf64_Sym *symbol, gpointer data)
{
  NamedSearch *search = data;

  if (!is_definition (symbol) || !name_is (image, symbol->st_name, search->name))
    return FALSE;
  search->found = *symbol;
  return TRUE;
}

gboolean
target_image_lookup (const TargetImage *image, const char *name, guint64 *ret_address)
{
  guint64 size;

  return target_image_lookup_sized (image, name, ret_address, &size);
}

gboolean
target_image_lookup_sized (const TargetImage *image, const char *name, guint64 *ret_address,
                           guint64 *ret_size)
{
  NamedSearch search = { .name = name };

  if (image->symbols == 0 || image->strings == 0)
    return FALSE;
  if (image->gnu_hash != 0 ? !lookup_by_gnu_hash (image, name, &search.found)
                           : !find_symbol (image, count_by_hash (image), is_named, &search))
    return FALSE;
  *ret_address = search.found.st_value + image->bias;
  *ret_size = search.found.st_size;
  return TRUE;
}

/* ---- What it uses ----------------------------------------------------------------------------- */

static gboolean
is_import (const TargetImage *image, const Elf64_Sym *symbol, gpointer data)
{
  char found[MAX_NAME];
  gsize length;

  if (symbol->st_shndx != SHN_UNDEF || symbol->st_name == 0 ||
      symbol->st_name >= image->strings_size || ELF64_ST_BIND (symbol->st_info) == STB_WEAK)
    return FALSE;
  length = read_some (image, image->strings + symbol->st_name, found, 64);
  return length > 0 && memchr (found, '\0', length) != NULL &&
         g_strv_contains ((const char *const *)data, found);
}

gboolean
target_image_imports (const TargetImage *image, char **names)
{
  GnuHash table;
  guint32 n;

  if (image->symbols == 0 || image->strings == 0 || names[0] == NULL)
    return FALSE;
  /* What is undefined comes before what the hash table has; one of an object that defines nothing
   * says 1 or 0 there. */
  n = count_by_hash (image);
  if (n == 0 && read_gnu_hash (image, &table))
    n = table.first;
  if (n <= 1 && image->strings > image->symbols)
    n = (guint32)MIN ((image->strings - image->symbols) / sizeof (Elf64_Sym), MAX_SYMBOLS);
  return find_symbol (image, n, is_import, names);
}

static gboolean
read_entry (const TargetImage *image, guint index, Elf64_Dyn *ret_entry)
{
  return image->dynamic != 0 && index < MAX_DYNAMIC &&
         read_memory (image, image->dynamic + index * sizeof *ret_entry, ret_entry,
                      sizeof *ret_entry) &&
         ret_entry->d_tag != DT_NULL;
}

static gboolean
read_soname (const TargetImage *image, char ret_name[MAX_NAME])
{
  Elf64_Dyn entry;

  for (guint i = 0; read_entry (image, i, &entry); i++)
    if (entry.d_tag == DT_SONAME && entry.d_un.d_val < image->strings_size)
      {
        gsize length = read_some (image, image->strings + entry.d_un.d_val, ret_name, MAX_NAME);

        return memchr (ret_name, '\0', length) != NULL;
      }
  return FALSE;
}

gboolean
target_image_needs (const TargetImage *image, const TargetImage *library)
{
  char soname[MAX_NAME];
  Elf64_Dyn entry;

  if (!read_soname (library, soname))
    return FALSE;
  for (guint i = 0; read_entry (image, i, &entry); i++)
    if (entry.d_tag == DT_NEEDED && entry.d_un.d_val <= G_MAXUINT32 &&
        name_is (image, (guint32)entry.d_un.d_val, soname))
      return TRUE;
  return FALSE;
}

/* ---- What is in its data ---------------------------------------------------------------------- */

static gboolean
has_one (const char *bytes, gsize length, char **texts)
{
  for (guint i = 0; texts[i] != NULL; i++)
    if (memmem (bytes, length, texts[i], strlen (texts[i])) != NULL)
      return TRUE;
  return FALSE;
}

/* A text that lies across two pieces is in the second one, which begins with the end of the first. */
static gboolean
segment_has_text (const TargetImage *image, const Elf64_Phdr *segment, char **texts)
{
  g_autofree char *bytes = g_malloc (MAX_NAME + PIECE);
  guint64 size = MIN (segment->p_filesz, MAX_SEARCHED);
  gsize kept = 0;

  for (guint64 at = 0; at < size; at += PIECE)
    {
      gsize length = (gsize)MIN (size - at, PIECE);

      if (!read_memory (image, segment->p_vaddr + image->bias + at, bytes + kept, length))
        return FALSE;
      length += kept;
      if (has_one (bytes, length, texts))
        return TRUE;
      kept = MIN (length, MAX_NAME);
      memmove (bytes, bytes + length - kept, kept);
    }
  return FALSE;
}

/* Some linkers put what is only read beside the code. */
gboolean
target_image_has_text (const TargetImage *image, char **texts)
{
  gboolean is_apart = FALSE;

  for (guint i = 0; i < image->n_segments; i++)
    is_apart |= image->segments[i].p_type == PT_LOAD && image->segments[i].p_flags == PF_R;
  for (guint i = 0; i < image->n_segments; i++)
    {
      const Elf64_Phdr *segment = &image->segments[i];

      if (segment->p_type == PT_LOAD && segment->p_flags == (is_apart ? PF_R : PF_R | PF_X) &&
          segment_has_text (image, segment, texts))
        return TRUE;
    }
  return FALSE;
}
