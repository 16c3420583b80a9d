/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "jobs.h"

#include "inspect-keys.h"

#define POOLED (INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL)
#define KIND(name, phrase)                                                                         \
  {                                                                                                \
    name, phrase, INSPECT_KIND_AWAIT, POOLED, 0, 0                                                 \
  }

/* As the agent's plugin calls them. */
static const InspectKind work = KIND ("uv.work", "running {work} in the thread pool");
static const InspectKind random_data = KIND ("uv.random", "getting {bytes} of random data");
static const InspectKind address_of_name = KIND ("uv.getaddrinfo", "looking up {host}");
static const InspectKind name_of_address =
    KIND ("uv.getnameinfo", "looking up the name of an address");

#define FILE_KIND(id, name, phrase) [UV_FS_##id] = KIND ("uv.fs-" name, phrase),
static const InspectKind files[] = {
  FILE_KIND (ACCESS, "access", "access {path}") FILE_KIND (
      CHMOD, "chmod", "chmod {path}") FILE_KIND (CHOWN, "chown",
                                                 "chown {path}") FILE_KIND (CLOSE, "close",
                                                                            "close file {fd}")
      FILE_KIND (CLOSEDIR, "closedir", "close a directory") FILE_KIND (
          COPYFILE, "copyfile",
          "copy {path} to {to}") FILE_KIND (FCHMOD, "fchmod",
                                            "chmod file {fd}") FILE_KIND (FCHOWN, "fchown",
                                                                          "chown file {fd}")
          FILE_KIND (FDATASYNC, "fdatasync", "fdatasync file {fd}") FILE_KIND (
              FSTAT, "fstat",
              "stat file {fd}") FILE_KIND (FSYNC, "fsync",
                                           "fsync file {fd}") FILE_KIND (FTRUNCATE, "ftruncate",
                                                                         "truncate file {fd}")
              FILE_KIND (FUTIME, "futime", "set the times of file {fd}") FILE_KIND (
                  LCHOWN, "lchown", "chown {path}") FILE_KIND (LINK, "link", "link {path} to {to}")
                  FILE_KIND (LSTAT, "lstat", "lstat {path}") FILE_KIND (
                      LUTIME,
                      "lutime",
                      "set the times of {path}") FILE_KIND (MKDIR, "mkdir", "mkdir {path}")
                      FILE_KIND (MKDTEMP, "mkdtemp", "make the directory {path}") FILE_KIND (
                          MKSTEMP, "mkstemp",
                          "make the file {path}") FILE_KIND (OPEN, "open", "open {path}")
                          FILE_KIND (OPENDIR, "opendir", "open the directory {path}") FILE_KIND (
                              READ, "read", "read {bytes} from file {fd}")
                              FILE_KIND (READDIR, "readdir", "read a directory") FILE_KIND (
                                  READLINK, "readlink", "readlink {path}")
                                  FILE_KIND (REALPATH, "realpath", "realpath {path}") FILE_KIND (
                                      RENAME,
                                      "rename", "rename {path} to {to}") FILE_KIND (RMDIR, "rmdir",
                                                                                    "rmdir {path}")
                                      FILE_KIND (SCANDIR, "scandir", "list the directory {path}")
                                          FILE_KIND (SENDFILE, "sendfile",
                                                     "send {bytes} to file {fd}")
                                              FILE_KIND (STAT, "stat", "stat {path}") FILE_KIND (
                                                  STATFS, "statfs", "statfs {path}")
                                                  FILE_KIND (SYMLINK, "symlink",
                                                             "symlink {path} to {to}")
                                                      FILE_KIND (UNLINK, "unlink", "unlink {path}")
                                                          FILE_KIND (UTIME, "utime",
                                                                     "set the times of {path}")
                                                              FILE_KIND (
                                                                  WRITE,
                                                                  "write",
                                                                  "write {bytes} to file {fd}")
};

const InspectKind *
look_get_job_kind (uv_req_type type, uv_fs_type file)
{
  switch (type)
    {
    case UV_WORK:
      return &work;
    case UV_RANDOM:
      return &random_data;
    case UV_GETADDRINFO:
      return &address_of_name;
    case UV_GETNAMEINFO:
      return &name_of_address;
    case UV_FS:
      return file > 0 && (guint)file < G_N_ELEMENTS (files) && files[file].name != NULL
                 ? &files[file]
                 : NULL;
    default:
      return NULL;
    }
}
