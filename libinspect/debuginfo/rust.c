/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/rust.h"
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust-http.h"

/* ---- Strings, vectors and slices -------------------------------------------------------------- */

static gboolean
read_address (const DebugMemory *memory, DebugValue value, const char *part, guint64 *ret_address)
{
  DebugType *type;
  guint64 offset;

  return debug_type_find_part (value.type, part, &offset, &type) && type->size == 8 &&
         debug_memory_read_number (memory, value.address + offset, 8, ret_address);
}

static gboolean
read_length (const DebugMemory *memory, DebugValue value, const char *name, guint64 *ret_length)
{
  DebugValue member;

  return debug_value_get_member (value, name, &member) &&
         debug_value_read_number (memory, member, ret_length);
}

static gboolean
format_vector (DebugFormat *format, DebugValue value, guint depth)
{
  DebugType *element = debug_type_get_parameter (value.type, "T");
  guint64 length, address;

  if (element == NULL || !read_length (format->memory, value, "len", &length) ||
      !read_address (format->memory, value, "core::ptr::non_null::NonNull<", &address))
    return FALSE;
  debug_format_elements (format, element, address, length, depth);
  return TRUE;
}

static gboolean
format_string (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue vector;
  guint64 length, address;

  if (!debug_value_get_member (value, "vec", &vector) ||
      !read_length (format->memory, vector, "len", &length) ||
      !read_address (format->memory, vector, "core::ptr::non_null::NonNull<", &address))
    return FALSE;
  debug_format_string (format, address, length);
  return TRUE;
}

/* &str, &[T], Box<str>, Box<[T]>: all have the same two members. */
static gboolean
format_slice (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue pointer;
  DebugType *element;
  guint64 length, address;

  if (!debug_value_get_member (value, "data_ptr", &pointer) ||
      pointer.type->class != DEBUG_TYPE_POINTER ||
      !read_length (format->memory, value, "length", &length) ||
      !debug_value_read_number (format->memory, pointer, &address))
    return FALSE;
  element = debug_type_get_target (pointer.type);
  if (element == NULL)
    return FALSE;
  if (strstr (value.type->base_name, "str") != NULL && element->size == 1)
    debug_format_string (format, address, length);
  else
    debug_format_elements (format, element, address, length, depth);
  return TRUE;
}

/* ---- Maps, sets and other lists --------------------------------------------------------------- */

typedef struct
{
  DebugFormat *format;
  DebugRustContainer container;
  guint depth;
  guint n;
} Elements;

static void
format_entry (const Elements *self, DebugValue element, const DebugValue *mapped)
{
  DebugValue key = element, value = element;

  if (mapped != NULL)
    value = *mapped;
  else if (self->container.are_pairs && (!debug_value_get_member (element, "__0", &key) ||
                                         !debug_value_get_member (element, "__1", &value)))
    value = key = element;
  debug_format_part (self->format, key, self->depth + 1);
  if (self->container.shape != DEBUG_RUST_MAP)
    return;
  g_string_append (self->format->text, ": ");
  debug_format_part (self->format, value, self->depth + 1);
}

static gboolean
format_element (DebugValue element, const DebugValue *mapped, gpointer data)
{
  Elements *self = data;

  if (self->n >= self->format->max_elements || !debug_format_has_room (self->format))
    return FALSE;
  if (self->n++ > 0)
    g_string_append (self->format->text, ", ");
  if (self->container.shape == DEBUG_RUST_LIST)
    debug_format_part (self->format, element, self->depth + 1);
  else
    format_entry (self, element, mapped);
  return TRUE;
}

static gboolean
format_container (DebugFormat *format, DebugValue value, guint depth)
{
  Elements self = { .format = format, .depth = depth };
  gboolean is_list;
  gsize begin = format->text->len;
  gboolean are_all;
  guint64 n;

  if (!debug_rust_container_get (value.type, &self.container))
    return FALSE;
  is_list = self.container.shape == DEBUG_RUST_LIST;
  g_string_append_c (format->text, is_list ? '[' : '{');
  are_all = debug_rust_container_visit (format->memory, value, format_element, &self, &n);
  if (!are_all && n == 0)
    {
      g_string_truncate (format->text, begin);
      g_string_append_c (format->text, '?');
      return TRUE;
    }
  if (!are_all && n > self.n && debug_format_has_room (format))
    g_string_append_printf (format->text,
                            self.n == 0                     ? "? of %" G_GUINT64_FORMAT
                            : self.n < format->max_elements ? ", ? (%" G_GUINT64_FORMAT " more)"
                                                            : ", … %" G_GUINT64_FORMAT " more",
                            n - self.n);
  g_string_append_c (format->text, is_list ? ']' : '}');
  return TRUE;
}

/* ---- Times and addresses ---------------------------------------------------------------------- */

static gboolean
format_duration (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 seconds;
  guint64 nanoseconds;
  DebugValue member;

  if (!read_length (format->memory, value, "secs", &seconds) ||
      !debug_value_get_member (value, "nanos", &member) ||
      !debug_memory_read_number (format->memory, member.address, 4, &nanoseconds) ||
      nanoseconds >= 1000000000)
    return FALSE;
  if (seconds > 0 || nanoseconds == 0)
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (format->text, "%ss",
                              g_ascii_formatd (digits, sizeof digits, "%.12g",
                                               (double)seconds + (double)nanoseconds / 1e9));
    }
  else if (nanoseconds % 1000000 == 0)
    g_string_append_printf (format->text, "%" G_GUINT64_FORMAT "ms", nanoseconds / 1000000);
  else
    g_string_append_printf (format->text, "%" G_GUINT64_FORMAT "ns", nanoseconds);
  return TRUE;
}

/* Seconds and nanoseconds of a clock, however many structs of the standard library are around them. */
static gboolean
read_time (const DebugMemory *memory, DebugValue value, gint64 *ret_seconds,
           guint32 *ret_nanoseconds)
{
  DebugValue seconds, nanoseconds;
  guint64 n_seconds, n_nanoseconds;

  for (guint i = 0; i < 6 && !debug_value_get_member (value, "tv_sec", &seconds); i++)
    if (value.type->n_members == 0 || !debug_value_get (value, &value.type->members[0], &value))
      return FALSE;
  if (!debug_value_get_member (value, "tv_sec", &seconds) || seconds.type->size != 8 ||
      !debug_value_get_member (value, "tv_nsec", &nanoseconds) || nanoseconds.type->size != 4 ||
      !debug_memory_read_number (memory, seconds.address, 8, &n_seconds) ||
      !debug_memory_read_number (memory, nanoseconds.address, 4, &n_nanoseconds) ||
      n_nanoseconds >= 1000000000)
    return FALSE;
  *ret_seconds = (gint64)n_seconds;
  *ret_nanoseconds = (guint32)n_nanoseconds;
  return TRUE;
}

/* On the monotonic clock: what it is from now changes while it is shown. */
static gboolean
format_instant (DebugFormat *format, DebugValue value, guint depth)
{
  gint64 seconds;
  guint32 nanoseconds;

  if (!read_time (format->memory, value, &seconds, &nanoseconds))
    return FALSE;
  g_string_append_printf (format->text, "Instant(%" G_GINT64_FORMAT ".%09us)", seconds,
                          nanoseconds);
  return TRUE;
}

static gboolean
format_system_time (DebugFormat *format, DebugValue value, guint depth)
{
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *text = NULL;
  gint64 seconds;
  guint32 nanoseconds;

  if (!read_time (format->memory, value, &seconds, &nanoseconds) ||
      (time = g_date_time_new_from_unix_utc (seconds)) == NULL ||
      (text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S")) == NULL)
    return FALSE;
  g_string_append_printf (format->text, "SystemTime(%s.%09uZ)", text, nanoseconds);
  return TRUE;
}

static gboolean
format_ip (DebugFormat *format, DebugValue value, guint depth)
{
  guint8 bytes[16];

  if (value.type->size > sizeof bytes ||
      !debug_memory_read (format->memory, value.address, bytes, value.type->size))
    return FALSE;
  if (value.type->size == 4)
    g_string_append_printf (format->text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
  else if (value.type->size == 16)
    for (guint i = 0; i < 16; i += 2)
      g_string_append_printf (format->text, "%s%x", i > 0 ? ":" : "", bytes[i] << 8 | bytes[i + 1]);
  else
    return FALSE;
  return TRUE;
}

static gboolean
format_socket_address (DebugFormat *format, DebugValue value, guint depth)
{
  gboolean is_v6 = strstr (value.type->base_name, "V6") != NULL;
  DebugValue ip;
  guint64 port;

  if (!debug_value_get_member (value, "ip", &ip) ||
      !read_length (format->memory, value, "port", &port))
    return FALSE;
  g_string_append (format->text, is_v6 ? "[" : "");
  debug_format_part (format, ip, depth);
  g_string_append_printf (format->text, "%s:%" G_GUINT64_FORMAT, is_v6 ? "]" : "", port);
  return TRUE;
}

/* An enum of which the form says nothing that its value does not. */
static gboolean
format_content (DebugFormat *format, DebugValue value, guint depth)
{
  const DebugVariant *variant = debug_value_get_variant (format->memory, value, NULL);
  DebugValue inner, content;

  if (variant == NULL || !debug_value_get (value, &variant->member, &inner) ||
      inner.type->n_members != 1 || !debug_value_get (inner, &inner.type->members[0], &content))
    return FALSE;
  debug_format_part (format, content, depth);
  return TRUE;
}

/* ---- Wrappers --------------------------------------------------------------------------------- */

static gboolean
format_first_member (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue inner;

  if (value.type->n_members == 0 || !debug_value_get (value, &value.type->members[0], &inner))
    return FALSE;
  debug_format_part (format, inner, depth);
  return TRUE;
}

/* A Cell or atomic shows what is in it. */
static gboolean
format_member_value (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue inner;

  if (!debug_value_get_member (value, "value", &inner) &&
      !debug_value_get_member (value, "v", &inner))
    return FALSE;
  debug_format_part (format, inner, depth);
  return TRUE;
}

static gboolean
format_pointed (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue target;

  if (!debug_rust_follow (format->memory, value, &target))
    return FALSE;
  debug_format_part (format, target, depth + 1);
  return TRUE;
}

static gboolean
format_by_name_alone (DebugFormat *format, DebugValue value, guint depth)
{
  g_autofree char *name = debug_rust_dup_short_name (value.type->name);

  g_string_append (format->text, name);
  return TRUE;
}

/* "Mutex(5)": what the lock protects. */
static gboolean
format_locked (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue cell;

  if (!debug_value_get_member (value, "c", &cell))
    return format_by_name_alone (format, value, depth);
  g_string_append_printf (format->text, "%.*s(", (int)strcspn (value.type->base_name, "<"),
                          value.type->base_name);
  debug_format_part (format, cell, depth + 1);
  g_string_append_c (format->text, ')');
  return TRUE;
}

static const struct
{
  const char *name;
  DebugFormatFunc func;
} formats[] = {
  { "alloc::string::String", format_string },
  { "alloc::vec::Vec<", format_vector },
  { "alloc::collections::vec_deque::VecDeque<", format_container },
  { "alloc::collections::binary_heap::BinaryHeap<", format_container },
  { "alloc::collections::linked_list::LinkedList<", format_container },
  { "alloc::collections::btree::map::BTreeMap<", format_container },
  { "alloc::collections::btree::set::BTreeSet<", format_container },
  { "std::collections::hash::map::HashMap<", format_container },
  { "std::collections::hash::set::HashSet<", format_container },
  { "hashbrown::map::HashMap<", format_container },
  { "hashbrown::set::HashSet<", format_container },
  { "alloc::sync::Arc<", format_pointed },
  { "alloc::rc::Rc<", format_pointed },
  { "alloc::boxed::Box<", format_pointed },
  { "core::pin::Pin<", format_first_member },
  { "core::mem::manually_drop::ManuallyDrop<", format_first_member },
  { "core::mem::maybe_dangling::MaybeDangling<", format_first_member },
  { "core::cell::Cell<", format_member_value },
  { "core::cell::UnsafeCell<", format_member_value },
  { "core::sync::atomic::", format_member_value },
  { "core::time::Duration", format_duration },
  { "std::time::Instant", format_instant },
  { "tokio::time::instant::Instant", format_instant },
  { "std::time::SystemTime", format_system_time },
  { "core::net::ip_addr::Ipv4Addr", format_ip },
  { "core::net::ip_addr::Ipv6Addr", format_ip },
  { "core::net::ip_addr::IpAddr", format_content },
  { "core::net::socket_addr::SocketAddrV4", format_socket_address },
  { "core::net::socket_addr::SocketAddrV6", format_socket_address },
  { "core::net::socket_addr::SocketAddr", format_content },
  { "core::task::wake::Waker", format_by_name_alone },
  { "http::", debug_rust_http_format },
  { "url::", debug_rust_http_format },
  { "bytes::", debug_rust_http_format },
  { "tokio::sync::mutex::Mutex<", format_locked },
  { "tokio::sync::rwlock::RwLock<", format_locked },
  /* What they are made of tells of the library. */
  { "std::sync::", format_by_name_alone },
  { "std::sys::", format_by_name_alone },
  { "std::os::", format_by_name_alone },
  { "tokio::", format_by_name_alone },
  { "mio::", format_by_name_alone },
  { "futures_", format_by_name_alone },
  { "async_", format_by_name_alone },
  { "smol::", format_by_name_alone },
  { "hyper::", format_by_name_alone },
};

static gboolean
is_called (const DebugType *type, const char *name)
{
  return g_str_has_suffix (name, "::") || g_str_has_suffix (name, "_")
             ? g_str_has_prefix (type->name, name)
             : debug_type_is (type, name);
}

gboolean
debug_rust_format (DebugFormat *format, DebugValue value, guint depth)
{
  const DebugType *type = value.type;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (is_called (type, formats[i].name))
      {
        if (formats[i].func (format, value, depth))
          return TRUE;
        break;
      }
  if (g_str_has_prefix (type->base_name, "{async_") ||
      g_str_has_prefix (type->base_name, "{closure_env") ||
      g_str_has_prefix (type->base_name, "{coroutine_"))
    return format_by_name_alone (format, value, depth);
  if (type->class == DEBUG_TYPE_STRUCTURE && type->n_variants == 0)
    {
      if (format_slice (format, value, depth))
        return TRUE;
      /* A trait object: what it is takes the program's tables. */
      if (debug_type_find_member (type, "vtable") != NULL)
        return format_by_name_alone (format, value, depth);
      if (type->n_members == 0)
        return format_by_name_alone (format, value, depth);
      /* A tuple's name is all of its types; a struct's says what it is. */
      if (*type->base_name != '(' && *type->base_name != '{')
        {
          g_autofree char *name = debug_rust_dup_short_name (type->name);
          char *end = strchr (name, '<');

          if (end != NULL)
            *end = '\0';
          g_string_append_printf (format->text, "%s", name);
        }
      debug_format_members (format, value, depth);
      return TRUE;
    }
  if (type->class == DEBUG_TYPE_UNSIGNED && type->size == 0)
    {
      g_string_append (format->text, "()");
      return TRUE;
    }
  if (type->class == DEBUG_TYPE_POINTER && *type->base_name == '&')
    return format_pointed (format, value, depth);
  return FALSE;
}
