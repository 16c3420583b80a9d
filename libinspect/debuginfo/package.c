/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "debuginfo/module.h"
#include "debuginfo/package.h"

/* libdw before 0.191 does not know packages. A file with one unit alone it reads, and so each unit that is asked for
 * is put into one, in memory: its parts of the sections, and of the strings, which belong to all units, its own. */

/* Of all files that were made, in bytes: an honest package has each part once, and only its strings may be
 * those of several units. */
#define MAX_SHARE 8
#define MAX_SPARE_BYTES (16 << 20)

static const char *const names[PACKAGE_N_SECTIONS] = {
  [PACKAGE_INFO] = ".debug_info.dwo",         [PACKAGE_TYPES] = ".debug_types.dwo",
  [PACKAGE_ABBREV] = ".debug_abbrev.dwo",     [PACKAGE_LINE] = ".debug_line.dwo",
  [PACKAGE_LOC] = ".debug_loc.dwo",           [PACKAGE_LOCLISTS] = ".debug_loclists.dwo",
  [PACKAGE_RNGLISTS] = ".debug_rnglists.dwo", [PACKAGE_STR_OFFSETS] = ".debug_str_offsets.dwo",
};
#define STRINGS ".debug_str.dwo"

struct _DebugPackage
{
  int fd;
  Elf *elf;
  PackageIndex units, types; /* of the one that is not there n_rows is 0 */
  const Elf_Data *sections[PACKAGE_N_SECTIONS];
  const Elf_Data *strings;
  GHashTable
      *types_of; /* where the string offsets of a file begin -> GArray of rows of its type units */
  guint64 bytes_left;
};

/* ---- The package --------------------------------------------------------------------------------- */

static void
take_section (DebugPackage *self, const char *name, const Elf_Data *data)
{
  if (g_str_equal (name, ".debug_cu_index"))
    package_index_init (&self->units, data->d_buf, data->d_size);
  else if (g_str_equal (name, ".debug_tu_index"))
    package_index_init (&self->types, data->d_buf, data->d_size);
  else if (g_str_equal (name, STRINGS))
    self->strings = data;
  else
    for (guint i = 0; i < PACKAGE_N_SECTIONS; i++)
      if (g_str_equal (name, names[i]))
        self->sections[i] = data;
}

/* One that is compressed is none that packers make. */
static gboolean
take_sections (DebugPackage *self)
{
  Elf_Scn *section = NULL;
  GElf_Ehdr header;
  gsize strings;

  if (elf_kind (self->elf) != ELF_K_ELF || gelf_getehdr (self->elf, &header) == NULL ||
      header.e_ident[EI_DATA] != (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB) ||
      elf_getshdrstrndx (self->elf, &strings) != 0)
    return FALSE;
  while ((section = elf_nextscn (self->elf, section)) != NULL)
    {
      GElf_Shdr shdr;
      const char *name;
      const Elf_Data *data;

      if (gelf_getshdr (section, &shdr) == NULL || shdr.sh_type == SHT_NOBITS ||
          (shdr.sh_flags & SHF_COMPRESSED) != 0 ||
          (name = elf_strptr (self->elf, strings, shdr.sh_name)) == NULL ||
          !g_str_has_prefix (name, ".debug_"))
        continue;
      data = elf_rawdata (section, NULL);
      if (data != NULL && data->d_buf != NULL && data->d_size > 0)
        take_section (self, name, data);
    }
  return self->units.n_rows > 0 && self->sections[PACKAGE_INFO] != NULL;
}

/* Type units have no other tie to the unit that they were compiled with. */
static void
note_types (DebugPackage *self)
{
  for (guint32 row = 1; row <= self->types.n_rows; row++)
    {
      PackagePart part = { 0 };
      GArray *rows;
      guint64 *key;

      package_index_get (&self->types, row, PACKAGE_STR_OFFSETS, &part);
      rows = g_hash_table_lookup (self->types_of, &part.offset);
      if (rows == NULL)
        {
          key = g_new (guint64, 1);
          *key = part.offset;
          rows = g_array_new (FALSE, FALSE, sizeof row);
          g_hash_table_insert (self->types_of, key, rows);
        }
      g_array_append_val (rows, row);
    }
}

static void
free_rows (gpointer rows)
{
  g_array_unref (rows);
}

DebugPackage *
debug_package_open (const char *path)
{
  gint64 size = 0;
  int fd = debug_open_regular (path, &size);
  DebugPackage *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (DebugPackage, 1);
  self->fd = fd;
  self->bytes_left = MAX_SHARE * (guint64)size + MAX_SPARE_BYTES;
  self->types_of = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_rows);
  self->elf = debug_begin_elf (fd, size);
  if (self->elf == NULL || !take_sections (self))
    {
      debug_package_free (self);
      return NULL;
    }
  note_types (self);
  return self;
}

void
debug_package_free (DebugPackage *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->types_of);
  if (self->elf != NULL)
    elf_end (self->elf);
  close (self->fd);
  g_free (self);
}

/* ---- One unit ------------------------------------------------------------------------------------ */

typedef struct
{
  DebugPackage *package;
  Elf *elf;
  GByteArray *names;             /* of its sections */
  GByteArray *offsets, *strings; /* its own ones */
  guint64 size;
} Unit;

/* Adds to the last section, or to a new one of that name. */
static Elf_Data *
add_bytes (Unit *unit, Elf_Scn **section, const char *name, const void *bytes, gsize size)
{
  Elf_Data *data;
  GElf_Shdr header;

  if (*section == NULL)
    {
      *section = elf_newscn (unit->elf);
      if (*section == NULL || gelf_getshdr (*section, &header) == NULL)
        return NULL;
      header.sh_name = unit->names->len;
      header.sh_type = g_str_equal (name, ".shstrtab") ? SHT_STRTAB : SHT_PROGBITS;
      header.sh_addralign = 1;
      gelf_update_shdr (*section, &header);
      g_byte_array_append (unit->names, (const guint8 *)name, strlen (name) + 1);
    }
  data = elf_newdata (*section);
  if (data == NULL)
    return NULL;
  data->d_buf = (void *)bytes;
  data->d_size = size;
  data->d_align = 1;
  data->d_type = ELF_T_BYTE;
  unit->size += size;
  return data;
}

static const guint8 *
get_bytes (const Unit *unit, PackageSection section, const PackagePart *part)
{
  const Elf_Data *data = unit->package->sections[section];

  if (data == NULL || part->offset > data->d_size || part->size > data->d_size - part->offset)
    return NULL;
  return (const guint8 *)data->d_buf + part->offset;
}

static gboolean
get_part (const Unit *unit, const PackageIndex *index, guint32 row, PackageSection section,
          PackagePart *ret_part, const guint8 **ret_bytes)
{
  return package_index_get (index, row, section, ret_part) &&
         (*ret_bytes = get_bytes (unit, section, ret_part)) != NULL;
}

/* The offsets of all its strings become those in a section that has no others. FALSE: they are not what any
 * compiler writes. */
static gboolean
take_strings (Unit *unit, const guint8 *bytes, gsize size, gboolean has_header)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  const Elf_Data *all = unit->package->strings;
  gsize header = has_header ? 8 : 0;

  if (all == NULL || size < header)
    return FALSE;
  g_byte_array_append (unit->offsets, bytes, (guint)header);
  for (gsize at = header; at + 4 <= size; at += 4)
    {
      guint32 offset, taken;
      gpointer before;

      memcpy (&offset, bytes + at, 4);
      if (g_hash_table_lookup_extended (known, GUINT_TO_POINTER (offset), NULL, &before))
        taken = GPOINTER_TO_UINT (before);
      else
        {
          const guint8 *text = (const guint8 *)all->d_buf + offset;
          const guint8 *end = offset < all->d_size ? memchr (text, 0, all->d_size - offset) : NULL;

          if (end == NULL)
            return FALSE;
          taken = unit->strings->len;
          if ((gsize)(end + 1 - text) > all->d_size - taken)
            return FALSE;
          g_byte_array_append (unit->strings, text, (guint)(end + 1 - text));
          g_hash_table_insert (known, GUINT_TO_POINTER (offset), GUINT_TO_POINTER (taken));
        }
      g_byte_array_append (unit->offsets, (const guint8 *)&taken, 4);
    }
  return TRUE;
}

/* The types that were compiled with it, from the older section of their own or from that of all units. */
static void
add_types (Unit *unit, Elf_Scn **section, PackageSection of, guint64 strings)
{
  const GArray *rows = g_hash_table_lookup (unit->package->types_of, &strings);
  PackagePart part;
  const guint8 *bytes;

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    if (get_part (unit, &unit->package->types, g_array_index (rows, guint32, i), of, &part, &bytes))
      add_bytes (unit, section, names[of], bytes, part.size);
}

static gboolean
add_sections (Unit *unit, guint32 row)
{
  const PackageIndex *index = &unit->package->units;
  PackagePart part, strings = { 0 };
  const guint8 *bytes, *info;
  Elf_Scn *section = NULL;
  guint16 version;

  if (!get_part (unit, index, row, PACKAGE_INFO, &part, &info) || part.size < 11 ||
      memcmp (info, "\xff\xff\xff\xff", 4) == 0) /* 64 bits, which nobody needs before 4 GiB */
    return FALSE;
  memcpy (&version, info + 4, sizeof version);
  add_bytes (unit, &section, names[PACKAGE_INFO], info, part.size);
  if (get_part (unit, index, row, PACKAGE_STR_OFFSETS, &strings, &bytes) &&
      !take_strings (unit, bytes, strings.size, version >= 5))
    return FALSE;
  add_types (unit, &section, PACKAGE_INFO, strings.offset);
  section = NULL;
  add_types (unit, &section, PACKAGE_TYPES, strings.offset);
  for (guint i = PACKAGE_ABBREV; i < PACKAGE_N_SECTIONS; i++)
    if (i != PACKAGE_STR_OFFSETS && get_part (unit, index, row, i, &part, &bytes))
      {
        section = NULL;
        add_bytes (unit, &section, names[i], bytes, part.size);
      }
  if (unit->strings->len > 0)
    {
      section = NULL;
      add_bytes (unit, &section, names[PACKAGE_STR_OFFSETS], unit->offsets->data,
                 unit->offsets->len);
      section = NULL;
      add_bytes (unit, &section, STRINGS, unit->strings->data, unit->strings->len);
    }
  return unit->size <= unit->package->bytes_left;
}

static gboolean
begin_file (Unit *unit, int fd)
{
  GElf_Ehdr of, header;

  unit->elf = elf_begin (fd, ELF_C_WRITE, NULL);
  if (unit->elf == NULL || gelf_getehdr (unit->package->elf, &of) == NULL ||
      gelf_newehdr (unit->elf, of.e_ident[EI_CLASS]) == NULL ||
      gelf_getehdr (unit->elf, &header) == NULL)
    return FALSE;
  header.e_ident[EI_DATA] = of.e_ident[EI_DATA];
  header.e_type = ET_REL;
  header.e_machine = of.e_machine;
  header.e_version = EV_CURRENT;
  return gelf_update_ehdr (unit->elf, &header) != 0;
}

static gboolean
end_file (Unit *unit)
{
  Elf_Scn *section = NULL;
  Elf_Data *data = add_bytes (unit, &section, ".shstrtab", NULL, 0);
  GElf_Ehdr header;

  if (data == NULL || gelf_getehdr (unit->elf, &header) == NULL)
    return FALSE;
  data->d_buf = unit->names->data;
  data->d_size = unit->names->len;
  header.e_shstrndx = (guint16)elf_ndxscn (section);
  return gelf_update_ehdr (unit->elf, &header) != 0 && elf_update (unit->elf, ELF_C_WRITE) >= 0;
}

int
debug_package_extract (DebugPackage *self, guint64 id)
{
  guint32 row = package_index_find (&self->units, id);
  Unit unit = { .package = self };
  gboolean is_made = FALSE;
  int fd;

  if (row == 0 || (fd = memfd_create ("dwo", MFD_CLOEXEC)) < 0)
    return -1;
  unit.names = g_byte_array_new ();
  unit.offsets = g_byte_array_new ();
  unit.strings = g_byte_array_new ();
  g_byte_array_append (unit.names, (const guint8 *)"", 1);
  if (begin_file (&unit, fd) && add_sections (&unit, row))
    is_made = end_file (&unit);
  if (unit.elf != NULL)
    elf_end (unit.elf);
  if (is_made)
    self->bytes_left -= unit.size;
  g_byte_array_unref (unit.names);
  g_byte_array_unref (unit.offsets);
  g_byte_array_unref (unit.strings);
  if (is_made)
    return fd;
  close (fd);
  return -1;
}
