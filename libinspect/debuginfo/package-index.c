/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/package.h"

/*   4  version: 2, or 2 bytes of 5 and 2 of nothing
 *   4  columns
 *   4  rows
 *   4  slots of the hash table, a power of two
 *   8  for each slot: id of the unit
 *   4  for each slot: its row
 *   4  for each column: of which section it is
 *   4  for each row and column: where the part of that unit begins
 *   4  likewise: how long it is
 *
 * DWARF 5, section 7.3.5.3; of the older form gcc.gnu.org/wiki/DebugFissionDWP. */
#define HEADER_BYTES 16
#define MAX_COLUMNS 16
#define MAX_SLOTS (1 << 24)

static const guint8 kinds[PACKAGE_N_SECTIONS][2] = {
  [PACKAGE_INFO] = { 1, 1 },        [PACKAGE_TYPES] = { 2, 0 },    [PACKAGE_ABBREV] = { 3, 3 },
  [PACKAGE_LINE] = { 4, 4 },        [PACKAGE_LOC] = { 5, 0 },      [PACKAGE_LOCLISTS] = { 0, 5 },
  [PACKAGE_STR_OFFSETS] = { 6, 6 }, [PACKAGE_RNGLISTS] = { 0, 8 },
};

static guint32
read_word (const guint8 *bytes, guint64 index)
{
  guint32 word;

  memcpy (&word, bytes + 4 * index, sizeof word);
  return word;
}

gboolean
package_index_init (PackageIndex *index, const guint8 *bytes, gsize length)
{
  PackageIndex self = { 0 };
  guint64 cells;

  if (length < HEADER_BYTES)
    return FALSE;
  self.version = read_word (bytes, 0) & 0xffff;
  self.n_columns = read_word (bytes, 1);
  self.n_rows = read_word (bytes, 2);
  self.n_slots = read_word (bytes, 3);
  if ((self.version != 2 && self.version != 5) || self.n_columns == 0 ||
      self.n_columns > MAX_COLUMNS || self.n_slots == 0 || self.n_slots > MAX_SLOTS ||
      (self.n_slots & (self.n_slots - 1)) != 0 || self.n_rows > self.n_slots)
    return FALSE;
  cells = (guint64)self.n_rows * self.n_columns;
  if (length < HEADER_BYTES + 12 * (guint64)self.n_slots + 4 * self.n_columns + 8 * cells)
    return FALSE;
  self.ids = bytes + HEADER_BYTES;
  self.rows = self.ids + 8 * (gsize)self.n_slots;
  self.columns = self.rows + 4 * (gsize)self.n_slots;
  self.offsets = self.columns + 4 * (gsize)self.n_columns;
  self.sizes = self.offsets + 4 * cells;
  *index = self;
  return TRUE;
}

guint32
package_index_find (const PackageIndex *index, guint64 id)
{
  guint32 mask = index->n_slots - 1;
  guint32 slot = (guint32)id & mask;
  guint32 step = ((guint32)(id >> 32) & mask) | 1;

  for (guint32 i = 0; i < index->n_slots; i++, slot = (slot + step) & mask)
    {
      guint32 row = read_word (index->rows, slot);
      guint64 found;

      if (row == 0 || row > index->n_rows)
        return 0;
      memcpy (&found, index->ids + 8 * (gsize)slot, sizeof found);
      if (found == id)
        return row;
    }
  return 0;
}

gboolean
package_index_get (const PackageIndex *index, guint32 row, PackageSection section,
                   PackagePart *ret_part)
{
  guint8 kind = kinds[section][index->version == 5];

  for (guint32 i = 0; i < index->n_columns && kind != 0; i++)
    if (read_word (index->columns, i) == kind)
      {
        guint64 cell = (guint64)(row - 1) * index->n_columns + i;

        *ret_part =
            (PackagePart){ read_word (index->offsets, cell), read_word (index->sizes, cell) };
        return ret_part->size > 0;
      }
  return FALSE;
}
