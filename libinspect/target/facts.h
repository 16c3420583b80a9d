/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_FACTS_H
#define TARGET_FACTS_H

#include <glib.h>

G_BEGIN_DECLS

/* What the kernel says about a target: the only place that asks it. Sockets by sock_diag netlink,
 * /proc as fall-back. All of it is best effort: FALSE means unknown, never wrong. One thread. */

typedef struct
{
  int family;  /* AF_INET, AF_INET6, AF_UNIX */
  int type;    /* SOCK_STREAM, ... */
  char *state; /* "ESTABLISHED", "SYN_SENT", "CLOSE_WAIT", ..., of UDP and Unix also
                            "UNCONNECTED"; never translated */
  char *local; /* "127.0.0.1:51312", "[::1]:80", a path, "@abstract", "" */
  char *peer;
  guint64 receive_queue; /* bytes that the target has not read (of UDP with what the kernel needs
                            around them); connections to accept on a listener */
  guint64 send_queue;    /* bytes that the peer has not acknowledged; that it has not read on Unix
                            sockets */
  guint retransmits;     /* of the segment that is out now */
  guint total_retransmits;
  gint64 last_received_ms; /* ago; -1 unknown */
  gint64 last_sent_ms;
  guint64 inode;
  guint64 peer_inode; /* of the other end, or of who has to accept it; 0: not known */
  int peer_pid;       /* who has the other end open, or listens there and has not accepted yet;
                            0: not on this machine, or not ours to see */
  char *peer_command; /* as TargetProcess.command; NULL without peer_pid */
} TargetSocket;

/* Looks through /proc/PID/fd/FD. */
gboolean target_facts_get_socket (int pid, int fd, TargetSocket *ret_socket);
void target_socket_clear (TargetSocket *socket);

/* Whether somebody in the network namespace of @pid takes connections to that TCP port. FALSE also where
 * it is not known. */
gboolean target_facts_is_port_listened_to (int pid, int port);

typedef struct
{
  char *command;    /* argv joined, cut at 256 bytes */
  char *executable; /* absolute */
  int parent_pid;
  guint64 start_ticks; /* /proc/PID/stat 22: tells a process from a later one of the same pid */
  gint64 cpu_ns;       /* user + system so far */
  guint n_threads;
  char state; /* R, S, D, T, Z, X */
} TargetProcess;

gboolean target_facts_get_process (int pid, TargetProcess *ret_process);
void target_process_clear (TargetProcess *process);

/* Name and state of one thread. */
gboolean target_facts_get_thread (int pid, int tid, char **ret_name, char *ret_state);

typedef struct
{
  const char *call; /* "read", without "()" */
  int fd;           /* that it is about; -1: none */
  char *thing; /* (nullable): what that is of: "pipe 4711", "FIFO /tmp/jobs", "/var/log/app.log" */
  gboolean is_socket;
} TargetSleep;

/* In which system call a thread sleeps, and on what. FALSE: it runs, or that is not known. */
gboolean target_facts_get_sleep (int pid, int tid, TargetSleep *ret_sleep);
void target_sleep_clear (TargetSleep *sleep);

/* All threads of a process. Returns: (transfer full) (nullable): of int; NULL where it is not known */
GArray *target_facts_get_threads (int pid);

/* Whether threads have run. The kernel counts for each how often it has got a processor and for how long it has had one, and
 * says so at a fraction of what the rest of a thread costs to read. As long as that is the same, so is all that nobody but the
 * thread changes: in which call it sleeps, on what, since when; of all threads together, what the process has open. */
#define TARGET_RUNS_UNKNOWN 0 /* nothing is the same as that */
#define TARGET_RUNS_NONE G_GUINT64_CONSTANT (14695981039346656037)
guint64 target_facts_get_runs (int pid, int tid);
/* Of all threads of the process together. */
guint64 target_facts_get_process_runs (int pid);
/* @all, which begins with TARGET_RUNS_NONE, and those of one thread more. */
guint64 target_runs_add (guint64 all, int tid, guint64 of_thread);
gboolean target_runs_are_same (guint64 before, guint64 now);

/* Whether it handles signals that others may send it at any time; TRUE where it is not known. */
gboolean target_facts_handles_signals (int pid);
/* Whether other processes may write to that memory; TRUE where it is not known. */
gboolean target_facts_is_shared (int pid, guint64 address);

typedef struct
{
  int pid, tid;     /* of the thread that sleeps */
  char *command;    /* as TargetProcess.command */
  guint64 n_sleeps; /* the same number later: it has not run in between */
  guint64 queued,
      capacity; /* of the pipe, in bytes; capacity 0: not known. A pipe is full of pages,
                               which need not be full of bytes */
} TargetPipeWriter;

/* A thread of @pid, or of a process below it, that sleeps in a write to the pipe of which
 * @reader_pid has the read end open as @fd: until somebody reads. FALSE: none, or not ours to see. */
gboolean target_facts_get_pipe_writer (int pid, int reader_pid, int fd,
                                       TargetPipeWriter *ret_writer);
void target_pipe_writer_clear (TargetPipeWriter *writer);

/* Whether anything in the memory and the registers of the process points to one of @addresses, or
 * to the 64 bytes from there on. Copies all memory that it has touched, twice where nothing is found at
 * first: the second time its threads are stopped, all together, so that nothing moves meanwhile. That
 * is for at most 40 ms, and never where a stop would show. Returns: FALSE where it is not known,
 * because there is more memory than can be copied in that time, or a thread runs */
gboolean target_facts_find_references (int pid, const guint64 *addresses, guint n,
                                       gboolean *ret_is_found);

/* Where that thread is: its frames, the innermost first, as return addresses (of the innermost the
 * address after where it is). The thread may be stopped for some 100 us, by ptrace, and cannot tell.
 * Takes some 10 ms itself. Returns: how many; 0 where it may not be looked at */
guint target_facts_get_stack (int pid, int tid, guint64 *ret_frames, guint max);

/* All of @length bytes of its memory, or FALSE. Nothing is stopped. */
gboolean target_facts_read_memory (int pid, guint64 address, void *buffer, gsize length);

/* A frame of it with what is known of its registers, in DWARF's order. */
typedef struct
{
  guint64 pc;             /* as of target_facts_get_stack() */
  gboolean is_activation; /* where it is: the innermost, and what a signal has interrupted */
  guint64 registers[32];
  guint32 known; /* 1 << register */
} TargetFrame;
/* The same with registers. */
guint target_facts_get_frames (int pid, int tid, TargetFrame *ret_frames, guint max);

G_END_DECLS

#endif
