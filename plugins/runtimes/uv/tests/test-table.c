/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "harness.h"

#include <sys/mman.h>

#include "table.h"

#define N_THREADS 4
#define N_CROWDED 16 /* addresses of a thread, all in the same chains */
#define CHAINS 4u

static size_t n_reserved;
static bool is_out_of_memory;

static void *
count_reserved (size_t size)
{
  void *memory;

  if (is_out_of_memory)
    return NULL;
  memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  n_reserved += size;
  return memory != MAP_FAILED ? memory : NULL;
}

static const void *
address (uintptr_t i)
{
  return (const void *)(0x10000 + i * 64);
}

/* As a request that is started and whose callback comes. */
static Record *
use_once (const void *request)
{
  Record *record = table_obtain (RECORD_REQUEST, request);

  g_assert_nonnull (record);
  g_assert_true (table_find (RECORD_REQUEST, request) == record);
  record->flags = RECORD_ACTIVE;
  table_rest (record);
  return record;
}

static void
test_used_again (void)
{
  const void *request = address (1);
  Record *record = use_once (request);

  g_assert_null (table_find (RECORD_REQUEST, request));
  g_assert_true (table_obtain (RECORD_REQUEST, request) == record);
  g_assert_cmpuint (record->flags, ==, 0);
  table_rest (record);
}

static void
test_classes (void)
{
  Record *request = use_once (address (2)), *handle, taken;

  handle = table_obtain (RECORD_HANDLE, address (2));
  g_assert_true (handle != request);
  g_assert_null (table_find (RECORD_REQUEST, address (2)));
  g_assert_true (table_find (RECORD_HANDLE, address (2)) == handle);
  g_assert_true (table_take (RECORD_HANDLE, address (2), &taken));
  g_assert_null (table_find (RECORD_HANDLE, address (2)));
  g_assert_false (record_is_of (handle, RECORD_HANDLE, address (2)));
}

/* A program that never uses an address again: one idle record in a bucket, and no more. */
static void
test_idle_is_bounded (void)
{
  n_reserved = 0;
  for (uintptr_t i = 0; i < 500000; i++)
    use_once (address (1000 + i));
  g_assert_cmpuint (n_reserved, >, 0);
  g_assert_cmpuint (n_reserved, <=, 2 * N_BUCKETS * sizeof (Record));
}

static void
test_idle_before_full (void)
{
  const uintptr_t n = 5000;
  Record taken;

  for (uintptr_t i = 0; i < 50000; i++)
    use_once (address (1000 + i));
  is_out_of_memory = true;
  for (uintptr_t i = 0; i < n; i++)
    g_assert_nonnull (table_obtain (RECORD_HANDLE, address (i)));
  is_out_of_memory = false;
  for (uintptr_t i = 0; i < n; i++)
    g_assert_true (table_take (RECORD_HANDLE, address (i), &taken));
}

typedef struct
{
  const void *requests[N_CROWDED];
  unsigned int n_wrong;
} Crowd;

static void *
crowd (void *data)
{
  Crowd *self = data;

  for (unsigned int i = 0; i < 200000; i++)
    {
      const void *request = self->requests[i % N_CROWDED];
      Record *record = table_obtain (RECORD_REQUEST, request);

      record->task = (uintptr_t)request;
      record->work = (Callback)(uintptr_t)self;
      self->n_wrong += table_find (RECORD_REQUEST, request) != record;
      self->n_wrong += record->task != (uintptr_t)request;
      self->n_wrong += record->work != (Callback)(uintptr_t)self;
      table_rest (record);
    }
  return NULL;
}

/* Idle records change hands all the time: what one thread uses, no other gets. */
static void
test_threads (void)
{
  static Crowd crowds[N_THREADS];
  GThread *threads[N_THREADS];
  uintptr_t next = 0;

  for (unsigned int i = 0; i < N_THREADS * N_CROWDED; next++)
    if (table_hash (RECORD_REQUEST, address (next)) < CHAINS)
      {
        crowds[i % N_THREADS].requests[i / N_THREADS] = address (next);
        i++;
      }
  for (unsigned int i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("crowd", crowd, &crowds[i]);
  for (unsigned int i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (unsigned int i = 0; i < N_THREADS; i++)
    g_assert_cmpuint (crowds[i].n_wrong, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  plugin.agent.reserve = count_reserved;
  g_test_add_func ("/uv/table/request-used-again-finds-its-record", test_used_again);
  g_test_add_func ("/uv/table/a-handle-is-not-the-request-of-its-address", test_classes);
  g_test_add_func ("/uv/table/idle-records-are-bounded", test_idle_is_bounded);
  g_test_add_func ("/uv/table/idle-records-go-before-it-is-full", test_idle_before_full);
  g_test_add_func ("/uv/table/threads-do-not-share-a-record", test_threads);
  return g_test_run ();
}
