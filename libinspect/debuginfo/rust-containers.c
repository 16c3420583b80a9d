/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/rust-containers.h"

#include <string.h>

#include "debuginfo/rust.h"

/* Taken places of a table may be this far apart. */
#define MAX_PLACES (64 * DEBUG_RUST_MAX_ELEMENTS)
/* A tree of that height has more elements than memory has bytes. */
#define MAX_HEIGHT 16
#define MAX_NODES (2 * DEBUG_RUST_MAX_ELEMENTS)

typedef struct
{
  const DebugMemory *memory;
  DebugRustContainer container;
  DebugRustElementFunc func;
  gpointer data;
  guint64 n; /* that there are said to be */
  guint n_seen;
} Visit;

/* FALSE: no more of them. */
static gboolean
see (Visit *self, guint64 element, const DebugValue *mapped)
{
  if (self->n_seen >= MIN (self->n, DEBUG_RUST_MAX_ELEMENTS))
    return FALSE;
  self->n_seen++;
  return self->func ((DebugValue){ self->container.element, element }, mapped, self->data);
}

/* ---- Parts that they are made of ------------------------------------------------------------------ */

static gboolean
read_pointer (const DebugMemory *memory, DebugValue value, guint64 *ret_address)
{
  DebugValue pointer;

  return debug_value_find_part (value, "core::ptr::non_null::NonNull<", &pointer) &&
         pointer.type->size == 8 &&
         debug_memory_read_number (memory, pointer.address, 8, ret_address);
}

/* ---- One after the other ---------------------------------------------------------------------------- */

/* In a ring of @n_places, from that of number @first on. */
static gboolean
visit_ring (Visit *self, guint64 address, guint64 first, guint64 n_places)
{
  guint64 size = debug_type_get_size (self->container.element);

  if (size == 0 || self->n > n_places || (first >= n_places && self->n > 0))
    return self->n == 0;
  for (guint64 i = 0; i < self->n; i++)
    {
      guint64 place = first < n_places - i ? first + i : first - (n_places - i);

      if (!see (self, address + place * size, NULL))
        return FALSE;
    }
  return TRUE;
}

static gboolean
visit_vector (Visit *self, DebugValue value)
{
  guint64 address;

  return debug_value_read_word (self->memory, value, "len", &self->n) &&
         read_pointer (self->memory, value, &address) &&
         visit_ring (self, address, 0, MAX (self->n, 1));
}

gboolean
debug_rust_read_capacity (const DebugMemory *memory, DebugValue value, guint64 *ret_capacity)
{
  DebugValue raw;

  return (debug_value_find_part (value, "alloc::raw_vec::RawVecInner<", &raw) &&
          debug_value_read_word (memory, raw, "cap", ret_capacity)) ||
         (debug_value_find_part (value, "alloc::raw_vec::RawVec<", &raw) &&
          debug_value_read_word (memory, raw, "cap", ret_capacity));
}

static gboolean
visit_deque (Visit *self, DebugValue value)
{
  guint64 address, head, capacity;

  return debug_value_read_word (self->memory, value, "len", &self->n) &&
         debug_value_read_word (self->memory, value, "head", &head) &&
         read_pointer (self->memory, value, &address) &&
         debug_rust_read_capacity (self->memory, value, &capacity) &&
         visit_ring (self, address, head, capacity);
}

static gboolean
visit_heap (Visit *self, DebugValue value)
{
  DebugValue vector;

  return debug_value_find_part (value, "alloc::vec::Vec<", &vector) && visit_vector (self, vector);
}

static gboolean
visit_linked (Visit *self, DebugValue value)
{
  DebugValue next, pointer, node, element;

  if (!debug_value_read_word (self->memory, value, "len", &self->n) ||
      !debug_value_get_member (value, "head", &next))
    return FALSE;
  for (guint64 i = 0; i < self->n; i++)
    if (!debug_rust_get_some (self->memory, next, &pointer) ||
        !debug_rust_follow (self->memory, pointer, &node) ||
        !debug_value_get_member (node, "next", &next) ||
        !debug_value_get_member (node, "element", &element) ||
        element.type->size != self->container.element->size || !see (self, element.address, NULL))
      return FALSE;
  return TRUE;
}

/* Box<T>, and Box<[T]>, which has its length beside it. */
static gboolean
visit_box (Visit *self, DebugValue value)
{
  DebugValue pointer, target;
  guint64 address;

  if (debug_value_get_member (value, "data_ptr", &pointer))
    return debug_value_read_word (self->memory, value, "length", &self->n) &&
           debug_memory_read_number (self->memory, pointer.address, 8, &address) &&
           visit_ring (self, address, 0, MAX (self->n, 1));
  self->n = 1;
  return debug_rust_follow (self->memory, value, &target) && see (self, target.address, NULL);
}

/* ---- Tables ----------------------------------------------------------------------------------------- */

/* The table of hashbrown, and so of the standard library's maps and sets: elements lie before the address
 * of its control bytes, the first one nearest; of a place that is taken the highest bit of its byte is 0. */
static gboolean
visit_table (Visit *self, DebugValue value)
{
  guint64 mask, bytes, size = debug_type_get_size (self->container.element);
  DebugValue inner;
  guint8 control[16];

  if (!debug_value_find_part (value, "hashbrown::raw::RawTableInner", &inner) ||
      !debug_value_read_word (self->memory, inner, "bucket_mask", &mask) ||
      !debug_value_read_word (self->memory, inner, "items", &self->n) ||
      !read_pointer (self->memory, inner, &bytes) || self->n > mask || size == 0)
    return FALSE;
  for (guint64 i = 0; i <= mask && self->n_seen < self->n; i++)
    {
      /* Groups of so many bytes are there even for the smallest table. */
      if (i % 16 == 0 && !debug_memory_read (self->memory, bytes + i, control, 16))
        return FALSE;
      if (i > MAX_PLACES ||
          ((control[i % 16] & 0x80) == 0 && !see (self, bytes - (i + 1) * size, NULL)))
        return FALSE;
    }
  return self->n_seen == self->n;
}

/* ---- Trees ------------------------------------------------------------------------------------------ */

/* Where in a node of a B-tree is what, by the names of its members and the types of these. */
typedef struct
{
  Visit *visit;
  const DebugMember *length, *keys, *values;
  guint64 key_size, value_size, capacity;
  guint64 edges; /* of a node that has others below it */
  gboolean has_edges;
  guint n_nodes;
} Tree;

static DebugType *
get_array_element (DebugType *type, const DebugMember *member)
{
  DebugType *array = member != NULL ? debug_member_get_type (type->types, member) : NULL;

  return array != NULL && array->class == DEBUG_TYPE_ARRAY ? debug_type_get_target (array) : NULL;
}

/* An inner node is a leaf with edges behind it: a leaf knows its type, for one may be its parent. */
static void
find_edges (Tree *self, DebugType *leaf)
{
  const DebugMember *parent = debug_type_find_member (leaf, "parent");
  DebugType *option = parent != NULL ? debug_member_get_type (leaf->types, parent) : NULL;

  for (guint i = 0; option != NULL && i < option->n_variants; i++)
    {
      DebugType *form = debug_member_get_type (option->types, &option->variants[i].member);
      guint64 offset;
      DebugType *pointer, *inner;
      const DebugMember *data, *edges;

      if (form == NULL ||
          !debug_type_find_part (form, "core::ptr::non_null::NonNull<", &offset, &pointer) ||
          pointer->n_members == 0)
        continue;
      pointer = debug_member_get_type (pointer->types, &pointer->members[0]);
      inner = pointer != NULL && pointer->class == DEBUG_TYPE_POINTER
                  ? debug_type_get_target (pointer)
                  : NULL;
      data = inner != NULL ? debug_type_find_member (inner, "data") : NULL;
      edges = inner != NULL ? debug_type_find_member (inner, "edges") : NULL;
      self->has_edges = data != NULL && data->offset == 0 && edges != NULL;
      self->edges = self->has_edges ? edges->offset : 0;
    }
}

static gboolean
find_places (Tree *self, DebugType *leaf)
{
  DebugType *key, *value, *array;

  self->length = debug_type_find_member (leaf, "len");
  self->keys = debug_type_find_member (leaf, "keys");
  self->values = debug_type_find_member (leaf, "vals");
  key = get_array_element (leaf, self->keys);
  value = get_array_element (leaf, self->values);
  if (self->length == NULL || key == NULL || value == NULL)
    return FALSE;
  array = debug_member_get_type (leaf->types, self->keys);
  self->capacity = array->count;
  self->key_size = debug_type_get_size (key);
  self->value_size = debug_type_get_size (value);
  find_edges (self, leaf);
  return self->key_size == debug_type_get_size (self->visit->container.element);
}

static gboolean
see_entry (Tree *self, guint64 node, guint64 i)
{
  DebugType *mapped = self->visit->container.mapped;
  DebugValue value = { mapped, node + self->values->offset + i * self->value_size };

  return see (self->visit, node + self->keys->offset + i * self->key_size,
              mapped != NULL ? &value : NULL);
}

/* FALSE: that is all that can be had. */
static gboolean
visit_node (Tree *self, guint64 node, guint64 height)
{
  const DebugMemory *memory = self->visit->memory;
  guint64 length, below;

  if (self->n_nodes++ > MAX_NODES || (height > 0 && !self->has_edges) ||
      !debug_memory_read_number (memory, node + self->length->offset, 2, &length) ||
      length > self->capacity)
    return FALSE;
  for (guint64 i = 0; i <= length; i++)
    if ((height > 0 && (!debug_memory_read_number (memory, node + self->edges + i * 8, 8, &below) ||
                        !visit_node (self, below, height - 1))) ||
        (i < length && !see_entry (self, node, i)))
      return FALSE;
  return TRUE;
}

static gboolean
visit_tree (Visit *self, DebugValue value)
{
  DebugValue map, root, reference, pointer, leaf;
  guint64 height, node;
  Tree tree = { .visit = self };

  if (!debug_value_find_part (value, "alloc::collections::btree::map::BTreeMap<", &map))
    map = value;
  if (!debug_value_read_word (self->memory, map, "length", &self->n) ||
      !debug_value_get_member (map, "root", &root))
    return FALSE;
  if (self->n == 0)
    return TRUE;
  return debug_rust_get_some (self->memory, root, &reference) &&
         debug_value_read_word (self->memory, reference, "height", &height) &&
         height <= MAX_HEIGHT && debug_value_get_member (reference, "node", &pointer) &&
         debug_memory_read_number (self->memory, pointer.address, 8, &node) &&
         debug_rust_follow (self->memory, pointer, &leaf) && find_places (&tree, leaf.type) &&
         visit_node (&tree, node, height) && self->n_seen == self->n;
}

/* ---- All of them ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *type;
  DebugRustShape shape;
  gboolean (*visit) (Visit *self, DebugValue value);
  const char *part; /* (nullable): which part of it has the parameter... */
  const char *element, *mapped;
} Container;

#define TREE "alloc::collections::btree::map::BTreeMap<"
#define TABLE "hashbrown::raw::RawTable<"

/* clang-format off */
static const Container containers[] = {
  { "alloc::vec::Vec<", DEBUG_RUST_LIST, visit_vector, NULL, "T", NULL },
  { "alloc::collections::vec_deque::VecDeque<", DEBUG_RUST_LIST, visit_deque, NULL, "T", NULL },
  { "alloc::collections::binary_heap::BinaryHeap<", DEBUG_RUST_LIST, visit_heap, NULL, "T", NULL },
  { "alloc::collections::linked_list::LinkedList<", DEBUG_RUST_LIST, visit_linked, NULL, "T", NULL },
  { "std::collections::hash::map::HashMap<", DEBUG_RUST_MAP, visit_table, TABLE, "T", NULL },
  { "std::collections::hash::set::HashSet<", DEBUG_RUST_SET, visit_table, TABLE, "T", NULL },
  { "hashbrown::map::HashMap<", DEBUG_RUST_MAP, visit_table, TABLE, "T", NULL },
  { "hashbrown::set::HashSet<", DEBUG_RUST_SET, visit_table, TABLE, "T", NULL },
  { "hashbrown::raw::RawTable<", DEBUG_RUST_LIST, visit_table, NULL, "T", NULL },
  { "alloc::collections::btree::map::BTreeMap<", DEBUG_RUST_MAP, visit_tree, NULL, "K", "V" },
  { "alloc::collections::btree::set::BTreeSet<", DEBUG_RUST_SET, visit_tree, TREE, "K", NULL },
  { "alloc::boxed::Box<", DEBUG_RUST_BOX, visit_box, NULL, NULL, NULL },
};
/* clang-format on */

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

gboolean
debug_rust_container_get (DebugType *type, DebugRustContainer *ret_container)
{
  const Container *container = find (type);
  guint64 offset;

  if (container == NULL ||
      (container->part != NULL && !debug_type_find_part (type, container->part, &offset, &type)))
    return FALSE;
  *ret_container = (DebugRustContainer){
    .shape = container->shape,
    .are_pairs = container->visit == visit_table,
    .element = container->element != NULL ? debug_type_get_parameter (type, container->element)
                                          : get_boxed (type),
    .mapped = container->mapped != NULL ? debug_type_get_parameter (type, container->mapped) : NULL,
  };
  return ret_container->element != NULL &&
         (container->mapped == NULL || ret_container->mapped != NULL);
}

gboolean
debug_rust_container_visit (const DebugMemory *memory, DebugValue value, DebugRustElementFunc func,
                            gpointer data, guint64 *ret_n)
{
  const Container *container = find (value.type);
  Visit self = { .memory = memory, .func = func, .data = data };
  gboolean are_all = FALSE;

  if (container != NULL && debug_rust_container_get (value.type, &self.container))
    are_all = container->visit (&self, value);
  if (ret_n != NULL)
    *ret_n = self.n;
  return are_all;
}
