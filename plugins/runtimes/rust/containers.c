/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "containers.h"

#include <string.h>
#include "debuginfo/rust.h"

typedef struct
{
  const char *type;
  gboolean (*visit) (const DebugMemory *memory, DebugValue value, DebugType *element,
                     RustElementFunc func, gpointer data);
} Container;

/* ---- Parts that they are made of ------------------------------------------------------------------ */

static gboolean
read_member (const DebugMemory *memory, DebugValue value, const char *name, guint64 *ret_number)
{
  DebugValue member;

  /* A capacity is a type of its own, with a niche, of one word. */
  return debug_value_get_member (value, name, &member) && member.type->size == 8 &&
         debug_memory_read_number (memory, member.address, 8, ret_number);
}

static gboolean
read_pointer (const DebugMemory *memory, DebugValue value, guint64 *ret_address)
{
  guint64 offset;
  DebugType *part;

  return debug_type_find_part (value.type, "core::ptr::non_null::NonNull<", &offset, &part) &&
         part->size == 8 &&
         debug_memory_read_number (memory, value.address + offset, 8, ret_address);
}

/* ---- Each of them ----------------------------------------------------------------------------------- */

/* @n elements in a ring of @n_places, from that of number @first on. */
static gboolean
visit_ring (DebugType *element, guint64 address, guint64 first, guint64 n, guint64 n_places,
            RustElementFunc func, gpointer data)
{
  guint64 size = debug_type_get_size (element);

  if (size == 0 || n > n_places || (first >= n_places && n > 0))
    return n == 0;
  for (guint64 i = 0; i < MIN (n, RUST_MAX_ELEMENTS); i++)
    {
      guint64 place = first + i < n_places ? first + i : first + i - n_places;

      func ((DebugValue){ element, address + place * size }, data);
    }
  return n <= RUST_MAX_ELEMENTS;
}

static gboolean
visit_vector (const DebugMemory *memory, DebugValue value, DebugType *element, RustElementFunc func,
              gpointer data)
{
  guint64 length, address;

  return read_member (memory, value, "len", &length) && read_pointer (memory, value, &address) &&
         visit_ring (element, address, 0, length, MAX (length, 1), func, data);
}

static gboolean
visit_deque (const DebugMemory *memory, DebugValue value, DebugType *element, RustElementFunc func,
             gpointer data)
{
  guint64 length, address, head, capacity, offset;
  DebugType *raw;

  return read_member (memory, value, "len", &length) &&
         read_member (memory, value, "head", &head) && read_pointer (memory, value, &address) &&
         debug_type_find_part (value.type, "alloc::raw_vec::RawVecInner<", &offset, &raw) &&
         read_member (memory, (DebugValue){ raw, value.address + offset }, "cap", &capacity) &&
         visit_ring (element, address, head, length, capacity, func, data);
}

/* The table of hashbrown, and so of the standard library's maps and sets: elements lie before the address
 * of its control bytes, the first one nearest; of a place that is taken the highest bit of its byte is 0. */
static gboolean
visit_table (const DebugMemory *memory, DebugValue value, DebugType *element, RustElementFunc func,
             gpointer data)
{
  guint64 mask, bytes, n, size = debug_type_get_size (element), offset;
  guint8 control[64];
  DebugType *inner;
  guint n_seen = 0;

  if (!debug_type_find_part (value.type, "hashbrown::raw::RawTableInner", &offset, &inner))
    return FALSE;
  value = (DebugValue){ inner, value.address + offset };
  if (!read_member (memory, value, "bucket_mask", &mask) ||
      !read_member (memory, value, "items", &n) || !read_pointer (memory, value, &bytes) ||
      n > mask + 1 || size == 0)
    return FALSE;
  for (guint64 i = 0; i <= mask && n_seen < n && n_seen < RUST_MAX_ELEMENTS; i++)
    {
      /* Groups of so many bytes are there even for the smallest table. */
      if (i % 16 == 0 && !debug_memory_read (memory, bytes + i, control, 16))
        return FALSE;
      if (i > 64 * RUST_MAX_ELEMENTS)
        return FALSE;
      if ((control[i % 16] & 0x80) != 0)
        continue;
      func ((DebugValue){ element, bytes - (i + 1) * size }, data);
      n_seen++;
    }
  return n_seen == n;
}

/* Box<T>, and Box<[T]>, which has its length beside it. */
static gboolean
visit_box (const DebugMemory *memory, DebugValue value, DebugType *element, RustElementFunc func,
           gpointer data)
{
  DebugValue pointer, target;
  guint64 length, address;

  if (debug_value_get_member (value, "data_ptr", &pointer))
    return read_member (memory, value, "length", &length) &&
           debug_memory_read_number (memory, pointer.address, 8, &address) &&
           visit_ring (element, address, 0, length, MAX (length, 1), func, data);
  if (!debug_rust_follow (memory, value, &target))
    return FALSE;
  func (target, data);
  return TRUE;
}

static const Container containers[] = {
  { "alloc::vec::Vec<", visit_vector },
  { "alloc::collections::vec_deque::VecDeque<", visit_deque },
  { "hashbrown::raw::RawTable<", visit_table },
  { "alloc::boxed::Box<", visit_box },
};

static const Container *
find (const DebugType *type)
{
  /* A Box is a pointer of that name, or a struct. */
  for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
    if ((type->class == DEBUG_TYPE_STRUCTURE || type->class == DEBUG_TYPE_POINTER) &&
        debug_type_is (type, containers[i].type))
      return &containers[i];
  return NULL;
}

/* What a thin Box is, where it is one, is a pointer in some structs of one word. */
static DebugType *
get_boxed (DebugType *type)
{
  const DebugMember *data = debug_type_find_member (type, "data_ptr");

  if (data != NULL)
    {
      type = debug_member_get_type (type->types, data);
      return type != NULL && type->class == DEBUG_TYPE_POINTER ? debug_type_get_target (type)
                                                               : NULL;
    }
  for (guint i = 0; i < 8 && type != NULL && type->size == 8; i++)
    {
      if (type->class == DEBUG_TYPE_POINTER)
        return debug_type_get_target (type);
      if (type->class != DEBUG_TYPE_STRUCTURE || type->n_members == 0)
        return NULL;
      type = debug_member_get_type (type->types, &type->members[0]);
    }
  return NULL;
}

DebugType *
rust_container_get_element (DebugType *type)
{
  const Container *container = find (type);

  if (container == NULL)
    return NULL;
  return container->visit == visit_box ? get_boxed (type) : debug_type_get_parameter (type, "T");
}

gboolean
rust_container_visit (const DebugMemory *memory, DebugValue value, RustElementFunc func,
                      gpointer data)
{
  const Container *container = find (value.type);
  DebugType *element = container != NULL ? rust_container_get_element (value.type) : NULL;

  return element != NULL && container->visit (memory, value, element, func, data);
}
