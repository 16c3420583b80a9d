/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_LAUNCH_H
#define TARGET_LAUNCH_H

#include <gio/gio.h>

#include "target/objects.h"

G_BEGIN_DECLS

/* Starting a program with the agent in it. Errors are one clear line: what, on what, why, what to
 * do; their exit status is that of env(1): 127 not found, 126 cannot be run, 125 anything else. */

#define TARGET_ERROR (target_error_quark ())
GQuark target_error_quark (void);
typedef enum
{
  TARGET_ERROR_FAILED = 125,
  TARGET_ERROR_CANNOT_RUN = 126,
  TARGET_ERROR_NOT_FOUND = 127,
} TargetError; /* the code is the exit status */

typedef struct
{
  char *id;   /* folder name, "uv" */
  char *name; /* "libuv" */
  char *summary;
  char *path;     /* of its shared object */
  char **symbols; /* one of them defined in a process: it uses this runtime */
  char **imports; /* or one of them used by an object of the process other than libc */
  char **
      texts; /* an object that uses one of those counts where it has one of these texts in its data; empty: it
                      counts anyway */
  char **
      inside; /* texts that are in the data of each file with this runtime in it, whatever else was taken out of
                             it; empty: it cannot be told */
  char **
      functions; /* that are in each file with this runtime in it, however it was optimised, where functions have names;
                       empty: it cannot be told */
  char **
      traces; /* texts of which one at least stays in a file that was optimised as a whole and then stripped, and that no
                    other file has which does not use this runtime; empty: it cannot be told */
  char **libraries;       /* file names of the runtime's own: whose frames in a stack say little */
  TargetObjects *objects; /* (nullable) */
} TargetRuntime;

/* Reads plugin.json of every runtime in ASYNC_INSPECT_PLUGIN_PATH and the built-in folder. A
 * plugin that is damaged, of another ABI, or in a folder that others can write to is left out,
 * with one line in @ret_warnings. */
GPtrArray *target_runtimes_find (GPtrArray **ret_warnings);

/* Finds @program as execvp would and refuses, before anything is started: none such, not
 * executable, a directory, a script (says which interpreter to inspect), static, of another
 * machine or 32-bit, setuid or with file capabilities, agent missing or of another version. */
char *target_launch_check (const char *program, GError **error);

typedef struct _TargetLauncher TargetLauncher;
/* One socket in $XDG_RUNTIME_DIR/async-inspect/ (0700; a private folder in /tmp where there is
 * none), peer credentials checked. @func is called in the thread-default main context for each
 * message; @fd is -1 or a memfd, transferred. @pid is the kernel's word. */
typedef void (*TargetHelloFunc) (int pid, const void *hello /* ChannelHello */, int fd,
                                 gpointer data);
TargetLauncher *target_launcher_new (GPtrArray *runtimes, const char *options, TargetHelloFunc func,
                                     gpointer data, GError **error);
/* How a program is started that is not to share ours; NULL stands for sharing all. */
typedef struct
{
  gboolean own_session; /* no signal of our process group or terminal reaches it; it gets SIGKILL
                           when this process ends */
  gboolean own_group;   /* Ctrl-C at the terminal does not reach it, but us */
  gboolean no_input;    /* its standard input is empty */
  int output;           /* descriptor that becomes its standard output; -1: ours */
  const char *folder;   /* its working directory; NULL: ours */
  const char *const *environment; /* "NAME=VALUE", above what it gets from us; NULL: nothing */
} TargetSpawnOptions;

/* Spawns with standard streams, process group and signal mask inherited; LD_PRELOAD is prepended
 * to. Returns: its pid, or -1 */
int target_launcher_spawn (TargetLauncher *launcher, const char *path, const char *const *argv,
                           const TargetSpawnOptions *options, GError **error);
/* Reads from a connection to @pid that was made already; takes @socket. In the main context of
 * target_launcher_new(), or from another thread while that one waits for this one. */
void target_launcher_adopt (TargetLauncher *launcher, int socket, int pid);
/* What a target is told of us: as in channel/handshake.h. */
const char *target_launcher_get_path (TargetLauncher *launcher);
const char *target_launcher_get_runtimes (TargetLauncher *launcher);
const char *target_launcher_get_options (TargetLauncher *launcher);
/* Those that it was made with. Returns: of TargetRuntime */
const GPtrArray *target_launcher_get_found (TargetLauncher *launcher);
/* What is spawned from now on waits, before its main (), until its breakpoints are armed. */
void target_launcher_hold (TargetLauncher *launcher);

/* Handles what has arrived; for a last look after the program has ended. */
void target_launcher_flush (TargetLauncher *launcher);
/* Removes the socket. */
void target_launcher_free (TargetLauncher *launcher);

G_END_DECLS

#endif
