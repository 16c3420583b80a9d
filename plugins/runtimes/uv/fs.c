/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Files. All 36 operations are alike: a request, and a callback without which they are synchronous
 * and none of ours. */

#include "addresses.h"
#include "subject.h"

static TRAMPOLINE void
on_fs (uv_fs_t *request)
{
  Firing firing;

  request_take (&firing, request);
  if (firing.task != INSPECT_NONE && plugin_is_on () && request->result > 0 &&
      (request->fs_type == UV_FS_READ || request->fs_type == UV_FS_WRITE ||
       request->fs_type == UV_FS_SENDFILE))
    inspect_attribute (firing.await, &key_done, (uint64_t)request->result);
  request_resume (&firing, request->result < 0 ? (int)request->result : 0);
  if (firing.callback != NULL)
    {
      request->cb = (uv_fs_cb)firing.callback;
      request->cb (request);
    }
  firing_end (&firing);
}

static void
says_nothing (InspectObject await)
{
}

static void
says_path (InspectObject await, const char *path)
{
  say_text (await, &key_path, path);
}

static void
says_paths (InspectObject await, const char *path, const char *to)
{
  say_text (await, &key_path, path);
  say_text (await, &key_to, to);
}

static void
says_file (InspectObject await, uv_file file)
{
  inspect_attribute (await, &key_fd, (uint64_t)file);
}

static void
says_length (InspectObject await, uv_file file, uint64_t length)
{
  says_file (await, file);
  inspect_attribute (await, &key_bytes, length);
}

static void
says_buffers (InspectObject await, uv_file file, const uv_buf_t bufs[], unsigned int nbufs)
{
  says_length (await, file, count_bytes (bufs, nbufs));
}

#define WITH(...) , __VA_ARGS__
#define FILE_OPERATION(name, ID, phrase, says, parameters, arguments)                              \
  int hook_uv_fs_##name (uv_loop_t *loop, uv_fs_t *request parameters, uv_fs_cb callback)          \
  {                                                                                                \
    Starting starting;                                                                             \
    InspectObject await;                                                                           \
    int status;                                                                                    \
                                                                                                   \
    if (callback == NULL || callback == on_fs ||                                                   \
        !request_begin (&starting, (uv_req_t *)request, OP_FS_##ID, (Callback)callback, NULL,      \
                        NULL, loop, CALLER))                                                       \
      return real_uv_fs_##name (loop, request arguments, callback);                                \
    await = starting.await;                                                                        \
    says;                                                                                          \
    request_pass (&starting);                                                                      \
    status = real_uv_fs_##name (loop, request arguments, on_fs);                                   \
    request_begun (&starting, (uv_req_t *)request, status);                                        \
    return status;                                                                                 \
  }
#include "operations.def"
