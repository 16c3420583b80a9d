/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "drain.h"
#include "harness.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect-keys.h"

static int n_done;

static uv_loop_t *
loop (void)
{
  return uv_default_loop ();
}

/* ---- Work -------------------------------------------------------------------------------------
 */

static uint64_t work_thread;

static void
work (uv_work_t *request)
{
  work_thread = (uint64_t)gettid ();
}

static void
after_work (uv_work_t *request, int status)
{
  g_assert_cmpint (status, ==, 0);
  g_assert_true (request->work_cb == work && request->after_work_cb == after_work);
  if (++n_done < 3)
    g_assert_cmpint (uv_queue_work (request->loop, request, work, after_work), ==, 0);
  else
    g_free (request);
}

static void
test_work (void)
{
  uv_work_t *request = g_new0 (uv_work_t, 1);
  const Event *await, *poll;

  n_done = 0;
  g_assert_cmpint (uv_queue_work (loop (), request, NULL, after_work), ==, UV_EINVAL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  g_assert_cmpint (uv_queue_work (loop (), request, work, after_work), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, 3);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.work");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_WORK)->value, ==,
                    (uintptr_t)work);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_RUNNING)->value, ==, 1);
  /* The run in the pool and what comes after it are polls of the one task. */
  poll = harness_first (EVENT_POLL_BEGIN, "uv.work");
  g_assert_true (harness_is_in (poll, work));
  g_assert_cmpuint (poll->thread, !=, await->thread);
  g_assert_true (harness_is_in (harness_nth (EVENT_POLL_BEGIN, "uv.work", 1), after_work));
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
}

/* Work that waits for a thread can be told from work whose turn it is, and who has the threads. */
static void
test_holds_pool (void)
{
  uv_work_t request;
  const Event *acquire;

  g_assert_cmpint (uv_queue_work (loop (), &request, work, NULL), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  acquire = harness_first (EVENT_ACQUIRE, "uv.pool");
  g_assert_true (harness_is_in (acquire, work));
  g_assert_cmpuint (acquire->task, ==, harness_task_of ("uv.work"));
  g_assert_cmpuint (harness_count (EVENT_RELEASE, "uv.pool"), ==, 1);
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "uv.work")->object, INSPECT_KEY_RESOURCE)
          ->value,
      ==, acquire->object);
}

static void
test_work_without_after (void)
{
  uv_work_t request;

  g_assert_cmpint (uv_queue_work (loop (), &request, work, NULL), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.work")->status, ==, 0);
}

static GMutex gate;

static void
work_at_gate (uv_work_t *request)
{
  g_mutex_lock (&gate);
  g_mutex_unlock (&gate);
}

static void
after_cancelled (uv_work_t *request, int status)
{
  n_done += status == UV_ECANCELED;
}

/* More work than any pool has threads: what is queued last can be cancelled. */
static void
test_cancel (void)
{
  static uv_work_t requests[1100];
  const int last = G_N_ELEMENTS (requests) - 1;

  n_done = 0;
  g_mutex_lock (&gate);
  for (int i = 0; i <= last; i++)
    uv_queue_work (loop (), &requests[i], work_at_gate, after_cancelled);
  g_assert_cmpint (uv_cancel ((uv_req_t *)&requests[last]), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_WAKE, "uv.work"), ==, 1);
  g_mutex_unlock (&gate);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, 1);
}

/* ---- Random data and names --------------------------------------------------------------------
 */

static void
on_random (uv_random_t *request, int status, void *buffer, size_t length)
{
  g_assert_cmpint (status, ==, 0);
  n_done++;
}

static void
test_random (void)
{
  uv_random_t request;
  char buffer[16];

  n_done = 0;
  g_assert_cmpint (uv_random (NULL, NULL, buffer, sizeof buffer, 0, NULL), ==, 0); /* at once */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  g_assert_cmpint (uv_random (loop (), &request, buffer, sizeof buffer, 1, on_random), ==,
                   UV_EINVAL);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.random")->status, ==, UV_EINVAL);
  g_assert_cmpint (uv_random (loop (), &request, buffer, sizeof buffer, 0, on_random), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, 1);
}

static void
on_addresses (uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
  g_assert_cmpint (status, ==, 0);
  uv_freeaddrinfo (addresses);
  n_done++;
}

static void
on_name (uv_getnameinfo_t *request, int status, const char *host, const char *service)
{
  n_done++;
}

static void
test_names (void)
{
  uv_getaddrinfo_t addresses;
  uv_getnameinfo_t name;
  struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
  struct sockaddr_in address;
  const Event *await;

  n_done = 0;
  g_assert_cmpint (uv_getaddrinfo (loop (), &addresses, on_addresses, "127.0.0.1", "80", &hints),
                   ==, 0);
  uv_ip4_addr ("127.0.0.1", 80, &address);
  g_assert_cmpint (uv_getnameinfo (loop (), &name, on_name, (struct sockaddr *)&address,
                                   NI_NUMERICHOST | NI_NUMERICSERV),
                   ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, 2);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.getaddrinfo");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_HOST)->bytes, ==, "127.0.0.1");
  g_assert_cmpstr (harness_attribute (await->object, "service")->bytes, ==, "80");
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.getnameinfo");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_PEER)->n_bytes, ==,
                    sizeof address);
}

/* ---- Files: each operation in turn, each from the callback of the one before -------------------
 */

typedef struct
{
  uv_fs_t request;
  int step;
  char *folder, *file, *other, *subfolder;
  uv_file fd;
  uv_dir_t *dir;
  uv_dirent_t entries[8];
  char bytes[8];
  uv_buf_t buf;
} Files;

static Files files;

static void next_file_operation (uv_fs_t *request);

/* Returns: false when all were done */
static bool
start_file_operation (void)
{
  uv_fs_t *r = &files.request;
  uv_fs_cb cb = next_file_operation;

  switch (files.step++)
    {
    case 0:
      return uv_fs_mkdir (loop (), r, files.subfolder, 0700, cb) == 0;
    case 1:
      return uv_fs_open (loop (), r, files.file, O_CREAT | O_RDWR, 0600, cb) == 0;
    case 2:
      return uv_fs_write (loop (), r, files.fd, &files.buf, 1, 0, cb) == 0;
    case 3:
      return uv_fs_read (loop (), r, files.fd, &files.buf, 1, 0, cb) == 0;
    case 4:
      return uv_fs_fsync (loop (), r, files.fd, cb) == 0;
    case 5:
      return uv_fs_fdatasync (loop (), r, files.fd, cb) == 0;
    case 6:
      return uv_fs_ftruncate (loop (), r, files.fd, 4, cb) == 0;
    case 7:
      return uv_fs_fstat (loop (), r, files.fd, cb) == 0;
    case 8:
      return uv_fs_fchmod (loop (), r, files.fd, 0600, cb) == 0;
    case 9:
      return uv_fs_fchown (loop (), r, files.fd, -1, -1, cb) == 0;
    case 10:
      return uv_fs_futime (loop (), r, files.fd, 1, 1, cb) == 0;
    case 11:
      return uv_fs_sendfile (loop (), r, files.fd, files.fd, 0, 0, cb) == 0;
    case 12:
      return uv_fs_close (loop (), r, files.fd, cb) == 0;
    case 13:
      return uv_fs_stat (loop (), r, files.file, cb) == 0;
    case 14:
      return uv_fs_lstat (loop (), r, files.file, cb) == 0;
    case 15:
      return uv_fs_access (loop (), r, files.file, R_OK, cb) == 0;
    case 16:
      return uv_fs_chmod (loop (), r, files.file, 0600, cb) == 0;
    case 17:
      return uv_fs_chown (loop (), r, files.file, -1, -1, cb) == 0;
    case 18:
      return uv_fs_lchown (loop (), r, files.file, -1, -1, cb) == 0;
    case 19:
      return uv_fs_utime (loop (), r, files.file, 1, 1, cb) == 0;
    case 20:
      return uv_fs_lutime (loop (), r, files.file, 1, 1, cb) == 0;
    case 21:
      return uv_fs_copyfile (loop (), r, files.file, files.other, 0, cb) == 0;
    case 22:
      return uv_fs_unlink (loop (), r, files.other, cb) == 0;
    case 23:
      return uv_fs_link (loop (), r, files.file, files.other, cb) == 0;
    case 24:
      return uv_fs_unlink (loop (), r, files.other, cb) == 0;
    case 25:
      return uv_fs_symlink (loop (), r, files.file, files.other, 0, cb) == 0;
    case 26:
      return uv_fs_readlink (loop (), r, files.other, cb) == 0;
    case 27:
      return uv_fs_realpath (loop (), r, files.other, cb) == 0;
    case 28:
      return uv_fs_unlink (loop (), r, files.other, cb) == 0;
    case 29:
      return uv_fs_rename (loop (), r, files.file, files.other, cb) == 0;
    case 30:
      return uv_fs_scandir (loop (), r, files.folder, 0, cb) == 0;
    case 31:
      return uv_fs_opendir (loop (), r, files.folder, cb) == 0;
    case 32:
      return uv_fs_readdir (loop (), r, files.dir, cb) == 0;
    case 33:
      return uv_fs_closedir (loop (), r, files.dir, cb) == 0;
    case 34:
      return uv_fs_statfs (loop (), r, files.folder, cb) == 0;
    case 35:
      return uv_fs_unlink (loop (), r, files.other, cb) == 0;
    case 36:
      return uv_fs_mkstemp (loop (), r, files.file, cb) == 0;
    case 37:
      return uv_fs_mkdtemp (loop (), r, files.file, cb) == 0;
    case 38:
      return uv_fs_rmdir (loop (), r, files.subfolder, cb) == 0;
    default:
      return false;
    }
}

static void
next_file_operation (uv_fs_t *request)
{
  char *made = NULL;

  g_assert_cmpint (request->result, >=, 0);
  g_assert_true (request->cb == next_file_operation);
  n_done++;
  if (request->fs_type == UV_FS_OPEN)
    files.fd = (uv_file)request->result;
  if (request->fs_type == UV_FS_OPENDIR)
    {
      files.dir = request->ptr;
      files.dir->dirents = files.entries;
      files.dir->nentries = G_N_ELEMENTS (files.entries);
    }
  if (request->fs_type == UV_FS_MKSTEMP || request->fs_type == UV_FS_MKDTEMP)
    {
      made = g_strdup (request->path);
      if (request->fs_type == UV_FS_MKSTEMP)
        close ((int)request->result);
      g_assert_cmpint (g_remove (made), ==, 0);
      g_free (made);
    }
  uv_fs_req_cleanup (request);
  memset (request, 0x55, sizeof *request); /* it is the program's again */
  if (files.step == 36)
    {
      g_free (files.file);
      files.file = g_build_filename (files.folder, "XXXXXX", NULL);
    }
  start_file_operation ();
}

static void
test_files (void)
{
  GHashTable *kinds = g_hash_table_new (g_str_hash, g_str_equal);

  n_done = 0;
  memset (&files, 0, sizeof files);
  files.folder = g_dir_make_tmp ("test-uv-XXXXXX", NULL);
  files.file = g_build_filename (files.folder, "file", NULL);
  files.other = g_build_filename (files.folder, "other", NULL);
  files.subfolder = g_build_filename (files.folder, "subfolder", NULL);
  files.buf = uv_buf_init (files.bytes, sizeof files.bytes);
  g_assert_true (start_file_operation ());
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, 39);
  for (int i = 0; i < n_done; i++)
    {
      const Event *await = harness_nth (EVENT_AWAIT_BEGIN, NULL, i);

      g_hash_table_add (kinds, (gpointer)await->kind->name);
      g_assert_true (harness_is_in (await, start_file_operation));
    }
  g_assert_cmpuint (g_hash_table_size (kinds), ==, 36);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "uv.fs-write")->object, INSPECT_KEY_DONE)
          ->value,
      ==, sizeof files.bytes);
  g_assert_cmpint (g_rmdir (files.folder), ==, 0);
  g_hash_table_unref (kinds);
  g_free (files.folder);
  g_free (files.file);
  g_free (files.other);
  g_free (files.subfolder);
}

static void
on_missing (uv_fs_t *request)
{
  n_done = (int)request->result;
  uv_fs_req_cleanup (request);
}

static void
test_failing_file (void)
{
  uv_fs_t request;
  const Event *await;

  g_assert_cmpint (uv_fs_stat (NULL, &request, "/nonexistent", NULL), ==, UV_ENOENT);
  uv_fs_req_cleanup (&request);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0); /* synchronous */
  g_assert_cmpint (uv_fs_stat (loop (), NULL, "/nonexistent", on_missing), ==, UV_EINVAL);
  g_assert_cmpint (uv_fs_read (loop (), &request, 0, NULL, 0, 0, on_missing), ==, UV_EINVAL);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.fs-read")->status, ==, UV_EINVAL);
  g_assert_cmpint (uv_fs_stat (loop (), &request, "/nonexistent", on_missing), ==, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.fs-stat");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_PATH)->bytes, ==, "/nonexistent");
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_done, ==, UV_ENOENT);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.fs-stat")->status, ==, UV_ENOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add ("/uv/pool/work-holds-a-thread", test_holds_pool);
  harness_add ("/uv/pool/work", test_work);
  harness_add ("/uv/pool/work-without-after", test_work_without_after);
  harness_add ("/uv/pool/cancel", test_cancel);
  harness_add ("/uv/pool/random", test_random);
  harness_add ("/uv/pool/names", test_names);
  harness_add ("/uv/pool/files", test_files);
  harness_add ("/uv/pool/file-that-is-missing", test_failing_file);
  return g_test_run ();
}
