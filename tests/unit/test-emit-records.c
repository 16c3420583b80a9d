/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the calls of inspect.h write, and what they leave alone. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"
#include "inspect-keys.h"

INSPECT_DEFINE_AWAIT (read_kind, "test.read", "waiting to read from {peer}", INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_RESOURCE (lock_kind, "test.lock", "lock");
INSPECT_DEFINE_KEY (bytes_key, INSPECT_KEY_BYTES, "bytes", INSPECT_VALUE_BYTES);
INSPECT_DEFINE_KEY (path_key, INSPECT_KEY_PATH, "path", INSPECT_VALUE_TEXT);
INSPECT_DEFINE_KEY (peer_key, INSPECT_KEY_PEER, "peer", INSPECT_VALUE_SOCKADDR);

#define TASK 0x1234u
#define OTHER 0x5678u
#define AWAIT 0x9abcu

/* ---- Heap: nothing below may ask for any ---- */

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *memory, size_t size);

static unsigned int n_allocations;

#ifndef SANITIZED
void *
malloc (size_t size)
{
  __atomic_fetch_add (&n_allocations, 1, __ATOMIC_RELAXED);
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  __atomic_fetch_add (&n_allocations, 1, __ATOMIC_RELAXED);
  return __libc_calloc (n, size);
}

void *
realloc (void *memory, size_t size)
{
  __atomic_fetch_add (&n_allocations, 1, __ATOMIC_RELAXED);
  return __libc_realloc (memory, size);
}
#endif

/* ---- Every call ---- */

/* In the order of the records that the test below expects. */
static void
call_everything (void)
{
  InspectObject await = inspect_object (&read_kind, AWAIT);
  InspectObject lock = inspect_object (&lock_kind, AWAIT);
  InspectLocationId here = INSPECT_HERE; /* PLACE: here */
  InspectId before;

  inspect_task_begin (TASK, OTHER, here);
  before = inspect_poll_begin (TASK, await, here);
  inspect_resource_begin (lock, here);
  inspect_wake (await);
  inspect_acquire (TASK, lock, here);
  inspect_release (TASK, lock);
  inspect_resource_end (lock);
  inspect_state (TASK, "connecting", here);
  inspect_point (TASK, here, -7);
  inspect_await_begin (TASK, await, here);
  inspect_poll_end (TASK, before);
  inspect_await_end (TASK, await, -ECANCELED);
  before = inspect_await_resume (TASK, await, here);
  inspect_await_suspend (TASK, await, here, before);
  inspect_task_end (TASK, INT32_MIN);
}

static void
report_everything (gconstpointer data)
{
  target_start ();
  call_everything ();
}

typedef struct
{
  ChannelType type;
  uint64_t task;
  int kind; /* of arg: 0 none, 1 await, 2 resource, 3 not looked at */
  int32_t status;
} Expected;

static void
test_every_call (Fixture *fixture, gconstpointer data)
{
  static const Expected expected[] = {
    { CHANNEL_TASK_BEGIN, TASK, 3 },
    { CHANNEL_POLL_BEGIN, TASK, 1 },
    { CHANNEL_RESOURCE_BEGIN, TASK, 2 },
    { CHANNEL_WAKE, TASK, 1 },
    { CHANNEL_ACQUIRE, TASK, 2 },
    { CHANNEL_RELEASE, TASK, 2 },
    { CHANNEL_RESOURCE_END, 0, 2 },
    { CHANNEL_STATE_NAME, TASK, 3 },
    { CHANNEL_POINT, TASK, 3 },
    { CHANNEL_AWAIT_BEGIN, TASK, 1 },
    { CHANNEL_POLL_END, TASK, 0 },
    { CHANNEL_AWAIT_END, TASK, 1, -ECANCELED },
    { CHANNEL_RESUME, TASK, 1 },
    { CHANNEL_SUSPEND, TASK, 1 },
    { CHANNEL_TASK_END, TASK, 0, -(1 << 23) },
  };
  g_autoptr (Channel) channel = NULL;
  uint64_t time = 0;

  fixture_spawn (fixture, NULL, report_everything, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (channel->rings[0].head, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const ChannelRecord *record = channel_get_record (channel, 0, i);

      g_assert_cmpuint (channel_record_type (record->type_location), ==, expected[i].type);
      g_assert_cmphex (record->task, ==, expected[i].task);
      g_assert_cmpuint (record->time, >=, time);
      time = record->time;
      if (expected[i].kind != 3)
        g_assert_cmphex (record->arg, ==,
                         expected[i].kind == 0 ? 0 : (guint64)expected[i].kind << 48 | AWAIT);
      if (expected[i].status != 0)
        g_assert_cmpint (channel_record_status (record->type_location), ==, expected[i].status);
    }
  g_assert_cmphex (channel_get_record (channel, 0, 0)->arg, ==, OTHER);
  g_assert_cmpint ((int64_t)channel_get_record (channel, 0, 8)->arg, ==, -7);
  g_assert_cmpstr (channel_get_text (channel, (uint32_t)channel_get_record (channel, 0, 7)->arg),
                   ==, "connecting");
}

static void
test_describes_itself (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  const ChannelKind *kind;
  const ChannelLocation *location;

  fixture_spawn (fixture, NULL, report_everything, NULL);
  channel = fixture_accept (fixture);
  g_assert_cmpint (channel->hello.pid, ==, fixture->target);
  g_assert_cmpint (channel->header->pid, ==, fixture->target);
  fixture_join (fixture);

  kind = channel_get_kind (channel, 1);
  g_assert_cmpuint (kind->of, ==, INSPECT_KIND_AWAIT);
  g_assert_cmpuint (kind->flags, ==, INSPECT_AWAIT_ONESHOT);
  g_assert_cmpstr (channel_get_text (channel, kind->name), ==, "test.read");
  g_assert_cmpstr (channel_get_text (channel, kind->phrase), ==, "waiting to read from {peer}");
  g_assert_cmpuint (channel_get_kind (channel, 2)->of, ==, INSPECT_KIND_RESOURCE);

  g_assert_cmpuint (channel->header->locations_count.value, ==, 1);
  location = channel_get_location (
      channel, channel_record_location (channel_get_record (channel, 0, 0)->type_location));
  g_assert_cmpuint (location->of, ==, CHANNEL_LOCATION_STATIC);
  g_assert_cmpstr (channel_get_text (channel, location->function), ==, "call_everything");
  g_assert_true (
      g_str_has_suffix (channel_get_text (channel, location->file), "test-emit-records.c"));
}

static void
test_memfd_is_sealed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  int seals;

  fixture_spawn (fixture, NULL, report_everything, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  seals = fcntl (channel->memfd, F_GET_SEALS);
  g_assert_cmphex (seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), ==,
                   F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  g_assert_cmpint (ftruncate (channel->memfd, 0), ==, -1);
}

/* ---- Attributes ---- */

static void
report_attributes (gconstpointer data)
{
  static const char peer[] = "\002\000\037\220sixteen and more bytes";
  g_autofree char *path = g_strnfill (INSPECT_TEXT_MAX - 1, 'p');
  g_autofree char *long_path = g_strconcat (path, "\303\244 and more", NULL);

  target_start ();
  inspect_attribute (TASK, &bytes_key, 4096);
  inspect_attribute_bytes (TASK, &peer_key, peer, sizeof peer);
  inspect_attribute_bytes (TASK, &path_key, long_path, strlen (long_path));
  inspect_attribute_bytes (TASK, &path_key, NULL, 0);
  inspect_task_set_name (TASK, "fetch_user");
}

/* Returns: the index behind the attribute; its bytes in @ret_bytes */
static uint64_t
collect_bytes (Channel *channel, uint64_t index, GString *ret_bytes)
{
  const ChannelRecord *record = channel_get_record (channel, 0, index++);
  uint64_t length = record->arg & 0xffffffffffffu;

  g_assert_cmpuint (channel_record_type (record->type_location), ==, CHANNEL_ATTRIBUTE);
  g_assert_cmphex (record->task, ==, TASK);
  g_string_set_size (ret_bytes, 0);
  for (uint32_t chunk = 0; ret_bytes->len < length; chunk++)
    {
      record = channel_get_record (channel, 0, index++);
      g_assert_cmpuint (channel_record_type (record->type_location), ==, CHANNEL_BYTES);
      g_assert_cmpuint (channel_record_location (record->type_location), ==, chunk);
      g_string_append_len (ret_bytes, (const char *)&record->time, 8);
      g_string_append_len (ret_bytes, (const char *)&record->arg, 8);
    }
  g_string_set_size (ret_bytes, length);
  return index;
}

static void
test_attributes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  g_autoptr (GString) bytes = g_string_new (NULL);
  const ChannelRecord *record;
  uint64_t index = 1;

  fixture_spawn (fixture, NULL, report_attributes, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  record = channel_get_record (channel, 0, 0);
  g_assert_cmpuint (record->type_location, ==, CHANNEL_ATTRIBUTE);
  g_assert_cmpuint (record->time, ==, 4096);
  g_assert_cmpuint (channel_get_kind (channel, record->arg >> 48)->flags, ==, INSPECT_VALUE_BYTES);

  index = collect_bytes (channel, index, bytes);
  g_assert_cmpuint (bytes->len, ==, 27);
  g_assert_cmpstr (bytes->str + 4, ==, "sixteen and more bytes");

  /* Cut before the character that does not fit whole. */
  index = collect_bytes (channel, index, bytes);
  g_assert_cmpuint (bytes->len, ==, INSPECT_TEXT_MAX - 1);
  g_assert_true (g_utf8_validate (bytes->str, bytes->len, NULL));
  index = collect_bytes (channel, index, bytes);
  g_assert_cmpuint (bytes->len, ==, 0);
  index = collect_bytes (channel, index, bytes);
  g_assert_cmpstr (bytes->str, ==, "fetch_user");
  g_assert_cmpuint (index, ==, channel->rings[0].head);
}

/* ---- Tables ---- */

static void
describe_places (gconstpointer data)
{
  InspectKind twin = read_kind;
  InspectLocationId call, function;
  static const uint8_t build_id[] = { 1, 2, 3 };

  target_start ();
  call = inspect_location_of_call (describe_places);
  function = inspect_location_of_function (describe_places);
  g_assert_cmpuint (call, !=, function);
  g_assert_cmpuint (inspect_location_of_call (describe_places), ==, call);
  g_assert_cmpuint (inspect_location_of_call (NULL), ==, 0);
  g_assert_cmpuint (inspect_kind_id (&twin), ==, inspect_kind_id (&read_kind));
  for (int i = 0; i < 2; i++)
    emit_module_add ("/lib/libtest.so", 0x1000, 0x2000, 0x800, build_id, sizeof build_id);
}

static void
test_tables_hold_a_thing_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  const ChannelModule *module;

  fixture_spawn (fixture, NULL, describe_places, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (channel->header->locations_count.value, ==, 2);
  g_assert_cmphex (channel_get_location (channel, 1)->address, ==, (uintptr_t)describe_places);
  g_assert_cmpuint (channel_get_location (channel, 1)->of, ==, CHANNEL_LOCATION_CALL);
  g_assert_cmpuint (channel_get_location (channel, 2)->of, ==, CHANNEL_LOCATION_FUNCTION);
  g_assert_cmpuint (channel->header->kinds_count.value, ==, 1);
  g_assert_cmpuint (channel->header->modules_count.value, ==, 1);
  module = (const ChannelModule *)(channel->base + channel->header->modules_offset);
  g_assert_cmpstr (channel_get_text (channel, module->path), ==, "/lib/libtest.so");
  g_assert_cmpmem (module->build_id, module->build_id_length, "\1\2\3", 3);
}

/* More of them than are remembered. */
static void
ask_again (gconstpointer data)
{
  InspectLocationId calls[1000], functions[1000];

  target_start ();
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      calls[i] = inspect_location_of_call (GSIZE_TO_POINTER (0x1000 + i));
      functions[i] = inspect_location_of_function (GSIZE_TO_POINTER (0x1000 + i));
      g_assert_cmpuint (functions[i], !=, calls[i]);
      g_assert_cmpuint (inspect_location_of_call (GSIZE_TO_POINTER (0x1000 + i)), ==, calls[i]);
    }
  for (gsize i = G_N_ELEMENTS (calls); i-- > 0;)
    {
      g_assert_cmpuint (inspect_location_of_function (GSIZE_TO_POINTER (0x1000 + i)), ==,
                        functions[i]);
      g_assert_cmpuint (inspect_location_of_call (GSIZE_TO_POINTER (0x1000 + i)), ==, calls[i]);
      /* As long as a pointer can be: not the same address, and not the other class. */
      g_assert_cmpuint (
          inspect_location_of_call (GSIZE_TO_POINTER (G_MAXSIZE << 48 | (0x1000 + i))), !=,
          calls[i]);
      g_assert_cmpuint (inspect_location_of_call (GSIZE_TO_POINTER ((gsize)1 << 48 | (0x1000 + i))),
                        !=, functions[i]);
    }
}

static void
test_places_keep_their_numbers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, ask_again, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->locations_count.value, ==, 4000);
  for (uint32_t i = 1; i <= 2000; i++)
    g_assert_cmphex (channel_get_location (channel, i)->address, ==, 0x1000 + (i - 1) / 2);
}

static void
fill_tables (gconstpointer data)
{
  const uint32_t n = 200000;
  uint32_t refused = 0;
  InspectKind kind = { "", "", INSPECT_KIND_AWAIT, 0, 0, 0 };
  char name[16];

  target_start ();
  for (uint32_t i = 1; i <= n; i++)
    refused += inspect_location_of_call (GSIZE_TO_POINTER (i * 16)) == 0;
  for (uint32_t i = 0; i < 10000; i++)
    {
      g_snprintf (name, sizeof name, "kind-%u", i);
      kind.name = name;
      kind.id = 0;
      inspect_kind_register (&kind);
    }
  g_assert_cmpuint (refused, >, 0);
  g_assert_cmpuint (kind.id, ==, 0);
}

static void
test_full_tables_are_counted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  const ChannelHeader *header;

  fixture_spawn (fixture, NULL, fill_tables, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  header = channel->header;
  g_assert_cmpuint (header->locations_count.value, <=, header->locations_capacity);
  g_assert_cmpuint (header->locations_count.value + header->lost_locations, ==, 200000);
  g_assert_cmpuint (header->kinds_count.value, ==, header->kinds_capacity);
  g_assert_cmpuint (header->lost_kinds, ==, 10000 - header->kinds_capacity);
}

/* ---- What is left alone ---- */

static void
keep_errno_and_heap (gconstpointer data)
{
  unsigned int before;

  target_start ();
  call_everything (); /* the pages and the destructor of the thread are in place */
  before = n_allocations;
  for (int i = 0; i < 100000; i++)
    {
      errno = 4711;
      call_everything ();
      inspect_attribute_bytes (TASK, &path_key, "/etc/passwd", 11);
      inspect_cost_end (inspect_cost_begin ());
      if (errno != 4711)
        break;
    }
  g_assert_cmpint (errno, ==, 4711);
  g_assert_cmpuint (n_allocations, ==, before);
}

static void
test_errno_and_heap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  /* The rings are full before long, so the slow ways are walked as well. */
  fixture_spawn (fixture, "records=1024", keep_errno_and_heap, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].lost, >, 0);
}

static void
keep_descriptors (gconstpointer data)
{
  int before = dup (0), after;

  close (before);
  target_start ();
  call_everything ();
  after = dup (0);
  g_assert_cmpint (after, ==, before);
  g_assert_cmpint (emit_process_start (), ==, 0);
  emit_process_refuse (CHANNEL_REFUSED_PLUGIN, "uv", "no such file");
  close (after);
  g_assert_cmpint (dup (0), ==, before);
}

static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL, refusal = NULL;

  fixture_spawn (fixture, NULL, keep_descriptors, NULL);
  channel = fixture_accept (fixture);
  refusal = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (refusal->hello.type, ==, CHANNEL_HELLO_REFUSED);
  g_assert_cmpuint (refusal->hello.reason, ==, CHANNEL_REFUSED_PLUGIN);
  g_assert_cmpstr (refusal->hello.runtime, ==, "uv");
  g_assert_cmpstr (refusal->hello.detail, ==, "no such file");
  g_assert_true (fixture_is_quiet (fixture));
}

static void
nest_tasks (gconstpointer data)
{
  InspectId outer, inner;

  g_assert_cmpuint (inspect_task_current (), ==, INSPECT_NONE);
  target_start ();
  g_assert_cmpuint (inspect_task_enter (OTHER), ==, INSPECT_NONE);
  outer = inspect_poll_begin (TASK, 0, 0);
  g_assert_cmphex (outer, ==, OTHER);
  inner = inspect_await_resume (TASK + 1, 0, 0);
  g_assert_cmphex (inner, ==, TASK);
  g_assert_cmphex (inspect_task_current (), ==, TASK + 1);
  inspect_await_suspend (TASK + 1, 0, 0, inner);
  g_assert_cmphex (inspect_task_current (), ==, TASK);
  inspect_poll_end (TASK, outer);
  g_assert_cmphex (inspect_task_current (), ==, OTHER);
  g_assert_cmphex (inspect_id_new (), !=, inspect_id_new ());
  g_assert_cmphex (inspect_id_new () >> 47, ==, 1);
}

static void
test_current_task_nests (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, nest_tasks, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
}

static void
sample_cost (gconstpointer data)
{
  target_start ();
  inspect_task_begin (TASK, 0, 0);
  for (int i = 0; i < 64 * 100; i++)
    inspect_cost_end (inspect_cost_begin ());
}

static void
test_cost_is_sampled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, sample_cost, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].cost_calls, ==, 64 * 100);
  g_assert_cmpuint (channel->rings[0].cost_ticks, >, 0);
}

/* Hooks come in turn; were the same of them timed each time, the others would count for nothing. */
static void
sample_in_turn (gconstpointer data)
{
  unsigned int n_timed[32] = { 0 };

  target_start ();
  inspect_task_begin (TASK, 0, 0);
  for (int i = 0; i < 64 * 4000; i++)
    {
      uint64_t begin = inspect_cost_begin ();

      n_timed[i % G_N_ELEMENTS (n_timed)] += begin != 0 && i >= 256;
      inspect_cost_end (begin);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (n_timed); i++)
    {
      g_assert_cmpuint (n_timed[i], >, 4000 / G_N_ELEMENTS (n_timed) / 2);
      g_assert_cmpuint (n_timed[i], <, 4000 / G_N_ELEMENTS (n_timed) * 2);
    }
}

static void
test_cost_is_fair (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, sample_in_turn, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].cost_calls, ==, 64 * 4000);
}

/* Nobody looks: every call is allowed, and nothing comes of it. */
static void
test_without_inspector (void)
{
  InspectKind kind = { "test.none", "", INSPECT_KIND_AWAIT, 0, 0, 0 };

  g_unsetenv (CHANNEL_ENV_SOCKET);
  g_assert_cmpint (emit_process_start (), ==, -ENOENT);
  g_assert_false (inspect_is_on ());
  g_assert_cmpuint (inspect_kind_register (&kind), ==, 0);
  g_assert_cmpuint (inspect_location_of_call (test_without_inspector), ==, 0);
  call_everything ();
  inspect_attribute (TASK, &kind, 1);
  inspect_attribute_bytes (TASK, &kind, "", 0);
  inspect_cost_end (inspect_cost_begin ());
  emit_count_skipped ();
  emit_process_stop ();
  g_assert_cmpuint (inspect_task_current (), ==, INSPECT_NONE);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "every-call-says-what-is-documented", test_every_call },
    { "the-channel-describes-itself", test_describes_itself },
    { "the-memfd-is-sealed", test_memfd_is_sealed },
    { "attributes", test_attributes },
    { "tables-hold-a-thing-once", test_tables_hold_a_thing_once },
    { "places-keep-their-numbers", test_places_keep_their_numbers },
    { "full-tables-are-counted", test_full_tables_are_counted },
    { "errno-and-heap-are-left-alone", test_errno_and_heap },
    { "descriptor-numbers-are-left-alone", test_descriptors },
    { "the-current-task-nests", test_current_task_nests },
    { "cost-is-sampled", test_cost_is_sampled },
    { "cost-of-hooks-in-turn", test_cost_is_fair },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emit/records/without-an-inspector", test_without_inspector);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/records/", cases[i].name, NULL);
      g_test_add (path, Fixture, NULL, fixture_setup, cases[i].func, fixture_teardown);
    }
  return g_test_run ();
}
