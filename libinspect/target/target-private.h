/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PRIVATE_H
#define TARGET_PRIVATE_H

#include <gelf.h>
#include <sys/un.h>
#include "target/facts.h"
#include "target/launch.h"

G_BEGIN_DECLS

/* ---- agent.c ----------------------------------------------------------------------------------
 */

/* The agent that goes with this inspector, checked: it is there, of this version, and its path can
 * stand in LD_PRELOAD. Returns: (transfer full): absolute path */
char *target_agent_find (GError **error);

/* ---- trust.c ----------------------------------------------------------------------------------
 */

/* NULL when nobody but us and root can write to @path, else why it cannot be trusted. */
char *target_path_dup_distrust (const char *path);

/* ---- listener.c -------------------------------------------------------------------------------
 */

typedef struct _TargetListener TargetListener;
TargetListener *target_listener_new (TargetHelloFunc func, gpointer data, GError **error);
const char *target_listener_get_path (TargetListener *listener);
/* Takes a socket that is connected to @pid; nothing is read from it yet. */
void target_listener_adopt (TargetListener *listener, int fd, int pid);
void target_listener_flush (TargetListener *listener);
void target_listener_free (TargetListener *listener);

/* ---- socket-path.c ----------------------------------------------------------------------------
 */

/* A path that nothing has yet; removes what inspectors that were killed have left there. */
char *target_socket_dup_path (gboolean *ret_folder_is_private, GError **error);
/* FALSE when @path is too long for one. */
gboolean target_socket_fill_address (const char *path, struct sockaddr_un *ret_address);

/* ---- spawn.c ----------------------------------------------------------------------------------
 */

/* Starts @path with the signal mask and the ignored signals that this process had when it was
 * started itself. Returns: its pid, or -errno of what failed, exec included */
int target_spawn (const char *path, const char *const *argv, const char *const *environment,
                  const TargetSpawnOptions *options);

/* ---- proc.c -----------------------------------------------------------------------------------
 */

/* A whole file of /proc, at most @max bytes of it; NULL when it cannot be read. */
char *target_proc_read (const char *path, gsize max, gsize *ret_length);
/* The number N of "/proc/PID/fd/FD" -> "socket:[N]". */
gboolean target_proc_get_socket_inode (int pid, int fd, guint64 *ret_inode);

/* ---- holder.c ---------------------------------------------------------------------------------
 */

/* A process that has a socket with that inode open; 0 when none is found that we may look into.
 * Not @except_pid when another one has it too. */
int target_socket_find_holder (guint64 inode, int except_pid);
/* Looks anew at the next question; a second later it would anyway. */
void target_socket_forget_holders (void);

G_END_DECLS

#endif
